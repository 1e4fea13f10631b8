"""Tests of rules/index/candidate/keys.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryscope.model import IndexKey
from queryscope.plans.conditions import PlanSortKey
from queryscope.rules.index.candidate.keys import column_key, column_keys, index_name, order_key
from tests.rules.index.orders import ORDER


def test_columns_are_told_by_the_field_that_stores_them():
    key = column_key(ORDER, "customer_id")
    assert key == IndexKey(column="customer_id", django="customer")
    assert column_keys(ORDER, ["status", "gone"]) == (IndexKey(column="status", django="status"),)


def test_an_order_keeps_direction_and_nulls():
    key = order_key(ORDER, PlanSortKey(column="sent", is_descending=True, nulls="last"))
    assert key == IndexKey(column="sent", django="sent", is_descending=True, nulls="last")
    assert order_key(ORDER, PlanSortKey()) is None


def name(table="shop_order", *, column="status", method="btree", predicate="", **more):
    key = IndexKey(column=column, django=column, **more)
    return index_name(table, keys=[key], method=method, predicate=predicate)


def test_a_name_is_stable_and_readable():
    assert name() == name()
    assert name().startswith("shop_order_status_")


def test_different_indexes_have_different_names():
    names = {
        name(),
        name("shop_line"),
        name(column="code"),
        name(method="gin"),
        name(is_descending=True),
        name(predicate="sent IS NULL"),
    }
    assert len(names) == 6


def test_an_expression_is_named_after_its_column():
    key = IndexKey(expression='UPPER("title")', django='Upper("title")')
    assert index_name("shop_book", keys=[key], method="gin").startswith("shop_book_title_")


@pytest.mark.parametrize("table", ["_private", "2024_sales", "größe", 'a"b', "x" * 80, ""])
def test_a_name_is_one_that_django_and_postgresql_take(table):
    made = name(table)
    assert len(made) <= 30
    assert made[0].isalpha()
    assert made.isascii()
    assert made.replace("_", "").isalnum()


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_table_and_column_make_a_valid_name(table, column):
    made = name(table, column=column)
    assert len(made) <= 30
    assert made[0].isalpha()
    assert made.isascii()
