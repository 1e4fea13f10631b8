INSERT INTO sounds_listener (handle, country, joined_on)
SELECT loading.name(i, 1, 1) || '_' || i, (ARRAY['PT','BR','ES','FR','DE','JP','US','GB'])[1 + loading.n(i, 4, 8)],
  date '2012-01-01' + loading.n(i, 5, 5000)
FROM generate_series(1, {300000}) i;

INSERT INTO sounds_recording (uploader_id, title, slug, description, tags, meta, search, checksum, duration_s, plays, license,
  spot, published_at)
SELECT 1 + loading.skew(i, 1, {300000}, 8), title, 'snd-' || substr(md5('slug' || i), 1, 14), description,
  ARRAY[]::varchar(30)[]
    || CASE WHEN loading.u(i, 2) < 0.6 THEN ARRAY['stereo'] ELSE ARRAY[]::text[] END
    || CASE WHEN loading.u(i, 3) < 0.9 THEN ARRAY[loading.word(i, 4, 3) || loading.n(i, 5, 8)] ELSE ARRAY[]::text[] END
    || CASE WHEN loading.u(i, 6) < 0.5 THEN ARRAY[loading.word(i, 7, 2), loading.word(i, 8, 2) || 's'] ELSE ARRAY[]::text[] END
    || CASE WHEN loading.u(i, 9) < 0.002 THEN ARRAY['a','b','c','d','e','f'] ELSE ARRAY[]::text[] END,
  jsonb_build_object('device', jsonb_build_object('maker', (ARRAY['Zoom','Sony','Tascam'])[1 + loading.n(i, 10, 3)],
      'serial', 'D' || loading.n(i, 11, 40000)), 'rate', (ARRAY[44100,48000,96000,192000])[1 + loading.skew(i, 12, 4, 7)],
      'gain', loading.n(i, 13, 60))
    || CASE WHEN loading.u(i, 14) < 0.0008 THEN jsonb_build_object('clipped', true) ELSE jsonb_build_object() END,
  to_tsvector('english', title || ' ' || description),
  md5('a' || i) || md5('b' || i) || md5('c' || i) || md5('d' || i), round((-90 * ln(1 - loading.u(i, 15)))::numeric, 2)::float8,
  loading.skew(i, 16, 1000000, 6), CASE WHEN loading.u(i, 17) < 0.7 THEN 'cc-by' WHEN loading.u(i, 17) < 0.9 THEN 'cc-by-nc'
    WHEN loading.u(i, 17) < 0.998 THEN 'cc0' ELSE 'archive' END,
  point(loading.u(i, 18) * 1000, loading.u(i, 19) * 1000),
  CASE WHEN loading.u(i, 20) < 0.85 THEN timestamptz '2018-01-01 00:00+00' + loading.u(i, 21) * interval '2800 days' END
FROM (
  SELECT i, initcap(loading.word(i, 40, 2)) || ' ' || loading.word(i, 41, 2.5) || ' at the ' || loading.word(i, 42, 1.5)
      || ', take ' || loading.n(i, 43, 60) AS title,
    'Recorded near ' || loading.name(i, 44, 1) || ': ' || loading.word(i, 47, 2) || ' and ' || loading.word(i, 48, 2)
      || ', ' || loading.name(i, 49, 1) || ' holding the ' || loading.word(i, 52, 2) AS description
  FROM generate_series(1, {250000}) i
) told;

INSERT INTO sounds_favourite (listener_id, recording_id, added_at, rating)
SELECT DISTINCT ON (1, 2) 1 + loading.n(i, 1, {300000}), 1 + loading.skew(i, 2, {250000}, 2),
  timestamptz '2023-01-01 00:00+00' + loading.u(i, 3) * interval '1000 days',
  CASE WHEN loading.u(i, 4) < 0.2 THEN 1 + loading.n(i, 5, 5) END
FROM generate_series(1, {600000}) i;

INSERT INTO sounds_taxon (path, name, rank)
SELECT ('life.k' || loading.n(i, 1, 12) || '.f' || loading.n(i, 2, 80) || '.g' || loading.n(i, 3, 60) || '.s' || i)::ltree,
  loading.name(i, 4, 1) || ' ' || loading.word(i, 7, 1), 'species'
FROM generate_series(1, {150000}) i;
