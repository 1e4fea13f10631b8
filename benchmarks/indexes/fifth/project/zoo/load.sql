INSERT INTO zoo_species (code, latin, family, red_list)
SELECT (ARRAY['MAM','AVE','REP','AMP'])[1 + i % 4] || '-' || lpad(i::text, 4, '0'), loading.name(i, 1, 1) || 'us ' || lower(loading.name(i, 4, 1)),
  CASE WHEN i > 880 THEN 'Rarae' ELSE loading.name(i % 60, 7, 1) || 'idae' END, (ARRAY['LC','NT','VU','EN','CR'])[1 + loading.skew(i, 10, 5, 2)]
FROM generate_series(1, 900) i;

INSERT INTO zoo_place (name, zone) SELECT loading.name(i, 1, 1) || ' ' || i, 'zone-' || i % 40 FROM generate_series(1, 2000) i;
INSERT INTO zoo_enclosure (place_ptr_id, square_metres, is_indoor) SELECT i, 20 + loading.n(i, 1, 9000), i % 5 = 0 FROM generate_series(1, 2000) i;
INSERT INTO zoo_keeper (name, last_seen) SELECT loading.name(i, 1, 1) || ' ' || loading.name(i, 4, 1), now() FROM generate_series(1, 300) i;

INSERT INTO zoo_animal (chip, name, species_id, enclosure_id, mother_id, father_id, sex, born_on, died_on, weight, attributes)
SELECT '040' || lpad((loading.u(i, 1) * 1000000000)::bigint::text, 9, '0') || lpad((i % 1000)::text, 3, '0'),
  loading.name(i, 2, 1) || ' ' || loading.name(i, 5, 1),
  (ARRAY['MAM','AVE','REP','AMP'])[1 + kind % 4] || '-' || lpad(kind::text, 4, '0'),
  CASE WHEN loading.u(i, 8) < 0.8 THEN 1 + loading.n(i, 9, 2000) END,
  CASE WHEN loading.u(i, 10) < 0.7 AND i > 100 THEN 1 + loading.n(i, 11, i - 1) END,
  CASE WHEN loading.u(i, 12) < 0.6 AND i > 100 THEN 1 + loading.n(i, 13, i - 1) END,
  CASE WHEN loading.u(i, 14) < 0.5 THEN 'f' WHEN loading.u(i, 14) < 0.95 THEN 'm' ELSE '?' END,
  born, CASE WHEN loading.u(i, 15) < 0.25 THEN born + 20 + loading.n(i, 16, 5000) END, loading.u(i, 17) * loading.u(i, 18) * 900,
  jsonb_build_object('diet', CASE WHEN loading.u(i, 19) < 0.004 THEN jsonb_build_object('allergy',
      (ARRAY['peanut','fish','soy','egg'])[1 + loading.skew(i, 20, 4, 2)], 'per_day', 2)
    ELSE jsonb_build_object('per_day', 1 + loading.n(i, 21, 4)) END, 'origin', (ARRAY['zoo','wild','rescue'])[1 + loading.skew(i, 22, 3, 3)])
    || CASE WHEN loading.u(i, 23) < 0.3 THEN jsonb_build_object('studbook', jsonb_build_object('name', (ARRAY['EEP','ESB','ISB'])[1 + loading.n(i, 24, 3)],
      'no', i / 3)) ELSE '{}' END
FROM (SELECT i, 1 + loading.skew(i, 25, 900, 1.4) kind, date '1985-01-01' + loading.n(i, 26, 14500) born FROM generate_series(1, {200000}) i) born;

INSERT INTO zoo_feeding (animal_id, keeper_id, fed_at, food, grams, refused, comment)
SELECT 1 + loading.skew(i, 1, {200000}, 1.5), 1 + loading.skew(i, 2, 300, 1.7), timestamptz '2022-01-01 06:00+00' + i * interval '130 seconds'
  - loading.n(i, 3, 200000) * interval '1 second', (ARRAY['hay','pellets','fish','meat','fruit','insects'])[1 + loading.skew(i, 4, 6, 1.6)],
  20 + loading.n(i, 5, 9000), loading.u(i, 6) < 0.005,
  CASE WHEN loading.u(i, 7) < 0.3 THEN loading.word(i, 8, 1) || ' and ' || loading.word(i, 9, 1) ELSE '' END
FROM generate_series(1, {700000}) i;

INSERT INTO zoo_stay (animal_id, zoo_code, period, permit, approved_by_id)
SELECT 1 + loading.n(i, 1, {200000}), 'Z' || lpad(loading.skew(i, 2, 400, 1.5)::text, 4, '0'), daterange(begun, begun + CASE
  WHEN loading.u(i, 3) < 0.02 THEN 900 ELSE 4 + loading.n(i, 4, 30) END),
  CASE WHEN loading.u(i, 5) < 0.995 THEN 'P-' || upper(substr(md5('permit' || i), 1, 10)) END, CASE WHEN i % 4 > 0 THEN 1 + loading.n(i, 6, 300) END
FROM (SELECT i, date '2004-01-01' + loading.n(i, 7, 7600) begun FROM generate_series(1, {220000}) i) gone;

INSERT INTO zoo_entry (animal_id, author, written_at, kind)
SELECT 1 + loading.n(i, 1, {200000}), 'Dr. ' || loading.name(loading.n(i, 2, 40), 3, 1),
  timestamptz '2012-01-01 09:00+00' + loading.n(i, 4, 410000000) * interval '1 second', CASE WHEN i <= {220000} THEN 'treatment' ELSE 'check' END
FROM generate_series(1, {300000}) i;

INSERT INTO zoo_treatment (entry_ptr_id, drug, dose_mg, diagnosis, follow_up_on, cost)
SELECT i, loading.name(loading.skew(i, 1, 500, 1.8), 2, 1) || 'in', loading.u(i, 5) * 400, 'Suspected ' || lower(loading.name(i, 6, 1))
  || 'itis of the ' || loading.word(i, 9, 1) || ', to be seen again if it gets worse',
  CASE WHEN loading.u(i, 10) < 0.008 THEN date '2025-01-01' + loading.n(i, 11, 400) END, 10 + loading.n(i, 12, 60000) / 100.0
FROM generate_series(1, {220000}) i;

INSERT INTO django_content_type (app_label, model) VALUES ('zoo', 'animal'), ('zoo', 'enclosure'), ('zoo', 'species') ON CONFLICT DO NOTHING;
INSERT INTO zoo_remark (content_type_id, object_id, body, is_flagged, at)
SELECT (SELECT id FROM django_content_type WHERE app_label = 'zoo' AND model = CASE WHEN loading.u(i, 1) < 0.85 THEN 'animal'
    WHEN loading.u(i, 1) < 0.97 THEN 'enclosure' ELSE 'species' END), 1 + CASE WHEN loading.u(i, 1) < 0.85 THEN loading.n(i, 2, {200000})
  ELSE loading.n(i, 2, 900) END,
  'We saw ' || loading.name(i, 3, 1) || ' today near the ' || loading.word(i, 6, 1.5) || ' and the ' || loading.word(i, 7, 2) || '; the children liked the '
    || loading.word(i, 8, 3) || ' best' || CASE WHEN i % 7 = 0 THEN ', though the way to the restaurant was much too long' ELSE '' END || '.',
  loading.u(i, 9) < 0.01, timestamptz '2016-01-01 08:00+00' + loading.n(i, 10, 280000000) * interval '1 second'
FROM generate_series(1, {250000}) i;

INSERT INTO zoo_ticket (code, channel, email, party_size, sold_at, used_at)
SELECT upper(substr(md5('ticket' || i), 1, 11)), CASE WHEN loading.u(i, 1) < 0.5 THEN 1 WHEN loading.u(i, 1) < 0.9 THEN 2 WHEN loading.u(i, 1) < 0.985 THEN 3
    WHEN loading.u(i, 1) < 0.997 THEN 4 ELSE 5 END, CASE WHEN loading.u(i, 1) >= 0.5 THEN 'visitor' || loading.n(i, 2, 200000) || '@mail.example' ELSE '' END,
  1 + loading.skew(i, 3, 8, 2), sold, CASE WHEN loading.u(i, 4) < 0.93 THEN sold + loading.n(i, 5, 40) * interval '1 day' END
FROM (SELECT i, timestamptz '2020-01-01 08:00+00' + loading.n(i, 6, 180000000) * interval '1 second' sold FROM generate_series(1, {400000}) i) sale;

CREATE TABLE zoo_reading (id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY, at timestamptz NOT NULL, probe varchar(12) NOT NULL, celsius float8 NOT NULL,
  alarm boolean NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE zoo_reading_h1 PARTITION OF zoo_reading FOR VALUES FROM ('2024-01-01') TO ('2024-07-01');
CREATE TABLE zoo_reading_h2 PARTITION OF zoo_reading FOR VALUES FROM ('2024-07-01') TO ('2025-01-01');
CREATE TABLE zoo_reading_rest PARTITION OF zoo_reading DEFAULT;
INSERT INTO zoo_reading (at, probe, celsius, alarm)
SELECT timestamptz '2024-01-02 00:00+00' + i * interval '62 seconds', 'T-' || lpad(loading.n(i, 1, 600)::text, 4, '0'), 5 + loading.u(i, 2) * 30,
  loading.u(i, 3) < 0.002
FROM generate_series(1, {500000}) i;
