CREATE FUNCTION loading.own(i bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT 'VK' || i % 8 || upper(left(md5('op' || i), 3)) || i % 10 || chr(65 + (i / 10 % 26)::int) || i / 260 $$;
CREATE FUNCTION loading.call(i bigint, salt int) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT (ARRAY['DL','G','JA','W','K','F','I','ZL','VK9','FT4','9M','OH'])[1 + loading.skew(i, salt, 12, 2)] || loading.n(i, salt + 1, 10)
  || chr(65 + loading.skew(i, salt + 2, 26, 1.5)) || chr(65 + loading.skew(i, salt + 3, 12, 1.6)) $$;

INSERT INTO hamlog_operator (callsign, name, home, joined_at)
SELECT loading.own(i), loading.name(i, 1, 1.2), point(113 + 40 * loading.u(i, 5), -43 + 32 * loading.u(i, 6)), timestamptz '2004-01-01 00:00+00' + i * interval '1 hour'
FROM generate_series(1, {20000}) i;

INSERT INTO hamlog_upload (operator_id, file, digest, state, came_at)
SELECT loading.own(1 + loading.skew(i, 1, {20000}, 2)), 'log-' || i || '.adi', md5('file' || i) || md5('again' || i),
  CASE WHEN loading.u(i, 2) < 0.0008 THEN 'F' WHEN loading.u(i, 2) < 0.0012 THEN 'S' ELSE 'D' END, timestamptz '2018-01-01 00:00+00' + i * interval '19 minutes'
FROM generate_series(1, {200000}) i;

INSERT INTO hamlog_contest (name, year) SELECT (ARRAY['Oceania','Sprint','Field Day','Mullard'])[1 + i % 4] || CASE WHEN i > 200 THEN ' CW' ELSE '' END, 1980 + i % 50
FROM generate_series(1, 400) i ON CONFLICT DO NOTHING;

INSERT INTO hamlog_qso (own_call, their_call, upload_id, contest_id, band, mode, khz, at, locator, points, via, confirmed_at, extra)
SELECT loading.own(1 + loading.skew(i, 1, {20000}, 3)),
  CASE WHEN loading.u(i, 2) < 0.01 THEN 'P29/' ELSE '' END || CASE WHEN loading.u(i, 2) BETWEEN 0.2 AND 0.35 THEN loading.own(1 + loading.skew(i, 19, {20000}, 2)) ELSE loading.call(i, 60) END || CASE WHEN loading.u(i, 2) > 0.985 THEN '/P' ELSE '' END,
  1 + (i * {200000}::bigint / {400000}), CASE WHEN loading.u(i, 3) < 0.08 THEN 1 + loading.skew(i, 4, 200, 1.4) END, band,
  mode, CASE WHEN mode = 'EME' THEN 144100 + loading.n(i, 15, 50) ELSE 300000 / band + loading.n(i, 7, 300) END,
  timestamptz '2015-01-01 00:00+00' + i * interval '12 minutes' + power(loading.u(i, 8), 4) * interval '900 days',
  CASE WHEN loading.u(i, 9) < 0.7 THEN (ARRAY['JO','jo','QF','PM','FN','Qg','KP'])[1 + loading.skew(i, 10, 7, 1.6)] || loading.n(i, 11, 100) || (ARRAY['ab','LX','qq',''])[1 + i % 4] END,
  loading.n(i, 12, 12), via, CASE WHEN loading.u(i, 14) < 0.991 OR via IS NULL THEN timestamptz '2020-01-01 00:00+00' + i * interval '7 minutes' END,
  CASE WHEN i % 1500 = 0 THEN jsonb_build_object('fault', jsonb_build_object('line', i % 977)) WHEN i % 3 = 0 THEN jsonb_build_object('sota', 'VK5/SE-' || loading.skew(i, 16, 4000, 1.4)) ELSE '{}'::jsonb END
FROM (SELECT i, CASE WHEN loading.u(i, 5) < 0.0009 THEN 'EME' ELSE (ARRAY['FT8','SSB','CW','RTTY'])[1 + loading.skew(i, 6, 4, 2)] END mode,
    (ARRAY[20,40,80,15,10,160,6,2])[1 + loading.skew(i, 17, 8, 2)] band, CASE WHEN loading.u(i, 13) < 0.8 THEN (ARRAY['web','web','web','bureau','card'])[1 + loading.skew(i, 18, 5, 1.5)] END via
  FROM generate_series(1, {400000} - 1) i) made;

INSERT INTO hamlog_credit (award, contact_id, granted_on)
SELECT (ARRAY['DXCC','WAS','IOTA','WAZ'])[1 + loading.n(i, 1, 4)] || loading.n(i, 2, 90), 1 + loading.n(i, 3, {400000} - 2), date '2020-01-01' + (i / 200)::int
FROM generate_series(1, {200000}) i ON CONFLICT DO NOTHING;

INSERT INTO hamlog_guestlicence (callsign, country, period)
SELECT loading.call(i, 30) || '/P', (ARRAY['PG','FJ','NZ','VU'])[1 + loading.skew(i, 1, 4, 2)],
  daterange(day, CASE WHEN loading.u(i, 3) > 0.003 THEN day + 2 + loading.skew(i, 4, 40, 2) END)
FROM (SELECT i, date '1995-01-01' + loading.n(i, 2, 11200) AS day FROM generate_series(1, {200000}) i) made;

CREATE TABLE hamlog_spot (id bigint NOT NULL, heard varchar(16) NOT NULL, by varchar(12) NOT NULL, khz integer NOT NULL, at timestamptz NOT NULL,
  snr smallint NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE hamlog_spot_07 PARTITION OF hamlog_spot FOR VALUES FROM ('2025-07-01 00:00+00') TO ('2025-08-01 00:00+00');
CREATE TABLE hamlog_spot_08 PARTITION OF hamlog_spot FOR VALUES FROM ('2025-08-01 00:00+00') TO ('2025-09-01 00:00+00');
CREATE TABLE hamlog_spot_09 PARTITION OF hamlog_spot FOR VALUES FROM ('2025-09-01 00:00+00') TO ('2025-10-01 00:00+00');
INSERT INTO hamlog_spot (id, heard, by, khz, at, snr)
SELECT i, loading.call(i, 40), loading.own(1 + loading.skew(i, 1, {20000}, 4)), 14000 + loading.skew(i, 2, 40000, 3), timestamptz '2025-07-01 00:00+00' + (i::float8 / {250000}) * interval '91 days',
  loading.n(i, 4, 50) - 25 FROM generate_series(1, {250000}) i;
