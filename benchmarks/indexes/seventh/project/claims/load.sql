INSERT INTO claims_branch (code, name) SELECT 'B' || lpad(i::text, 3, '0'), loading.name(i, 1, 1) FROM generate_series(1, 40) i;
INSERT INTO claims_broker (code, name) SELECT 'BR' || lpad(i::text, 4, '0'), loading.name(i, 1, 1) || ' and sons' FROM generate_series(1, 600) i;

INSERT INTO ins_party (surname, given, born_on, nino, street, postcode)
SELECT CASE WHEN i % 9 = 0 THEN upper(loading.name(i, 1, 1.4)) ELSE loading.name(i, 1, 1.4) END, loading.name(i, 4, 1.8),
  CASE WHEN loading.u(i, 7) < 0.93 THEN date '1935-01-01' + loading.n(i, 8, 26000) END,
  CASE WHEN loading.u(i, 9) < 0.7 THEN chr(65 + i % 20) || 'X' || lpad((i::bigint * 7919 % 1000000)::text, 6, '0') || 'A' END,
  1 + loading.n(i, 10, 200) || ' ' || loading.word(i, 11, 1) || ' ' || (ARRAY['road','lane','street','close'])[1 + i % 4],
  (ARRAY['SW','NE','EH','LS','BT','CF','M','L','TR','ZE'])[1 + loading.skew(i, 12, 10, 2)] || 1 + loading.n(i, 13, 29) || ' ' || loading.n(i, 14, 10) || chr(65 + loading.n(i, 15, 26)) || chr(65 + loading.n(i, 16, 26))
FROM generate_series(1, {250000}) i;

INSERT INTO ins_policy (pol_no, holder_id, broker_code, product, cover, premium, cancelled_on, terms)
SELECT 'P' || 2005 + i % 20 || '-' || lpad(i::text, 7, '0'), 1 + loading.n(i, 1, {250000}), CASE WHEN loading.u(i, 2) < 0.6 THEN 'BR' || lpad((1 + loading.skew(i, 3, 600, 2.3))::text, 4, '0') END,
  (ARRAY['motor','home','travel','pet','boat'])[1 + loading.skew(i, 4, 5, 2)], daterange(begun, begun + 365 * (1 + loading.skew(i, 5, 4, 3))), 80 + loading.skew(i, 6, 400000, 3) / 100.0,
  CASE WHEN loading.u(i, 7) < 0.06 THEN begun + loading.n(i, 8, 300) END,
  CASE WHEN loading.u(i, 9) < 0.5 THEN jsonb_build_object('excess', 50 * loading.n(i, 10, 20), 'drivers', 1 + loading.skew(i, 11, 5, 3), 'telematics', jsonb_build_object('box', 'TB-' || loading.n(i, 12, 90000)))
    WHEN loading.u(i, 9) < 0.502 THEN jsonb_build_object('excess', 0, 'waived', jsonb_build_array('excess', loading.word(i, 13, 1))) ELSE '{}'::jsonb END
FROM (SELECT i, date '2015-01-01' + loading.n(i, 20, 3900) begun FROM generate_series(1, {250000}) i) drawn;

INSERT INTO ins_file (id, branch_id, reference, pol_no, opened_on, status, reserve, handler_no, fraud_score, reopened_from_id, deleted_at)
SELECT i, 'B' || lpad((1 + loading.skew(i, 1, 40, 1.7))::text, 3, '0'), (CASE WHEN i % 5 < 3 THEN 'MTR/' ELSE 'HSE/' END) || 2015 + i * 10 / {300000} || '/' || lpad((i::bigint * 7919 % 999983)::text, 6, '0') || '-' || chr(65 + i % 23),
  'P' || 2005 + p % 20 || '-' || lpad(p::text, 7, '0'), date '2015-01-01' + (i::bigint * 3650 / {300000})::int,
  CASE WHEN loading.u(i, 2) < 0.015 + (i > {300000} * 0.97)::int * 0.7 THEN (ARRAY['O','R','L'])[1 + loading.skew(i, 3, 3, 3)] ELSE 'C' END, loading.skew(i, 4, 9000000, 5) / 100.0, 1 + loading.skew(i, 5, 320, 1.6),
  CASE WHEN loading.u(i, 6) < 0.6 THEN power(loading.u(i, 7), 4) END, CASE WHEN loading.u(i, 8) < 0.008 THEN 1 + loading.skew(i, 9, {300000}, 3) END,
  CASE WHEN loading.u(i, 10) < 0.012 THEN timestamptz '2025-01-01 00:00+00' - loading.n(i, 11, 3000) * interval '1 hour' END
FROM (SELECT i, 1 + loading.skew(i, 20, {250000}, 1.3) p FROM generate_series(1, {300000}) i) drawn;

INSERT INTO ins_file_motor (file_ptr_id, plate, vin, at_fault, other_insurer)
SELECT i, chr(65 + loading.n(i, 1, 26)) || chr(65 + loading.n(i, 2, 26)) || lpad(loading.n(i, 3, 70)::text, 2, '0') || ' ' || chr(65 + loading.n(i, 4, 26)) || chr(65 + loading.n(i, 5, 26)) || chr(65 + loading.n(i, 6, 26)),
  upper(substr(md5('vin' || i - i % 7), 1, 17)), CASE WHEN loading.u(i, 7) < 0.9 THEN loading.u(i, 8) < 0.5 END, CASE WHEN loading.u(i, 9) < 0.5 THEN loading.name(i, 10, 3) || ' Mutual' END
FROM generate_series(1, {300000}) i WHERE i % 5 < 3;

INSERT INTO ins_file_home (file_ptr_id, peril, postcode, excess)
SELECT i, (ARRAY['water','storm','theft','fire','subsidence'])[1 + loading.skew(i, 1, 5, 2.2)],
  (ARRAY['SW','NE','EH','LS','BT','CF','M','L','TR','ZE'])[1 + loading.skew(i, 12, 10, 2)] || 1 + loading.n(i, 13, 29) || ' ' || loading.n(i, 14, 10) || chr(65 + loading.n(i, 15, 26)) || chr(65 + loading.n(i, 16, 26)), 50 * loading.n(i, 2, 20)
FROM generate_series(1, {300000}) i WHERE i % 5 >= 3;

INSERT INTO ins_payment (file_id, iban, cents, due_on, paid_at, batch)
SELECT 1 + loading.skew(i, 1, {300000}, 1.4), 'GB' || 10 + b % 90 || 'BARC' || lpad((b::bigint * 7919)::text, 14, '0'), 1000 + loading.skew(i, 3, 900000, 4), due,
  CASE WHEN i > {400000} * 0.99 OR loading.u(i, 4) < 0.002 THEN NULL ELSE due + loading.n(i, 5, 900) * interval '1 minute' END, CASE WHEN loading.u(i, 6) < 0.8 THEN (i / 160)::int END
FROM (SELECT i, 1 + loading.skew(i, 2, {250000}, 1.5) b, date '2015-02-01' + (i::bigint * 3650 / {400000})::int + loading.n(i, 7, 30) due FROM generate_series(1, {400000}) i) drawn;

INSERT INTO django_content_type (app_label, model) VALUES ('claims', 'file'), ('claims', 'policy'), ('claims', 'party') ON CONFLICT DO NOTHING;
INSERT INTO ins_document (content_type_id, object_id, kind, digest, name, received_at, meta)
SELECT (SELECT id FROM django_content_type WHERE app_label = 'claims' AND model = CASE WHEN loading.u(i, 1) < 0.88 THEN 'file' ELSE 'party' END), 1 + loading.n(i, 2, {250000}), 1 + loading.skew(i, 3, 12, 2),
  decode(md5('doc' || i - (i % 50 = 0)::int), 'hex'), loading.word(i, 4, 1) || '-' || loading.n(i, 5, 10000) || (ARRAY['.pdf','.jpg','.PDF','.tiff'])[1 + loading.skew(i, 6, 4, 2)],
  timestamptz '2016-01-01 00:00+00' + loading.n(i, 7, 78000) * interval '1 hour',
  jsonb_build_object('pages', 1 + loading.skew(i, 8, 40, 4), 'scanner', jsonb_build_object('model', 'fi-' || i % 9, 'run', i / 90)) || CASE WHEN loading.u(i, 9) < 0.002 THEN jsonb_build_object('redacted', true) ELSE '{}'::jsonb END
FROM generate_series(1, {350000}) i;

INSERT INTO ins_diary (file_id, handler_no, due_on, done_at, subject)
SELECT 1 + loading.n(i, 1, {300000}), 1 + loading.skew(i, 2, 320, 2.5), due, CASE WHEN loading.u(i, 3) < 0.96 THEN due + loading.n(i, 4, 3000) * interval '1 minute' END, 'Ask about the ' || loading.word(i, 5, 1)
FROM (SELECT i, date '2016-01-01' + loading.n(i, 6, 3300) due FROM generate_series(1, {250000}) i) drawn;

INSERT INTO ins_trail (at, actor, verb, ref, address, changes)
SELECT timestamptz '2023-01-01 00:00+00' + i * interval '3 minutes', 'u' || lpad((1 + loading.skew(i, 1, 900, 2))::text, 4, '0'), (ARRAY['view','change','add','export','delete'])[1 + loading.skew(i, 2, 5, 3)],
  (CASE WHEN i % 3 = 0 THEN 'policy:' ELSE 'file:' END) || 1 + loading.n(i, 3, {300000}), ('10.' || loading.skew(i, 4, 40, 2) || '.' || loading.n(i, 5, 256) || '.' || loading.n(i, 6, 256))::inet,
  CASE WHEN loading.u(i, 7) < 0.0012 THEN jsonb_build_object('iban', jsonb_build_array('old', 'new')) WHEN loading.u(i, 7) < 0.3 THEN jsonb_build_object('status', jsonb_build_array('O', 'C'))
    WHEN loading.u(i, 7) < 0.45 THEN jsonb_build_object('reserve', jsonb_build_array(loading.n(i, 8, 9000), loading.n(i, 9, 9000)), 'handler', 3) ELSE '{}'::jsonb END
FROM generate_series(1, {350000}) i;
