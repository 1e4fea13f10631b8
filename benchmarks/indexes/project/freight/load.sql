INSERT INTO freight_carrier (name, country)
SELECT loading.name(i, 1, 1) || ' Lines', (ARRAY['PT','NL','DK','SG','CN'])[1 + loading.n(i, 4, 5)] FROM generate_series(1, {300}) i;

INSERT INTO freight_port (code, country)
SELECT 'P' || lpad(i::text, 4, '0'), (ARRAY['PT','NL','DK','SG','CN'])[1 + loading.n(i, 4, 5)] FROM generate_series(1, {1500}) i;

INSERT INTO freight_shipment (reference, carrier_id, consignee, origin_id, destination_id, state, priority, weight, customs_code,
  customer_ref, due_on, delivered_at, cancelled_at)
SELECT 'SH' || lpad(i::text, 10, '0'), 1 + loading.skew(i, 1, {300}, 2), loading.skew(i, 2, 20000, 1.6),
  1 + loading.skew(i, 3, {1500}, 2), 1 + loading.skew(i, 4, {1500}, 2),
  CASE WHEN delivered THEN 'delivered' WHEN loading.u(i, 5) < 0.93 THEN 'moving' WHEN loading.u(i, 5) < 0.9985 THEN 'waiting' ELSE 'lost' END,
  CASE WHEN loading.u(i, 6) < 0.8 THEN 3 WHEN loading.u(i, 6) < 0.995 THEN 5 ELSE 9 END, round((loading.u(i, 7) * 40000)::numeric, 2),
  lpad((1000 + loading.n(i, 8, 9000))::text, 4, '0') || '.' || lpad(loading.n(i, 9, 10000)::text, 4, '0'),
  'REF-' || upper(substr(md5('c' || i % {200000}), 1, 10)),
  CASE WHEN loading.u(i, 10) < 0.7 THEN date '2024-01-10' + (i::float8 / {500000} * 700)::int + loading.n(i, 11, 20) END,
  CASE WHEN delivered THEN timestamptz '2024-01-12' + i::float8 / {500000} * interval '700 days' END,
  CASE WHEN NOT delivered AND loading.u(i, 12) < 0.3 THEN timestamptz '2024-01-15' + i::float8 / {500000} * interval '700 days' END
FROM (SELECT i, loading.u(i, 13) < 0.91 delivered FROM generate_series(1, {500000}) i) made;

INSERT INTO freight_leg (shipment_id, position, port_id, container, eta, closed)
SELECT 1 + loading.n(i, 1, {500000}), i % 5, 1 + loading.n(i, 2, {1500}),
  'CSQU' || lpad(loading.n(i, 3, 60000)::text, 7, '0'), timestamptz '2024-01-01 00:00+00' + i * interval '60 seconds'
    + loading.u(i, 4) * interval '10 days', loading.u(i, 5) > 0.004
FROM generate_series(1, {1000000}) i;

INSERT INTO freight_dispatchjob (status, attempts, payload, run_after)
SELECT CASE WHEN loading.u(i, 1) < 0.01 THEN 'new' ELSE 'done' END, 1, repeat(md5(i::text), 4), timestamptz '2025-11-01' + i * interval '1 minute'
FROM generate_series(1, {40000}) i;
