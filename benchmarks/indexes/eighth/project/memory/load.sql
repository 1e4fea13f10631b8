INSERT INTO memory_client (slug, name) SELECT lower(loading.name(i, 1, 1)) || '-' || i, loading.name(i, 1, 1) || ' ' || loading.word(i, 4, 1) FROM generate_series(1, 80) i;

INSERT INTO memory_unit (client_id, src, trg, source, target, quality, uses, used_at, created_by, corrected_by, created_at, corrected_at, domains, origin)
SELECT 1 + loading.skew(i, 1, 80, 1.6), 'en', (ARRAY['de','fr','pt','fi','mt'])[1 + loading.skew(i, 2, 5, 2.5)],
  'The ' || loading.word(i, 3, 1.1) || ' of ' || loading.name(i, 4, 1.1) || ' must not touch the ' || loading.word(i, 7, 1.1) || ' (' || i % 8000 || ')'
    || CASE WHEN loading.u(i, 8) < 0.0012 THEN repeat(' and then see to the ' || loading.word(i, 9, 1), 30) ELSE '.' END,
  'Pri ' || loading.word(i, 3, 1.1) || ' na ' || loading.name(i, 4, 1.1) || ' non tangat ' || loading.word(i, 7, 1.1) || CASE WHEN loading.u(i, 10) < 0.0008 THEN ' Lichtbogenofen' ELSE ' eo' END || ' (' || i % 8000 || ')',
  CASE WHEN loading.u(i, 11) < 0.03 THEN -1 ELSE loading.n(i, 12, 100) END, loading.skew(i, 13, 3000, 6),
  CASE WHEN loading.u(i, 14) < 0.993 THEN timestamptz '2021-01-01 00:00+00' + loading.n(i, 15, 150000000) * interval '1 second' END,
  1 + loading.skew(i, 16, 900, 1.3), CASE WHEN loading.u(i, 17) < 0.3 THEN 1 + loading.skew(i, 18, 900, 1.3) END, made, CASE WHEN loading.u(i, 17) < 0.3 THEN made + loading.n(i, 19, 900) * interval '1 day' END,
  CASE WHEN i % 2500 = 7 THEN ARRAY['metallurgy','energy'] WHEN i % 1900 = 3 THEN ARRAY['oncology'] WHEN i % 3 = 0 THEN ARRAY['legal'] WHEN i % 3 = 1 THEN ARRAY['energy','legal'] ELSE ARRAY['general'] END,
  jsonb_build_object('file', jsonb_build_object('name', 'tm-' || loading.skew(i, 20, 2600, 1.4) || '.tmx', 'line', i % 9000))
FROM (SELECT i, timestamptz '2016-01-01 00:00+00' + i * interval '22 minutes' made FROM generate_series(1, {200000}) i) made;

INSERT INTO memory_project (client_id, title, due_at) SELECT 1 + i % 80, 'Manual ' || i, timestamptz '2025-01-01 00:00+00' + i * interval '9 hours' FROM generate_series(1, 240) i;

INSERT INTO memory_segment (project_id, position, status, unit_id, locked_by, locked_at, words)
SELECT project, i, CASE WHEN loading.u(i, 2) < 0.004 THEN 3 WHEN project IN (1, 2) AND i < {340000} THEN 2 WHEN loading.u(i, 3) < 0.9 THEN 2 ELSE loading.n(i, 4, 2) END,
  CASE WHEN loading.u(i, 5) < 0.7 THEN 1 + loading.skew(i, 6, {200000}, 1.2) END, CASE WHEN loading.u(i, 7) < 0.001 THEN 1 + loading.n(i, 8, 900) END,
  CASE WHEN loading.u(i, 7) < 0.001 THEN timestamptz '2025-10-01 00:00+00' + loading.n(i, 9, 60000) * interval '1 minute' END, 1 + loading.skew(i, 10, 60, 2)
FROM (SELECT i, 1 + loading.skew(i, 1, 240, 3) project FROM generate_series(1, {350000}) i) made;

INSERT INTO memory_term (lemma, language, concept, is_forbidden, lines)
SELECT initcap(loading.name(i, 1, 1.1)) || CASE WHEN i % 2 = 0 THEN '-' ELSE ' ' END || loading.word(i, 4, 1.1), (ARRAY['en','de','fr','pt','fi','mt'])[1 + i % 6], md5('concept' || i / 5)::uuid, loading.u(i, 5) < 0.002,
  CASE WHEN loading.u(i, 6) < 0.5 THEN int4range(low, low + 1 + loading.skew(i, 8, 60, 3)) END
FROM (SELECT i, loading.n(i, 7, 400000) low FROM generate_series(1, {200000}) i) made;

INSERT INTO memory_job (kind, payload, run_at, done_at)
SELECT 'align', '{}', timestamptz '2025-11-01 00:00+00' + i * interval '1 minute', CASE WHEN i % 4 > 0 THEN timestamptz '2025-11-02 00:00+00' END FROM generate_series(1, 350) i;
