INSERT INTO campus_programme (code, title) SELECT 'PG' || lpad(i::text, 3, '0'), initcap(loading.word(i, 1, 1)) || ' studies' FROM generate_series(1, 120) i;
INSERT INTO campus_room (building, number, seats) SELECT chr(65 + i % 20), 1 + i % 5 || '.' || lpad((i % 100)::text, 2, '0'), 10 + loading.skew(i, 1, 400, 4) FROM generate_series(1, 1200) i;
INSERT INTO campus_course (code, title, credits) SELECT 'C' || lpad(i::text, 4, '0'), 'The ' || loading.word(i, 1, 1) || ' and the ' || loading.word(i, 2, 1), 3 + 3 * (i % 3) FROM generate_series(1, 3000) i;

INSERT INTO campus_student (matric, family, given, email, phones, programme_id, status, entered_on, tutor)
SELECT 's' || lpad((1000000 + i)::text, 8, '0'), loading.name(i, 1, 1.3), loading.name(i, 4, 1.7), lower(loading.name(i, 4, 1.7)) || i || CASE WHEN loading.u(i, 20) < 0.0015 THEN '@partner.example' ELSE '@student.example' END,
  CASE WHEN loading.u(i, 7) < 0.6 THEN ARRAY['+44' || 7000000000 + i::bigint * 7919 % 900000000] WHEN loading.u(i, 7) < 0.75 THEN ARRAY['+44' || 7000000000 + i::bigint * 7919 % 900000000, '+353' || 800000000 + i::bigint * 104729 % 90000000] ELSE ARRAY[]::text[] END,
  1 + loading.skew(i, 8, 120, 1.8), CASE WHEN loading.u(i, 9) < 0.006 THEN 2 WHEN loading.u(i, 9) < 0.02 THEN 5 WHEN i > {200000} * 0.85 THEN 1 WHEN loading.u(i, 10) < 0.2 THEN 3 ELSE 4 END,
  date '2008-09-01' + (i::bigint * 17 / {200000})::int * 365 + loading.n(i, 11, 40), CASE WHEN loading.u(i, 12) < 0.5 THEN 'st' || 1 + loading.skew(i, 13, 1500, 1.5) END
FROM generate_series(1, {200000}) i;

INSERT INTO campus_section (course_code, term, weekday, starts, room_id, staff, capacity, remarks)
SELECT 'C' || lpad((1 + loading.skew(i, 1, 3000, 1.6))::text, 4, '0'), (2009 + i * 17 / {200000}) * 10 + 1 + i % 3, 1 + loading.skew(i, 2, 6, 1.3), make_time(8 + loading.n(i, 3, 11), 15 * loading.skew(i, 4, 4, 3), 0),
  CASE WHEN loading.u(i, 5) < 0.9 THEN 1 + loading.n(i, 6, 1200) END, CASE WHEN i % 4 = 0 THEN ARRAY['st' || 1 + loading.skew(i, 7, 1500, 1.5), 'st' || 1 + loading.skew(i, 8, 1500, 1.5)] ELSE ARRAY['st' || 1 + loading.skew(i, 7, 1500, 1.5)] END,
  10 + loading.skew(i, 9, 300, 3), repeat('Bring the ' || loading.word(i, 10, 1) || ' that you were given. ', 1 + i % 5)
FROM generate_series(1, {200000}) i;

INSERT INTO campus_enrolment (section_id, student_id, state, attempt, grade, graded_at, graded_by)
SELECT section, student, CASE WHEN is_now THEN (ARRAY['active','waiting'])[1 + loading.skew(i, 3, 2, 4)] ELSE (ARRAY['passed','failed','withdrawn'])[1 + loading.skew(i, 4, 3, 3)] END, 1 + loading.skew(i, 5, 5, 9),
  CASE WHEN NOT is_now THEN (10 + loading.n(i, 6, 41)) / 10.0 END, CASE WHEN NOT is_now THEN timestamptz '2009-04-01 00:00+00' + section::bigint * 17 * 365 / {200000} * interval '1 day' + loading.n(i, 7, 80000) * interval '1 minute' END,
  CASE WHEN NOT is_now THEN 'st' || 1 + loading.skew(i, 8, 1500, 2.5) END
FROM (SELECT i, 1 + loading.n(i, 1, {200000}) section, 1 + loading.n(i, 2, {200000}) student, 1 + loading.n(i, 1, {200000}) > {200000} * 0.98 is_now FROM generate_series(1, {600000}) i) drawn
ON CONFLICT DO NOTHING;

INSERT INTO campus_attendance (section, student, "on", mark)
SELECT {200000} - loading.n(i, 1, 8000), 1 + loading.skew(i, 2, {200000}, 1.5), date '2025-01-07' + (i::bigint * 330 / {700000})::int, CASE WHEN loading.u(i, 3) < 0.9 THEN 0 ELSE 1 + loading.skew(i, 4, 3, 1.2) END
FROM generate_series(1, {700000}) i;

INSERT INTO campus_booking (room_id, during, kind, booked_by, is_cancelled)
SELECT 1 + loading.n(i, 1, 1200), tstzrange(begun, begun + (1 + loading.skew(i, 2, 8, 3)) * interval '45 minutes'), CASE WHEN loading.u(i, 3) < 0.004 THEN 'exam' ELSE (ARRAY['class','meeting','club','repair'])[1 + loading.skew(i, 4, 4, 2.5)] END,
  CASE WHEN i % 5 = 0 THEN 'St' ELSE 'st' END || 1 + loading.skew(i, 5, 1500, 1.2) || '@staff.example', loading.u(i, 6) < 0.07
FROM (SELECT i, timestamptz '2023-01-01 08:00+00' + loading.n(i, 7, 1090) * interval '1 day' + loading.n(i, 8, 48) * interval '15 minutes' begun FROM generate_series(1, {250000}) i) drawn;

INSERT INTO campus_application (id, email, programme_id, answers, score, submitted_at, decision, essay)
SELECT md5('application' || i)::uuid, CASE WHEN i % 3 = 0 THEN upper(loading.name(i, 1, 1)) ELSE loading.name(i, 1, 1) END || i / 2 || '@mail.example', 1 + loading.skew(i, 4, 120, 1.8),
  jsonb_build_object('sat', 400 + loading.n(i, 5, 1201), 'school', jsonb_build_object('code', 'SC' || loading.skew(i, 6, 9000, 1.5), 'kind', i % 4), 'languages', jsonb_build_array(CASE WHEN loading.u(i, 15) < 0.004 THEN 'is' ELSE (ARRAY['en','fr','de','zh'])[1 + loading.skew(i, 7, 4, 4)] END)),
  CASE WHEN loading.u(i, 8) < 0.8 THEN round((loading.u(i, 9) * 100)::numeric, 1) END, CASE WHEN loading.u(i, 10) < 0.75 THEN timestamptz '2020-10-01 00:00+00' + loading.n(i, 11, 2600000) * interval '1 minute' END,
  CASE WHEN loading.u(i, 10) < 0.72 THEN (ARRAY['reject','admit','defer'])[1 + loading.skew(i, 12, 3, 1.5)] END, repeat('I always liked the ' || loading.word(i, 13, 1) || '. ', 3 + i % 20)
FROM generate_series(1, {200000}) i;

INSERT INTO campus_fee (student_id, term, cents, paid_cents, reminded_on, payment_ref)
SELECT 1 + loading.n(i, 1, {200000}), (2009 + i::bigint * 17 / {300000}) * 10 + 1 + i % 3, cents, CASE WHEN loading.u(i, 3) < 0.97 - (i > {300000} * 0.97)::int * 0.3 THEN cents ELSE cents * loading.n(i, 4, 4) / 4 END,
  CASE WHEN loading.u(i, 5) < 0.04 THEN date '2010-01-01' + (i::bigint * 17 * 365 / {300000})::int END, CASE WHEN loading.u(i, 6) < 0.5 THEN 'RF' || 10 + i % 89 || lpad((i::bigint * 7919)::text, 12, '0') END
FROM (SELECT i, 50000 + 100 * loading.skew(i, 2, 9000, 3) cents FROM generate_series(1, {300000}) i) drawn;
