"""Tests of sql/blocks.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryscope.sql.blocks import read_blocks
from tests.sql.test_scalar import shown


def conditions(sql: str) -> list[list[str]]:
    return [[shown(node) for node in block.conditions] for block in read_blocks(sql)]


def test_where_and_on_are_conditions_of_their_select():
    sql = (
        'SELECT 1 FROM "a" INNER JOIN "b" T3 ON ("a"."id" = T3."a_id" AND T3."x" = %s) '
        'LEFT OUTER JOIN "c" ON ("a"."c_id" = "c"."id") WHERE ("a"."y" = %s AND NOT ("c"."z"))'
    )
    (block,) = read_blocks(sql)
    assert block.tables == (("a", "a"), ("t3", "b"), ("c", "c"))
    told = [shown(node) for node in block.conditions]
    assert told[:3] == ["=(a.id, t3.a_id)", "=(t3.x, %s)", "=(a.c_id, c.id)"]
    assert told[3:] == ["=(a.y, %s)", "not(c.z)"]


def test_subqueries_have_blocks_of_their_own():
    sql = (
        'SELECT (SELECT U0."x" FROM "b" U0 WHERE U0."k" = ("a"."id") ORDER BY U0."x" DESC LIMIT 1) FROM "a" '
        'WHERE EXISTS(SELECT 1 FROM "c" U0 WHERE (U0."n" = %s AND U0."a_id" = ("a"."id")))'
    )
    tables = [block.tables for block in read_blocks(sql)]
    assert tables == [(("a", "a"),), (("u0", "b"),), (("u0", "c"),)]
    assert [block.has_limit for block in read_blocks(sql)] == [False, True, False]


def test_a_count_over_a_subquery_and_the_arms_of_a_union_are_read():
    inner = [
        block
        for block in read_blocks('SELECT COUNT(*) FROM (SELECT 1 FROM "a" WHERE x = 1) sub')
        if block.conditions
    ]
    assert [block.tables for block in inner] == [(("a", "a"),)]
    union = '(SELECT 1 FROM "a" WHERE "a"."x" = 1) UNION (SELECT 1 FROM "b" WHERE "b"."y" = 2)'
    assert conditions(union) == [["=(a.x, 1)"], ["=(b.y, 2)"]]


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ('"t"."a" DESC NULLS LAST, "t"."b"', [("t.a", True, "last"), ("t.b", False, "")]),
        ("2 DESC", [("upper(t.b)", True, "")]),
        ('"x" ASC', [("upper(t.b)", False, "")]),
        ('"t"."p" <-> %s', [("<->(t.p, %s)", False, "")]),
    ],
)
def test_the_order_is_read_through_places_and_aliases(order, told):
    (block,) = read_blocks(f'SELECT "t"."a", UPPER("t"."b") AS "x" FROM "t" ORDER BY {order} LIMIT 5')
    assert [(shown(key.node), key.is_descending, key.nulls) for key in block.order] == told


def test_what_can_t_be_read_leaves_the_conditions_beside_it():
    sql = 'SELECT 1 FROM "t" WHERE ("t"."a" = 1 AND CASE "t"."b" WHEN 1 THEN 1 END = 2 AND "t"."c" = 3)'
    assert conditions(sql) == [["=(t.a, 1)", "other(t.b)", "=(t.c, 3)"]]


@pytest.mark.parametrize("sql", ["", "COPY x", "SELECT 1", "a = %(x)s", "SELECT '%s' FROM t", "x" * 50_000])
def test_of_what_can_t_be_read_there_are_none(sql):
    assert read_blocks(sql) == ()


@given(
    st.lists(
        st.sampled_from(
            [
                "SELECT",
                "FROM",
                "t",
                "WHERE",
                "(",
                ")",
                "a",
                "=",
                "%s",
                "JOIN",
                "ON",
                ",",
                "AS",
                "ORDER",
                "BY",
                "UNION",
                "LIMIT",
                "1",
            ]
        ),
        max_size=30,
    ).map(" ".join)
)
def test_whatever_the_text_it_is_no_error(sql):
    assert isinstance(read_blocks(sql), tuple)
