INSERT INTO discovery_matter (code, client, closed_on)
SELECT 'M' || lpad(i::text, 3, '0'), loading.name(i, 1, 1) || ' Holdings', CASE WHEN i % 6 = 0 THEN date '2024-06-01' END FROM generate_series(1, 30) i;

INSERT INTO discovery_custodian (matter_id, name)
SELECT 1 + (i - 1) % 30, loading.name(i, 1, 1.2) || ' ' || loading.name(i, 5, 1.2) FROM generate_series(1, 1200) i;

INSERT INTO discovery_document (id, matter_id, custodian_id, parent_id, bates, kind, sender, subject, sent_at, sha1, bytes, privilege,
  reviewer, reviewed_at, body, metadata, tags, words, dropped_at)
SELECT md5('doc' || i)::uuid, matter, 1 + (matter - 1) + 30 * loading.skew(i, 2, 40, 2.5),
  CASE WHEN kind = 'attachment' THEN md5('doc' || greatest(1, i - 1 - loading.n(i, 3, 3)))::uuid END,
  CASE WHEN loading.u(i, 4) < 0.85 THEN 'M' || lpad(matter::text, 3, '0') || '-' || lpad((i * 3 + 1000)::text, 8, '0') END, kind,
  CASE WHEN kind IN ('mail', 'chat') THEN loading.name(i, 10, 1.6) || '.' || left(loading.name(i, 13, 1.8), 1) || '@Corp.example' END,
  subject, CASE WHEN kind <> 'loose' THEN timestamptz '2017-01-01 00:00+00' + loading.n(i, 5, 3000000) * interval '1 minute' END,
  md5('bytes' || twin) || left(md5('more' || twin), 8), 900 + loading.skew(i, 6, 40000000, 5),
  CASE WHEN loading.u(i, 7) < 0.03 THEN 'asserted' WHEN loading.u(i, 7) < 0.045 THEN 'redacted' WHEN loading.u(i, 7) < 0.05 THEN 'waived' ELSE 'none' END,
  CASE WHEN seen < 0.77 THEN 1 + loading.skew(i, 8, 60, 1.4) END,
  CASE WHEN seen < 0.75 THEN timestamptz '2024-01-01 00:00+00' + loading.n(i, 9, 700000) * interval '1 minute' END,
  repeat('We spoke of the ' || loading.word(i, 20, 1.2) || ' and the ' || loading.word(i, 21, 1.2) || ' with ' || loading.name(i, 22, 1.1) || '. ', 3 + i % 9),
  CASE WHEN kind IN ('mail', 'chat') THEN jsonb_build_object('thread', 'T' || loading.skew(i, 25, 60000, 1.3), 'client', 'Outbox ' || i % 7)
    WHEN i % 311 = 0 THEN jsonb_build_object('decryption', jsonb_build_object('tool', 'k' || i % 4), 'pages', i % 90) ELSE jsonb_build_object('pages', i % 90) END,
  CASE WHEN loading.u(i, 26) < 0.0006 THEN ARRAY['responsive','hot'] WHEN loading.u(i, 26) < 0.4 THEN ARRAY['responsive'] WHEN loading.u(i, 26) < 0.45 THEN ARRAY['hr','fin']
    ELSE ARRAY[]::text[] END,
  to_tsvector('simple', subject), CASE WHEN loading.u(i, 27) < 0.04 THEN timestamptz '2025-02-01 00:00+00' + i * interval '1 second' END
FROM (SELECT i, 1 + loading.skew(i, 1, 30, 1.8) matter, loading.u(i, 30) seen,
    CASE WHEN loading.u(i, 31) < 0.2 THEN 1 + loading.skew(i, 32, 200000, 2) ELSE i END twin,
    (ARRAY['mail','mail','attachment','chat','loose'])[1 + loading.n(i, 33, 5)] kind,
    (ARRAY['Re: ','Fwd: ','',''])[1 + i % 4] || initcap(loading.word(i, 34, 1.1)) || ' ' || loading.word(i, 35, 1.1) || ' for ' || loading.name(i, 36, 1.1)
      || CASE WHEN i % 1733 = 0 THEN ' (Project Merlin)' WHEN i % 2111 = 0 THEN ' proj. merlin' WHEN i % 5 = 0 THEN ' project update' ELSE '' END subject
  FROM generate_series(1, {200000}) i) made;

INSERT INTO discovery_recipient (document_id, address, role)
SELECT md5('doc' || 1 + loading.n(i, 1, {200000}))::uuid, lower(loading.name(i, 2, 1.6)) || '.' || lower(left(loading.name(i, 5, 1.8), 1)) || '@'
  || CASE WHEN loading.u(i, 8) < 0.0005 THEN 'riverbank-media.example' WHEN loading.u(i, 8) < 0.3 THEN 'lawyers.example' ELSE 'corp.example' END,
  (ARRAY['to','to','cc','bcc'])[1 + loading.n(i, 9, 4)]
FROM generate_series(1, {300000}) i ON CONFLICT DO NOTHING;

INSERT INTO discovery_coding (document_id, reviewer, proposed, value, decided_at)
SELECT md5('doc' || 1 + loading.n(i, 1, {200000}))::uuid, 1 + loading.skew(i, 2, 60, 2), value, CASE WHEN loading.u(i, 4) < 0.0009 THEN 3 - value ELSE value END,
  timestamptz '2024-01-01 00:00+00' + loading.n(i, 5, 42000000) * interval '1 second'
FROM (SELECT i, loading.n(i, 3, 4) value FROM generate_series(1, {250000}) i) made;

INSERT INTO discovery_access_log (account, ip, path, at)
SELECT 1 + loading.skew(i, 1, 400, 1.5), (CASE WHEN loading.u(i, 2) < 0.9 THEN '10.' || loading.n(i, 3, 40) ELSE '198.51' END || '.' || loading.n(i, 4, 240) || '.' || loading.n(i, 5, 250))::inet,
  '/review/' || md5('doc' || 1 + loading.n(i, 6, {200000})), timestamptz '2025-01-01 00:00+00' + i * interval '90 seconds'
FROM generate_series(1, {250000}) i;

INSERT INTO discovery_batch (matter_id, priority, taken_by, made_at)
SELECT 1 + i % 30, i % 5, CASE WHEN i % 3 = 0 THEN 1 + i % 60 END, timestamptz '2025-11-01 00:00+00' + i * interval '1 minute' FROM generate_series(1, 300) i;
