INSERT INTO courts_court (name, district)
SELECT loading.name(i, 1, 1) || ' District Court', loading.name(i, 2, 1) FROM generate_series(1, {70}) i;

INSERT INTO courts_judge (name, court_id)
SELECT loading.name(i, 3, 1), 1 + loading.n(i, 4, {70}) FROM generate_series(1, {900}) i;

INSERT INTO courts_party (name, tax_number, country)
SELECT CASE WHEN i <= {200000} THEN first || ' ' || last ELSE last || ' & ' || first || (ARRAY[' Ltd',' Oy',' AB',' GmbH'])[1 + i % 4] END,
  CASE WHEN loading.u(i, 1) < 0.7 THEN 'T' || upper(substr(md5('tax' || i), 1, 9)) END, (ARRAY['FI','SE','EE','DE'])[1 + loading.skew(i, 2, 4, 2)]
FROM (SELECT i, loading.name(i, 10, 1.3) last, loading.name(i, 20, 1.3) first FROM generate_series(1, {250000}) i) named;

INSERT INTO courts_person (party_ptr_id, birth_date, profession)
SELECT i, date '1935-01-01' + loading.n(i, 5, 25000), loading.word(i, 6, 1) || ' keeper' FROM generate_series(1, {200000}) i;

INSERT INTO courts_firm (party_ptr_id, register_number)
SELECT i, 'F' || lpad(i::text, 8, '0') FROM generate_series({200000} + 1, {250000}) i;

INSERT INTO courts_file (court_id, judge_id, docket, subject, stage, opened_on, closed_on, archived_at, is_sealed)
SELECT 1 + loading.skew(i, 1, {70}, 2.4), CASE WHEN loading.u(i, 2) < 0.95 THEN 1 + loading.n(i, 3, {900}) END,
  extract(year FROM opened) || '/' || lpad(i::text, 7, '0'),
  loading.word(i, 4, 1.2) || ' ' || (ARRAY['dispute','lease','damages','inheritance','labour','contract'])[1 + loading.n(i, 5, 6)]
    || ' of ' || loading.name(i, 30, 1.3) || ' against ' || loading.name(i, 40, 1.3),
  (ARRAY['judged','settled','dropped','appeal','trial','discovery','intake'])[CASE WHEN loading.u(i, 6) < 0.5 THEN 1
    WHEN loading.u(i, 6) < 0.8 THEN 2 WHEN loading.u(i, 6) < 0.993 THEN 3 ELSE 4 + loading.n(i, 7, 4) END],
  opened, CASE WHEN loading.u(i, 6) < 0.92 THEN opened + 30 + loading.n(i, 8, 700) END,
  CASE WHEN loading.u(i, 6) < 0.35 THEN opened::timestamptz + interval '3 years' END, loading.u(i, 9) < 0.03
FROM (SELECT i, date '2012-01-01' + loading.n(i, 10, 5000) opened FROM generate_series(1, {240000}) i) begun;

INSERT INTO courts_involvement (file_id, party_id, role, since)
SELECT 1 + i % {240000}, 1 + loading.n(i, 1, {250000}), (ARRAY['CL','DE','WI','CO','EX'])[CASE WHEN loading.u(i, 2) < 0.35 THEN 1
  WHEN loading.u(i, 2) < 0.7 THEN 2 WHEN loading.u(i, 2) < 0.85 THEN 3 WHEN loading.u(i, 2) < 0.999 THEN 4 ELSE 5 END],
  date '2012-01-01' + loading.n(i, 3, 5000)
FROM generate_series(1, {400000}) i ON CONFLICT DO NOTHING;

INSERT INTO courts_document (file_id, title, body, sha256, filed_at)
SELECT 1 + loading.n(i, 1, {240000}), (ARRAY['Motion','Reply','Order','Exhibit','Invoice'])[1 + loading.n(i, 2, 5)] || ' on the ' || loading.word(i, 3, 1.5),
  'The ' || loading.word(i, 4, 2) || ' and the ' || loading.word(i, 5, 2) || ' of ' || loading.name(i, 50, 1) || ' near the ' || loading.word(i, 6, 3),
  md5('doc' || i / 2) || md5('doc' || i / 2 + 1), timestamptz '2013-01-01 00:00+00' + i * interval '30 minutes'
FROM generate_series(1, {200000}) i;

INSERT INTO courts_note (content_type_id, object_id, author, text, pinned, written_at)
SELECT (SELECT id FROM django_content_type WHERE app_label = 'courts' AND model = CASE WHEN k = 0 THEN 'document' WHEN k = 1 THEN 'person' ELSE 'file' END),
  1 + loading.n(i, 1, {200000}), loading.n(i, 2, 400), 'See the ' || loading.word(i, 3, 1) || ' in the ' || loading.word(i, 4, 1),
  loading.u(i, 5) < 0.004, timestamptz '2018-01-01 00:00+00' + loading.n(i, 6, 3600000) * interval '1 minute'
FROM (SELECT i, i % 5 k FROM generate_series(1, {300000}) i) slips;
