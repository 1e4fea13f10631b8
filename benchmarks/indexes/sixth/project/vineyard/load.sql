INSERT INTO vineyard_grape (name) SELECT loading.name(i, 1, 1) FROM generate_series(1, 60) i;

INSERT INTO vineyard_item (estate, title, sku, is_listed)
SELECT 1 + loading.skew(i, 1, 40, 2), loading.name(i, 2, 1.2) || ' ' || loading.word(i, 5, 1.1) || ' ' || i % 90,
  'W' || lpad((i * 3)::text, 8, '0'), loading.u(i, 6) < 0.8
FROM generate_series(1, {220000}) i;

INSERT INTO vineyard_wine (item_ptr_id, vintage, grape_id, style, closure)
SELECT i, CASE WHEN loading.u(i, 1) < 0.96 THEN 2024 - loading.skew(i, 2, 90, 2.5) END, 1 + loading.skew(i, 3, 60, 1.8),
  (ARRAY['ST','SP','FO'])[1 + loading.skew(i, 4, 3, 3)], (ARRAY['cork','screw','crown','glass'])[1 + loading.skew(i, 5, 4, 2)]
FROM generate_series(1, {200000}) i;

INSERT INTO vineyard_lot (code, tank, began_on)
SELECT 'L' || lpad(i::text, 6, '0'), 1 + i % 48, date '2019-08-01' + i / 8 FROM generate_series(1, {9000}) i;

INSERT INTO vineyard_reading (lot_id, tank, taken_at, brix, celsius, fault)
SELECT greatest(1, i / 60 + 1 - loading.n(i, 1, 24)), 1 + loading.n(i, 2, 48), timestamptz '2019-08-01 00:00+00' + i * interval '5 minutes',
  24 - 20 * loading.u(i, 3), 14 + 12 * loading.u(i, 4) + CASE WHEN loading.u(i, 5) < 0.002 THEN 9 ELSE 0 END,
  CASE WHEN loading.u(i, 6) < 0.0008 THEN 1 + loading.n(i, 7, 5) END
FROM generate_series(1, {500000}) i;

INSERT INTO vineyard_member (email, country, postcode, joined_on, left_on, consent_until, anonymised_at, sponsor_id)
SELECT loading.name(i, 1, 1.2) || '.' || i || '@' || (ARRAY['wine','cork','barrel'])[1 + i % 3] || '.example',
  (ARRAY['PT','ES','FR','DE','BE'])[1 + loading.skew(i, 4, 5, 2.2)], lpad(loading.n(i, 5, 100000)::text, 5, '0'),
  date '2004-01-01' + i / 30, CASE WHEN u < 0.35 THEN date '2020-01-01' + loading.n(i, 7, 1800) END,
  CASE WHEN loading.u(i, 8) < 0.7 THEN date '2022-01-01' + loading.n(i, 9, 2500) END,
  CASE WHEN u < 0.3 THEN timestamptz '2025-06-01 00:00+00' END,
  CASE WHEN i > 100 AND loading.u(i, 10) < 0.2 THEN 1 + loading.skew(i, 11, (i - 1)::int, 1.4) END
FROM (SELECT i, loading.u(i, 6) u FROM generate_series(1, {200000}) i) people;

INSERT INTO vineyard_order (number, external_ref, estate, member_id, gift_to_id, status, placed_at, touched_at, total, coupon, ship_window)
SELECT 'N' || lpad(i::text, 9, '0'), CASE WHEN i % 4 = 0 THEN 'ext-' || md5('order' || i)::varchar(12) END, 1 + loading.skew(i, 1, 40, 2),
  1 + loading.n(i, 2, {200000}), CASE WHEN loading.u(i, 3) < 0.12 THEN 1 + loading.n(i, 4, {200000}) END, status,
  placed, placed + loading.n(i, 5, 40000) * interval '1 minute', (12 + loading.skew(i, 6, 900, 2.5))::numeric(8, 2),
  CASE WHEN loading.u(i, 7) < 0.06 THEN (ARRAY['Spring','SUMMER','harvest','Club'])[1 + i % 4] || loading.n(i, 8, 900) END,
  CASE WHEN status BETWEEN 1 AND 4 THEN daterange(placed::date + loading.n(i, 9, 20), placed::date + 22 + loading.n(i, 10, 9)) END
FROM (SELECT i, CASE WHEN u < 0.007 THEN 0 WHEN u < 0.02 THEN 1 WHEN u < 0.023 THEN 2 WHEN u < 0.06 THEN 3 WHEN u < 0.98 THEN 4 ELSE 9 END status,
  timestamptz '2016-03-01 00:00+00' + i * interval '17 minutes' placed
  FROM (SELECT i, loading.u(i, 11) u FROM generate_series(1, {300000}) i) drawn) made;

INSERT INTO vineyard_order_item (order_id, wine_id, quantity, shipped, price)
SELECT 1 + loading.n(i, 1, {300000}), 1 + loading.skew(i, 2, {200000}, 1.4), q, CASE WHEN loading.u(i, 4) < 0.0015 THEN q - 1 ELSE q END,
  (6 + loading.skew(i, 5, 90, 2))::numeric(6, 2)
FROM (SELECT i, 1 + loading.skew(i, 3, 24, 2) q FROM generate_series(1, {400000}) i) drawn;

INSERT INTO vineyard_allocation (member_id, wine_id, yr, bottles)
SELECT 1 + loading.n(i, 1, {200000}), 1 + loading.n(i, 2, {200000}), 2018 + loading.n(i, 3, 8), 1 + loading.n(i, 4, 12)
FROM generate_series(1, {220000}) i ON CONFLICT DO NOTHING;

INSERT INTO vineyard_tastingnote (wine_id, taster, score, text, words, tasted_on, is_hidden)
SELECT wine, taster, score, text, to_tsvector('simple', text), tasted, hidden FROM (
  SELECT 1 + loading.skew(i, 1, {200000}, 1.2) wine, loading.skew(i, 2, 3000, 2) taster, 60 + loading.n(i, 3, 41) score,
    'A ' || loading.word(i, 4, 1.6) || ' of ' || loading.word(i, 5, 1.6) || ' and ' || loading.word(i, 6, 2) || ', with '
      || loading.name(i, 7, 1.2) || ' behind it; it keeps the ' || loading.word(i, 10, 1.6) || ' for long' text,
    date '2010-01-01' + loading.n(i, 11, 5600) tasted, loading.u(i, 12) < 0.03 hidden
  FROM generate_series(1, {150000}) i) tasted;

INSERT INTO vineyard_remark (content_type_id, object_id, text, written_at)
SELECT (SELECT id FROM django_content_type WHERE app_label = 'vineyard' AND model = CASE i % 3 WHEN 0 THEN 'order' WHEN 1 THEN 'member' ELSE 'lot' END),
  (1 + loading.n(i, 1, CASE i % 3 WHEN 2 THEN {9000} ELSE {200000} END))::text, 'Mind the ' || loading.word(i, 2, 1),
  timestamptz '2020-01-01 00:00+00' + loading.n(i, 3, 2600000) * interval '1 minute'
FROM generate_series(1, {160000}) i;
