"""Tests of rules/index/candidate/comparison.py."""

from __future__ import annotations

import pytest

from queryscope.rules.index.candidate.comparison import compare
from queryscope.sql.resolve import resolve_condition
from queryscope.sql.scalar import read_scalar

OWN = frozenset({"", "t"})


def compared(text: str):
    return compare(resolve_condition(read_scalar(text)), OWN)


@pytest.mark.parametrize(
    ("text", "operator", "columns"),
    [
        ("t.a = 1", "=", {"a"}),
        ("1 < t.a", ">", {"a"}),
        ("'x' <@ a", "@>", {"a"}),
        ("'10.0.0.0/8' >>= a", "<<=", {"a"}),
        ("'abc' <% a", "%>", {"a"}),
        ("a", "true", {"a"}),
        ("NOT a", "false", {"a"}),
        ("a IS TRUE", "true", {"a"}),
        ("NOT (a IS NULL)", "is not null", {"a"}),
        ("NOT (a < 1)", ">=", {"a"}),
        ("a NOT LIKE 'x'", "not like", {"a"}),
        ("a !~~ 'x'", "not like", {"a"}),
        ("a = ANY ('{1}')", "in", {"a"}),
        ("a IN (1, 2)", "in", {"a"}),
        ("a + b > 1", ">", {"a", "b"}),
    ],
)
def test_an_operand_of_the_table_stands_left(text, operator, columns):
    found = compared(text)
    assert (found.operator, found.columns, found.is_join) == (operator, columns, False)


@pytest.mark.parametrize(
    "text",
    [
        "1 = 1",
        "o.a = 1",
        "t.a = t.b",
        "t.a + o.b = 1",
        "1 = ANY (a)",
        "a IN (SELECT 1)",
        "(a, b) > (1, 2)",
        "now() > '2024-01-01'",
        "a LIKE b",
    ],
)
def test_what_no_index_of_the_table_answers_is_none(text):
    assert compared(text) is None


def test_a_column_of_another_table_makes_a_join():
    found = compared("o.id = t.a")
    assert (found.operator, found.is_join, found.other.table, found.other.text) == ("=", True, "o", "id")


def test_an_or_has_an_arm_for_each_operand_or_is_none():
    found = compared("a = 1 OR (b = 2 AND c = 3)")
    assert [[one.operand.text for one in arm] for arm in found.arms] == [["a"], ["b", "c"]]
    assert compared("a = 1 OR o.b = 2") is None


def test_one_value_in_a_list_is_like_an_equality():
    assert compared("a IN (1)").likeness == compared("a = 1").likeness
    assert compared("a < 1").likeness != compared("a = 1").likeness
