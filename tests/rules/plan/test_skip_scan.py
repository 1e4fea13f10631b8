"""skip-scan."""

from __future__ import annotations

import pytest

from queryscope.model import PlanNode, Schema
from queryscope.rules.plan import SkipScan
from tests.plans.corpus import case
from tests.plans.nodes import analyzed, insights_of, slowed
from tests.plans.shop import SCHEMA, index, table

STOCK = Schema(tables=(table("stock", 1e5, 541, index("stock_both", "shelf", "amount")),))


def of_keys(*keys: str) -> Schema:
    return Schema(tables=(table("stock", 1e5, 541, index("stock_both", *keys)),))


def scan(kind: str = "Index Scan", *, searches: float = 200, ms: float = 50, **more: object) -> PlanNode:
    values = {
        "relation_name": "stock",
        "alias": "stock",
        "index_name": "stock_both",
        "index_cond": "(stock.amount = …)",
        "index_searches": searches,
    }
    return analyzed(kind, rows=200, ms=ms, **(values | more))


def test_it_tells_which_column_was_skipped():
    [insight] = insights_of(SkipScan(), scan(), STOCK)
    assert insight.message == (
        "Index Scan using stock_both on stock entered the index 200 times, once for each value of shelf, to "
        "ask for amount: 50.0 ms, 100 % of the query."
    )
    assert insight.remedy == (
        'Let an index begin with what is asked for: Index(fields=["amount"]) in Meta.indexes of stock.'
    )


def test_without_the_catalog_the_column_has_no_name():
    [insight] = insights_of(SkipScan(), scan())
    assert "once for each value of its first column" in insight.message
    assert not insights_of(SkipScan(), scan(index_cond="(stock.amount = ANY (…::integer[]))"))


def test_a_bitmap_names_no_table_which_the_catalog_does():
    bitmap = scan("Bitmap Index Scan", relation_name="", alias="")
    [insight] = insights_of(SkipScan(), analyzed("Bitmap Heap Scan", bitmap, ms=51), STOCK)
    assert insight.remedy.endswith("Meta.indexes of stock.")


def test_a_bitmap_s_condition_names_the_alias_of_the_scan_above_it():
    bitmap = scan("Bitmap Index Scan", relation_name="", alias="", index_cond="(u0.amount = …)")
    both = analyzed("BitmapAnd", bitmap, ms=50.5)
    root = analyzed("Bitmap Heap Scan", both, ms=51, relation_name="stock", alias="u0")
    [insight] = insights_of(SkipScan(), root, STOCK)
    assert insight.remedy.endswith('Index(fields=["amount"]) in Meta.indexes of stock.')
    [insight] = insights_of(SkipScan(), root)
    assert insight.remedy.endswith("Meta.indexes of stock.")


@pytest.mark.parametrize("key", ["lower(shelf)", "(shelf + amount)", "(CASE WHEN amount > 1 THEN 1 END)"])
def test_of_an_index_that_begins_with_an_expression_nothing_is_said(key: str):
    assert not insights_of(SkipScan(), scan(), of_keys(key, "amount"))


@pytest.mark.parametrize("key", ["shelf DESC NULLS LAST", '"shelf" text_pattern_ops'])
def test_the_order_of_a_column_is_not_its_name(key: str):
    [insight] = insights_of(SkipScan(), scan(), of_keys(key, "amount"))
    assert "once for each value of shelf, to ask" in insight.message


def test_it_fires_on_a_real_plan_that_takes_longer():
    assert not insights_of(SkipScan(), case("pg18/skip_scan").plan, SCHEMA)  # 0.2 ms
    [insight] = insights_of(SkipScan(), slowed(case("pg18/skip_scan").plan, 100), SCHEMA)
    assert "entered the index 22 times, once for each value of shelf" in insight.message


@pytest.mark.parametrize("name", ["skip_scan_none", "index_searches_of_a_list", "nested_loop_indexed"])
def test_it_is_silent_on_real_plans_that_enter_an_index_as_they_should(name: str):
    assert not insights_of(SkipScan(), slowed(case(f"pg18/{name}").plan, 100), SCHEMA)


def test_at_the_threshold():
    assert insights_of(SkipScan(), scan(searches=11), STOCK)
    assert not insights_of(SkipScan(), scan(searches=10), STOCK)
    assert not insights_of(SkipScan(), scan(searches=500, loops=50, ms=1), STOCK)
    assert insights_of(SkipScan(min_searches=2), scan(searches=3), STOCK)


@pytest.mark.parametrize(
    "node",
    [
        scan(ms=0.9),
        scan(searches=0),
        scan(index_cond="((stock.shelf = …) AND (stock.amount = ANY (…::integer[])))"),
        scan(index_cond="(stock.shelf = ANY (…::integer[]))"),
        scan(loops=0),
    ],
)
def test_near_misses_are_silent(node: PlanNode):
    assert not insights_of(SkipScan(), node, STOCK)
