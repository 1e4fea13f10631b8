"""Tests of rules/index/candidate/cover.py."""

from __future__ import annotations

import pytest

from queryscope.model import IndexKey
from queryscope.plans.redact import digests, redact
from queryscope.rules.index.candidate.cover import (
    covering_expression,
    covering_index,
    replaced_indexes,
    serving_index,
    unique_index,
)
from tests.rules.index.orders import make_index, make_table


def covers(index, *equal, order=()):
    return covering_index(make_table(index), equal=equal, order=order) is index


CREATED = IndexKey(column="created", django="created")
NEWEST = IndexKey(column="created", django="created", is_descending=True)
NEWEST_NULLS_LAST = IndexKey(column="created", django="created", is_descending=True, nulls="last")


@pytest.mark.parametrize(
    ("keys", "equal", "is_covered"),
    [
        (("status",), ("status",), True),
        (("status", "created"), ("status",), True),
        (("status DESC",), ("status",), True),
        (("code", "status"), ("status", "code"), True),
        (("created", "status"), ("status",), False),
        (("status",), ("status", "code"), False),
        (("upper(status)",), ("status",), False),
    ],
)
def test_equality_needs_the_leading_columns_in_any_order(keys, equal, is_covered):
    assert covers(make_index(*keys), *equal) is is_covered


@pytest.mark.parametrize(
    ("keys", "order", "is_covered"),
    [
        (("status", "created"), (CREATED,), True),
        (("status", "created"), (NEWEST,), True),
        (("status", "created DESC"), (NEWEST,), True),
        (("status", "created DESC NULLS LAST"), (NEWEST_NULLS_LAST,), True),
        (("status", "created NULLS FIRST"), (NEWEST_NULLS_LAST,), True),
        (("status", "created DESC NULLS LAST"), (NEWEST,), False),
        (("status", "code", "created"), (CREATED,), False),
        (("status",), (CREATED,), False),
        (("created", "status"), (CREATED,), False),
    ],
)
def test_the_order_must_follow_directly_in_one_direction_or_its_reverse(keys, order, is_covered):
    assert covers(make_index(*keys), "status", order=order) is is_covered


def test_mixed_directions_are_served_by_mixed_directions_only():
    order = (NEWEST, IndexKey(column="id", django="id"))
    assert covers(make_index("created DESC", "id"), order=order)
    assert covers(make_index("created", "id DESC"), order=order)
    assert not covers(make_index("created", "id"), order=order)


def test_a_pattern_operator_class_finds_but_does_not_sort():
    index = make_index("code", opclasses=("varchar_pattern_ops",))
    assert covers(index, "code")
    assert not covers(index, order=(IndexKey(column="code", django="code"),))


@pytest.mark.parametrize(
    "more",
    [{"is_valid": False}, {"predicate": "sent IS NULL"}, {"method": "brin"}, {"collations": ("C",)}],
)
def test_invalid_partial_lossy_and_otherwise_collated_indexes_do_not_cover(more):
    assert not covers(make_index("code", **more), "code")


def test_a_hash_index_serves_one_equality():
    assert covers(make_index("code", method="hash"), "code")
    assert not covers(make_index("code", method="hash"), "code", "status")


def test_an_expression_is_the_same_however_it_is_printed():
    index = make_index("upper((code)::text)", method="gin", opclasses=("gin_trgm_ops",))
    table = make_table(index)
    assert covering_expression(table, expression='UPPER("code")', opclass="gin_trgm_ops") is index
    assert covering_expression(table, expression='UPPER("code")', opclass="text_ops") is None
    assert covering_expression(table, expression='LOWER("code")', opclass="gin_trgm_ops") is None


@pytest.mark.parametrize(
    ("more", "columns", "is_unique"),
    [
        ({}, ("code",), True),
        ({}, ("status", "code"), True),
        ({}, ("status",), False),
        ({"is_unique": False}, ("code",), False),
        ({"is_valid": False}, ("code",), False),
        ({"predicate": "sent IS NULL"}, ("code",), False),
    ],
)
def test_a_unique_key_is_one_whose_columns_are_all_given(more, columns, is_unique):
    index = make_index("code", **({"is_unique": True} | more))
    table = make_table(indexes=(index,))
    assert (unique_index(table, columns) is index) is is_unique


def test_left_parts_are_replaced():
    table = make_table(
        make_index("status", name="left"),
        make_index("status", "created", name="same"),
        make_index("created", name="other"),
        make_index("status", name="unique", is_unique=True),
        make_index("status", name="partial", predicate="sent IS NULL"),
        make_index("status", name="covering", include=("total",)),
        make_index("status", name="like", opclasses=("varchar_pattern_ops",)),
    )
    assert replaced_indexes(table, [IndexKey(column="status"), NEWEST]) == ("left",)


@pytest.mark.parametrize(
    ("printed", "is_served"),
    [
        ("((data -> 'status'::text))", True),
        ("((data -> 'state'::text))", False),
        ("((data ->> 'status'::text))", False),
        ("((data -> 'Status'::text))", False),
    ],
)
def test_keys_of_json_serve_if_they_are_the_same(printed, is_served):
    keys = [IndexKey(column="status"), IndexKey(expression="(\"data\" -> 'status')")]
    index = make_index("status", redact(printed), constants=((), digests(printed)))
    assert (serving_index(make_table(index), equal=keys) is index) is is_served
    unknown = make_index("status", redact(printed))
    assert serving_index(make_table(unknown), equal=keys) is None
