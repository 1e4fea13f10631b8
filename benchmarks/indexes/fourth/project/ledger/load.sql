INSERT INTO ledger_merchant (id, name, country, risk)
SELECT md5('merchant' || i)::uuid, loading.name(i, 1, 1) || ' ' || initcap(loading.word(i, 4, 1)), (ARRAY['CO','BR','US','IS','KW','DE'])[1 + loading.n(i, 5, 6)], loading.skew(i, 6, 5, 3)
FROM generate_series(1, {1500}) i;

INSERT INTO ledger_payment (id, merchant_id, status, amount, currency, card_fingerprint, descriptor, idempotency_key, refund_of_id, metadata, is_test, created_at)
SELECT md5('payment' || i)::uuid, md5('merchant' || 1 + loading.skew(i, 1, {1500}, 2.6))::uuid,
  CASE WHEN loading.u(i, 2) < 0.92 THEN 'settled' WHEN loading.u(i, 2) < 0.96 THEN 'refunded' WHEN loading.u(i, 2) < 0.99 THEN 'failed'
    WHEN loading.u(i, 2) < 0.9965 THEN 'disputed' WHEN loading.u(i, 2) < 0.999 THEN 'held' ELSE 'review' END,
  round((3 + exp(loading.u(j, 3) * 7))::numeric, 2),
  CASE WHEN loading.u(i, 4) < 0.62 THEN 'USD' WHEN loading.u(i, 4) < 0.85 THEN 'EUR' WHEN loading.u(i, 4) < 0.9975 THEN 'COP' ELSE 'ISK' END,
  substr(md5('card' || loading.skew(j, 5, 160000, 1.5)), 1, 16), upper(loading.word(i, 6, 2)) || '*' || upper(loading.word(i, 7, 1)) || ' ' || upper(substr(md5('d' || i), 1, 6)),
  CASE WHEN loading.u(i, 8) < 0.4 THEN md5('key' || i) END,
  CASE WHEN loading.u(i, 9) < 0.03 AND i > 40 THEN md5('payment' || 1 + loading.n(i, 10, i - 1))::uuid END,
  jsonb_build_object('order_id', 'SO-' || loading.n(i, 11, 600000), 'channel', (ARRAY['web','app','pos'])[1 + loading.skew(i, 12, 3, 2)], 'attempt', loading.n(i, 13, 3)),
  loading.u(i, 14) < 0.02, timestamptz '2023-06-01 05:00+00' + i * interval '100 seconds' + loading.n(i, 15, 90) * interval '1 second'
FROM (SELECT i, CASE WHEN i % 300 = 0 THEN i - 2 ELSE i END j FROM generate_series(1, {500000}) i) paid;

INSERT INTO ledger_dispute (payment_id, card, state, reason, evidence, opened_at, respond_by, assignee)
SELECT md5('payment' || 1 + loading.n(i, 1, {500000}))::uuid, substr(md5('card' || loading.skew(i, 2, 160000, 1.5)), 1, 16),
  state, (ARRAY['fraudulent','duplicate','not received','unrecognized','credit not processed'])[1 + loading.skew(i, 4, 5, 2)],
  CASE WHEN state > 1 THEN repeat('The customer told of the ' || loading.word(i, 5, 1) || ' and a ' || loading.word(i, 6, 1) || '. ', 1 + loading.n(i, 7, 6)) ELSE '' END,
  opened, CASE WHEN state = 1 OR loading.u(i, 8) < 0.5 THEN (opened + interval '10 days')::date + loading.n(i, 9, 20) END,
  CASE WHEN loading.u(i, 10) < 0.3 THEN lower(loading.name(i, 11, 5)) END
FROM (SELECT i, timestamptz '2023-06-03 05:00+00' + i * interval '270 seconds' opened,
  CASE WHEN loading.u(i, 3) < 0.006 THEN 1 WHEN loading.u(i, 3) < 0.03 THEN 2 WHEN loading.u(i, 3) < 0.5 THEN 3 ELSE 4 END state
  FROM generate_series(1, {200000}) i) opened;

INSERT INTO gl_entry (account_no, payment_id, kind, amount, booked_on)
SELECT 1000 + loading.skew(i, 1, 9000, 2), CASE WHEN loading.u(i, 2) < 0.9 THEN md5('payment' || 1 + loading.n(i, 3, {500000}))::uuid END, loading.skew(i, 4, 6, 2),
  round(((loading.u(i, 5) - 0.5) * 2000)::numeric, 2), date '2023-06-01' + i / 1200
FROM generate_series(1, {700000}) i;

INSERT INTO ledger_payout (merchant_id, period, state, bank_ref, amount)
SELECT md5('merchant' || 1 + loading.n(i, 1, {1500}))::uuid, daterange(begun, begun + 1 + loading.n(i, 2, 14)),
  CASE WHEN loading.u(i, 3) < 0.97 THEN 'paid' WHEN loading.u(i, 3) < 0.998 THEN 'pending' ELSE 'returned' END, 'PO' || upper(substr(md5('po' || i), 1, 14)), loading.n(i, 4, 9000000) / 100.0
FROM (SELECT i, date '2019-01-01' + loading.n(i, 5, 2250) begun FROM generate_series(1, {200000}) i) paid;

INSERT INTO ledger_webhook (merchant, event, state, attempts, next_try_at, body)
SELECT md5('merchant' || 1 + loading.skew(i, 1, {1500}, 2))::uuid, (ARRAY['payment.settled','payment.failed','payout.paid','dispute.opened'])[1 + loading.skew(i, 2, 4, 2)],
  state, CASE WHEN state = 'sent' THEN 1 ELSE 2 + loading.n(i, 3, 7) END, CASE WHEN state = 'retry' THEN timestamptz '2025-03-01 05:00+00' + loading.n(i, 4, 90000) * interval '1 second' END,
  jsonb_build_object('id', md5('hook' || i), 'note', repeat(loading.word(i, 5, 1) || ' ', 6))
FROM (SELECT i, CASE WHEN loading.u(i, 6) < 0.99 THEN 'sent' WHEN loading.u(i, 6) < 0.994 THEN 'retry' ELSE 'dead' END state FROM generate_series(1, {220000}) i) called;

INSERT INTO ledger_counter (api_key, minute, used)
SELECT 'key_' || i, timestamptz '2025-03-01 05:00+00' + loading.n(i, 1, 600) * interval '1 minute', loading.n(i, 2, 200) FROM generate_series(1, {20000}) i;
