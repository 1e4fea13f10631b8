"""LIMIT and OFFSET as they are written out."""

from __future__ import annotations

from time import perf_counter

import pytest

from queryscope.sql.bounds import largest, written_bounds

BOOKS = 'SELECT "id" FROM "shop_book" ORDER BY "id"'


@pytest.mark.parametrize(
    ("behind", "bounds"),
    [
        ("", (None, 0)),
        (" LIMIT 20", (20, 0)),
        (" LIMIT 20 OFFSET 4000", (20, 4000)),
        (" OFFSET 4000", (None, 4000)),
        (" OFFSET 4000 ROWS", (None, 4000)),
        (" OFFSET 40 LIMIT 20", (20, 40)),
        (" LIMIT ALL OFFSET 7", (None, 7)),
        (" LIMIT %s OFFSET %s", (None, 0)),
        (" limit 20 offset 40;", (20, 40)),
        (" LIMIT 20 OFFSET 40 FOR UPDATE SKIP LOCKED", (20, 40)),
        (" LIMIT 20 OFFSET 40 /*traceparent='00-12 LIMIT 3'*/", (20, 40)),
        (" LIMIT 20 -- OFFSET 40", (20, 0)),
    ],
)
def test_the_outermost_bounds_are_read(behind, bounds):
    assert written_bounds(BOOKS + behind) == bounds


@pytest.mark.parametrize(
    "sql",
    [
        f'SELECT COUNT(*) FROM ({BOOKS} LIMIT 5 OFFSET 2000) "subquery"',
        f'DELETE FROM "shop_book" WHERE "id" IN ({BOOKS} LIMIT 5)',
        "SELECT 'LIMIT 5'",
        'SELECT "LIMIT 5"',
        "SELECT max_limit 5",
    ],
)
def test_bounds_within_belong_to_something_else(sql):
    assert written_bounds(sql) == (None, 0)


def test_a_statement_of_megabytes_takes_no_time():
    sql = "INSERT INTO a VALUES " + "(' LIMIT 5 FOR UPDATE ')," * 400_000
    began = perf_counter()
    written_bounds(sql)
    written_bounds("LIMIT 5 " * 200 + "FOR UPDATE " * 200 + "x")
    assert perf_counter() - began < 0.5


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ((20, 40), (10, 80), (20, 80)),
        ((None, 0), (10, 0), (10, 0)),
        ((None, 0), (None, 3), (None, 3)),
    ],
)
def test_of_several_executions_the_largest_counts(first, second, both):
    assert largest(first, second) == largest(second, first) == both
