INSERT INTO permits_municipality (name, code)
SELECT loading.name(i, 1, 1) || ' ' || i, 'm-' || i FROM generate_series(1, 90) i;

INSERT INTO permits_parcel (municipality_id, cadastre, street, house_no, postcode, owner, area)
SELECT 1 + loading.skew(i, 1, 90, 1.8), lpad(loading.n(i, 2, 900)::text, 4, '0') || '/' || loading.n(i, 3, 90000),
  initcap(loading.word(i, 4, 1.1)) || ' ' || loading.name(i, 5, 1.5) || (ARRAY[' Street',' Lane',' Road'])[1 + i % 3], 1 + loading.skew(i, 8, 300, 2),
  lpad((10000 + loading.n(i, 9, 80000))::text, 5, '0'), loading.name(i, 10, 1) || ', ' || loading.name(i, 13, 1), 80 + 9000 * power(loading.u(i, 16), 4)
FROM generate_series(1, {220000}) i;

INSERT INTO dossiers (municipality_id, number, applicant, subject, status, parcel_id, submitted_at, decided_at, deleted_at)
SELECT 1 + loading.skew(i, 1, 90, 1.8), to_char(submitted, 'YYYY') || '/' || lpad((1 + loading.n(i, 2, 40000))::text, 6, '0'),
  loading.name(i, 3, 1) || ', ' || loading.name(i, 6, 1),
  (ARRAY['New roof of a ','Extension of a ','Change of use of a ','Festival at a '])[1 + i % 4] || loading.word(i, 9, 1.4) || ' with ' || loading.word(i, 10, 1.4)
    || ' and ' || loading.word(i, 11, 1.2) || ', as agreed with the neighbours ' || loading.name(i, 12, 1), status,
  CASE WHEN loading.u(i, 15) < 0.8 THEN 1 + loading.n(i, 16, {220000}) END, submitted,
  CASE WHEN status IN ('granted', 'refused') THEN submitted + (5 + CASE WHEN loading.u(i, 17) < 0.001 THEN 800 + loading.n(i, 20, 300) ELSE loading.skew(i, 18, 400, 2) END)
    * interval '1 day' + loading.n(i, 19, 600) * interval '1 minute' END,
  CASE WHEN loading.u(i, 21) < 0.012 THEN submitted + loading.n(i, 22, 500) * interval '1 day' END
FROM (SELECT i, timestamptz '2019-01-02 08:00-03' + loading.n(i, 23, 3500000) * interval '1 minute' submitted,
    CASE WHEN loading.u(i, 24) < 0.005 THEN 'submitted' WHEN loading.u(i, 24) < 0.012 THEN 'review' WHEN loading.u(i, 24) < 0.02 THEN 'draft'
      WHEN loading.u(i, 24) < 0.03 THEN 'suspended' WHEN loading.u(i, 24) < 0.16 THEN 'refused' ELSE 'granted' END status
  FROM generate_series(1, {300000}) i) asked;

INSERT INTO permits_buildingpermit (dossier_ptr_id, height, floor_area, cost, architect)
SELECT i, 2.5 + 70 * power(loading.u(i, 31), 6), 10 + 3000 * power(loading.u(i, 32), 5), 1000 + loading.skew(i, 33, 2000000, 3), loading.name(i, 34, 1.2)
FROM generate_series(1, {300000}) i WHERE i % 4 < 3 AND loading.u(i, 35) < 0.9;

INSERT INTO permits_eventpermit (dossier_ptr_id, period, visitors)
SELECT i, tstzrange(begins, begins + (2 + loading.n(i, 36, 70)) * interval '1 hour'), 20 + loading.skew(i, 37, 60000, 5)
FROM (SELECT i, timestamptz '2019-03-01 18:00-03' + loading.n(i, 38, 2500) * interval '1 day' begins FROM generate_series(1, {300000}) i WHERE i % 4 = 3) held;

INSERT INTO permits_inspection (dossier_id, inspector, due_on, done_at, outcome)
SELECT 1 + loading.n(i, 1, {300000}), 1 + loading.skew(i, 2, 400, 2), due, CASE WHEN loading.u(i, 3) > 0.03 THEN due + interval '34 hours' END,
  CASE WHEN loading.u(i, 3) <= 0.03 THEN '' WHEN loading.u(i, 4) < 0.05 THEN 'failed' WHEN loading.u(i, 4) < 0.2 THEN 'again' ELSE 'passed' END
FROM (SELECT i, date '2019-02-01' + (i / 100)::int + loading.n(i, 5, 40) due FROM generate_series(1, {240000}) i) visits;

INSERT INTO permits_attachment (dossier_id, path, sha256, bytes, uploaded_at)
SELECT 1 + (i * 7 / 10) % {300000}, to_char(at, 'YYYY/MM/') || md5('file' || i) || (ARRAY['.pdf','.pdf','.jpg','.dwg'])[1 + i % 4],
  md5('content' || CASE WHEN loading.u(i, 1) < 0.1 THEN loading.n(i, 2, 3000) ELSE i END) || md5('more' || CASE WHEN loading.u(i, 1) < 0.1 THEN loading.n(i, 2, 3000) ELSE i END),
  1000 + loading.skew(i, 3, 40000000, 6), at
FROM (SELECT i, timestamptz '2019-01-02 08:00-03' + i * interval '9 minutes' AS at FROM generate_series(1, {350000}) i) files;

INSERT INTO permits_log (object_type_id, object_id, "user", action, at, details)
SELECT t.id, 1 + loading.skew(i, 1, {300000}, 1.2), 1 + loading.skew(i, 2, 600, 2), 1 + loading.skew(i, 3, 6, 3),
  timestamptz '2022-01-03 00:00-03' + i * interval '4 minutes', jsonb_build_object('by', (ARRAY['web','mail','desk'])[1 + i % 3])
    || CASE WHEN loading.u(i, 4) < 0.0015 THEN '{"override": {"reason": "court"}}'::jsonb ELSE '{}'::jsonb END
FROM generate_series(1, {450000}) i JOIN (SELECT id, model FROM django_content_type WHERE app_label = 'permits') t
  ON t.model = CASE WHEN i % 10 < 6 THEN 'buildingpermit' WHEN i % 10 < 8 THEN 'eventpermit' WHEN i % 10 < 9 THEN 'inspection' ELSE 'parcel' END;
