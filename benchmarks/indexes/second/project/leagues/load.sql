INSERT INTO leagues_club (slug, name, country)
SELECT 'club-' || i, loading.name(i, 1, 1) || ' FC', (ARRAY['FI','SE','ES','IT','PT','GB'])[1 + loading.n(i, 4, 6)]
FROM generate_series(1, {1800}) i;

INSERT INTO leagues_competition (name, country)
SELECT 'League ' || i, (ARRAY['FI','SE','ES','IT','PT','GB'])[1 + loading.n(i, 1, 6)] FROM generate_series(1, {260}) i;

INSERT INTO leagues_player (given, surname, birth_date, nationality, positions, rating, retired_on, licence, shirt_name)
SELECT given, surname, date '1970-01-01' + loading.n(i, 1, 14000), (ARRAY['ESP','ITA','POR','FIN','SWE','ENG','FRA','GER','NED','BEL','DEN','NOR','MLT',
  'SMR'])[1 + loading.skew(i, 2, 14, 1.6)],
  CASE WHEN loading.u(i, 3) < 0.004 THEN ARRAY['CB','SW'] WHEN loading.u(i, 3) < 0.12 THEN ARRAY['GK']
    ELSE ARRAY[(ARRAY['LB','RB','CB','DM','CM','AM','LW','RW','CF'])[1 + loading.n(i, 4, 9)], (ARRAY['ST','WB'])[1 + loading.n(i, 5, 2)]] END,
  CASE WHEN loading.u(i, 6) < 0.8 THEN round((40 + loading.u(i, 7) * 55)::numeric, 2)::float8 END,
  CASE WHEN loading.u(i, 8) < 0.45 THEN date '2005-01-01' + loading.n(i, 9, 7000) END,
  CASE WHEN loading.u(i, 10) < 0.9 THEN md5('licence' || i)::uuid END, upper(surname)
FROM (SELECT i, loading.name(i, 20, 1.3) surname, loading.name(i, 30, 1.3) given FROM generate_series(1, {200000}) i) named;

INSERT INTO leagues_transfer (player_id, from_club_id, to_club_id, happened_on, fee, is_loan)
SELECT 1 + loading.n(i, 1, {200000}), CASE WHEN loading.u(i, 2) < 0.8 THEN 1 + loading.n(i, 3, {1800}) END, 1 + loading.n(i, 4, {1800}),
  date '1995-01-01' + loading.n(i, 5, 11000), CASE WHEN loading.u(i, 6) < 0.4 THEN loading.n(i, 7, 90000000) / 100.0 END, loading.u(i, 8) < 0.2
FROM generate_series(1, {220000}) i;

INSERT INTO leagues_fixture (competition_id, home_id, away_id, kick_off, status, attendance, referee)
SELECT 1 + loading.skew(i, 1, {260}, 3), 1 + loading.n(i, 2, {1800}), 1 + loading.n(i, 3, {1800}), kicked,
  CASE WHEN loading.u(i, 5) < 0.002 THEN 'postponed' WHEN loading.u(i, 5) < 0.0025 THEN 'abandoned' WHEN kicked > '2025-10-01' THEN 'scheduled'
    ELSE 'finished' END,
  CASE WHEN loading.u(i, 6) < 0.85 THEN loading.skew(i, 7, 80000, 3) END, loading.name(i, 8, 1.2)
FROM (SELECT i, timestamptz '2010-01-01 12:00+00' + loading.n(i, 4, 8400000) * interval '1 minute' kicked
  FROM generate_series(1, {220000}) i) drawn;

INSERT INTO leagues_appearance (fixture_id, player_id, club_id, minutes, grade, started)
SELECT 1 + loading.n(i, 1, {220000}), 1 + loading.skew(i, 2, {200000}, 1.3), 1 + loading.n(i, 3, {1800}), 5 + loading.n(i, 4, 90),
  CASE WHEN loading.u(i, 5) < 0.6 THEN round((4 + loading.u(i, 6) * 6)::numeric, 1) END, loading.u(i, 7) < 0.8
FROM generate_series(1, {450000}) i ON CONFLICT DO NOTHING;

INSERT INTO leagues_event (fixture_id, player_id, kind, minute, detail)
SELECT 1 + loading.n(i, 1, {220000}), 1 + loading.n(i, 2, {200000}), (ARRAY['G','Y','S','V','R'])[CASE WHEN loading.u(i, 3) < 0.5 THEN 1
  WHEN loading.u(i, 3) < 0.8 THEN 2 WHEN loading.u(i, 3) < 0.97 THEN 3 WHEN loading.u(i, 3) < 0.994 THEN 4 ELSE 5 END],
  1 + loading.n(i, 4, 95), jsonb_build_object('type', (ARRAY['open play','penalty','free kick','own goal','bicycle'])[CASE WHEN loading.u(i, 5) < 0.7 THEN 1
  WHEN loading.u(i, 5) < 0.9 THEN 2 WHEN loading.u(i, 5) < 0.98 THEN 3 WHEN loading.u(i, 5) < 0.999 THEN 4 ELSE 5 END])
FROM generate_series(1, {400000}) i;
