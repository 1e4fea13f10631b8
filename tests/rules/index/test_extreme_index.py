"""Tests of rules/index/extreme_index.py."""

from __future__ import annotations

import pytest

from queryscope.rules.index.extreme_index import ExtremeIndex
from tests.rules.index.orders import (
    advise,
    columns,
    make_above,
    make_index,
    make_scan,
    make_schema,
    make_statement,
)

BY_CUSTOMER = "(customer_id = …)"


def make_extreme(*output, condition=BY_CUSTOMER, kept=500, **more):
    scan = make_scan(condition, kept=kept, removed=200_000 - kept)
    return make_above("Aggregate", scan, rows=1, output=output or ("max(shop_order.created)",), **more)


def test_the_end_stands_behind_what_is_compared():
    (advice,) = advise(ExtremeIndex(), make_extreme())
    assert columns(advice) == ["customer", "created"]
    assert advice.reason == (
        "200,000 rows of shop_order are read for one end of created, which an index has ready."
    )


def test_workers_find_one_end_each():
    scan = make_scan(BY_CUSTOMER, kept=500)
    part = make_above("Aggregate", scan, output=("PARTIAL max(created)",), partial_mode="Partial")
    root = make_above("Aggregate", make_above("Gather", part), output=("max(created)",))
    assert [columns(one) for one in advise(ExtremeIndex(), root)] == [["customer", "created"]]


def test_both_ends_of_a_column_take_one_index_and_two_columns_a_set():
    (advice,) = advise(ExtremeIndex(), make_extreme("min(created)", "max(created)"))
    assert advice.together == ()
    first, second = advise(ExtremeIndex(), make_extreme("min(created)", 'max("sent")'))
    assert [columns(first), columns(second)] == [["customer", "created"], ["customer", "sent"]]
    assert first.together == (second.name,)


def test_the_end_of_all_rows_is_one_column():
    assert [columns(one) for one in advise(ExtremeIndex(), make_extreme(condition="", kept=200_000))] == [
        ["created"]
    ]


@pytest.mark.parametrize(
    "output",
    [
        ("sum(created)",),
        ("max(created)", "count(*)"),
        ("max((id + 1))",),
        ("max(created)", "status"),
        ("max(gone)",),
    ],
)
def test_other_aggregates_need_the_rows(output):
    assert advise(ExtremeIndex(), make_extreme(*output)) == []


def test_groups_need_the_rows():
    assert advise(ExtremeIndex(), make_extreme(group_key=("status",))) == []


def test_conditions_that_no_index_holds_make_the_way_to_the_end_long():
    assert advise(ExtremeIndex(), make_extreme(condition="((code)::text <> …)")) == []


def test_rows_of_a_join_are_not_those_of_the_table():
    join = make_above("Hash Join", make_scan(BY_CUSTOMER), make_scan(relation_name="x"))
    assert advise(ExtremeIndex(), make_above("Aggregate", join, output=("max(created)",))) == []


@pytest.mark.parametrize(("kept", "count"), [(999, 0), (1000, 1)])
def test_few_rows_are_read_soon(kept, count):
    scan = make_scan("", node_type="Index Scan", index_cond=BY_CUSTOMER, kept=kept, removed=0)
    root = make_above("Aggregate", scan, output=("max(created)",))
    schema = make_schema(make_index("customer_id"))
    assert len(advise(ExtremeIndex(), root, schema=schema)) == count


def test_a_walk_to_the_first_row_that_fits_takes_its_column_from_the_index():
    walk = make_scan(
        BY_CUSTOMER,
        node_type="Index Scan",
        index_name="by_created",
        index_cond="(created IS NOT NULL)",
        kept=1,
        removed=60_000,
    )
    schema = make_schema(make_index("created", name="by_created"))
    statement = make_statement(is_aggregate=True)
    found = advise(ExtremeIndex(), make_above("Limit", walk), schema=schema, statement=statement)
    assert [columns(one) for one in found] == [["customer", "created"]]
    assert advise(ExtremeIndex(), make_above("Limit", walk), schema=schema) == []


def test_an_index_that_has_it_covers():
    (refusal,) = advise(
        ExtremeIndex(), make_extreme(), schema=make_schema(make_index("customer_id", "created DESC"))
    )
    assert refusal.kind == "covered"


def test_a_tiny_table_is_refused():
    (refusal,) = advise(ExtremeIndex(), make_extreme(), schema=make_schema(pages=2))
    assert refusal.kind == "tiny-table"


def test_many_columns_are_cut():
    (advice,) = advise(ExtremeIndex(max_columns=2), make_extreme(condition=f"({BY_CUSTOMER} AND (code = …))"))
    assert columns(advice) == ["code", "created"]
