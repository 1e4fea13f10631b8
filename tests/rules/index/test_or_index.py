"""Tests of rules/index/or_index.py."""

from __future__ import annotations

import pytest

from queryscope.rules.index.or_index import OrIndex
from tests.rules.index.orders import (
    advise,
    columns,
    make_above,
    make_index,
    make_scan,
    make_schema,
    make_sort_key,
    make_statement,
)

BY_CODE = "((shop_order.code)::text = …::text)"
EITHER = f"({BY_CODE} OR (shop_order.customer_id = …))"


def test_every_arm_gets_an_index_and_each_names_the_other():
    first, second = advise(OrIndex(), make_scan(EITHER))
    assert [columns(first), columns(second)] == [["code"], ["customer"]]
    assert (first.together, second.together) == ((second.name,), (first.name,))
    assert first.rule == "or-index"
    assert first.reason == (
        "The query reads 200,000 rows of shop_order to keep 40 by an OR of 2 arms: "
        "each needs an index, or all rows are read."
    )


def test_an_arm_that_is_served_needs_none():
    (advice,) = advise(OrIndex(), make_scan(EITHER), schema=make_schema(make_index("code")))
    assert (columns(advice), advice.together) == (["customer"], ())


def test_arms_that_are_all_served_make_no_candidate():
    schema = make_schema(make_index("code"), make_index("customer_id", "created"))
    assert advise(OrIndex(), make_scan(EITHER), schema=schema) == []


def test_an_arm_of_two_conditions_has_both_columns():
    found = advise(OrIndex(), make_scan(f"({BY_CODE} OR ((customer_id = …) AND (created >= …)))"))
    assert [columns(one) for one in found] == [["code"], ["customer", "created"]]


def test_an_arm_may_ask_for_null_a_list_or_a_boolean():
    arms = "((sent IS NULL) OR is_flagged OR (customer_id = ANY (…)))"
    found = advise(OrIndex(), make_scan(arms))
    assert [columns(one) for one in found] == [["sent"], ["is_flagged"], ["customer"]]


@pytest.mark.parametrize(
    "arm",
    [
        "((lower((code)::text) || …) = …::text)",
        "((code)::text <> …::text)",
        "(data = …::jsonb)",
        "((code)::text ~~ …)",
    ],
)
def test_an_arm_that_no_btree_finds_leaves_all_without(arm):
    assert advise(OrIndex(), make_scan(f"((customer_id = …) OR {arm})")) == []


def test_values_of_one_column_are_no_arms():
    scan = make_scan("(((code)::text = …::text) OR ((code)::text = …::text))")
    (advice,) = advise(OrIndex(), scan)
    assert (columns(advice), advice.together) == (["code"], ())


def test_a_place_in_an_order_is_left_to_the_order():
    page = "((created < …) OR ((created = …) AND (id < …)))"
    sort = make_above("Sort", make_scan(page), sort_key=("created DESC", "id DESC"))
    assert advise(OrIndex(), make_above("Limit", sort)) == []


@pytest.mark.parametrize(("kept", "count"), [(40_000, 2), (40_001, 1)])
def test_arms_that_keep_more_than_a_fifth_are_refused(kept, count):
    found = advise(OrIndex(), make_scan(EITHER, kept=kept, removed=200_000 - kept))
    assert len(found) == count
    if count == 1:
        assert found[0].kind == "low-selectivity"


def test_many_arms_make_no_candidate():
    assert advise(OrIndex(max_arms=1), make_scan(EITHER)) == []


def test_a_tiny_table_is_refused():
    (refusal,) = advise(OrIndex(), make_scan(EITHER), schema=make_schema(pages=3))
    assert refusal.kind == "tiny-table"


def test_an_index_that_drops_little_is_left_alone():
    scan = make_scan(EITHER, node_type="Bitmap Heap Scan", kept=40, removed=0)
    assert advise(OrIndex(), scan) == []


def test_arms_over_two_tables_are_refused():
    other = make_scan(relation_name="shop_customer", alias="shop_customer", kept=5000, removed=0)
    join = make_above(
        "Hash Join",
        make_scan(kept=200_000, removed=0),
        other,
        hash_cond="(shop_order.customer_id = shop_customer.id)",
        join_filter=f"({BY_CODE} OR (shop_customer.id = …))",
    )
    found = advise(OrIndex(), join)
    assert [(one.relation, one.kind) for one in found] == [
        ("shop_order", "or-across-tables"),
        ("shop_customer", "or-across-tables"),
    ]
    assert "union()" in found[0].reason


def test_an_order_of_other_columns_is_no_place_in_it():
    statement = make_statement(order=(make_sort_key("created"),), has_limit=True)
    assert len(advise(OrIndex(), make_above("Limit", make_scan(EITHER)), statement=statement)) == 2
