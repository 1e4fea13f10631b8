"""What two statements must share, what must tell them apart, and what may never come through."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryscope.sql.fingerprint import fingerprint, kind, normalize, tables

BOOKS = 'SELECT "book"."id" FROM "book" WHERE "book"."id" = '


@pytest.mark.parametrize(
    "value",
    [
        "%s",
        "$1",
        "%(pk)s",
        "?",
        "17",
        "-5",
        "+5",
        "1.5e-10",
        "0x1F",
        "1_000",
        ".5",
        "'x'",
        "'it''s'",
        r"E'a\'b'",
        r"e'a\\'",
        "U&'d\\0061t'",
        "N'x'",
        "B'101'",
        "$$it's$$",
        "$tag$ a $$ b 'c' $tag$",
        "'two\nlines'",
        "/* why */ 5",
        "5 -- why",
    ],
)
def test_every_way_to_write_a_value_gives_the_same_shape(value: str):
    assert normalize(BOOKS + value) == BOOKS + "%s"
    assert fingerprint(BOOKS + value) == fingerprint(BOOKS + "%s")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("a IN (1)", "a IN (…)"),
        ("a IN (%s, %s, %s)", "a IN (…)"),
        ("a in('x','y')", "a in (…)"),
        ("a IN (%s::int, %s::int)", "a IN (…)"),
        ("a IN (1, NULL, TRUE)", "a IN (…)"),
        ("(a, b) IN ((1, 2), (3, 4))", "(a, b) IN (…)"),
        ("a IN (/* c */ 1, 2)", "a IN (…)"),
        ("a = ANY(ARRAY[1, 2, 3])", "a = ANY(ARRAY[…])"),
        ("INSERT INTO t (a) VALUES (%s), (%s)", "INSERT INTO t (a) VALUES (…)"),
        ("INSERT INTO t (a) VALUES (%s, DEFAULT)", "INSERT INTO t (a) VALUES (…)"),
        (
            "INSERT INTO t VALUES (f(%s), now()), (f(%s), now()) RETURNING id",
            "INSERT INTO t VALUES (…) RETURNING id",
        ),
        ("CASE WHEN (a = 1) THEN 2 WHEN (a = 3) THEN 4 ELSE b END", "CASE WHEN (a = %s) THEN %s ELSE b END"),
    ],
)
def test_lists_of_any_length_look_alike(sql: str, expected: str):
    assert normalize(sql) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT a, b FROM t GROUP BY 1, 2 ORDER BY 2 DESC, 1", None),
        ('SELECT "a" FROM "t" ORDER BY "t"."a" ASC, 3 DESC LIMIT 5', "LIMIT %s"),
        ("SELECT a FROM (SELECT a FROM t GROUP BY 1) u ORDER BY 1 NULLS LAST", None),
        ("SELECT a FROM t ORDER BY 2 + 3", "ORDER BY %s + %s"),
        ("SELECT a FROM t ORDER BY 'x' LIMIT 2", "ORDER BY %s LIMIT %s"),
        ("SELECT a FROM t ORDER BY 1.5", "ORDER BY %s"),
    ],
)
def test_positions_in_order_by_are_structure(sql: str, expected: str | None):
    assert normalize(sql).endswith(expected or sql)


@pytest.mark.parametrize(
    "sql",
    [
        'a IN (SELECT "id" FROM "t")',
        "a IN (b, c)",
        "COALESCE(%s, %s, a)",
        "a IS NULL AND b IS TRUE",
        "\"Odd  name, IN (1,2) 'x'\" = %s",
        'U&"d\\0061ta" = %s',
        'e1.x2 = "t3"."c4"',
        '"data" ? %s AND "data" ?| %s AND "data" @> %s AND "data" #>> %s',
        "a %% %s",
        'UPPER("t"."c"::text) LIKE UPPER(%s)',
        "indoors = %s AND valuesx = %s",
    ],
)
def test_what_is_no_value_is_kept_as_it_is(sql: str):
    assert normalize(sql) == sql


def test_space_and_comments_do_not_count():
    plain = "SELECT a FROM t WHERE b = %s"
    assert normalize("/*traceparent='00-ab'*/\n SELECT\ta\n  FROM t -- why 'quoted\n WHERE b = %s ;") == plain
    assert normalize("SELECT /*+ SeqScan(t) */ a FROM t/* x /* nested ' */ y */WHERE b = %s") == plain


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ('SAVEPOINT "s139_x1"', "SAVEPOINT %s"),
        ("RELEASE SAVEPOINT s139_x2", "RELEASE SAVEPOINT %s"),
        ("RELEASE s139_x2", "RELEASE %s"),
        ('ROLLBACK TO SAVEPOINT "s139_x1"', "ROLLBACK TO SAVEPOINT %s"),
        ("rollback transaction to x7", "rollback transaction to %s"),
        ("SELECT release FROM savepoint s", "SELECT release FROM savepoint s"),
    ],
)
def test_savepoint_names_do_not_count(sql: str, expected: str):
    assert normalize(sql) == expected


def test_different_statements_keep_different_fingerprints():
    statements = [
        BOOKS + "%s",
        BOOKS + "%s LIMIT 1",
        BOOKS.replace("=", "<") + "%s",
        BOOKS.replace('"book"', '"Book"') + "%s",
        'SELECT "book"."id" FROM "book" WHERE "book"."id" IS NULL',
        'SELECT "book"."id" FROM "book" WHERE "book"."id" IN (%s)',
    ]
    marks = {fingerprint(sql) for sql in statements}
    assert len(marks) == len(statements)
    assert all(len(mark) == 16 and int(mark, 16) >= 0 for mark in marks)


def test_a_fingerprint_does_not_change_between_releases():
    assert fingerprint("SELECT 1") == "7e6105c25cf114f0"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'SECRET",
        "SELECT E'a\\'SECRET",
        "SELECT E'SECRET\\",
        "SELECT U&'SECRET",
        'SELECT "SECRET',
        "SELECT $a$SECRET",
        "SELECT $a$ SECRET $b$ SECRET",
        "SELECT /* SECRET",
        "SELECT /* /* SECRET */ SECRET",
        "SELECT " + "/*" * 40 + " SECRET " + "*/" * 40,
        "SELECT a -- SECRET",
        "SELECT 'a\x00SECRET'",
        "SELECT 'a''SECRET'",
        'SELECT \'a"SECRET\' "b"',
        "SELECT '%s SECRET'",
        "SELECT 5$a$SECRET$a$",
        "SELECT a IN ('SECRET', b, 'SECRET')",
        "INSERT INTO t VALUES ('SECRET', f('SECRET', g('SECRET')))",
        "SELECT '\\' , 'SECRET', '\\'",
    ],
)
def test_a_value_never_comes_through(sql: str):
    assert "SECRET" not in normalize(sql)


@given(st.text(max_size=200))
def test_no_text_raises_and_a_quoted_value_stays_inside(text: str):
    quoted = text.replace("'", "''")
    assert normalize(f"SELECT a FROM t WHERE b = '{quoted}'") == "SELECT a FROM t WHERE b = %s"
    for read in (normalize, fingerprint, kind, tables):
        read(text)


@given(st.text(alphabet="'\"$a%(s)E\\-/*IN, 1\n[]?:;.", max_size=60))
def test_the_punctuation_of_sql_in_any_order_raises_nothing_and_normalising_twice_is_safe(text: str):
    assert isinstance(normalize(normalize(text)), str)
    assert isinstance(tables(text), tuple)
    assert kind(text)


def test_lone_surrogates_have_a_fingerprint():
    assert len(fingerprint('SELECT "\ud800"')) == 16


def test_a_list_of_ten_megabytes_is_read_at_once():
    values = ", ".join(f"'{'v' * 190}'" for _ in range(50_000))
    sql = f"SELECT a FROM t WHERE b IN ({values})"
    started = time.perf_counter()
    assert normalize(sql) == "SELECT a FROM t WHERE b IN (…)"
    # Measured: 25 ms; the bound leaves room for a busy machine.
    assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize(
    "piece",
    ["'", '"', "/*", "$a$", "$", "(", "IN (1,", "%(", "E'\\", "1e-", "VALUES (", "IN ((1),", "a ", "WITH a"],
)
def test_time_grows_with_the_length_of_hostile_text(piece: str):
    started = time.perf_counter()
    normalize(piece * (200_000 // len(piece)))
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1", "select"),
        (" /* hi */ select 1", "select"),
        ("(SELECT 1) UNION (SELECT 2)", "select"),
        ("WITH x AS (SELECT 1) SELECT * FROM x", "select"),
        ("WITH RECURSIVE x AS (SELECT 1), y AS (SELECT 2) INSERT INTO t SELECT * FROM x", "insert"),
        ("WITH x AS (DELETE FROM t RETURNING id) SELECT * FROM x", "delete"),
        ("WITH x AS (SELECT deleted FROM t) SELECT * FROM x", "select"),
        ("INSERT INTO t VALUES (1)", "insert"),
        ("update t set a = 1", "update"),
        ("DELETE FROM t", "delete"),
        ("BEGIN", "transaction"),
        ("BEGIN;", "transaction"),
        ('SAVEPOINT "x"', "transaction"),
        ('RELEASE SAVEPOINT "x"', "transaction"),
        ("ROLLBACK", "transaction"),
        ("SET CONSTRAINTS ALL IMMEDIATE", "transaction"),
        ("SETTLE", "other"),
        ("EXPLAIN SELECT 1", "other"),
        ("WITH x", "other"),
        ("", "other"),
    ],
)
def test_a_statement_has_a_kind(sql: str, expected: str):
    assert kind(sql) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ('SELECT 1 FROM "a" INNER JOIN "b" ON ("a"."x" = "b"."y")', ("a", "b")),
        ('SELECT 1 FROM "s"."a" T1 LEFT OUTER JOIN only_b ON (true)', ("a", "only_b")),
        ('SELECT 1 FROM "a" WHERE EXISTS(SELECT 1 FROM "c" WHERE "c"."a" = "a"."id")', ("a", "c")),
        ('INSERT INTO "a" ("x") SELECT "y" FROM "b"', ("a", "b")),
        ('UPDATE "a" SET "x" = %s', ("a",)),
        ('DELETE FROM ONLY "a"', ("a",)),
        ('SELECT 1 FROM "a" FOR UPDATE', ("a",)),
        ('INSERT INTO "a" ("x") VALUES (%s) ON CONFLICT ("x") DO UPDATE SET "x" = %s', ("a",)),
        ('SELECT EXTRACT(YEAR FROM "a"."x") FROM "a"', ("a",)),
        ('SELECT 1 FROM "a" WHERE "a"."x" IS DISTINCT FROM "b"', ("a",)),
        (
            'WITH x AS (SELECT 1 FROM "a"), "y" AS (SELECT 1 FROM x) SELECT 1 FROM "y" JOIN "b" ON true',
            ("a", "b"),
        ),
        ("SELECT * FROM unnest(%s) AS u", ()),
        ("SELECT 'FROM secret'", ()),
        ("SAVEPOINT x", ()),
    ],
)
def test_a_statement_names_its_relations(sql: str, expected: tuple[str, ...]):
    assert tables(sql) == expected
