INSERT INTO resort_resort (name, region)
SELECT loading.name(i, 1, 1) || ' Alm', loading.name(i % 6, 4, 1) FROM generate_series(1, 24) i;

INSERT INTO resort_lift (code, resort_id, name, kind)
SELECT 'L' || lpad(i::text, 4, '0'), 1 + i % 24, loading.name(i, 1, 1) || 'bahn',
  (ARRAY['gondola', 'chair', 'drag'])[1 + loading.n(i, 2, 3)]
FROM generate_series(1, 240) i;

INSERT INTO resort_guest (id, home_resort, email, surname, first_name, country, birth_date, phone, preferences, deleted_at)
SELECT md5('guest' || i)::uuid, 1 + loading.skew(i, 1, 24, 1.6),
  CASE WHEN i % 3 = 0 THEN 'Skier.' ELSE 'skier.' END || i || '@snow.example',
  loading.name(i, 2, 1) || loading.name(i, 20, 1), loading.name(i, 5, 2),
  (ARRAY['AT','DE','CH','NL','CZ','PL','GB','SE','FI','IS'])[1 + loading.skew(i, 8, 10, 2)],
  date '1940-01-01' + loading.n(i, 9, 27000),
  CASE WHEN loading.u(i, 10) < 0.4 THEN '+43' || loading.n(i, 11, 90000000) END,
  jsonb_build_object('menu', jsonb_build_object('diet', CASE WHEN loading.u(i, 12) < 0.015 THEN 'vegan'
    WHEN loading.u(i, 12) < 0.1 THEN 'vegetarian' ELSE 'any' END), 'level', loading.n(i, 13, 5), 'newsletter', i % 2 = 0),
  CASE WHEN loading.u(i, 14) < 0.04 THEN timestamptz '2023-01-01 00:00+00' + loading.n(i, 15, 700) * interval '1 day' END
FROM generate_series(1, {300000}) i;

INSERT INTO ski_pass (holder, chip, kind, status, valid, bought_at, price)
SELECT md5('guest' || 1 + loading.n(i, 1, {300000}))::uuid, upper(substr(md5('chip' || i % ({350000} / 7 * 3)), 1, 16)), kind,
  CASE WHEN i > {350000} * 0.985 AND loading.u(i, 3) < 0.9 THEN 'active' WHEN loading.u(i, 3) < 0.003 THEN 'pending'
    WHEN loading.u(i, 3) < 0.006 THEN 'blocked' WHEN loading.u(i, 3) < 0.02 THEN 'refunded' ELSE 'expired' END,
  daterange(begun, begun + CASE kind WHEN 'day' THEN 1 WHEN 'week' THEN 7 ELSE 130 END),
  begun - loading.n(i, 4, 40) * interval '1 day' - loading.n(i, 5, 80000) * interval '1 second',
  CASE kind WHEN 'day' THEN 62 WHEN 'week' THEN 310 WHEN 'season' THEN 690 ELSE 0 END
FROM (SELECT i, date '2016-12-01' + (i * 8 / {350000}) * 365 + loading.n(i, 6, 130) begun,
  CASE WHEN loading.u(i, 7) < 0.8 THEN 'day' WHEN loading.u(i, 7) < 0.985 THEN 'week' WHEN loading.u(i, 7) < 0.999 THEN 'season'
    ELSE 'staff' END kind
  FROM generate_series(1, {350000}) i) sold;

INSERT INTO lift_scan (pass_no, lift_code, gate, at, outcome, reader)
SELECT 1 + loading.skew(i, 1, {350000}, 1.2), 'L' || lpad(lift::text, 4, '0'), 1 + loading.n(i, 3, 6),
  timestamptz '2019-12-01 07:00+00' + i * interval '190 seconds',
  CASE WHEN loading.u(i, 4) < 0.9965 THEN 0 WHEN loading.u(i, 4) < 0.9985 THEN 1 WHEN loading.u(i, 4) < 0.9992 THEN 2
    WHEN loading.u(i, 4) < 0.9996 THEN 3 ELSE 4 END,
  ('10.' || lift || '.' || loading.n(i, 5, 120) || '.' || loading.n(i, 6, 250))::inet
FROM (SELECT i, 1 + loading.skew(i, 2, 240, 2) lift FROM generate_series(1, {800000}) i) ridden;

INSERT INTO resort_rental (guest_id, article, shoe_size, out_at, back_at, deposit)
SELECT md5('guest' || 1 + loading.n(i, 1, {300000}))::uuid, (ARRAY['SKI','BOOT','BOARD','SLED','HELMET'])[1 + loading.skew(i, 2, 5, 1.5)]
  || '-' || loading.n(i, 3, 30), 34 + loading.n(i, 4, 15), out_at,
  CASE WHEN loading.u(i, 6) < 0.985 THEN out_at + loading.n(i, 7, 500) * interval '1 hour' END, 20 + loading.n(i, 8, 200)
FROM (SELECT i, timestamptz '2019-12-01 08:00+00' + loading.n(i, 5, 160000000) * interval '1 second' out_at
  FROM generate_series(1, {250000}) i) lent;

INSERT INTO resort_incident (resort_id, lift_id, reported_at, closed_at, severity, narrative, tags, lon, lat)
SELECT 1 + loading.skew(i, 1, 24, 1.5), CASE WHEN loading.u(i, 2) < 0.3 THEN 1 + loading.n(i, 3, 240) END, reported,
  CASE WHEN loading.u(i, 4) < 0.96 THEN reported + loading.n(i, 5, 900) * interval '1 hour' END,
  CASE WHEN loading.u(i, 6) < 0.6 THEN 1 WHEN loading.u(i, 6) < 0.85 THEN 2 WHEN loading.u(i, 6) < 0.98 THEN 3 WHEN loading.u(i, 6) < 0.997
    THEN 4 ELSE 5 END,
  'Reported by ' || loading.name(i, 7, 1) || ' ' || loading.name(i, 10, 1) || loading.name(i, 13, 1) || '. Near the ' || loading.word(i, 16, 2)
    || ' above the ' || loading.word(i, 17, 2) || ' the guest lost control and was found beside the ' || loading.word(i, 18, 3)
    || '. The patrol secured the slope, gave first aid, and called the station at the bottom for transport. Weather: '
    || loading.word(i, 19, 2) || '.',
  ARRAY[(ARRAY['fall','collision','equipment','weather','medical'])[1 + loading.skew(i, 20, 5, 1.5)]]
    || CASE WHEN loading.u(i, 21) < 0.02 THEN ARRAY['helicopter'] ELSE '{}' END::varchar[]
    || CASE WHEN loading.u(i, 22) < 0.01 THEN ARRAY['off-piste'] ELSE '{}' END::varchar[]
    || CASE WHEN loading.u(i, 23) < 0.3 THEN ARRAY['minor'] ELSE '{}' END::varchar[],
  10 + loading.u(i, 24) * 4, 46.5 + loading.u(i, 25) * 1.5
FROM (SELECT i, timestamptz '2016-12-01 08:00+00' + i * interval '20 minutes' reported FROM generate_series(1, {200000}) i) told;
