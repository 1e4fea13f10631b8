INSERT INTO museum_museum (name, city)
SELECT loading.name(i, 1, 1) || ' Museum', loading.name(i, 4, 1) FROM generate_series(1, {80}) i;

INSERT INTO museum_institution (name, country)
SELECT loading.name(i, 1, 1) || ' Gallery', (ARRAY['FI','SE','FR','IT','US','JP'])[1 + loading.n(i, 4, 6)] FROM generate_series(1, {420}) i;

INSERT INTO museum_artefact (museum_id, accession, title, maker, year_from, year_to, materials, provenance, search, insured_for, whole_id,
  catalogued_at, withdrawn)
SELECT 1 + loading.skew(i, 1, {80}, 2.3), 'ACC.' || lpad(i::text, 7, '0'), title, loading.name(i, 20, 1) || ' ' || loading.name(i, 30, 1),
  year, year + loading.n(i, 3, 60), ARRAY[(ARRAY['oak','bronze','linen','silver','paper','clay'])[1 + loading.skew(i, 4, 6, 1.5)]]
    || CASE WHEN loading.u(i, 5) < 0.003 THEN ARRAY['narwhal'] WHEN loading.u(i, 5) < 0.006 THEN ARRAY['amber'] ELSE ARRAY['varnish'] END::varchar[],
  jsonb_build_object('source', (ARRAY['gift','purchase','bequest'])[1 + loading.n(i, 6, 3)], 'owners',
    jsonb_build_array('House ' || loading.n(i, 7, 4000), 'Dealer ' || loading.n(i, 8, 60))),
  to_tsvector('english', title), loading.skew(i, 9, 90000000, 6) / 100.0, CASE WHEN loading.u(i, 10) < 0.15 THEN 1 + loading.n(i, 11, {250000}) END,
  timestamptz '2010-01-01 00:00+00' + loading.n(i, 12, 8000000) * interval '1 minute', loading.u(i, 13) < 0.05
FROM (SELECT i, 1500 + loading.n(i, 2, 500) AS year, initcap(loading.word(i, 14, 2)) || ' with ' || loading.word(i, 15, 2) || ' and ' || loading.word(i, 16, 2) title
  FROM generate_series(1, {250000}) i) made;

INSERT INTO museum_conditionreport (artefact_id, grade, made_at, inspector, remarks)
SELECT 1 + loading.n(i, 1, {250000}), CASE WHEN loading.u(i, 2) < 0.6 THEN 0 WHEN loading.u(i, 2) < 0.85 THEN 1 WHEN loading.u(i, 2) < 0.994 THEN 2
  WHEN loading.u(i, 2) < 0.999 THEN 3 ELSE 4 END, timestamptz '2014-01-01 00:00+00' + loading.n(i, 3, 6000000) * interval '1 minute',
  loading.name(loading.n(i, 4, 300), 5, 1), CASE WHEN i % 4 = 0 THEN 'Near the ' || loading.word(i, 6, 1) ELSE '' END
FROM generate_series(1, {300000}) i;

INSERT INTO museum_movement (artefact_id, shelf, moved_at, scanner)
SELECT 1 + loading.n(i, 1, {250000}), chr(65 + loading.skew(i, 2, 20, 1.5)) || '/' || lpad(loading.n(i, 3, 60)::text, 2, '0') || '/' || loading.n(i, 4, 30),
  timestamptz '2016-01-01 00:00+00' + i * interval '12 minutes', ('10.' || loading.n(i, 5, 6) || '.' || loading.n(i, 6, 90) || '.' || loading.n(i, 7, 120))::inet
FROM generate_series(1, {400000}) i;

INSERT INTO museum_loan (artefact_id, borrower_id, period, due_back, returned_on, courier, agreement, value)
SELECT 1 + loading.n(i, 1, {250000}), 1 + loading.skew(i, 2, {420}, 2.5), daterange(begun, due), due,
  CASE WHEN loading.u(i, 4) < 0.98 THEN due - loading.n(i, 5, 12) END, loading.name(i, 6, 1) || ' Art Transport', md5('agreement' || i)::uuid,
  loading.n(i, 9, 90000000) / 100.0
FROM (SELECT i, begun, begun + 20 + loading.n(i, 10, 80) due FROM (SELECT i, date '2005-01-01' + loading.n(i, 3, 7500) begun
  FROM generate_series(1, {220000}) i) began) lent;
