INSERT INTO dispatch_city (code, name)
SELECT c, 'City of ' || c FROM unnest(ARRAY['tor','mtl','van','ott','cal','edm','wpg','que','ham','kit','lon','hal','vic','sjs']) c;

INSERT INTO dispatch_kitchen (city, chain, name, cuisine)
SELECT (ARRAY['tor','mtl','van','ott','cal','edm','wpg','que','ham','kit','lon','hal','vic','sjs'])[1 + loading.skew(i, 1, 14, 2)],
  CASE WHEN loading.u(i, 2) < 0.2 THEN 1 + loading.skew(i, 3, 120, 2) END, 'Chez ' || loading.name(i, 4, 1), (ARRAY['pizza','sushi','thai','burger','curry','poutine','pho'])[1 + loading.skew(i, 7, 7, 1.5)]
FROM generate_series(1, {9000}) i;

INSERT INTO dispatch_rider (city, name, phone, plate, vehicle, flags, is_online, spot, seen_at)
SELECT (ARRAY['tor','mtl','van','ott','cal','edm','wpg','que','ham','kit','lon','hal','vic','sjs'])[1 + loading.skew(i, 1, 14, 2)],
  loading.name(i, 2, 1.2) || ' ' || loading.name(i, 5, 1.2), '+1416' || lpad((i::bigint * 6151 % 10000000)::text, 7, '0'),
  CASE WHEN i % 3 = 0 THEN '' WHEN i % 3 = 1 THEN chr(65 + i % 26) || chr(65 + i / 26 % 26) || chr(65 + i / 676 % 26) || '-' || lpad((i % 1000)::text, 3, '0')
    ELSE chr(97 + i % 26) || chr(65 + i / 26 % 26) || chr(65 + i / 676 % 26) || ' ' || lpad((i % 1000)::text, 3, '0') END,
  (ARRAY['bike','car','scooter','foot'])[1 + loading.skew(i, 8, 4, 1.6)],
  (loading.u(i, 9) < 0.3)::int + 2 * (loading.u(i, 10) < 0.5)::int + 4 * (loading.u(i, 11) < 0.004)::int + 8 * (loading.u(i, 12) < 0.2)::int,
  loading.u(i, 13) < 0.35, CASE WHEN loading.u(i, 14) < 0.9 THEN point(-79.8 + loading.u(i, 15), 43.4 + loading.u(i, 16) * 0.6) END,
  CASE WHEN loading.u(i, 14) < 0.9 THEN timestamptz '2025-12-14 05:00+00' - power(loading.u(i, 17), 4) * 400 * interval '1 day' END
FROM generate_series(1, {200000}) i;

INSERT INTO dispatch_customer (email, phone, name, merged_into_id)
SELECT CASE WHEN i % 4 = 0 THEN initcap(loading.name(i, 1, 1)) ELSE lower(loading.name(i, 1, 1)) END || '.' || i || '@' || (ARRAY['mail.example','post.example','Work.example'])[1 + i % 3],
  CASE WHEN loading.u(i, 4) < 0.8 THEN '+1647' || lpad((i::bigint * 7919 % 10000000)::text, 7, '0') END, loading.name(i, 5, 1.1) || ' ' || loading.name(i, 8, 1.1),
  CASE WHEN loading.u(i, 11) < 0.003 THEN 1 + loading.skew(i, 12, {200000}, 3) END
FROM generate_series(1, {200000}) i;

INSERT INTO dispatch_order (code, city, kitchen_id, customer_id, rider_id, state, placed_at, delivered_at, scheduled_for, promised_min, taken_min, total_cents, refunded_cents,
  postcode, note, lines, is_test)
SELECT 'Q' || i % 10 || '-' || upper(substr(h, 1, 4)) || '-' || upper(substr(h, 5, 4)),
  (ARRAY['tor','mtl','van','ott','cal','edm','wpg','que','ham','kit','lon','hal','vic','sjs'])[1 + loading.skew(i, 1, 14, 2)],
  1 + loading.skew(i, 2, {9000}, 2), 1 + loading.skew(i, 3, {200000}, 2.2), CASE WHEN state IN ('riding', 'delivered') THEN 1 + loading.skew(i, 4, {200000}, 2) END, state, placed,
  CASE WHEN state = 'delivered' THEN placed + (promised + late) * interval '1 minute' END, CASE WHEN loading.u(i, 5) < 0.004 THEN placed + loading.n(i, 6, 12) * interval '2 hours' END,
  promised, CASE WHEN state = 'delivered' THEN promised + late END, 900 + loading.skew(i, 7, 14000, 4), CASE WHEN loading.u(i, 8) < 0.03 THEN loading.n(i, 9, 900) ELSE 0 END,
  'M' || loading.skew(i, 10, 10, 1.5) || chr(65 + loading.skew(i, 11, 26, 1.5)) || ' ' || loading.n(i, 12, 10) || chr(65 + loading.n(i, 13, 26)) || loading.n(i, 14, 10),
  CASE WHEN loading.u(i, 15) < 0.3 THEN 'Please ring at the ' || loading.word(i, 16, 1.3) || CASE WHEN loading.u(i, 17) < 0.1 THEN ', my name is ' || loading.name(i, 18, 1) ELSE '' END END,
  jsonb_build_array(jsonb_build_object('sku', 'S' || loading.skew(i, 21, 4000, 2.2), 'n', 1 + i % 3), jsonb_build_object('sku', 'S' || loading.skew(i, 22, 4000, 2.2), 'n', 1)),
  loading.u(i, 23) < 0.001
FROM (SELECT i, md5('o' || i) h, timestamptz '2025-01-01 00:00+00' + i * interval '1 minute' placed, 25 + 5 * loading.n(i, 30, 6) promised,
    CASE WHEN loading.u(i, 31) < 0.003 THEN 46 + loading.n(i, 32, 60) ELSE loading.n(i, 33, 40) - 20 END late,
    CASE WHEN i > {500000} * 0.995 THEN (ARRAY['placed','cooking','ready','riding','delivered'])[1 + loading.n(i, 34, 5)]
      WHEN loading.u(i, 35) < 0.035 THEN 'cancelled' WHEN loading.u(i, 36) < 0.0003 THEN 'ready' ELSE 'delivered' END state
  FROM generate_series(1, {500000}) i) drawn;

INSERT INTO dispatch_offer (order_id, rider_id, offered_at, answer, answered_at, pay_cents)
SELECT 1 + loading.n(i, 1, {500000}), 1 + loading.skew(i, 2, {200000}, 1.7), timestamptz '2025-01-01 00:00+00' + loading.n(i, 1, {500000}) * interval '1 minute',
  CASE WHEN loading.u(i, 3) > 0.003 THEN 1 + loading.skew(i, 4, 3, 1.4) END,
  CASE WHEN loading.u(i, 3) > 0.003 THEN timestamptz '2025-01-01 00:00+00' + loading.n(i, 1, {500000}) * interval '1 minute' + loading.n(i, 5, 60) * interval '1 second' END, 300 + loading.n(i, 6, 900)
FROM generate_series(1, {500000}) i;

INSERT INTO dispatch_event (order_id, kind, at)
SELECT i, 2, timestamptz '2025-01-01 00:09+00' + i * interval '1 minute' FROM generate_series(1, {500000}) i WHERE loading.u(i, 1) > 0.03;
INSERT INTO dispatch_event (order_id, kind, at)
SELECT 1 + loading.n(i, 1, {500000}), 1 + 2 * (i % 2) + (i % 70 = 35)::int, timestamptz '2025-01-01 00:02+00' + loading.n(i, 1, {500000}) * interval '1 minute' FROM generate_series(1, {200000}) i;

CREATE TABLE dispatch_ping (id bigint NOT NULL, rider_id bigint NOT NULL, at timestamptz NOT NULL, spot point NOT NULL, battery smallint NOT NULL,
  PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE dispatch_ping_09 PARTITION OF dispatch_ping FOR VALUES FROM ('2025-09-01 00:00+00') TO ('2025-10-01 00:00+00');
CREATE TABLE dispatch_ping_10 PARTITION OF dispatch_ping FOR VALUES FROM ('2025-10-01 00:00+00') TO ('2025-11-01 00:00+00');
CREATE TABLE dispatch_ping_11 PARTITION OF dispatch_ping FOR VALUES FROM ('2025-11-01 00:00+00') TO ('2025-12-01 00:00+00');
CREATE TABLE dispatch_ping_12 PARTITION OF dispatch_ping FOR VALUES FROM ('2025-12-01 00:00+00') TO ('2026-01-01 00:00+00');
INSERT INTO dispatch_ping (id, rider_id, at, spot, battery)
SELECT i, 1 + loading.skew(i, 1, {200000}, 4), timestamptz '2025-09-01 00:00+00' + i * interval '22 seconds', point(-79.8 + loading.u(i, 2), 43.4 + loading.u(i, 3) * 0.6), loading.n(i, 4, 101)
FROM generate_series(1, {400000}) i;

INSERT INTO dispatch_coupon (code, customer_id, order_id, expires_on)
SELECT upper(loading.word(i, 1, 1)) || (i::bigint * 7919 % 1000003), CASE WHEN i % 3 > 0 THEN 1 + loading.n(i, 2, {200000}) END, CASE WHEN loading.u(i, 3) < 0.85 THEN 1 + loading.n(i, 4, {500000}) END,
  date '2025-02-01' + loading.n(i, 5, 500)
FROM generate_series(1, {250000}) i ON CONFLICT DO NOTHING;

INSERT INTO dispatch_outbox (topic, payload, due_at, locked_by)
SELECT (ARRAY['sms','push','mail'])[1 + i % 3], jsonb_build_object('to', i), timestamptz '2025-12-14 05:00+00' + i * interval '1 second', CASE WHEN i % 8 = 0 THEN 'worker-' || i % 5 END
FROM generate_series(1, {3000}) i;
