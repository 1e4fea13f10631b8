INSERT INTO recipes_cook (username, email, joined_on, email_verified_at, is_active, last_ip, bio)
SELECT CASE WHEN i % 5 = 0 THEN upper(loading.name(i, 1, 1)) ELSE loading.name(i, 1, 1) END || '_' || i % 4000, lower(loading.name(i, 4, 1)) || i || '@mail.example', date '2012-01-01' + (i::bigint * 4900 / {200000})::int,
  CASE WHEN loading.u(i, 7) < 0.985 THEN date '2012-01-02' + (i::bigint * 4900 / {200000})::int END, loading.u(i, 8) < 0.9, CASE WHEN loading.u(i, 9) < 0.8 THEN ('198.18.' || loading.skew(i, 10, 256, 2) || '.' || loading.n(i, 11, 256))::inet END,
  CASE WHEN loading.u(i, 12) < 0.3 THEN repeat('I cook with ' || loading.word(i, 13, 1) || '. ', 1 + i % 6) ELSE '' END
FROM generate_series(1, {200000}) i;

INSERT INTO recipes_follow (star_id, fan_id, since)
SELECT 1 + loading.skew(i, 1, {200000}, 3), 1 + loading.skew(i, 2, {200000}, 1.4), date '2014-01-01' + loading.n(i, 3, 4000) FROM generate_series(1, {350000}) i ON CONFLICT DO NOTHING;

INSERT INTO recipes_ingredient (name) SELECT loading.word(i, 1, 1) || ' ' || (ARRAY['root','leaf','oil','flour','seed','juice'])[1 + i % 6] FROM generate_series(1, 4000) i;

INSERT INTO recipes_recipe (id, author_id, slug, old_slugs, title, intro, language, tags, minutes, rating, votes, extra, created_at, published_at, deleted_at)
SELECT md5('recipe' || i)::uuid, 1 + loading.skew(i, 1, {200000}, 2.5), loading.word(i, 2, 1.2) || '-' || loading.word(i, 3, 1.2) || '-' || lower(loading.name(i, 4, 1.5)) || CASE WHEN i % 3 = 0 THEN '-' || i % 50 ELSE '' END,
  CASE WHEN loading.u(i, 7) < 0.04 THEN ARRAY[loading.word(i, 8, 1) || '-' || loading.word(i, 9, 1) || '-' || i] ELSE ARRAY[]::text[] END,
  initcap(loading.word(i, 2, 1.2)) || ' with ' || loading.word(i, 3, 1.2) || ' as in ' || loading.name(i, 4, 1.5),
  'My ' || (ARRAY['aunt','father','neighbour'])[1 + i % 3] || ' made it of ' || loading.word(i, 10, 1.6) || ' and ' || loading.word(i, 11, 1.6) || ' when the ' || loading.word(i, 12, 2.5) || ' of ' || loading.name(i, 13, 1.1) || ' was near. ' || repeat('Stir it well. ', i % 7),
  (ARRAY['en','fr','es','de','cy'])[1 + loading.skew(i, 16, 5, 5)], CASE WHEN i % 1499 = 0 THEN ARRAY['fermented','vegan'] WHEN i % 3 = 0 THEN ARRAY['quick','vegan'] WHEN i % 3 = 1 THEN ARRAY['dinner'] ELSE ARRAY['dinner','oven'] END,
  5 + 5 * loading.skew(i, 17, 40, 2), CASE WHEN loading.u(i, 18) < 0.55 THEN 1 + 4 * sqrt(loading.u(i, 19)) END, loading.skew(i, 20, 5000, 6),
  CASE WHEN loading.u(i, 21) < 0.15 THEN jsonb_build_object('source', jsonb_build_object('site', 'old' || i % 7, 'id', 'X' || i * 3)) WHEN loading.u(i, 21) < 0.5 THEN jsonb_build_object('allergens', CASE WHEN loading.u(i, 22) < 0.005 THEN jsonb_build_array('lupin') ELSE jsonb_build_array('gluten', 'milk') END) ELSE '{}'::jsonb END,
  timestamptz '2013-01-01 00:00+00' + i * interval '28 minutes', CASE WHEN loading.u(i, 23) < 0.93 THEN timestamptz '2013-01-01 00:00+00' + i * interval '28 minutes' + loading.skew(i, 24, 20000, 5) * interval '1 minute' END,
  CASE WHEN loading.u(i, 25) < 0.02 THEN timestamptz '2025-12-01 00:00+00' - loading.n(i, 26, 60000) * interval '1 hour' END
FROM generate_series(1, {220000}) i ON CONFLICT DO NOTHING;

INSERT INTO recipes_ingredients_of (recipe_id, ingredient_id, grams)
SELECT md5('recipe' || 1 + i / 3)::uuid, 1 + loading.skew(i, 1, 4000, 1.9), 5 * (1 + loading.skew(i, 2, 200, 3)) FROM generate_series(1, {600000}) i ON CONFLICT DO NOTHING;

INSERT INTO recipes_review (recipe_id, cook_id, stars, text, helpful, reports, checked_at, created_at)
SELECT md5('recipe' || 1 + loading.skew(i, 1, {220000}, 3))::uuid, 1 + loading.skew(i, 2, {200000}, 1.6), 5 - loading.skew(i, 3, 5, 3), CASE WHEN loading.u(i, 4) < 0.35 THEN '' ELSE repeat('It was like ' || loading.word(i, 5, 1) || '. ', 1 + loading.skew(i, 6, 90, 9)) END,
  loading.skew(i, 7, 400, 7), CASE WHEN loading.u(i, 8) < 0.006 THEN 1 + loading.skew(i, 9, 9, 3) ELSE 0 END, CASE WHEN loading.u(i, 8) < 0.0045 OR loading.u(i, 10) < 0.3 THEN timestamptz '2015-01-01 00:00+00' + i * interval '14 minutes' END,
  timestamptz '2015-01-01 00:00+00' + i * interval '13 minutes'
FROM generate_series(1, {400000}) i;

INSERT INTO recipes_comment (path, recipe_id, cook_id, body, created_at)
SELECT (CASE WHEN thread = i THEN '' || i WHEN i % 3 = 0 THEN thread || '.' || i ELSE thread || '.' || thread + 1 + i % 4 || '.' || i END)::ltree, md5('recipe' || 1 + thread % {220000})::uuid, 1 + loading.n(i, 2, {200000}), 'I did it with ' || loading.word(i, 3, 1) || ' instead.',
  timestamptz '2016-01-01 00:00+00' + i * interval '20 minutes'
FROM (SELECT i, CASE WHEN i % 5 = 0 THEN i ELSE greatest(5, 5 * (i / 5 - loading.skew(i, 1, 4000, 5))) END thread FROM generate_series(1, {250000}) i) drawn;

ALTER TABLE recipes_draft SET UNLOGGED;
INSERT INTO recipes_draft (key, cook, saved_at, body)
SELECT md5('draft' || i), CASE WHEN loading.u(i, 1) < 0.4 THEN 1 + loading.n(i, 2, {200000}) END, timestamptz '2025-06-01 00:00+00' + loading.n(i, 3, 250000) * interval '1 minute', jsonb_build_object('title', loading.word(i, 4, 1), 'text', repeat('Take some. ', 3 + i % 40))
FROM generate_series(1, {200000}) i;

CREATE TABLE recipes_view (id bigint NOT NULL, recipe_id uuid NOT NULL, at timestamptz NOT NULL, cook int, referrer varchar(80), PRIMARY KEY (id, recipe_id)) PARTITION BY HASH (recipe_id);
CREATE TABLE recipes_view_0 PARTITION OF recipes_view FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE recipes_view_1 PARTITION OF recipes_view FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE recipes_view_2 PARTITION OF recipes_view FOR VALUES WITH (MODULUS 4, REMAINDER 2);
CREATE TABLE recipes_view_3 PARTITION OF recipes_view FOR VALUES WITH (MODULUS 4, REMAINDER 3);
INSERT INTO recipes_view (id, recipe_id, at, cook, referrer)
SELECT i, md5('recipe' || 1 + loading.skew(i, 1, {220000}, 2))::uuid, timestamptz '2025-01-01 00:00+00' + i * interval '1 minute', CASE WHEN loading.u(i, 2) < 0.2 THEN 1 + loading.skew(i, 3, {200000}, 1.5) END,
  CASE WHEN loading.u(i, 4) < 0.3 THEN 'https://' || loading.word(i, 5, 2) || '.example/' || loading.n(i, 6, 4000) END
FROM generate_series(1, {400000}) i;
