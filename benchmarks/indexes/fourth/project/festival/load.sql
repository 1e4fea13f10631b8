INSERT INTO festival_person (name, sort_name, country, mail)
SELECT given || ' ' || surname, surname || ', ' || given, CASE WHEN loading.u(i, 1) < 0.7 THEN (ARRAY['FR','US','IN','CO','KR','NG','IS'])[1 + loading.skew(i, 2, 7, 2)] END,
  CASE WHEN loading.u(i, 3) < 0.5 THEN lower(given) || i || '@films.example' END
FROM (SELECT i, loading.name(i, 10, 1) given, loading.name(i, 20, 1) || CASE WHEN loading.u(i, 4) < 0.15 THEN '-' || loading.name(i, 30, 1) ELSE '' END surname
  FROM generate_series(1, {220000}) i) born;

INSERT INTO festival_film (title, original_title, year, minutes, country, genres, tech, synopsis)
SELECT initcap('the ' || loading.word(i, 1, 1) || ' of the ' || loading.word(i, 2, 1)) || CASE WHEN loading.u(i, 3) < 0.3 THEN ' ' || loading.n(i, 4, 60) ELSE '' END,
  CASE WHEN loading.u(i, 5) < 0.4 THEN loading.name(i, 6, 1) || ' de ' || loading.name(i, 9, 1) END, 1930 + loading.skew(i, 12, 96, 0.4),
  CASE WHEN i <= {50000} THEN 70 + loading.skew(i, 13, 200, 3) ELSE 2 + loading.skew(i, 13, 60, 2) END, (ARRAY['FR','US','IN','CO','KR','NG','IS'])[1 + loading.skew(i, 14, 7, 2.5)],
  ARRAY[(ARRAY['drama','comedy','documentary','animation','horror'])[1 + loading.skew(i, 15, 5, 1.6)]] || CASE WHEN loading.u(i, 16) < 0.004 THEN ARRAY['western'] WHEN loading.u(i, 16) < 0.2 THEN ARRAY['short'] ELSE '{}' END::varchar[],
  jsonb_build_object('ratio', (ARRAY['1.85','2.39','1.37','1.78'])[1 + loading.skew(i, 17, 4, 2)], 'fps', 24)
    || CASE WHEN loading.u(i, 18) < 0.003 THEN jsonb_build_object('restored', jsonb_build_object('year', 2000 + loading.n(i, 19, 25))) ELSE '{}' END,
  'A ' || loading.word(i, 20, 1) || ' finds a ' || loading.word(i, 21, 1) || repeat('. Then the ' || loading.word(i, 22, 1) || ' comes', 1 + loading.n(i, 23, 8)) || '.'
FROM generate_series(1, {210000}) i;

INSERT INTO festival_feature (film_ptr_id, distributor, budget)
SELECT i, CASE WHEN loading.u(i, 1) < 0.6 THEN loading.name(i, 2, 1) || ' Pictures' ELSE '' END, CASE WHEN loading.u(i, 5) < 0.5 THEN (exp(loading.u(i, 6) * 9) * 20000)::bigint END
FROM generate_series(1, {50000}) i;

INSERT INTO festival_credit (film_id, person_id, role, billing)
SELECT 1 + loading.n(i, 1, {210000}), 1 + loading.skew(i, 2, {220000}, 1.5), CASE WHEN loading.u(i, 3) < 0.1 THEN 1 WHEN loading.u(i, 3) < 0.6 THEN 2 ELSE 3 END, CASE WHEN loading.u(i, 4) < 0.5 THEN 1 + loading.n(i, 5, 30) END
FROM generate_series(1, {450000}) i ON CONFLICT DO NOTHING;

INSERT INTO festival_edition (year, theme) SELECT 1995 + i, loading.word(i, 1, 1) FROM generate_series(1, 30) i;

INSERT INTO festival_submission (edition_id, film_id, reference, state, score, fee_paid, screener, submitted_at, withdrawn_at)
SELECT edition, 1 + loading.n(i, 2, {210000}), 'S' || upper(substr(md5('sub' || i), 1, 9)),
  CASE WHEN loading.u(i, 3) < CASE WHEN edition = 30 THEN 0.5 ELSE 0.002 END THEN 'submitted' WHEN loading.u(i, 3) < 0.9 THEN 'rejected' WHEN loading.u(i, 3) < 0.965 THEN 'longlist' WHEN loading.u(i, 3) < 0.985 THEN 'shortlist' ELSE 'selected' END,
  CASE WHEN loading.u(i, 4) < 0.75 THEN round((loading.u(i, 5) * 10)::numeric, 3)::float8 END, loading.u(i, 6) < 0.97, 'https://screener.example/' || md5('screener' || i),
  make_timestamptz(1995 + edition, 1, 1, 12, 0, 0) + loading.u(i, 7) * interval '150 days', CASE WHEN loading.u(i, 8) < 0.05 THEN make_timestamptz(1995 + edition, 6, 1, 12, 0, 0) END
FROM (SELECT i, 30 - loading.skew(i, 1, 30, 1.6) edition FROM generate_series(1, {230000}) i) sent ON CONFLICT DO NOTHING;

INSERT INTO festival_juror (name, section) SELECT loading.name(i, 1, 1) || ' ' || loading.name(i, 4, 1), (ARRAY['main','shorts','docs'])[1 + loading.n(i, 7, 3)] FROM generate_series(1, {900}) i;

INSERT INTO festival_review (submission_id, juror_id, grade, opinion, handed_in_at)
SELECT 1 + loading.n(i, 1, {230000}), 1 + loading.n(i, 2, {900}), CASE WHEN loading.u(i, 3) < 0.97 THEN 1 + loading.n(i, 4, 10) END,
  repeat('The ' || loading.word(i, 5, 1) || ' is a ' || loading.word(i, 6, 1) || '. ', 1 + loading.n(i, 7, 10)),
  CASE WHEN loading.u(i, 3) < 0.97 THEN timestamptz '2010-01-01 05:00+00' + loading.u(i, 8) * interval '5500 days' END
FROM generate_series(1, {260000}) i ON CONFLICT DO NOTHING;

INSERT INTO festival_venue (name, seats) SELECT loading.name(i, 1, 1) || ' Hall', 80 + loading.n(i, 4, 900) FROM generate_series(1, 24) i;

INSERT INTO festival_screening (film_id, venue_id, starts_at, is_cancelled)
SELECT 1 + loading.n(i, 1, {210000}), 1 + loading.n(i, 2, 24), timestamptz '1996-06-01 10:00+00' + loading.n(i, 3, 10450) * interval '1 day' + loading.n(i, 4, 14) * interval '1 hour', loading.u(i, 5) < 0.004
FROM generate_series(1, {200000}) i;

INSERT INTO festival_ticket (screening_id, code, holder_mail, seat, state, cents, till, bought_at)
SELECT 1 + loading.skew(i, 1, {200000}, 1.3), upper(substr(md5('ticket' || i), 1, 8)),
  CASE WHEN loading.u(i, 2) < 0.3 THEN initcap(loading.word(i, 3, 1)) ELSE loading.word(i, 3, 1) END || loading.skew(i, 4, 9000, 2) || '@mailbox.example',
  CASE WHEN loading.u(i, 5) < 0.8 THEN chr(65 + loading.n(i, 6, 26)) || loading.n(i, 7, 40) END,
  CASE WHEN loading.u(i, 8) < 0.9 THEN 'used' WHEN loading.u(i, 8) < 0.97 THEN 'valid' WHEN loading.u(i, 8) < 0.9994 THEN 'refunded' ELSE 'void' END, 800 + loading.n(i, 9, 14) * 50,
  CASE WHEN loading.u(i, 10) < 0.25 THEN ('10.9.' || loading.n(i, 11, 4) || '.' || loading.n(i, 12, 200))::inet END, timestamptz '2010-01-01 12:00+00' + i * interval '950 seconds'
FROM generate_series(1, {500000}) i;
