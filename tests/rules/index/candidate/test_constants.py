"""Tests of rules/index/candidate/constants.py."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryscope.rules.index.candidate.constants import (
    Constant,
    python_literal,
    read_constants,
    sql_literal,
    with_constants,
)
from tests.rules.index.orders import ORDER, make_predicate, make_statement

MODELS_FILE = """
PAID = "paid"
class Order(models.Model):
    OPEN = "open"
    class Status(models.TextChoices):
        PENDING = "pending", "Waiting"
        DONE = "done"
"""


def constants(source, *, line=None, definitions=()):
    line = line or source.strip("\n").count("\n") + 1
    found = read_constants(source.strip("\n"), line=line, definitions=definitions)
    return {constant.field: constant.value for constant in found}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('Order.objects.filter(status="pending")', {"status": "pending"}),
        ('Order.objects.filter(status__exact="pending")', {"status": "pending"}),
        ("Order.objects.filter(priority=3, is_open=False)", {"priority": 3, "is_open": False}),
        ('Order.objects.get(status="pending")', {"status": "pending"}),
        ('Order.objects.filter(Q(status="pending"))', {"status": "pending"}),
        ('get_object_or_404(Order, status="pending")', {"status": "pending"}),
        ('Order.objects.exclude(status="done")', {}),
        ("Order.objects.filter(status=request.GET['s'])", {}),
        ("Order.objects.filter(status=status)", {}),
        ("Order.objects.filter(status=None)", {}),
        ("Order.objects.filter(weight=1.5)", {}),
        ("Order.objects.filter(**options)", {}),
        ('render(request, status="pending")', {}),
        ('Order.objects.filter(status=f"pend{x}")', {}),
    ],
)
def test_literals_in_the_building_expression_are_constants(code, expected):
    assert constants(code) == expected


def test_the_whole_function_is_searched_but_no_other():
    source = """
def other():
    return Order.objects.filter(status="done", kind="a")
def view():
    orders = Order.objects.all()
    orders = orders.filter(status="pending")
    return orders
"""
    assert constants(source, line=4) == {"status": "pending"}


def test_a_field_with_two_values_in_one_function_is_left_out():
    source = """
def view(kind):
    orders = Order.objects.filter(open=True)
    if kind:
        return orders.filter(status="pending")
    return orders.filter(status=kind)
"""
    assert constants(source, line=2) == {"open": True}


def test_a_field_that_is_excluded_too_is_left_out():
    source = 'x = Order.objects.filter(status="pending").exclude(status="done")'
    assert constants(source) == {}


def test_a_class_attribute_is_read_by_its_statement():
    source = """
class View(ListView):
    template_name = "x"
    queryset = Order.objects.filter(
        status="pending",
    )
    other = Order.objects.filter(kind="x")
"""
    assert constants(source, line=3) == {"status": "pending"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Order.Status.PENDING", "pending"),
        ("Status.PENDING", "pending"),
        ("models.Order.Status.PENDING", "pending"),
        ("Order.Status.PENDING.value", "pending"),
        ("Order.OPEN", "open"),
        ("PAID", "paid"),
    ],
)
def test_names_are_looked_up_in_the_models_file(path, value):
    assert constants(f"Order.objects.filter(status={path})", definitions=[MODELS_FILE]) == {"status": value}


@pytest.mark.parametrize("path", ["Other.Status.GONE", "PENDING", "request.PAID", "Order.Status.label.PAID"])
def test_names_that_are_not_found_are_not_guessed(path):
    assert constants(f"Order.objects.filter(status={path})", definitions=[MODELS_FILE]) == {}


def test_a_name_with_two_meanings_is_not_guessed():
    other = "class Status:\n    PENDING = 'waiting'"
    source = "Order.objects.filter(status=Status.PENDING)"
    assert constants(source, definitions=[MODELS_FILE, other]) == {}


@pytest.mark.parametrize("source", ["def f(:", "\x00", "", "(" * 500])
def test_source_that_is_no_python_has_no_constants(source):
    assert read_constants(source, line=1) == ()


def test_a_line_outside_of_the_file_has_no_constants():
    assert read_constants('x.filter(a="b")', line=99) == ()


def literals(statement):
    return [predicate.literal for predicate in statement.predicates]


def test_constants_become_the_literals_of_equalities():
    statement = make_statement(make_predicate("status"), make_predicate("customer_id"))
    found = [Constant(field="status", value="pending"), Constant(field="customer", value=5)]
    assert literals(with_constants(statement, found, model=ORDER)) == ["'pending'", "5"]


def test_a_literal_of_the_sql_itself_is_dropped():
    statement = make_statement(make_predicate("status", literal="'secret'"))
    assert literals(with_constants(statement, [], model=ORDER)) == [""]
    assert literals(with_constants(statement, [], model=None)) == [""]


def test_other_tables_and_operators_get_none():
    statement = make_statement(
        make_predicate("status", table="shop_customer"), make_predicate("status", operator="<>")
    )
    found = [Constant(field="status", value="pending"), Constant(field="gone", value=1)]
    assert literals(with_constants(statement, found, model=ORDER)) == ["", ""]


@pytest.mark.parametrize(
    ("value", "sql"),
    [("it's", "'it''s'"), (7, "7"), (-1, "-1"), (True, "TRUE"), (False, "FALSE"), ("", "''")],
)
def test_values_are_written_in_sql_and_read_back_in_python(value, sql):
    assert sql_literal(value) == sql
    assert ast.literal_eval(python_literal(sql)) == value


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_every_text_survives_the_round_trip(value):
    assert ast.literal_eval(python_literal(sql_literal(value))) == value
