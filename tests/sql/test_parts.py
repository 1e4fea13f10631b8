from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryscope.sql.layout import lay_out
from queryscope.sql.parts import LONGEST, read_condition, read_parts
from tests.plans.corpus import CASES


def parts(text, *kinds):
    return [text[part.start : part.end] for part in read_parts(text) if not kinds or part.kind in kinds]


DJANGO = (
    'SELECT "b"."id", COUNT("r"."id") AS "n" FROM "shop_book" "b" INNER JOIN "shop_author" '
    'ON ("b"."author_id" = "shop_author"."id") LEFT JOIN "shop_review" "r" ON ("b"."id" = "r"."book_id") '
    'WHERE ("b"."title" LIKE %s AND NOT ("b"."sold" = %s OR "b"."sold" IS NULL) AND EXISTS(SELECT 1 AS "a" '
    'FROM "shop_tag" U0 WHERE (U0."book_id" = ("b"."id") AND U0."name" IN (%s, %s)) LIMIT 1)) '
    'GROUP BY "b"."id", 1 HAVING COUNT("r"."id") > %s ORDER BY "n" DESC, 1 ASC LIMIT 20 OFFSET 40'
)


def test_the_parts_of_a_statement_of_django_s():
    assert parts(DJANGO, "table") == [
        '"shop_book" "b"',
        '"shop_author"',
        '"shop_review" "r"',
        '"shop_tag" U0',
    ]
    assert parts(DJANGO, "condition") == [
        '"b"."author_id" = "shop_author"."id"',
        '"b"."id" = "r"."book_id"',
        '"b"."title" LIKE %s',
        'NOT ("b"."sold" = %s OR "b"."sold" IS NULL)',
        "EXISTS",
        'U0."book_id" = ("b"."id")',
        'U0."name" IN (%s, %s)',
        'COUNT("r"."id") > %s',
    ]
    assert parts(DJANGO, "group", "sort") == ['"b"."id"', "1", '"n" DESC', "1 ASC"]
    assert parts(DJANGO, "limit") == ["LIMIT 1", "LIMIT 20", "OFFSET 40"]
    assert parts(DJANGO, "aggregate") == ['COUNT("r"."id")']


def test_an_alias_and_a_number_stand_for_what_is_selected():
    found = [part.names for part in read_parts(DJANGO) if part.kind == "sort"]
    assert found[0].calls == {"count"}
    assert found[1].columns == {("b", "id")}


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("SELECT DISTINCT a FROM t", "distinct", ["DISTINCT"]),
        ("SELECT DISTINCT ON (a, b) a FROM t", "distinct", ["DISTINCT ON (a, b)"]),
        ("SELECT a FROM t WHERE a IS DISTINCT FROM b", "condition", ["a IS DISTINCT FROM b"]),
        ("SELECT a FROM t FOR UPDATE OF t SKIP LOCKED", "lock", ["FOR UPDATE OF t SKIP LOCKED"]),
        ("UPDATE t SET a = 1 WHERE b = 2", "table", ["t"]),
        ("UPDATE t SET a = 1 WHERE b = 2", "condition", ["b = 2"]),
        ("DELETE FROM t WHERE b = 2", "table", ["t"]),
        ("INSERT INTO t (a, b) SELECT a, b FROM u", "table", ["t", "u"]),
        ("SELECT 1 FROM a UNION ALL SELECT 2 FROM b", "set", ["UNION"]),
        ("WITH x AS (SELECT 1 FROM a) SELECT * FROM x", "with", ["x"]),
        ("WITH RECURSIVE x(n) AS (SELECT 1 FROM a) SELECT * FROM x", "table", ["a", "x"]),
        ("SELECT * FROM a JOIN b USING (id), c CROSS JOIN d", "table", ["a", "b", "c", "d"]),
        ("SELECT * FROM a JOIN b USING (id)", "condition", ["USING (id)"]),
        ("SELECT * FROM generate_series(1, 2) n", "table", ["generate_series(1, 2) n"]),
        ("SELECT * FROM t TABLESAMPLE system (%s) WHERE a = 1", "table", ["t"]),
        ("SELECT * FROM (SELECT a FROM t) x WHERE a = 1", "table", ["t", "x"]),
        ("SELECT * FROM LATERAL (SELECT a FROM t) x", "table", ["t", "x"]),
        ("SELECT row_number() OVER (ORDER BY a) FROM t", "window", ["row_number() OVER (ORDER BY a)"]),
        ("SELECT a FROM t WHERE a BETWEEN 1 AND 2 AND b = 3", "condition", ["a BETWEEN 1 AND 2", "b = 3"]),
        ("SELECT a FROM t WHERE a IN (SELECT b FROM u WHERE c = 1)", "condition", ["a IN", "c = 1"]),
        ("SELECT (SELECT max(b) FROM u WHERE u.a = t.a) FROM t", "condition", ["u.a = t.a"]),
    ],
)
def test_each_kind_is_found_in_its_place(text, kind, found):
    assert parts(text, kind) == found


def test_the_operands_of_a_plan_s_condition():
    text = "((a.x = …) AND ((a.y > 1) OR (a.y IS NULL)) AND (NOT a.z))"
    found = [text[part.start : part.end] for part in read_condition(text)]
    assert sorted(found) == ["((a.y > 1) OR (a.y IS NULL))", "NOT a.z", "a.x = …"]


@pytest.mark.parametrize("case", CASES[::3], ids=lambda case: case.label)
def test_parts_never_overlap(case):
    found = read_parts(lay_out(case.sql))
    assert all(one.end <= other.start for one, other in pairwise(found))


WORDS = """SELECT FROM WHERE AND OR JOIN ON ( ) , a b.c 'x' %s = IN ORDER BY GROUP LIMIT WITH AS UNION"""


@given(st.lists(st.sampled_from(WORDS.split()), max_size=60))
def test_any_text_is_read_without_a_fault(words):
    text = " ".join(words)
    found = read_parts(text)
    assert all(0 <= part.start < part.end <= len(text) for part in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    read_condition(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT " + "(" * 20_000,
        "SELECT a FROM t WHERE " + "(" * 3_000 + "a = 1" + ")" * 3_000,
        "SELECT a FROM t WHERE " + "a = 1 AND " * 3_900 + "b",
        "SELECT a FROM " + "(SELECT a FROM " * 2_500,
        "SELECT '" + "''" * 19_000,
        "SELECT a FROM t WHERE a IN (" + "%s, " * 9_000 + "%s)",
    ],
    ids=lambda text: text[:30],
)
def test_a_hostile_text_is_read_in_bounded_time(text):
    started = time.perf_counter()
    read_parts(text[:LONGEST])
    assert time.perf_counter() - started < 2


def test_a_text_that_is_too_long_has_no_parts():
    assert read_parts("SELECT a FROM t WHERE b = 1" + " " * LONGEST) == ()
