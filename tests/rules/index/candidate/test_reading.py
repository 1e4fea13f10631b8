"""Tests of rules/index/candidate/reading.py."""

from __future__ import annotations

import pytest

from queryscope.rules.index.candidate.reading import columns_read, columns_shown, read_of, shown_of
from queryscope.rules.index.candidate.scan import read_scans
from tests.builders import make_plan
from tests.rules.index.orders import MODELS, make_scan, make_schema, make_statement

ASKED = {"statement": make_statement(), "schema": make_schema(), "models": MODELS}


def read(sql):
    return {alias: sorted(names) for alias, names in columns_read(sql).items()}


def test_columns_of_every_clause_are_read_by_their_alias():
    sql = (
        'SELECT "a"."x", SUM(T3."y") AS "s" FROM "a" INNER JOIN "b" T3 ON ("a"."k" = T3."id") '
        'WHERE "a"."z" = %s GROUP BY "a"."x" ORDER BY "a"."w" DESC LIMIT 5'
    )
    assert read(sql) == {"a": ["k", "w", "x", "z"], "t3": ["id", "y"]}


def test_tables_are_called_as_postgresql_calls_them():
    sql = (
        'SELECT "Order"."x" FROM "Order" WHERE EXISTS(SELECT 1 AS "a" FROM "b" U0 '
        'WHERE U0."order_id" = ("Order"."id") AND U0."is_open" LIMIT 1)'
    )
    assert read(sql) == {"Order": ["id", "x"], "u0": ["is_open", "order_id"]}


def test_one_alias_of_two_subqueries_is_told_apart_by_its_tables():
    some = 'EXISTS(SELECT 1 AS a FROM "{0}" U0 WHERE (U0."{1}" = ("o"."id") AND U0."{2}" = %s) LIMIT 1)'
    first, second = some.format("b", "o_id", "p"), some.format("c", "of", "q")
    sql = f'SELECT "o"."x" FROM "o" WHERE ({first} AND NOT {second})'
    assert read(sql)["b u0"] == ["o_id", "p"]
    assert read(sql)["c u0"] == ["of", "q"]
    assert read(sql)["o"] == ["id", "x"]
    scan = next(read_scans(make_plan(make_scan(alias="u0_1")), **ASKED))
    sql = sql.replace('"c"', '"shop_order"')
    assert (read_of(sql, scan), shown_of(sql, scan)) == ({"of", "q"}, frozenset())


def test_a_count_reads_no_column():
    assert read('SELECT COUNT(*) AS "n" FROM "a" WHERE "a"."x" = %s') == {"a": ["x"]}
    assert read('SELECT COUNT(*) FROM "a"') == {"a": []}


def test_columns_of_a_subquery_are_read_inside_of_it():
    sql = 'SELECT COUNT(*) FROM (SELECT "a"."x" AS "c" FROM "a" WHERE "a"."y" = %s) subquery'
    assert read(sql)["a"] == ["x", "y"]
    assert read('SELECT * FROM (SELECT "a"."x" AS "c" FROM "a") "q" WHERE "q"."c" > %s')["a"] == ["x"]


@pytest.mark.parametrize(
    "sql", ["", 'SELECT * FROM "a"', "UPDATE a SET x = 1", "SELECT (", "SELECT 1; SELECT 2"]
)
def test_what_can_not_be_read_or_reads_all_tells_nothing(sql):
    assert read(sql) == {}


def test_what_where_alone_reads_is_not_shown():
    sql = 'SELECT "a"."x" FROM "a" WHERE "a"."z" = %s AND "a"."x" IS NULL ORDER BY "a"."w"'
    assert {alias: sorted(names) for alias, names in columns_shown(sql).items()} == {"a": ["w", "x"]}
    assert columns_shown('SELECT COUNT(*) FROM "a" WHERE "a"."x" = %s') == {"a": frozenset()}
