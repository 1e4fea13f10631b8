"""Tests of rules/index/foreign_key_index.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import Refusal
from queryscope.rules.index.foreign_key_index import ForeignKeyIndex
from tests.rules.index.orders import advise, columns, make_above, make_index, make_scan, make_schema

BY_CUSTOMER = "(shop_order.customer_id = …)"


def make_customers(rows=1):
    return make_scan(relation_name="shop_customer", alias="c", kept=rows, removed=5000 - rows)


def make_join(*, rows=40, orders=None, condition="(shop_order.customer_id = c.id)", kind="Hash Join"):
    orders = orders or make_scan(kept=200_000, removed=0, alias="shop_order")
    key = {"Hash Join": "hash_cond", "Merge Join": "merge_cond", "Nested Loop": "join_filter"}[kind]
    return make_above(kind, orders, make_above("Hash", make_customers()), rows=rows, **{key: condition})


def test_a_reverse_relation_without_an_index_gets_one():
    (advice,) = advise(ForeignKeyIndex(), make_scan(BY_CUSTOMER))
    assert columns(advice) == ["customer"]
    assert advice.keys[0].column == "customer_id"
    assert advice.rule == "foreign-key-index"
    assert "customer_id is a foreign key without an index" in advice.reason


def test_a_prefetch_gets_one_too():
    (advice,) = advise(
        ForeignKeyIndex(), make_scan("(customer_id = ANY (…::bigint[]))", kept=4000, removed=196_000)
    )
    assert columns(advice) == ["customer"]


def test_a_correlated_subquery_scans_once_a_row():
    scan = make_scan("(customer_id = c.id)", parent_relationship="SubPlan", actual_loops=5000.0)
    (advice,) = advise(ForeignKeyIndex(), make_above("Seq Scan", scan))
    assert columns(advice) == ["customer"]


@pytest.mark.parametrize("kind", ["Hash Join", "Merge Join", "Nested Loop"])
def test_a_join_that_keeps_few_rows_gets_one(kind):
    (advice,) = advise(ForeignKeyIndex(), make_join(kind=kind))
    assert columns(advice) == ["customer"]


def test_either_side_of_the_join_condition_is_read():
    (advice,) = advise(ForeignKeyIndex(), make_join(condition="(c.id = shop_order.customer_id)"))
    assert columns(advice) == ["customer"]


@pytest.mark.parametrize("dropped", ["rows_removed_by_filter", "rows_removed_by_join_filter"])
def test_a_join_that_drops_rows_by_an_or_over_its_tables_has_found_many_by_the_key(dropped):
    join = make_join()
    either = {
        dropped: 199_960.0,
        dropped.replace("rows_removed_by_", ""): "((c.name = …) OR (shop_order.code = …))",
    }
    schema = make_schema(make_index("customer_id", name="by_customer"))
    assert advise(ForeignKeyIndex(), replace(join, **either)) == []
    assert advise(ForeignKeyIndex(), replace(join, **either), schema=schema) == []


def test_where_the_statistics_are_known_to_be_fresh_it_is_not_told_to_run_analyze():
    schema = make_schema(make_index("customer_id", name="by_customer"))
    (refusal,) = advise(ForeignKeyIndex(), make_join(), schema=schema)
    assert refusal.reason == "by_customer starts with customer_id; run ANALYZE shop_order."
    fresh = replace(schema.tables[0], analyzes=2, changed_rows=7.0)
    (refusal,) = advise(
        ForeignKeyIndex(), make_join(), schema=replace(schema, tables=(fresh, *schema.tables[1:]))
    )
    assert refusal.kind == "covered"
    assert refusal.reason.startswith(
        "by_customer starts with customer_id, but the planner reads the table: by its"
    )
    assert refusal.reason.endswith("The statistics are of the last ANALYZE, since which 7 rows changed.")


@pytest.mark.parametrize(("rows", "count"), [(20_000, 1), (20_001, 0), (200_000, 0)])
def test_a_join_that_keeps_more_than_a_tenth_reads_the_table_rightly(rows, count):
    assert len(advise(ForeignKeyIndex(), make_join(rows=rows))) == count


def test_a_table_that_is_read_once_for_every_outer_row_gets_one():
    orders = make_scan(kept=200_000, removed=0, actual_loops=3.0)
    (advice,) = advise(ForeignKeyIndex(), make_join(rows=600_000, orders=orders, kind="Nested Loop"))
    assert columns(advice) == ["customer"]


def test_a_composite_index_that_starts_with_the_key_suffices():
    schema = make_schema(make_index("customer_id", "created DESC", name="by_customer"))
    (refusal,) = advise(ForeignKeyIndex(), make_scan(BY_CUSTOMER), schema=schema)
    assert isinstance(refusal, Refusal)
    assert refusal.kind == "covered"
    assert refusal.reason.startswith("by_customer starts with customer_id")


def test_a_composite_index_that_ends_with_the_key_does_not():
    schema = make_schema(make_index("created", "customer_id"))
    (advice,) = advise(ForeignKeyIndex(), make_scan(BY_CUSTOMER), schema=schema)
    assert columns(advice) == ["customer"]


def test_an_invalid_index_does_not_count():
    schema = make_schema(make_index("customer_id", is_valid=False))
    assert columns(advise(ForeignKeyIndex(), make_scan(BY_CUSTOMER), schema=schema)[0]) == ["customer"]


def test_other_columns_are_not_its_business():
    assert advise(ForeignKeyIndex(), make_scan("((code)::text = …::text)")) == []
    assert advise(ForeignKeyIndex(), make_join(condition="(shop_order.id = c.id)")) == []


def test_small_tables_and_common_values_are_refused():
    (tiny,) = advise(
        ForeignKeyIndex(),
        make_scan(BY_CUSTOMER, kept=1, removed=99),
        schema=make_schema(rows=100.0, pages=20),
    )
    (common,) = advise(ForeignKeyIndex(), make_scan(BY_CUSTOMER, kept=100_000, removed=100_000))
    assert (tiny.kind, common.kind) == ("tiny-table", "low-selectivity")
    (joined,) = advise(ForeignKeyIndex(), make_join(), schema=make_schema(rows=100.0, pages=20))
    assert joined.kind == "tiny-table"
