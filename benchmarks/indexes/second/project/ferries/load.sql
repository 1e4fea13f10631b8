INSERT INTO ferries_operator (slug, display_name)
SELECT 'line-' || i, loading.name(i, 1, 1) || ' Line' FROM generate_series(1, {45}) i;

INSERT INTO harbours (code, name, country)
SELECT 'H' || lpad(i::text, 3, '0'), loading.name(i, 2, 1) || 'havn', (ARRAY['FI','SE','EE','NO','DK'])[1 + loading.n(i, 3, 5)]
FROM generate_series(1, {90}) i;

INSERT INTO ferries_ship (name, lane_metres)
SELECT 'M/S ' || loading.name(i, 4, 1), 400 + loading.n(i, 5, 2200) FROM generate_series(1, {240}) i;

INSERT INTO timetable (from_port, to_port, ship_id, departs_at, arrives_at, is_cancelled, seats_left)
SELECT 'H' || lpad((1 + loading.skew(i, 6, {90}, 2))::text, 3, '0'), 'H' || lpad((1 + loading.skew(i, 7, {90}, 1.6))::text, 3, '0'),
  1 + loading.n(i, 8, {240}), leaves, leaves + (1 + loading.n(i, 9, 12)) * interval '50 minutes', loading.u(i, 10) < 0.03,
  loading.n(i, 11, 400)
FROM (SELECT i, timestamptz '2023-01-01 00:00+00' + loading.n(i, 12, 1500000) * interval '1 minute' leaves
  FROM generate_series(1, {220000}) i) planned;

INSERT INTO ferry_reservations (id, reference, operator_id, crossing_id, email, state, amount_total, made_at, expires_at, extras, voucher)
SELECT md5('booking' || i)::uuid, upper(substr(md5('ref' || i), 1, 7)), 1 + loading.skew(i, 1, {45}, 2.2), 1 + loading.n(i, 2, {220000}),
  lower(loading.name(i, 20, 1.4)) || i % 9973 || '@' || (ARRAY['post','mail','inbox','web'])[1 + i % 4] || '.example', state,
  20 + loading.n(i, 3, 90000) / 100.0, made, CASE WHEN state < 2 THEN made + interval '2 days' END,
  CASE WHEN loading.u(i, 4) < 0.002 THEN '{"meals": 1, "assistance": {"kind": "wheelchair", "deck": 5}}'
    WHEN loading.u(i, 4) < 0.02 THEN '{"meals": 0, "assistance": {"kind": "escort"}}'
    ELSE '{"meals": 2, "cabin": "' || (ARRAY['none','inside','window'])[1 + i % 3] || '"}' END::jsonb,
  CASE WHEN loading.u(i, 5) < 0.04 THEN (ARRAY['SUMMER','EASTER','CREW','STUDENT','XMAS'])[1 + loading.skew(i, 6, 5, 1.5)]
    || lpad((i % 40)::text, 2, '0') || '-' || upper(substr(md5('v' || i), 1, 6)) END
FROM (SELECT i, timestamptz '2024-01-01 00:00+00' + i * interval '2 minutes' made,
  CASE WHEN loading.u(i, 7) < 0.86 THEN 2 WHEN loading.u(i, 7) < 0.94 THEN 3 WHEN loading.u(i, 7) < 0.985 THEN 4
    WHEN loading.u(i, 7) < 0.997 THEN 0 ELSE 1 END state
  FROM generate_series(1, {450000}) i) taken;

INSERT INTO ferries_vehicle (reservation, plate, length_cm, trailer)
SELECT md5('booking' || 1 + loading.n(i, 1, {450000}))::uuid,
  CASE WHEN i % 3 = 0 THEN upper(substr(md5('car' || i), 1, 3)) || ' ' || upper(substr(md5('car' || i), 4, 4))
    ELSE lower(substr(md5('car' || i), 1, 7)) END,
  380 + loading.skew(i, 2, 1300, 4), loading.u(i, 3) < 0.1
FROM generate_series(1, {260000}) i;
