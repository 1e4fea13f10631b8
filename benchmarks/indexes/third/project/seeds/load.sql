INSERT INTO seeds_nursery (name, country)
SELECT loading.name(i, 1, 1) || ' Seeds', (ARRAY['UY','AR','NL','FR','JP'])[1 + i % 5] FROM generate_series(1, 40) i;

INSERT INTO seeds_species (genus, epithet, family)
SELECT initcap(loading.name(i / 12, 1, 1)), loading.word(i, 2, 1) || 'us', initcap(loading.word(i / 90, 3, 1)) || 'aceae'
FROM generate_series(1, 3000) i;

INSERT INTO variety (nursery_id, species_id, stock_code, name, description, words, tags, traits, price, zones, parent_id, listed_at, retired_at)
SELECT nursery, 1 + loading.skew(i, 1, 3000, 1.6), code, name, text, to_tsvector('english', name || ' ' || text),
  CASE WHEN loading.u(i, 2) < 0.001 THEN ARRAY['heirloom','ark-of-taste'] WHEN loading.u(i, 2) < 0.0018 THEN ARRAY['moon-garden']
    WHEN loading.u(i, 2) < 0.4 THEN ARRAY['organic','bee-friendly'] WHEN loading.u(i, 2) < 0.7 THEN ARRAY['open-pollinated'] ELSE ARRAY['hybrid','f1'] END,
  jsonb_build_object('height', 10 + loading.skew(i, 3, 300, 2), 'sun', (ARRAY['full','half','shade'])[1 + loading.skew(i, 4, 3, 2)])
    || CASE WHEN loading.u(i, 5) < 0.0012 THEN '{"awards": ["AGM", "RHS"]}'::jsonb WHEN loading.u(i, 5) < 0.02 THEN '{"awards": ["local"]}'::jsonb
      ELSE '{}'::jsonb END,
  1.5 + loading.skew(i, 6, 4000, 3) / 100.0, int4range(zone, zone + 1 + loading.n(i, 7, 4)),
  CASE WHEN loading.u(i, 8) < 0.2 THEN 1 + loading.n(i, 9, {200000}) END,
  timestamptz '2012-01-01 12:00+00' + i * interval '35 minutes', CASE WHEN loading.u(i, 10) < 0.25 THEN timestamptz '2025-01-01' - loading.n(i, 11, 3000) * interval '1 day' END
FROM (SELECT i, 1 + loading.skew(i, 12, 40, 2) nursery, CASE WHEN i % 2 = 0 THEN 'V' ELSE 'v' END || substr(md5('sku' || i), 1, 11) code,
    initcap(loading.word(i, 13, 1.3)) || ' ' || loading.name(i, 14, 1.2) AS name,
    CASE WHEN loading.u(i, 17) < 0.002 THEN 2 ELSE 4 + loading.skew(i, 18, 6, 1) END zone,
    'A ' || loading.word(i, 19, 2.2) || ' of ' || loading.word(i, 20, 2.2) || ' and ' || loading.word(i, 21, 2.2) || '; sow in ' ||
    (ARRAY['March','April','May','autumn'])[1 + i % 4] || ' under ' || loading.word(i, 22, 2.2) || '. Selected by ' || loading.name(i, 23, 1) || ' in the '
    || loading.word(i, 26, 1.5) || ' of ' || loading.name(i, 27, 1) || ' after many years of trials in poor soil and strong wind.' AS text
  FROM generate_series(1, {200000}) i) grown;

INSERT INTO seeds_collection (title, owner, public)
SELECT initcap(loading.word(i, 1, 1)) || ' border', loading.n(i, 2, 9000), loading.u(i, 3) < 0.7 FROM generate_series(1, {30000}) i;

INSERT INTO seeds_collectionitem (collection_id, variety_id, rank)
SELECT 1 + loading.skew(i, 1, {30000}, 1.3), 1 + loading.skew(i, 2, {200000}, 1.7), i % 60 FROM generate_series(1, {350000}) i
ON CONFLICT DO NOTHING;

INSERT INTO seeds_review (about_type_id, about_id, stars, text, spam, written_at)
SELECT (SELECT id FROM django_content_type WHERE app_label = 'seeds' AND model = CASE WHEN loading.u(i, 1) < 0.8 THEN 'variety' ELSE 'nursery' END),
  CASE WHEN loading.u(i, 1) < 0.8 THEN 1 + loading.skew(i, 2, {200000}, 3) ELSE 1 + loading.skew(i, 3, 40, 2) END, 5 - loading.skew(i, 4, 5, 2),
  CASE WHEN loading.u(i, 5) < 0.0007 THEN 'cheap PILLS ' || md5('x' || i) ELSE 'The ' || loading.word(i, 6, 1) || ' came up before the ' || loading.word(i, 7, 1)
    || ', ' || loading.name(i, 8, 1) || ' says. ' || repeat('Good ' || loading.word(i, 11, 1) || '. ', 1 + i % 6) END,
  loading.u(i, 5) < 0.0007, timestamptz '2018-01-01 00:00+00' + loading.n(i, 12, 4000000) * interval '1 minute'
FROM generate_series(1, {250000}) i;

INSERT INTO seeds_lot (variety_id, number, warehouse, grams, germination, packed_on, best_before)
SELECT 1 + loading.n(i, 1, {200000}), 'L' || substr(md5('lot' || i), 1, 9), 1 + loading.skew(i, 2, 12, 1.7),
  CASE WHEN loading.u(i, 3) < 0.92 THEN 0 ELSE 5 + loading.skew(i, 4, 5000, 3) END,
  CASE WHEN loading.u(i, 5) < 0.997 THEN 0.4 + loading.u(i, 6) * 0.6 END, packed, packed + 300 + loading.n(i, 7, 900)
FROM (SELECT i, date '2015-01-01' + loading.n(i, 8, 3900) packed FROM generate_series(1, {350000}) i) bags;

INSERT INTO seeds_orderline (order_ref, variety_id, quantity, paid, ordered_at, gift_note)
SELECT 'W' || lpad((i / 4)::text, 9, '0'), 1 + loading.skew(i, 1, {200000}, 1.9), 1 + loading.skew(i, 2, 20, 4), 2 + loading.skew(i, 3, 9000, 3) / 100.0,
  timestamptz '2022-01-01 00:00-03' + i * interval '3 minutes' + loading.n(i, 4, 600) * interval '1 second',
  CASE WHEN loading.u(i, 5) < 0.003 THEN 'For ' || loading.name(i, 6, 1) || ' with love' END
FROM generate_series(1, {600000}) i;
