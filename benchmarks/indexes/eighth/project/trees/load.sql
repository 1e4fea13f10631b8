INSERT INTO trees_taxon (path, name)
SELECT ('plantae.' || lower(loading.word(i, 1, 1)) || '.' || lower(loading.name(i, 2, 1)) || '.s' || i)::ltree, loading.name(i, 2, 1) || ' ' || loading.word(i, 5, 1) FROM generate_series(1, 2400) i;

INSERT INTO trees_contractor (code, name) SELECT 'TC' || lpad(i::text, 3, '0'), loading.name(i, 1, 1) || ' Arborists' FROM generate_series(1, 60) i;

INSERT INTO trees_asset (id, number, district, zone, condition, removed_on)
SELECT i, CASE WHEN i > {200000} THEN 'B-' ELSE 'T-' END || lpad(i::text, 7, '0'), 1 + street / 250,
  ('city.d' || 1 + street / 250 || '.q' || street / 25 % 10 || '.s' || street || '.n' || i % 40)::ltree,
  CASE WHEN loading.u(i, 2) < 0.0015 THEN 0 ELSE 1 + loading.skew(i, 3, 4, 0.6) END, CASE WHEN loading.u(i, 4) < 0.06 THEN date '2012-01-01' + loading.n(i, 5, 5000) END
FROM (SELECT i, loading.n(i, 1, 4000) street FROM generate_series(1, {200000} + {10000}) i) made;
SELECT setval(pg_get_serial_sequence('trees_asset', 'id'), max(id)) FROM trees_asset;

INSERT INTO trees_tree (asset_ptr_id, taxon_id, place, planted_on, girth_cm, height_m, godparent)
SELECT i, 1 + loading.skew(i, 10, 2400, 4), point(138.5 + 0.3 * power(loading.u(i, 11), 1.5), -35.1 + 0.4 * loading.u(i, 12)),
  date '1935-01-01' + (power(loading.u(i, 13), 0.6) * 33180)::int, 12 + loading.skew(i, 14, 420, 4), 1.5 + loading.skew(i, 15, 300, 2) / 10.0,
  CASE WHEN loading.u(i, 16) < 0.02 THEN loading.name(i, 17, 1) || ' ' || loading.name(i, 20, 1) END
FROM generate_series(1, {200000}) i;

INSERT INTO trees_bench (asset_ptr_id, material) SELECT {200000} + i, (ARRAY['jarrah','steel','stone'])[1 + i % 3] FROM generate_series(1, {10000}) i;

INSERT INTO trees_inspection (tree_id, inspector, done_at, score, next_due, note)
SELECT 1 + loading.n(i, 1, {200000}), 1 + loading.skew(i, 2, 45, 1.5), done, CASE WHEN loading.u(i, 3) < 0.001 THEN 0 ELSE 1 + loading.skew(i, 4, 9, 0.5) END,
  done::date + 200 + loading.n(i, 5, 1400), CASE WHEN loading.u(i, 6) < 0.5 THEN 'The ' || loading.word(i, 7, 1) || ' near the ' || loading.word(i, 8, 1) || ' leans to the kerb; crown thinned by a third, deadwood removed.' ELSE '' END
FROM (SELECT i, timestamptz '2016-01-01 00:00+00' + i * interval '17 minutes' + loading.n(i, 9, 4000) * interval '1 minute' done FROM generate_series(1, {300000}) i) made;

INSERT INTO trees_order (id, tree_id, contractor_id, kind, urgency, due_on, closed_at, budget, cost, remarks)
SELECT md5('order' || i)::uuid, 1 + loading.skew(i, 1, {200000}, 1.2), 'TC' || lpad((1 + loading.skew(i, 2, 60, 2))::text, 3, '0'), (ARRAY['prune','stake','fell','grind'])[1 + loading.skew(i, 3, 4, 2)],
  1 + loading.skew(i, 4, 5, 2), date '2017-01-01' + (i / 62)::int + loading.n(i, 5, 200), CASE WHEN (i > {190000} AND loading.u(i, 6) < 0.5) OR loading.u(i, 6) < 0.002 THEN NULL
    ELSE timestamptz '2017-01-05 00:00+00' + i / 62 * interval '1 day' + loading.n(i, 7, 9000) * interval '1 hour' END,
  budget, budget * (0.4 + loading.u(i, 8) * loading.u(i, 9)), repeat('Use the ' || loading.word(i, 10, 1) || ' lane. ', (i % 8)::int)
FROM (SELECT i, 80 + loading.skew(i, 11, 9000, 4) budget FROM generate_series(1, {200000}) i) made ON CONFLICT DO NOTHING;

INSERT INTO trees_watering (tree_id, crew, litres, at)
SELECT 1 + loading.n(i, 1, {200000}), 1 + loading.skew(i, 2, 24, 1.3), 20 + 5 * loading.n(i, 3, 12), timestamptz '2023-10-01 00:00+00' + i * interval '2 minutes'
FROM generate_series(1, {500000}) i;

INSERT INTO trees_report (mail, tree_number, subject, body, came_at, is_spam, answered_by)
SELECT initcap(loading.name(i, 1, 1.1)) || '.' || loading.word(i, 4, 1.2) || loading.n(i, 5, 9) || '@Mail.example', CASE WHEN i % 3 > 0 THEN 'T-' || lpad((1 + loading.n(i, 6, {200000}))::text, 7, '0') END,
  (ARRAY['Branch','Root','Fungus','Nest','Stump','Leaves'])[1 + loading.skew(i, 7, 6, 1.4)] || ' at the ' || loading.word(i, 8, 1.2),
  'There is a ' || loading.word(i, 9, 1.1) || ' by the ' || loading.word(i, 10, 1.1) || ', and it ' || (ARRAY['hangs','rots','smells','leans'])[1 + i % 4] || ' over the ' || loading.word(i, 11, 1.1) || CASE WHEN i % 1200 = 0 THEN ' with wasps and brackets of honey fungi' ELSE '. Please come' END,
  timestamptz '2016-03-01 00:00+00' + i * interval '25 minutes', loading.u(i, 12) < 0.1, CASE WHEN loading.u(i, 13) < 0.93 THEN 1 + loading.n(i, 14, 30) END
FROM generate_series(1, {200000}) i;

INSERT INTO trees_photo (content_type_id, object_id, path, taken_at)
SELECT type.id, CASE WHEN type.model = 'bench' THEN {200000} + 1 + loading.n(i, 2, {10000}) ELSE 1 + loading.n(i, 3, {200000}) END, '/p/' || md5('photo' || i) || '.jpg',
  timestamptz '2014-01-01 00:00+00' + loading.n(i, 4, 6000000) * interval '1 minute'
FROM generate_series(1, {200000}) i JOIN django_content_type type ON type.app_label = 'trees' AND type.model = CASE WHEN loading.u(i, 1) < 0.9 THEN 'tree' ELSE 'bench' END;

ALTER TABLE trees_probe SET UNLOGGED;
INSERT INTO trees_probe (sensor, at, moisture, volts)
SELECT 1 + loading.n(i, 1, 900), timestamptz '2025-06-01 00:00+00' + i * interval '30 seconds', 100 * loading.u(i, 2), CASE WHEN loading.u(i, 3) < 0.001 THEN 1.9 ELSE 2.4 END + loading.u(i, 4) / 2
FROM generate_series(1, {250000}) i;

INSERT INTO trees_notice (phone, text, due_at, attempts) SELECT '+618' || i, 'A tree near you is pruned tomorrow', timestamptz '2025-11-01 00:00+00' + i * interval '1 minute', i % 3 FROM generate_series(1, 400) i;
