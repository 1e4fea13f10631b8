"""The rows of a SELECT, apart from what it wants of them."""

from __future__ import annotations

import pytest

from queryscope.sql.selection import read_selection

UNIQUE = {('"b"', '"id"'), ('"a"', '"id"'), ('"tag"', '"id"')}
BOUND = {('"b"', '"a_id"'), ('"through"', '"tag_id"'), ('"through"', '"b_id"')}
WHERE = 'WHERE "b"."x" = %s'
JOIN = ' INNER JOIN "a" ON ("b"."a_id" = "a"."id")'


def rows(sql: str) -> str:
    found = read_selection(sql)
    assert found is not None, sql
    return found.text(lambda *column: column in UNIQUE, lambda *column: column in BOUND)


def placeholders(sql: str) -> tuple[int, int]:
    found = read_selection(sql)
    assert found is not None
    return found.first, found.count


PLAIN = f'SELECT "b"."id", "b"."x" FROM "b" {WHERE}'
SAME = [
    f'SELECT COUNT(*) AS "__count" FROM "b" {WHERE}',
    f'SELECT %s AS "a" FROM "b" {WHERE} LIMIT 1',
    f'{PLAIN} ORDER BY "b"."x" ASC LIMIT 21',
    f'SELECT "b"."id", "a"."id" FROM "b"{JOIN} {WHERE}',
    f'SELECT "b"."id" FROM "b" LEFT OUTER JOIN "a" ON ("b"."other_id" = "a"."id") {WHERE}',
    f'SELECT "b"."id" FROM "b"{JOIN} LEFT OUTER JOIN "b" T3 ON ("a"."c_id" = T3."id") {WHERE}',
    f"{PLAIN} FOR UPDATE",
    f'SELECT COUNT(*) FROM (SELECT "b"."id" AS "col1" FROM "b" {WHERE} LIMIT 2) subquery',
    f'SELECT EXTRACT(YEAR FROM "b"."day"), \'FROM "x"\' FROM "b" {WHERE};',
]


@pytest.mark.parametrize("sql", SAME)
def test_these_are_about_the_same_rows(sql):
    assert rows(sql) == rows(PLAIN)


OTHER = [
    'SELECT "b"."id" FROM "b" WHERE "b"."x" > %s',
    f'SELECT "b"."id" FROM "c" {WHERE}',
    f'SELECT DISTINCT "b"."x" FROM "b" {WHERE}',
    f'SELECT "b"."id" FROM "b" INNER JOIN "a" ON ("b"."loose_id" = "a"."id") {WHERE}',
    f'SELECT "b"."id" FROM "b" LEFT OUTER JOIN "many" ON ("b"."id" = "many"."b_id") {WHERE}',
    f'SELECT "b"."id" FROM "b"{JOIN} {WHERE} AND "a"."y" = %s',
    f'SELECT "b"."x", COUNT("b"."id") FROM "b" {WHERE} GROUP BY "b"."x"',
    f'SELECT "b"."id" FROM "b" INNER JOIN "a" ON ("b"."a_id" = "a"."id" AND "a"."y") {WHERE}',
]


@pytest.mark.parametrize("sql", OTHER)
def test_these_are_about_others(sql):
    assert rows(sql) != rows(PLAIN)


def test_the_rows_of_a_many_to_many_are_those_of_its_through_table():
    where = 'WHERE "through"."b_id" = %s'
    joined = f'FROM "tag" INNER JOIN "through" ON ("tag"."id" = "through"."tag_id") {where}'
    counted = rows(f'SELECT COUNT(*) AS "__count" FROM "through" {where}')
    assert rows(f'SELECT "tag"."id" {joined} ORDER BY "tag"."name"') == counted
    assert rows(f'SELECT "tag"."id" {joined} AND "tag"."name" = %s') != counted


def test_a_count_of_groups_or_of_distinct_rows_is_about_them():
    group = '"b" LEFT OUTER JOIN "many" ON ("b"."id" = "many"."b_id") GROUP BY'
    counted = f'SELECT COUNT(*) FROM (SELECT "b"."id" AS "col1" FROM {group} 1) subquery'
    assert rows(counted) == rows(f'SELECT "b"."id", COUNT("many"."id") AS "n" FROM {group} "b"."id"')
    distinct = 'SELECT COUNT(*) FROM (SELECT DISTINCT "b"."x" AS "col1" FROM "b") subquery'
    assert rows(distinct) == rows('SELECT DISTINCT "b"."x" FROM "b"')
    assert rows(distinct) != rows('SELECT DISTINCT "b"."y" FROM "b"')


def test_placeholders_of_columns_order_and_window_are_not_its_own():
    assert placeholders(f"{PLAIN} LIMIT %s") == (0, 1)
    assert placeholders(f'SELECT %s AS "a" FROM "b" {WHERE} LIMIT 1') == (1, 1)
    assert placeholders('SELECT "b"."x" + %s FROM "b" WHERE "b"."x" IN (%s, %s) ORDER BY %s') == (1, 2)
    assert placeholders('SELECT \'a%s\' || %s FROM "b" WHERE "b"."x" LIKE \'%%\' || %s') == (1, 1)


def test_the_window_is_told_apart():
    assert read_selection(f"{PLAIN} LIMIT 10 OFFSET 20").window == "LIMIT 10 OFFSET 20"
    counted = f'SELECT COUNT(*) FROM (SELECT "b"."id" AS "col1" FROM "b" {WHERE} LIMIT 2) subquery'
    assert read_selection(counted).window == "LIMIT 2"
    assert read_selection(PLAIN).window == ""


UNTOLD = [
    "SELECT 1", "SELECT nextval(%s)", 'UPDATE "b" SET "x" = %s', 'WITH a AS (SELECT 1) SELECT * FROM "a"',
    'SELECT "x" FROM "a" UNION SELECT "x" FROM "b"', "SELECT $1 FROM b", 'SELECT * FROM "b" WHERE x = %(x)s',
    'SELECT COUNT(*) FROM (SELECT "x" FROM "a" UNION SELECT "x" FROM "b") subquery', "SELECT", "",
    'SELECT DISTINCT "b"."x" + %s FROM "b"', 'SELECT "a", "b" FROM "b" GROUP BY 1, 2',
    'SELECT * FROM (SELECT 1) x', 'SELECT "x" /* FROM "b" */ FROM "c"', "SELECT " + "x" * 30_000,
]  # fmt: skip


@pytest.mark.parametrize("sql", UNTOLD)
def test_what_the_text_does_not_tell_is_left_open(sql):
    assert read_selection(sql) is None
