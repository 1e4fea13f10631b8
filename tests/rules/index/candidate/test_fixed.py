"""Tests of rules/index/candidate/fixed.py."""

from __future__ import annotations

import ast
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryscope.rules.index.candidate.constants import Constant
from queryscope.rules.index.candidate.fixed import python_literal, sql_literal, with_constants
from tests.rules.index.orders import MODELS, ORDER, make_predicate, make_statement


def fixed(statement, *constants, model=ORDER):
    return with_constants(statement, constants, model=model, models=MODELS)


def literals(statement, *constants, model=ORDER):
    return [one.literal for one in fixed(statement, *constants, model=model).predicates]


def told(statement, *constants):
    return [
        (one.table, one.column, one.operator, one.literal) for one in fixed(statement, *constants).literals
    ]


def test_constants_become_the_literals_of_equalities():
    statement = make_statement(make_predicate("status"), make_predicate("customer_id"))
    found = [Constant(field="status", value="pending"), Constant(field="customer", value=5)]
    assert literals(statement, *found) == ["'pending'", "5"]


def test_a_literal_of_the_sql_itself_is_dropped():
    statement = make_statement(make_predicate("status", literal="'secret'"))
    assert literals(statement) == [""]
    assert literals(statement, model=None) == [""]


def test_other_tables_and_operators_get_none():
    statement = make_statement(
        make_predicate("status", table="shop_customer"), make_predicate("status", operator="<>")
    )
    found = [Constant(field="status", value="pending"), Constant(field="gone", value=1)]
    assert literals(statement, *found) == ["", ""]


@pytest.mark.parametrize(
    ("constant", "operator", "literal"),
    [
        (Constant(field="status", value="done", is_excluded=True), "<>", "'done'"),
        (Constant(field="status", value=("a", "b"), lookup="in"), "in", "('a', 'b')"),
        (Constant(field="status", value=("a", "b"), lookup="in", is_excluded=True), "not in", "('a', 'b')"),
        (Constant(field="status", value=3, lookup="lt"), "<", "3"),
        (Constant(field="status", value=("a",), lookup="contains"), "@>", "('a')"),
        (Constant(field="status", value=(1, 2), lookup="overlap"), "&&", "(1, 2)"),
    ],
)
def test_every_comparison_is_told_with_its_operator(constant, operator, literal):
    assert told(make_statement(), constant) == [("shop_order", "status", operator, literal)]


def test_a_bound_that_is_excluded_is_left_out():
    assert told(make_statement(), Constant(field="status", value=3, lookup="lt", is_excluded=True)) == []


def test_a_path_speaks_of_the_related_model_and_a_name_of_the_queryset():
    statement = make_statement(tables=("shop_order", "shop_customer"))
    assert told(statement, Constant(field="customer__id", value=5)) == [("shop_customer", "id", "=", "5")]
    both = [Constant(field="customer__id", value=5), Constant(field="id", value=6)]
    assert told(statement, *both) == [("shop_customer", "id", "=", "5"), ("shop_order", "id", "=", "6")]


def test_of_two_values_for_one_comparison_none_is_told():
    statement = make_statement(tables=("shop_order", "shop_customer"))
    paths = [Constant(field="customer__id", value=5), Constant(field="owner__id", value=6)]
    assert told(statement, *paths) == []


@pytest.mark.parametrize(
    ("value", "sql"),
    [
        ("it's", "'it''s'"),
        (7, "7"),
        (-1, "-1"),
        (True, "TRUE"),
        (False, "FALSE"),
        ("", "''"),
        (("a", 2), "('a', 2)"),
    ],
)
def test_values_are_written_in_sql_and_read_back_in_python(value, sql):
    assert sql_literal(value) == sql
    assert ast.literal_eval(python_literal(sql)) == (list(value) if isinstance(value, tuple) else value)


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_every_text_survives_the_round_trip(value):
    assert ast.literal_eval(python_literal(sql_literal(value))) == value
    assert ast.literal_eval(python_literal(sql_literal((value, value)))) == [value, value]


def test_annotations_transforms_and_sums_are_told_without_a_column():
    found = [
        Constant(field="letters", value=60, lookup="gt"),
        Constant(field="created__hour", value=23, lookup="gte"),
        Constant(field="status", value=(45,), lookup="gt computed"),
        Constant(field="letters", value=(7,), lookup="lt computed"),
        Constant(field="letters", value=9, is_excluded=True),
    ]
    assert {one[1:] for one in told(make_statement(), *found)} == {
        ("", ">", "60"),
        ("", ">=", "23"),
        ("status", "> computed", "(45)"),
        ("", "< computed", "(7)"),
        ("", "<>", "9"),
    }


@pytest.mark.parametrize(
    "constant",
    [
        Constant(field="letters", value=60, lookup="gt", is_excluded=True),
        Constant(field="letters", value=(60,), lookup="exact computed", is_excluded=True),
        Constant(field="is_late", value=True),
        Constant(field="letters", value=(1, 2), lookup="in"),
        Constant(field="customer__status", value="x", lookup="gt"),  # of another model, a field's name
    ],
)
def test_others_that_no_column_has_are_not(constant):
    assert [one for one in told(make_statement(), constant) if not one[1]] == []


@pytest.mark.parametrize(
    ("value", "sql", "python"),
    [
        (timedelta(hours=2), "'02:00:00'::interval", "datetime.timedelta(seconds=7200)"),
        (timedelta(days=1), "'1 day'::interval", "datetime.timedelta(days=1)"),
        (
            timedelta(days=9, minutes=5),
            "'9 days 00:05:00'::interval",
            "datetime.timedelta(days=9, seconds=300)",
        ),
        (timedelta(hours=-2), "'-1 days 22:00:00'::interval", "datetime.timedelta(days=-1, seconds=79200)"),
        (timedelta(), "'00:00:00'::interval", "datetime.timedelta()"),
        (0.5, "0.5", "0.5"),
        (-3, "-3", "-3"),
    ],
)
def test_durations_and_fractions_are_written_in_both(value, sql, python):
    assert (sql_literal(value), python_literal(sql)) == (sql, python)
