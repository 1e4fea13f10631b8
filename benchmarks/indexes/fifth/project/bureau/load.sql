INSERT INTO bureau_client (name, country)
SELECT loading.name(i, 1, 1) || ' ' || (ARRAY['Ltd','GmbH','Oy','SA'])[1 + i % 4], (ARRAY['AT','DE','FI','FR'])[1 + i % 4] FROM generate_series(1, 400) i;

INSERT INTO bureau_translator (name, email, languages, standing, rate, rating, biography, joined_on)
SELECT loading.name(i, 1, 1) || ' ' || loading.name(i, 4, 1), loading.name(i, 4, 1) || '.' || i || CASE WHEN i % 5 = 0 THEN '@Words.example' ELSE '@words.example' END,
  ARRAY[(ARRAY['en','de','fr','es','it','nl','pl','sv','fi','is','mt','ga'])[1 + loading.skew(i, 7, 12, 2)],
    (ARRAY['de','en','es','fr','pl','it','cs','da','no','et','lv','is'])[1 + loading.skew(i, 8, 12, 2)]]
    || CASE WHEN loading.u(i, 9) < 0.2 THEN ARRAY[(ARRAY['pt','hu','ro','el','mt','ga','eu'])[1 + loading.skew(i, 10, 7, 1.5)]] ELSE '{}' END::varchar[],
  CASE WHEN loading.u(i, 11) < 0.3 THEN 'N' WHEN loading.u(i, 11) < 0.7 THEN 'T' WHEN loading.u(i, 11) < 0.98 THEN 'X' ELSE 'B' END,
  0.04 + loading.n(i, 12, 160) / 1000.0, CASE WHEN loading.u(i, 13) < 0.7 THEN 2 + 3 * loading.u(i, 14) END,
  'I grew up near the ' || loading.word(i, 15, 2) || ', studied in ' || loading.name(i, 16, 1) || ' and translate about the ' || loading.word(i, 19, 1.5)
    || ' and the ' || loading.word(i, 20, 3) || '. I have been doing this for ' || 1 + loading.n(i, 21, 40) || ' years.',
  date '2008-01-01' + i / 35
FROM generate_series(1, {200000}) i;

INSERT INTO bureau_session (translator, beat_at, segment) SELECT i * 17, now(), CASE WHEN i % 3 > 0 THEN i * 1000 END FROM generate_series(1, 300) i;

INSERT INTO bureau_project (client_id, code, title, state, source, targets, manager, reviewer, created_at, due_at, delivered_at, is_archived, settings, budget)
SELECT 1 + loading.skew(i, 1, 400, 2), 'PR-' || upper(substr(md5('project' || i), 1, 9)),
  initcap(loading.word(i, 2, 1)) || ' ' || loading.word(i, 3, 1) || ' by ' || loading.name(i, 4, 1) || loading.name(i, 7, 1) || ' ' || loading.name(i, 10, 2),
  state, (ARRAY['en','de','fr','es','it','nl','pl','sv'])[1 + loading.skew(i, 13, 8, 2.2)],
  ARRAY[(ARRAY['de','fr','es','it','pl','nl','cs','sv','fi','et'])[1 + loading.skew(i, 14, 10, 1.5)]]
    || CASE WHEN loading.u(i, 15) < 0.1 THEN ARRAY['pt'] ELSE '{}' END::varchar[] || CASE WHEN loading.u(i, 16) < 0.003 THEN ARRAY['eu'] ELSE '{}' END::varchar[],
  CASE WHEN loading.u(i, 17) < 0.9 THEN 1 + loading.n(i, 18, 900) END, CASE WHEN loading.u(i, 19) < 0.4 THEN 1 + loading.n(i, 20, 900) END,
  created, due, CASE WHEN state = 'delivered' THEN due - loading.n(i, 21, 96) * interval '1 hour' END, state = 'delivered' AND loading.u(i, 22) < 0.92,
  jsonb_build_object('nda', CASE WHEN loading.u(i, 23) < 0.3 THEN jsonb_build_object('signed', loading.u(i, 24) < 0.985) END, 'tool', i % 4),
  50 + loading.skew(i, 25, 90000, 3)
FROM (SELECT i, created, created + (2 + loading.n(i, 26, 90)) * interval '1 day' due, CASE WHEN loading.u(i, 27) < 0.93 THEN 'delivered'
    WHEN loading.u(i, 27) < 0.975 THEN 'cancelled' WHEN loading.u(i, 27) < 0.985 THEN 'working' WHEN loading.u(i, 27) < 0.99 THEN 'review'
    WHEN loading.u(i, 27) < 0.996 THEN 'quoted' ELSE 'open' END state
  FROM (SELECT i, timestamptz '2015-01-01 09:00+00' + i * interval '25 minutes' created FROM generate_series(1, {200000}) i) begun) planned;

INSERT INTO bureau_assignment (project_id, translator_id, role, offered_at, accepted_at, is_rejected, words, fee)
SELECT project, 1 + loading.skew(i, 2, {200000}, 2.5), (ARRAY['t','r','p'])[1 + loading.skew(i, 3, 3, 2)], offered,
  CASE WHEN loading.u(i, 4) < 0.96 THEN offered + loading.n(i, 5, 90000) * interval '1 second' END, loading.u(i, 4) > 0.995,
  100 + loading.skew(i, 6, 30000, 2), 10 + loading.n(i, 7, 900)
FROM (SELECT i, 1 + loading.n(i, 1, {200000}) project, timestamptz '2015-01-01 10:00+00' + loading.n(i, 8, 300000000) * interval '1 second' offered
  FROM generate_series(1, {400000}) i) given
ON CONFLICT DO NOTHING;

INSERT INTO bureau_invoice (client_id, number, issued_on, due_on, paid_on, total, currency, note)
SELECT 1 + loading.skew(i, 1, 400, 1.6), 'INV/' || to_char(issued, 'YYYY') || '/' || upper(substr(md5('invoice' || i), 1, 8)), issued, issued + 30,
  CASE WHEN loading.u(i, 2) < 0.985 THEN issued + loading.n(i, 3, 70) END, 20 + loading.n(i, 4, 900000) / 100.0,
  (ARRAY['EUR','CHF','GBP'])[1 + loading.skew(i, 5, 3, 3)],
  CASE WHEN i % 10 = 0 THEN 'Please pay to the new account of the ' || loading.word(i, 6, 1) || ' bank' ELSE '' END
FROM (SELECT i, date '2015-01-05' + i / 70 issued FROM generate_series(1, {250000}) i) billed;

INSERT INTO bureau_outbox (kind, payload, queued_at, sent_at, tries)
SELECT (ARRAY['offer','reminder','delivery','invoice'])[1 + loading.n(i, 1, 4)], jsonb_build_object('to', loading.n(i, 2, 200000), 'about',
  loading.word(i, 3, 1)), queued, CASE WHEN loading.u(i, 4) < 0.999 THEN queued + interval '20 seconds' END, loading.skew(i, 5, 7, 3)
FROM (SELECT i, timestamptz '2023-01-01 00:00+00' + i * interval '3 minutes' queued FROM generate_series(1, {300000}) i) made;

INSERT INTO bureau_segment (project_id, position, external, source, target, state, words, changed_at)
SELECT 1 + i / 7, 1 + i % 7, md5('external' || i),
  'The ' || loading.word(t, 1, 1) || ' of the ' || loading.word(t, 2, 1) || ' must be closed by ' || loading.name(t, 3, 1) || ' before the '
    || loading.word(t, 6, 1) || ' is opened.', CASE WHEN state > 0 THEN 'Le ' || loading.name(i, 7, 1) || ' doit fermer avant ' || loading.name(i, 10, 1) END,
  state, 8 + loading.n(i, 13, 9), timestamptz '2018-01-01 00:00+00' + loading.n(i, 14, 210000000) * interval '1 second'
FROM (SELECT i, loading.n(i, 15, 350000) t, CASE WHEN loading.u(i, 16) < 0.93 THEN 2 WHEN loading.u(i, 16) < 0.97 THEN 1
  WHEN loading.u(i, 16) < 0.9993 THEN 0 ELSE 7 END state FROM generate_series(0, {600000}) i) cut;

INSERT INTO translation_memory (language_pair, source, target, from_project, used)
SELECT (ARRAY['en-de','en-fr','de-en','fr-en','en-es','es-en','en-fi','fi-en'])[1 + loading.skew(i, 1, 8, 2)],
  'Please ' || (ARRAY['clean','open','close','inspect','replace'])[1 + loading.n(i, 2, 5)] || ' the ' || loading.word(i, 3, 1) || ' ' || loading.name(i, 4, 1)
    || loading.name(i, 7, 1) || ' after ' || loading.n(i, 10, 500) || ' hours', 'Bitte ' || loading.name(i, 11, 1) || ' ' || loading.name(i, 14, 1),
  CASE WHEN i % 3 > 0 THEN 1 + loading.n(i, 17, {200000}) END, loading.skew(i, 18, 90, 3)
FROM generate_series(1, {250000}) i;
