INSERT INTO press_paper (slug, name, town)
SELECT lower(loading.word(i, 1, 1)) || '-' || i, 'The ' || loading.word(i, 1, 1) || ' Post', loading.name(i, 2, 1) FROM generate_series(1, 50) i;

INSERT INTO press_issue (paper_slug, published_on, edition, scanned_on, printed_date, pages)
SELECT (ARRAY(SELECT slug FROM press_paper ORDER BY slug))[1 + loading.skew(i, 1, 50, 1.3)], date '1880-01-01' + (i / 5)::int,
  (ARRAY['morning','evening','extra'])[1 + loading.skew(i, 2, 3, 3)], date '2010-01-01' + loading.n(i, 3, 5000),
  CASE WHEN loading.u(i, 4) < 0.05 THEN date '1880-01-01' + (i / 5)::int + 1 END, 4 + 2 * loading.skew(i, 5, 14, 2)
FROM generate_series(1, {200000}) i;

INSERT INTO press_person (name, born_on, authority)
SELECT loading.name(i, 1, 1.3) || ' ' || loading.name(i, 10, 1.3), CASE WHEN loading.u(i, 4) < 0.6 THEN date '1800-01-01' + loading.n(i, 5, 51000) END,
  CASE WHEN i % 6 = 0 THEN 'GND' || i * 11 END
FROM generate_series(1, {200000}) i;

INSERT INTO press_article (id, issue_id, position, section, headline, byline, body, language, ocr_quality, keywords, meta, published_on,
  embargo_until, withdrawn_at)
SELECT md5('article' || i)::uuid, issue, 1 + i % 9, (ARRAY['news','ads','trade','sport','deaths','serial'])[1 + loading.skew(i, 2, 6, 1.9)],
  initcap(loading.word(i, 3, 1.1)) || ' and ' || loading.word(i, 4, 1.1) || ' of ' || loading.name(i, 5, 1.1) || ' in ' || loading.name(i, 8, 1.1),
  CASE WHEN loading.u(i, 20) < 0.45 THEN loading.name(i, 21, 1.1) || ' ' || loading.name(i, 24, 1.4) END,
  repeat('The ' || loading.word(i, 11, 1.5) || ' of our town. ', 2 + i % 12), (ARRAY['en','cy','ga','fr'])[1 + loading.skew(i, 12, 4, 6)],
  1 - power(loading.u(i, 13), 3) * 0.999, CASE WHEN i % 1201 = 0 THEN ARRAY['zeppelin','weather'] WHEN i % 4 = 0 THEN ARRAY['weather']
    WHEN i % 6 = 1 THEN ARRAY['parish','harvest'] ELSE ARRAY[]::text[] END,
  CASE WHEN i % 10 < 6 THEN jsonb_build_object('source', jsonb_build_object('reel', 'R' || issue / 60, 'frame', i % 800)) ELSE '{}'::jsonb END,
  date '1880-01-01' + issue / 5, CASE WHEN loading.u(i, 14) < 0.0015 THEN date '2025-01-01' + loading.n(i, 15, 2000) END,
  CASE WHEN loading.u(i, 16) < 0.002 THEN timestamptz '2015-01-01 00:00+00' + loading.n(i, 17, 90000) * interval '1 hour' END
FROM (SELECT i, 1 + loading.n(i, 1, {200000}) issue FROM generate_series(1, {250000}) i) drawn;

INSERT INTO press_mention (article_id, person_id, times)
SELECT md5('article' || 1 + loading.n(i, 1, {250000}))::uuid, 1 + loading.skew(i, 2, {200000}, 2), 1 + loading.skew(i, 3, 6, 3)
FROM generate_series(1, {350000}) i ON CONFLICT DO NOTHING;

INSERT INTO press_moved (old_path, new_path, hits)
SELECT '/Archive/' || 1880 + i % 110 || '/' || initcap(loading.word(i, 1, 1)) || '-' || i || '.html', '/a/' || md5('article' || i)::uuid, loading.skew(i, 2, 900, 4)
FROM generate_series(1, {200000}) i;

ALTER TABLE press_session SET UNLOGGED;
INSERT INTO press_session (token, address, seen_at, reader)
SELECT md5('session' || i), ('172.' || 16 + i % 16 || '.' || loading.n(i, 1, 256) || '.' || loading.n(i, 2, 256))::inet,
  timestamptz '2025-10-01 00:00+00' + loading.n(i, 3, 90000) * interval '1 minute', CASE WHEN loading.u(i, 4) < 0.3 THEN 1 + loading.skew(i, 5, 20000, 1.5) END
FROM generate_series(1, {200000}) i;

CREATE TABLE press_hit (id bigint NOT NULL, article_id uuid NOT NULL, at timestamptz NOT NULL, session varchar(32) NOT NULL, status smallint NOT NULL,
  PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE press_hit_2024a PARTITION OF press_hit FOR VALUES FROM ('2024-01-01 00:00+00') TO ('2024-07-01 00:00+00');
CREATE TABLE press_hit_2024b PARTITION OF press_hit FOR VALUES FROM ('2024-07-01 00:00+00') TO ('2025-01-01 00:00+00');
CREATE TABLE press_hit_2025a PARTITION OF press_hit FOR VALUES FROM ('2025-01-01 00:00+00') TO ('2025-07-01 00:00+00');
CREATE TABLE press_hit_2025b PARTITION OF press_hit FOR VALUES FROM ('2025-07-01 00:00+00') TO ('2026-01-01 00:00+00');
INSERT INTO press_hit (id, article_id, at, session, status)
SELECT i, md5('article' || 1 + loading.skew(i, 1, {250000}, 1.3))::uuid, timestamptz '2024-01-01 00:00+00' + i * interval '4 minutes',
  md5('session' || 1 + loading.n(i, 2, {200000})), CASE WHEN loading.u(i, 3) < 0.0012 THEN 500 WHEN loading.u(i, 3) < 0.06 THEN 404 ELSE 200 END
FROM generate_series(1, {250000}) i;
