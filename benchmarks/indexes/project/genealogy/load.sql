INSERT INTO genealogy_tree (title, is_public)
SELECT 'The ' || loading.name(i, 1, 1) || ' family', loading.u(i, 4) < 0.7 FROM generate_series(1, {2000}) i;

INSERT INTO genealogy_person (tree_id, number, gedcom_id, father_id, mother_id, surname, given_name, born_on, died_on, birthplace, living)
SELECT 1 + loading.skew(i, 1, {2000}, 3), i, '@I' || upper(substr(md5('ged' || i), 1, 8)) || '@',
  CASE WHEN i > 1000 AND loading.u(i, 2) < 0.6 THEN 1 + loading.n(i, 3, i - 1) END,
  CASE WHEN i > 1000 AND loading.u(i, 4) < 0.55 THEN 1 + loading.n(i, 5, i - 1) END,
  CASE WHEN loading.u(i, 6) < 0.4 THEN 'Silva' ELSE loading.name(i, 7, 1.6) END, loading.name(i, 12, 1.5),
  CASE WHEN loading.u(i, 16) < 0.8 THEN date '1600-01-01' + (i::float8 / {400000} * 140000)::int + loading.n(i, 17, 9000) END,
  CASE WHEN loading.u(i, 18) < 0.6 THEN date '1650-01-01' + (i::float8 / {400000} * 130000)::int END,
  loading.name(i, 19, 1) || ' ' || loading.word(i, 23, 1) || ', ' || loading.name(i, 24, 1), loading.u(i, 28) < 0.08
FROM generate_series(1, {400000}) i;
