INSERT INTO bloodbank_site (code, name, region)
SELECT 'S' || lpad(i::text, 2, '0'), loading.name(i, 1, 1) || ' Centre', (ARRAY['north','south','coast','hills'])[1 + i % 4]
FROM generate_series(1, 60) i;

INSERT INTO bloodbank_hospital (name, city)
SELECT loading.name(i, 2, 1) || ' Hospital', loading.name(i, 3, 2) FROM generate_series(1, {400}) i;

INSERT INTO bloodbank_donor (id, number, home_site, surname, given_name, email, phone, born_on, blood_group, last_gave_on,
  deferred_until, opted_out, antigens)
SELECT md5('donor' || i)::uuid, 'D' || lpad(i::text, 8, '0'), 'S' || lpad((1 + loading.skew(i, 1, 60, 1.8))::text, 2, '0'),
  loading.name(i, 2, 1.3) || CASE WHEN i % 7 = 0 THEN '-' || loading.name(i, 5, 1) ELSE '' END, loading.name(i, 8, 1.6),
  CASE WHEN i % 3 = 0 THEN loading.name(i, 2, 1.3) ELSE lower(loading.name(i, 2, 1.3)) END || '.' || i % 4001 || '@mail.example',
  CASE i % 3 WHEN 0 THEN '+598 ' || lpad(n::text, 8, '0') WHEN 1 THEN '0' || substr(lpad(n::text, 8, '0'), 1, 4) || '-' ||
    substr(lpad(n::text, 8, '0'), 5) ELSE '(' || substr(lpad(n::text, 8, '0'), 1, 2) || ') ' || substr(lpad(n::text, 8, '0'), 3) END,
  date '1945-01-01' + loading.n(i, 12, 21900),
  CASE WHEN g < 0.38 THEN 'O+' WHEN g < 0.72 THEN 'A+' WHEN g < 0.81 THEN 'B+' WHEN g < 0.84 THEN 'AB+' WHEN g < 0.91 THEN 'O-'
    WHEN g < 0.97 THEN 'A-' WHEN g < 0.993 THEN 'B-' ELSE 'AB-' END,
  CASE WHEN loading.u(i, 14) < 0.8 THEN date '2025-10-31' - loading.skew(i, 15, 4000, 2) END,
  CASE WHEN loading.u(i, 16) < 0.02 THEN date '2025-01-01' + loading.n(i, 17, 900) END,
  loading.u(i, 18) < 0.11,
  CASE WHEN loading.u(i, 19) < 0.0008 THEN ARRAY['K-','Kpb-'] WHEN loading.u(i, 19) < 0.004 THEN ARRAY['Jsb-','Fya-']
    WHEN loading.u(i, 19) < 0.5 THEN ARRAY['K-','C+','E-'] ELSE ARRAY['K-','C+'] END
FROM (SELECT i, loading.u(i, 13) g, loading.n(i, 11, 99999999) n FROM generate_series(1, {260000}) i) people;

INSERT INTO donation (donor_id, site_id, collected_at, kind, volume_ml, barcode)
SELECT md5('donor' || 1 + loading.skew(i, 1, {260000}, 1.5))::uuid, 'S' || lpad((1 + loading.skew(i, 2, 60, 1.8))::text, 2, '0'),
  timestamptz '2021-01-01 08:00+00' + i * interval '5 minutes' + loading.n(i, 3, 900) * interval '1 second',
  CASE WHEN loading.u(i, 4) < 0.8 THEN 'whole' WHEN loading.u(i, 4) < 0.97 THEN 'plasma' ELSE 'platelets' END,
  300 + 10 * loading.n(i, 5, 20), '=' || upper(substr(md5('bar' || i), 1, 14))
FROM generate_series(1, {500000}) i;

INSERT INTO bloodbank_assay (donation_id, kind, ratio, reactive, confirmed)
SELECT 1 + (i - 1) / 3, 1 + i % 4, loading.u(i, 1) * 0.6 + CASE WHEN loading.u(i, 2) < 0.0009 THEN 2 ELSE 0 END,
  loading.u(i, 2) < 0.0009, CASE WHEN loading.u(i, 2) < 0.0006 THEN loading.u(i, 3) < 0.1 END
FROM generate_series(1, {600000}) i WHERE loading.u(i, 4) > 0.002;

INSERT INTO bloodbank_unit (donation_id, component, blood_group, status, expires_on, shelf, hospital_id)
SELECT donation, component, (ARRAY['O+','A+','B+','AB+','O-','A-','B-','AB-'])[1 + loading.skew(donation, 6, 8, 2)], status,
  date '2021-02-10' + donation / 288 + CASE component WHEN 'red' THEN 42 WHEN 'plt' THEN 6 ELSE 365 END, loading.n(i, 7, 900),
  CASE WHEN status = 3 THEN 1 + loading.skew(i, 8, {400}, 1.5) END
FROM (SELECT i, donation, CASE WHEN loading.u(i, 9) < 0.55 THEN 'red' WHEN loading.u(i, 9) < 0.9 THEN 'pla' ELSE 'plt' END component,
    CASE WHEN loading.u(i, 10) < 0.0006 THEN 1 WHEN donation > 0.97 * {500000} AND loading.u(i, 10) < 0.7 THEN loading.n(i, 11, 2)
      WHEN loading.u(i, 10) < 0.702 THEN 2 WHEN loading.u(i, 10) < 0.75 THEN 4 ELSE 3 END status
  FROM (SELECT i, greatest(1, least({500000}, (i * 0.83)::int + loading.n(i, 12, 400) - 200)) donation FROM generate_series(1, {600000}) i) made) units;
UPDATE bloodbank_unit SET status = 3, hospital_id = 1 + loading.skew(id, 8, {400}, 1.5) WHERE status = 2 AND loading.u(id, 13) < 0.995;

INSERT INTO bloodbank_request (hospital_id, wanted, units, "window", urgency, fulfilled_at, remarks)
SELECT 1 + loading.skew(i, 1, {400}, 1.6), (ARRAY['O+','A+','B+','AB+','O-','A-','B-','AB-'])[1 + loading.skew(i, 2, 8, 2)],
  1 + loading.skew(i, 3, 30, 3), tstzrange(begins, begins + (2 + loading.n(i, 4, 60)) * interval '1 hour'), loading.skew(i, 5, 4, 3),
  CASE WHEN loading.u(i, 6) < 0.9 THEN begins + interval '3 hours' END,
  CASE WHEN i % 5 = 0 THEN 'For ' || loading.word(i, 7, 1) || ', ' || loading.word(i, 8, 1) || ' entrance' ELSE '' END
FROM (SELECT i, timestamptz '2022-01-01 00:00+00' + loading.n(i, 9, 2000000) * interval '1 minute' begins FROM generate_series(1, {200000}) i) asked;
