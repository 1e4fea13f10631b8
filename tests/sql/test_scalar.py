"""Tests of sql/scalar.py, sql/nodes.py and sql/climbing.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryscope.sql.scalar import Node, conjuncts, numbered, read_scalar


def shown(node: Node) -> str:
    if node.kind == "column":
        return f"{node.table}.{node.text}" if node.table else node.text
    if node.kind == "value":
        return node.text
    arguments = ", ".join(shown(arg) for arg in node.args)
    return f"{node.text or node.kind}({arguments})"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ('"t"."a" = 1', "=(t.a, 1)"),
        ("a + b * c - d", "-(+(a, *(b, c)), d)"),
        ("(a + b) * c", "*(+(a, b), c)"),
        ("a || b || c = d", "=(||(||(a, b), c), d)"),
        ("a -> 'k' = b", "=(->(a, 'k'), b)"),
        ("a <-> b < 3", "<(<->(a, b), 3)"),
        ("-a + 1", "+(-(a), 1)"),
        ("NOT a = 1 AND b", "and(not(=(a, 1)), b)"),
        ("a = 1 OR b = 2 AND c = 3", "or(=(a, 1), and(=(b, 2), =(c, 3)))"),
        ("a AND b AND c", "and(a, b, c)"),
        ("a BETWEEN 1 AND 2 AND b", "and(>=(a, 1), <=(a, 2), b)"),
        ("a NOT LIKE 'x%' ESCAPE '!'", "not(~~(a, 'x%'))"),
        ("a IN (1, 2)", "in(a, 1, 2)"),
        ("a IN (SELECT 1)", "in(a, query())"),
        ("a = ANY ('{1,2}'::integer[])", "= any(a, integer[]('{1,2}'))"),
        ("a <> ALL (b)", "<> all(a, b)"),
        ("a IS NOT NULL", "is not null(a)"),
        ("a IS DISTINCT FROM b", "is distinct from(a, b)"),
        ("a::varchar(20)::text", "text(varchar(20)(a))"),
        ("a::timestamp with time zone", "timestamp with time zone(a)"),
        ("CAST(a AS double precision)", "double precision(a)"),
        ("a AT TIME ZONE 'UTC' > b", ">(at time zone(a, 'UTC'), b)"),
        ("EXTRACT(MONTH FROM a) = 3", "=(extract(month, a), 3)"),
        ("date_trunc('day', a)", "date_trunc('day', a)"),
        ('a COLLATE "C"', "collate(a, C)"),
        ("ARRAY[a, 1]", "array(a, 1)"),
        ("(a)[1]", "[](a, 1)"),
        ("a @> ARRAY['x']::text[]", "@>(a, text[](array('x')))"),
        ("DATE '2024-01-01' < a", "<(date('2024-01-01'), a)"),
        ("a OPERATOR(public.@>) b", "@>(a, b)"),
        ("(a, b) > (1, 2)", ">(row(a, b), row(1, 2))"),
        ("a -|- b", "-|-(a, b)"),
        ("EXISTS(SELECT 1)", "exists()"),
        ("CURRENT_DATE - a", "-(current_date(), a)"),
        ("CASE WHEN a THEN b END + 1", "+(case(a, b), 1)"),
        (
            "CASE WHEN a > 1 AND b THEN c WHEN d THEN e ELSE f END = g",
            "=(case(and(>(a, 1), b), c, d, e, f), g)",
        ),
        ("pg_catalog.lower(a)", "pg_catalog.lower(a)"),
    ],
)
def test_expressions_are_read_by_postgresqls_precedences(text, tree):
    assert shown(read_scalar(text)) == tree


@pytest.mark.parametrize(
    "text",
    [
        "",
        "(",
        "a =",
        "CASE t.a WHEN 1 THEN 2 END",
        "sum(a) OVER (ORDER BY b)",
        "a b c",
        "a IS 7",
        "x" * 50_000,
    ],
)
def test_what_has_no_reading_is_other(text):
    assert read_scalar(text).kind == "other"


def test_the_columns_of_what_has_no_reading_are_known():
    assert [column.text for column in read_scalar('CASE "t"."a" WHEN t.b THEN 1 END').columns] == ["a", "b"]


def test_parameters_are_numbered_in_their_order():
    assert numbered('SELECT %s WHERE "b" %% %s') == 'SELECT $1 WHERE "b" % $2'
    assert numbered("a = %s AND b = '%%' AND c = %s") == "a = $1 AND b = '%%' AND c = $2"
    node = read_scalar(numbered("a = %s AND b = %s") or "")
    assert [value.place for value in node.walk() if value.kind == "value"] == [0, 1]


@pytest.mark.parametrize("sql", ["a = '%s'", '"a%s" = 1', "a = %(name)s"])
def test_parameters_in_texts_or_by_name_are_not_numbered(sql):
    assert numbered(sql) is None


def test_conjuncts_are_those_of_every_and():
    assert [shown(node) for node in conjuncts(read_scalar("a AND (b AND (c OR d)) AND NOT e"))] == [
        "a",
        "b",
        "or(c, d)",
        "not(e)",
    ]


def test_places_and_lengths_are_no_part_of_what_a_tree_says():
    assert read_scalar("a = $1") == read_scalar("a = $2")
    assert read_scalar("a = $1") != read_scalar("b = $1")


def test_very_deep_texts_are_no_error():
    assert read_scalar("(" * 3000 + "a" + ")" * 3000) is not None
    assert read_scalar("a" + " + a" * 8000) is not None
    assert read_scalar("NOT " * 5000 + "a") is not None


PIECES = [
    *("a", '"b"', "t.c", "%s", "$1", "'x'", "1", "(", ")", ",", "[", "]", "::", "text", "AND", "OR", "NOT"),
    *("=", "->", "<->", "IS", "NULL", "IN", "LIKE", "BETWEEN", "CASE", "END", "EXTRACT", "FROM", "ANY", "…"),
    *(
        "SELECT",
        "AT",
        "TIME",
        "ZONE",
        "ARRAY",
        "COLLATE",
        "OPERATOR",
        "upper",
        "interval",
        "-",
        ".",
        "CAST",
        "AS",
    ),
]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join))
def test_whatever_the_text_it_has_a_tree(text):
    node = read_scalar(text)
    assert isinstance(node, Node)
    assert all(isinstance(one, Node) for one in node.walk())
