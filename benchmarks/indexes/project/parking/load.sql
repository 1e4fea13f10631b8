ALTER TABLE parking_livesession SET UNLOGGED;

INSERT INTO parking_zone (code, tariff)
SELECT 'Z' || lpad(i::text, 3, '0'), 1 + i % 4 FROM generate_series(1, {120}) i;

INSERT INTO parking_bay (zone_id, outline, covered)
SELECT 1 + loading.n(i, 1, {120}), box(point(x, y), point(x + 2.5, y + 5)), loading.u(i, 2) < 0.3
FROM (SELECT i, loading.u(i, 3) * 5000 x, loading.u(i, 4) * 5000 y FROM generate_series(1, {150000}) i) placed;

INSERT INTO parking_ticket (plate, zone_id, valid, issued_at, paid_at, amount, machine, officer, void)
SELECT upper(substr(md5('car' || loading.n(i, 1, {90000})), 1, 6)), 1 + loading.skew(i, 2, {120}, 2),
  tstzrange(issued, issued + (1 + loading.n(i, 3, 8)) * interval '30 minutes'), issued,
  CASE WHEN loading.u(i, 4) < 0.94 THEN issued + loading.u(i, 5) * interval '20 days' END, 2 + loading.skew(i, 6, 12000, 3) / 100.0,
  ('10.' || loading.n(i, 7, 16) || '.' || loading.n(i, 8, 64) || '.' || loading.n(i, 9, 200))::inet, loading.n(i, 10, 350),
  loading.u(i, 11) < 0.02
FROM (SELECT i, timestamptz '2025-01-01 00:00+00' + i * interval '60 seconds' issued FROM generate_series(1, {400000}) i) given;

INSERT INTO parking_livesession (plate, zone_id, started_at, ended_at)
SELECT upper(substr(md5('car' || loading.n(i, 1, {90000})), 1, 6)), 1 + loading.n(i, 2, {120}),
  timestamptz '2025-10-01 00:00+00' + i * interval '10 seconds',
  CASE WHEN loading.u(i, 3) < 0.985 THEN timestamptz '2025-10-01 02:00+00' + i * interval '10 seconds' END
FROM generate_series(1, {250000}) i;

INSERT INTO parking_permit (code, plate, holder, valid, kind)
SELECT 'Pm-' || substr(md5('permit' || i), 1, 12), upper(substr(md5('car' || loading.n(i, 1, {90000})), 1, 6)),
  loading.name(i, 2, 1) || ' ' || loading.name(i, 5, 1), daterange(begun, begun + 30 + loading.n(i, 8, 700)),
  (ARRAY['resident','visitor','trade','disabled'])[1 + loading.skew(i, 9, 4, 2)]
FROM (SELECT i, date '2020-01-01' + loading.n(i, 10, 2100) begun FROM generate_series(1, {200000}) i) granted;
