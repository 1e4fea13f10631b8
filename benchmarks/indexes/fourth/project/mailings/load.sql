INSERT INTO mailings_account (slug, plan, country)
SELECT 'acct-' || i, (ARRAY['free','team','scale'])[1 + loading.skew(i, 1, 3, 2)], (ARRAY['CO','MX','PE','CL','AR'])[1 + loading.n(i, 2, 5)]
FROM generate_series(1, {400}) i;

INSERT INTO mailings_subscriber (account_id, email, name, state, tags, attributes, locale, crm_id, joined_at, last_opened_at)
SELECT 1 + loading.skew(i, 1, {400}, 2.5),
  CASE WHEN i % 5 = 0 THEN upper(substr(surname, 1, 1)) || substr(surname, 2) ELSE lower(surname) END || '.' || i || '@' ||
    CASE WHEN loading.u(i, 3) < 0.6 THEN 'mailbox.example' WHEN loading.u(i, 3) < 0.997 THEN 'corp' || loading.n(i, 4, 900) || '.example' ELSE 'Tiny-Monastery.example' END,
  given || ' ' || surname,
  CASE WHEN loading.u(i, 5) < 0.9 THEN 'active' WHEN loading.u(i, 5) < 0.98 THEN 'unsubscribed' WHEN loading.u(i, 5) < 0.9992 THEN 'bounced' ELSE 'complained' END,
  ARRAY[(ARRAY['news','offers','events'])[1 + loading.n(i, 6, 3)]] || CASE WHEN loading.u(i, 7) < 0.003 THEN ARRAY['vip']
    WHEN loading.u(i, 7) < 0.005 THEN ARRAY['press', 'embargo'] ELSE '{}' END::varchar[],
  jsonb_build_object('plan', jsonb_build_object('tier', (ARRAY['basic','plus','gold','lifetime'])[CASE WHEN loading.u(i, 8) < 0.8 THEN 1 WHEN loading.u(i, 8) < 0.96 THEN 2
    WHEN loading.u(i, 8) < 0.999 THEN 3 ELSE 4 END]), 'birthday', loading.n(i, 9, 365), 'source', 'form-' || loading.n(i, 10, 2000)),
  CASE WHEN loading.u(i, 11) < 0.7 THEN 'es' WHEN loading.u(i, 11) < 0.95 THEN 'en' ELSE 'pt' END,
  CASE WHEN loading.u(i, 12) < 0.3 THEN 'CRM-' || lpad(loading.n(i, 13, 900000)::text, 7, '0') END,
  timestamptz '2018-01-01 05:00+00' + loading.u(i, 14) * interval '2600 days',
  CASE WHEN loading.u(i, 15) < 0.6 THEN timestamptz '2025-02-20 05:00+00' - loading.skew(i, 16, 900000, 3) * interval '1 minute' END
FROM (SELECT i, loading.name(i, 20, 1.2) surname, loading.name(i, 30, 1.2) given FROM generate_series(1, {300000}) i) named;

INSERT INTO mailings_campaign (account_id, subject, sent_at)
SELECT 1 + loading.skew(i, 1, {400}, 2), initcap(loading.word(i, 2, 1)) || ' and ' || loading.word(i, 3, 1) || ', no. ' || i,
  CASE WHEN i % 50 <> 0 THEN timestamptz '2022-01-01 05:00+00' + i * interval '2 hours' END
FROM generate_series(1, {12000}) i;

INSERT INTO mailings_delivery (campaign_id, subscriber_id, status, opens, sent_at)
SELECT 1 + loading.skew(i, 1, {12000}, 2.2), 1 + loading.skew(i, 2, {300000}, 1.4),
  CASE WHEN loading.u(i, 3) < 0.955 THEN 1 WHEN loading.u(i, 3) < 0.975 THEN 2 WHEN loading.u(i, 3) < 0.9985 THEN 3 ELSE 4 END,
  loading.skew(i, 4, 9, 4), timestamptz '2023-03-01 05:00+00' + i * interval '40 seconds' + loading.n(i, 5, 50) * interval '1 second'
FROM generate_series(1, {1600000}) i;

INSERT INTO mailings_click (campaign_id, url, ip, agent, clicked_at)
SELECT 1 + loading.skew(i, 1, {12000}, 2.2), 'https://shop.example/' || loading.word(i, 2, 1.5) || '/' || loading.n(i, 3, 5000) || '?utm=' || loading.n(i, 4, 40),
  (CASE WHEN loading.u(i, 5) < 0.5 THEN '10.' || loading.n(i, 6, 4) ELSE 100 + loading.n(i, 6, 100) || '.' || loading.n(i, 7, 256) END
    || '.' || loading.n(i, 8, 256) || '.' || loading.n(i, 9, 256))::inet,
  'Mozilla/5.0 (' || loading.word(i, 10, 2) || '; ' || loading.word(i, 11, 2) || ') Reader/' || loading.n(i, 12, 90),
  timestamptz '2023-03-01 05:00+00' + i * interval '215 seconds'
FROM generate_series(1, {300000}) i;

INSERT INTO mailings_outgoing (payload, lane, state, due_at, tries)
SELECT jsonb_build_object('to', 'p' || i || '@mailbox.example', 'body', repeat(loading.word(i, 1, 1) || ' ', 12)), loading.n(i, 2, 4),
  CASE WHEN loading.u(i, 3) < 0.97 THEN 'sent' ELSE 'waiting' END, timestamptz '2025-02-01 05:00+00' + i * interval '20 seconds', 0
FROM generate_series(1, {40000}) i;
