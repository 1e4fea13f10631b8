INSERT INTO energy_supplier (slug, name)
SELECT 'supplier-' || i, loading.name(i, 1, 1) || ' Power' FROM generate_series(1, {60}) i;

INSERT INTO energy_tariff (code, cents_per_kwh)
SELECT 'T' || i, 10 + loading.n(i, 1, 30000) / 1000.0 FROM generate_series(1, {160}) i;

INSERT INTO energy_meter (ean, supplier_id, street, postcode, city, firmware, labels, spec, installed_on, removed_on)
SELECT '8712' || lpad(i::text, 14, '0'), 1 + loading.skew(i, 1, {60}, 2), loading.name(i, 2, 1) || ' street ' || 1 + loading.n(i, 5, 200),
  lpad((10000 + loading.n(i, 6, 9000))::text, 5, '0'), loading.name(i, 7, 4) || 'stad',
  'v' || 1 + loading.n(i, 10, 4) || '.' || loading.n(i, 11, 30),
  ARRAY[(ARRAY['smart','indoor','roof','gas'])[1 + loading.n(i, 12, 4)], (ARRAY['east','west','north','south'])[1 + loading.n(i, 13, 4)]]
    || CASE WHEN loading.u(i, 14) < 0.002 THEN ARRAY['tampered'] ELSE '{}' END::varchar[],
  jsonb_build_object('phases', CASE WHEN loading.u(i, 15) < 0.1 THEN 3 ELSE 1 END, 'radio',
    jsonb_build_object('type', (ARRAY['plc','gprs','nbiot','lora'])[CASE WHEN loading.u(i, 16) < 0.6 THEN 1 WHEN loading.u(i, 16) < 0.9 THEN 2
      WHEN loading.u(i, 16) < 0.985 THEN 3 ELSE 4 END], 'band', loading.n(i, 17, 3))),
  date '2008-01-01' + loading.n(i, 18, 6000), CASE WHEN loading.u(i, 19) < 0.05 THEN date '2024-06-01' + loading.n(i, 20, 300) END
FROM generate_series(1, {200000}) i;

INSERT INTO energy_reading (meter_ean, taken_at, kwh, kind)
SELECT '8712' || lpad((1 + loading.n(i, 1, {200000}))::text, 14, '0'), timestamptz '2023-01-01 00:00+00' + i * interval '100 seconds',
  loading.n(i, 2, 900000) / 1000.0, CASE WHEN loading.u(i, 3) < 0.9 THEN 1 WHEN loading.u(i, 3) < 0.97 THEN 2
  WHEN loading.u(i, 3) < 0.9993 THEN 3 ELSE 4 END
FROM generate_series(1, {600000}) i;

INSERT INTO energy_contract (meter_id, tariff_id, holder, period)
SELECT '8712' || lpad((1 + loading.n(i, 1, {200000}))::text, 14, '0'), 1 + loading.skew(i, 2, {160}, 1.5), loading.name(i, 10, 1) || ' ' || loading.name(i, 13, 1),
  daterange(begun, begun + CASE WHEN loading.u(i, 4) < 0.01 THEN 5 + loading.n(i, 5, 20) ELSE 365 * (1 + loading.n(i, 6, 3)) END)
FROM (SELECT i, date '2015-01-01' + loading.n(i, 3, 4000) begun FROM generate_series(1, {200000}) i) signed;

INSERT INTO energy_invoice (supplier_id, contract_id, number, customer_email, status, issued_on, due_on, paid_on, amount, paid_amount)
SELECT supplier, 1 + loading.n(i, 2, {200000}), 'INV-' || upper(substr(md5('inv' || i), 1, 10)),
  CASE WHEN i % 2 = 0 THEN 'Customer.' || loading.n(i, 3, 180000) ELSE 'customer.' || loading.n(i, 3, 180000) END || '@home.example',
  status, issued, issued + 21, CASE WHEN status = 30 THEN issued + loading.n(i, 5, 40) END, amount,
  CASE WHEN status <> 30 THEN 0 WHEN loading.u(i, 6) < 0.0006 THEN amount + 10 ELSE amount END
FROM (SELECT i, 1 + loading.skew(i, 1, {60}, 2) supplier, date '2021-01-01' + (i / 300) issued, 15 + loading.n(i, 7, 40000) / 100.0 amount,
  CASE WHEN loading.u(i, 4) < 0.92 THEN 30 WHEN loading.u(i, 4) < 0.96 THEN 20 WHEN loading.u(i, 4) < 0.99 THEN 40
    WHEN loading.u(i, 4) < 0.9995 THEN 10 ELSE 50 END status
  FROM generate_series(1, {400000}) i) billed;
