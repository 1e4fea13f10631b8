INSERT INTO auctions_auction (title, house, held_on)
SELECT initcap(loading.word(i, 1, 1)) || ' sale', loading.name(i, 2, 2), date '2023-01-01' + (i::float8 / {2500} * 1000)::int
FROM generate_series(1, {2500}) i;

INSERT INTO auctions_lot (auction_id, number, title, seller, estimate, hammer, state, closes_at)
SELECT 1 + i / 80, i % 80, 'A ' || loading.word(i, 1, 1) || ' by ' || loading.name(i, 2, 1) || ' ' || loading.name(i, 5, 1),
  loading.skew(i, 8, 9000, 1.5), 10 * loading.skew(i, 9, 100000, 5), CASE WHEN sold THEN 10 * loading.skew(i, 9, 130000, 5) END,
  CASE WHEN sold THEN 'sold' WHEN loading.u(i, 10) < 0.97 THEN 'unsold' WHEN loading.u(i, 10) < 0.985 THEN 'withdrawn' ELSE 'open' END,
  timestamptz '2023-01-01 18:00+00' + i::float8 / {200000} * interval '1000 days' + loading.u(i, 11) * interval '5 days'
FROM (SELECT i, loading.u(i, 12) < 0.6 sold FROM generate_series(1, {200000} - 1) i) offered;

INSERT INTO auctions_bidder (email, name, country)
SELECT loading.name(i, 1, 1) || '.' || i || '@Example.org', loading.name(i, 4, 1) || ' ' || loading.name(i, 7, 1),
  (ARRAY['PT','US','FR','JP'])[1 + loading.n(i, 10, 4)]
FROM generate_series(1, {100000}) i;

INSERT INTO auctions_bid (lot_id, bidder_id, amount, placed_at, channel, retracted)
SELECT 1 + loading.n(i, 1, {200000} - 1), 1 + loading.skew(i, 2, {100000}, 2), 10 + loading.skew(i, 3, 1000000, 7),
  timestamptz '2023-01-01 00:00+00' + i * interval '57 seconds',
  CASE WHEN loading.u(i, 4) < 0.75 THEN 'web' WHEN loading.u(i, 4) < 0.997 THEN 'app' ELSE 'phone' END, loading.u(i, 5) < 0.002
FROM generate_series(1, {1500000}) i;
