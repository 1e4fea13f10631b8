INSERT INTO clinic_practice (name, city)
SELECT loading.name(i, 1, 1) || ' practice', loading.name(i, 5, 1) FROM generate_series(1, {3000}) i;

INSERT INTO clinic_room (practice_id, label)
SELECT 1 + loading.n(i, 1, {3000}), 'Room ' || i % 20 FROM generate_series(1, {6000}) i;

INSERT INTO clinic_patient (practice_id, record_number, surname, given_name, email, phone, birth_date, language,
  external_id, referrer_id, deleted_at)
SELECT 1 + loading.skew(i, 1, {3000}, 2.5), 'R' || lpad(i::text, 8, '0'), surname, given,
  CASE WHEN loading.u(i, 2) < 0.5 THEN given || '.' || surname ELSE lower(given || '.' || surname) END
    || i || '@' || lower(loading.name(i, 30, 3)) || '.example',
  '+351 9' || lpad(loading.n(i, 3, 100000000)::text, 8, '0'), date '1930-01-01' + loading.n(i, 4, 34000),
  (ARRAY['pt','en','es','fr','uk','zh'])[1 + loading.skew(i, 5, 6, 2)], md5('p' || i)::uuid,
  CASE WHEN loading.u(i, 6) < 0.3 THEN 1 + loading.n(i, 7, {300000}) END,
  CASE WHEN loading.u(i, 8) < 0.07 THEN timestamptz '2023-01-01' + loading.u(i, 9) * interval '900 days' END
FROM (SELECT i, loading.name(i, 10, 1.8) surname, loading.name(i, 20, 1.5) given FROM generate_series(1, {300000}) i) named;

INSERT INTO clinic_appointment (patient_id, practice_id, room_id, clinician, during, status, created_at, reminded_at, price)
SELECT 1 + loading.n(i, 1, {300000}), 1 + loading.skew(i, 2, {3000}, 2.5), 1 + loading.n(i, 3, {6000}),
  loading.skew(i, 4, 4000, 2), tstzrange(start, start + interval '30 minutes'),
  CASE WHEN loading.u(i, 6) < 0.88 THEN 'done' WHEN loading.u(i, 6) < 0.97 THEN 'cancelled'
    WHEN loading.u(i, 6) < 0.9948 THEN 'booked' WHEN loading.u(i, 6) < 0.9998 THEN 'no_show' ELSE 'held' END,
  timestamptz '2024-01-01 00:00+00' + i * interval '100 seconds',
  CASE WHEN loading.u(i, 7) < 0.97 THEN start - interval '1 day' END, 20 + loading.n(i, 8, 30000) / 100.0
FROM (SELECT i, timestamptz '2024-01-01 00:00+00' + loading.n(i, 5, 35040) * interval '30 minutes' start
  FROM generate_series(1, {600000}) i) begun;

INSERT INTO clinic_labresult (patient_id, code, value, taken_on, abnormal, sample)
SELECT 1 + loading.n(i, 1, {300000}), (ARRAY['GLU','HDL','LDL','CRP','TSH','FER','KAL','NAT'])[1 + loading.skew(i, 2, 8, 1.5)],
  round((loading.u(i, 3) * 200)::numeric, 2)::float8, date '2020-01-01' + loading.n(i, 4, 2100), loading.u(i, 5) < 0.03,
  upper(substr(md5('lab' || i), 1, 12))
FROM generate_series(1, {500000}) i;
