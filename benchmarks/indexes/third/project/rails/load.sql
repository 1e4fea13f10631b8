INSERT INTO stations (code, name, platforms)
SELECT 'T' || lpad(i::text, 4, '0'), loading.name(i, 1, 1) || ' ' || loading.word(i, 2, 1), 1 + loading.skew(i, 3, 24, 3)
FROM generate_series(1, 600) i;

INSERT INTO rails_train (number, operator)
SELECT 100 + i, (ARRAY['Pampa Rail','Costa','Regional'])[1 + i % 3] FROM generate_series(1, 900) i;

INSERT INTO rails_run (train_id, runs_on, from_code, to_code, leaves, delay_minutes, state, remarks)
SELECT train, date '2025-01-01' + (i - 1) / 900, 'T' || lpad((1 + loading.skew(train, 1, 600, 2))::text, 4, '0'),
  'T' || lpad((1 + loading.skew(train, 2, 600, 2.4))::text, 4, '0'), time '04:10' + loading.n(train, 3, 1100) * interval '1 minute',
  CASE WHEN loading.u(i, 4) < 0.7 THEN loading.n(i, 5, 3) ELSE loading.skew(i, 6, 240, 6) END,
  CASE WHEN loading.u(i, 7) < 0.97 THEN 2 WHEN loading.u(i, 7) < 0.9985 THEN 3 ELSE 4 END,
  CASE WHEN loading.u(i, 8) < 0.1 THEN 'delayed by ' || loading.word(i, 9, 1) || ' near ' || loading.name(i, 10, 1) ELSE '' END
FROM (SELECT i, 1 + i % 900 train FROM generate_series(1, {250000}) i) planned;

INSERT INTO rails_card (number, holder, tier, points, since)
SELECT '3081' || lpad(i::text, 12, '0'), loading.name(i, 1, 1.4) || ' ' || loading.name(i, 4, 1.2),
  CASE WHEN loading.u(i, 7) < 0.8 THEN 'b' WHEN loading.u(i, 7) < 0.96 THEN 's' WHEN loading.u(i, 7) < 0.9985 THEN 'g' ELSE 'd' END,
  loading.skew(i, 8, 90000, 5), date '2015-01-01' + loading.n(i, 9, 3900)
FROM generate_series(1, {200000}) i;

INSERT INTO rails_ticket (run_id, pnr, passenger, "class", coach, seat, fare, channel, sold_at, refunded_at, device, card_id)
SELECT 1 + loading.n(i, 1, {250000}), upper(substr(md5('pnr' || i / 2), 1, 6)), loading.name(i, 2, 1.3) || ' ' || loading.name(i, 5, 1.3),
  CASE WHEN loading.u(i, 8) < 0.8 THEN '2' WHEN loading.u(i, 8) < 0.99 THEN '1' ELSE 'L' END, 1 + loading.n(i, 9, 14),
  1 + loading.n(i, 10, 88), 4 + loading.skew(i, 11, 18000, 2) / 100.0,
  CASE WHEN loading.u(i, 12) < 0.6 THEN 'app' WHEN loading.u(i, 12) < 0.85 THEN 'web' WHEN loading.u(i, 12) < 0.985 THEN 'counter'
    ELSE 'partner' END, sold, CASE WHEN loading.u(i, 13) < 0.018 THEN sold + loading.n(i, 14, 300) * interval '1 hour' END,
  CASE WHEN loading.u(i, 12) < 0.85 THEN ('10.' || loading.skew(i, 15, 250, 3) || '.' || loading.n(i, 16, 250) || '.' || loading.n(i, 17, 250))::inet END,
  CASE WHEN loading.u(i, 18) < 0.3 THEN 1 + loading.skew(i, 19, {200000}, 1.4) END
FROM (SELECT i, timestamptz '2024-12-01 00:00-03' + i * interval '36 seconds' sold FROM generate_series(1, {700000}) i) bought;

INSERT INTO gate_scans (station_id, ticket_id, "at", gate, ok)
SELECT 1 + loading.skew(i, 1, 600, 2.5), 1 + loading.n(i, 2, {700000}),
  timestamptz '2025-01-01 04:00-03' + i * interval '14 seconds' + loading.n(i, 3, 7200) * interval '1 second',
  1 + loading.n(i, 4, 30), loading.u(i, 5) > 0.004
FROM generate_series(1, {1600000}) i;

INSERT INTO rails_hold (run_id, coach, seat, until, taken)
SELECT 1 + loading.n(i, 1, {250000}), 1 + loading.n(i, 2, 14), 1 + loading.n(i, 3, 88), timestamptz '2025-09-20 00:00-03' + i * interval '3 seconds',
  loading.u(i, 4) < 0.2
FROM generate_series(1, {3000}) i ON CONFLICT DO NOTHING;
