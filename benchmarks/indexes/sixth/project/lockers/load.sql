INSERT INTO lockers_carrier (code, name)
SELECT 'C' || lpad(i::text, 2, '0'), loading.name(i, 1, 1) || ' Express' FROM generate_series(1, 14) i;

INSERT INTO lockers_tariff (carrier_id, size, cents)
SELECT 'C' || lpad((1 + i % 14)::text, 2, '0'), 1 + i / 14, 199 + i FROM generate_series(0, 41) i;

INSERT INTO lockers_station (id, code, city, address, retired_at)
SELECT md5('station' || i)::uuid, 'ST' || lpad(i::text, 5, '0'), loading.name(i, 2, 1.5),
  ('10.' || i / 250 || '.' || i % 250 || '.1')::inet, CASE WHEN i % 40 = 0 THEN timestamptz '2024-01-01 00:00+00' END
FROM generate_series(1, {2500}) i;

INSERT INTO lockers_compartment (station_id, number, size, state, checked_at)
SELECT md5('station' || 1 + i % {2500})::uuid, 1 + i / {2500}, 1 + loading.skew(i, 1, 3, 1.6),
  CASE WHEN loading.u(i, 2) < 0.0006 THEN 'broken' WHEN loading.u(i, 2) < 0.4 THEN 'free' ELSE 'taken' END,
  timestamptz '2025-01-01 00:00+00' + loading.n(i, 3, 500000) * interval '1 minute'
FROM generate_series(0, {200000} - 1) i;

INSERT INTO lockers_parcel (id, carrier_code, station_id, tracking, recipient_email, recipient_phone, state, created_at,
  picked_at, expires_on, weight_g, attributes, marks, deleted_at)
SELECT md5('parcel' || i)::uuid, 'C' || lpad((1 + loading.skew(i, 1, 14, 2.2))::text, 2, '0'),
  md5('station' || 1 + loading.skew(i, 2, {2500}, 1.5))::uuid,
  'Pl' || lpad((i * 7 + 13)::text, 9, '0') || (ARRAY['x','Q','z','K'])[1 + i % 4],
  initcap(loading.name(i, 10, 1.2)) || '.' || loading.word(i, 13, 1.2) || i % 977 || '@' || (ARRAY['mail','post','letter'])[1 + i % 3] || '.example',
  CASE WHEN u < 0.8 THEN '+3519' || lpad(loading.n(i, 4, 100000000)::text, 8, '0') END,
  state, created, CASE WHEN state = 'picked' THEN created + interval '1 hour' * loading.n(i, 5, 200) END,
  created::date + 7 + loading.n(i, 6, 8), 40 + loading.skew(i, 7, 25000, 3),
  CASE WHEN i % 9 = 0 THEN jsonb_build_object('customs', jsonb_build_object('number', 'MR' || i, 'value', i % 400))
    WHEN i % 3701 = 0 THEN '{"hold": "police", "since": 3}'::jsonb WHEN i % 5 = 0 THEN '{"signature": true}'::jsonb ELSE '{}'::jsonb END,
  CASE WHEN i % 2311 = 0 THEN ARRAY['cold','live'] WHEN i % 11 = 0 THEN ARRAY['fragile','heavy'] WHEN i % 7 = 0 THEN ARRAY['heavy'] ELSE ARRAY[]::text[] END,
  CASE WHEN loading.u(i, 8) < 0.05 THEN created + interval '200 days' END
FROM (SELECT i, loading.u(i, 3) u, CASE WHEN i > {290000} AND loading.u(i, 9) < 0.4 THEN (ARRAY['waiting','waiting','transit','announced'])[1 + i % 4]
    WHEN loading.u(i, 9) < 0.004 THEN 'waiting' WHEN loading.u(i, 9) < 0.006 THEN 'announced' WHEN loading.u(i, 9) < 0.01 THEN 'lost'
    WHEN loading.u(i, 9) < 0.06 THEN 'returned' ELSE 'picked' END state,
  timestamptz '2023-01-01 00:00+00' + i * interval '5 minutes' + loading.n(i, 11, 600) * interval '1 minute' created
  FROM generate_series(1, {300000}) i) made;

INSERT INTO lockers_scanlog (parcel_id, station_id, kind, device_ip, scanned_at)
SELECT md5('parcel' || 1 + loading.n(i, 1, {300000}))::uuid, md5('station' || 1 + loading.n(i, 2, {2500}))::uuid,
  1 + loading.skew(i, 3, 6, 1.8), ('10.' || loading.n(i, 4, 20) || '.' || loading.n(i, 5, 250) || '.' || loading.n(i, 6, 30))::inet,
  timestamptz '2023-01-01 00:00+00' + i * interval '4 minutes'
FROM generate_series(1, {400000}) i;

INSERT INTO lockers_message (phone, body, due_at, sent_at)
SELECT '+3519' || i, 'Your parcel is there', timestamptz '2025-11-01 00:00+00' + i * interval '1 minute',
  CASE WHEN i % 3 > 0 THEN timestamptz '2025-11-02 00:00+00' END FROM generate_series(1, 400) i;
