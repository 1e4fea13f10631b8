"""append-many."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import Models, PlanNode, Schema
from queryscope.rules.plan import PLAN_RULES, AppendMany, judge
from tests.plans.corpus import case
from tests.plans.nodes import analyzed, insights_of, plan_of
from tests.plans.shop import SCHEMA, table


def part(number: int, text: str = "(sale_{n}.amount > …)", **more: object) -> PlanNode:
    values = {
        "relation_name": f"sale_y{number}",
        "alias": f"sale_{number}",
        "filter": text.replace("{n}", str(number)),
        "parent_relationship": "Member",
        "rows_removed_by_filter": 10,
    }
    return analyzed("Seq Scan", rows=4_000, ms=2, **(values | more))


def append(count: int = 20, *, kind: str = "Append", ms: float = 50, **more: object) -> PlanNode:
    return analyzed(kind, *(part(number, **more) for number in range(1, count + 1)), ms=ms)


SALE = Schema(tables=(table("sale", 1e5, 500, is_partitioned=True, partition_key="RANGE (day)"),))


def test_it_tells_how_many_partitions_were_read_and_by_what_they_are_told_apart():
    [insight] = insights_of(AppendMany(), append(), SALE)
    assert insight.message == "Append read 20 partitions of sale: 50.0 ms, 100 % of the query."
    assert insight.remedy == (
        "Filter sale by what it is partitioned by, RANGE (day), too: partitions that can hold no row "
        "are left out."
    )


def test_a_filter_that_keeps_little_may_have_an_index_instead():
    [insight] = insights_of(AppendMany(), append(rows_removed_by_filter=90_000), SALE)
    assert insight.remedy == (
        "Filter sale by what it is partitioned by, RANGE (day), too: partitions that can hold no row are "
        "left out; or index what it filters by."
    )


def test_it_speaks_for_all_scans_of_the_partitions():
    node = append(4, rows_removed_by_filter=90_000)
    node = replace(node, children=tuple(replace(child, actual_total_time_ms=12) for child in node.children))
    plan = plan_of(node)
    rules = [AppendMany(min_partitions=4), *(rule() for rule in PLAN_RULES if rule is not AppendMany)]
    assert {said.rule for said in judge(plan, SALE, Models(), rules)} == {"append-many"}


@pytest.mark.parametrize("alias", ["u0", "T3"])
def test_the_alias_of_a_subquery_or_a_second_join_is_no_table(alias: str):
    parts = [part(n, text=f"({alias}_{n}.amount > …)", alias=f"{alias}_{n}") for n in range(1, 21)]
    node = analyzed("Append", *parts, ms=50)
    [insight] = insights_of(AppendMany(), node, SALE)
    assert "partitions of sale:" in insight.message
    assert insight.remedy.startswith("Filter sale by what it is partitioned by, RANGE (day), too")
    other = table("visit", 1e5, 500, is_partitioned=True, partition_key="HASH (id)")
    assert not insights_of(AppendMany(), node, Schema(tables=(*SALE.tables, other)))
    assert not insights_of(AppendMany(), node, Schema(tables=(table("book", 1e5, 500),)))
    assert not insights_of(AppendMany(), node, Schema())


def test_of_several_partitioned_tables_the_one_that_is_named_is_told():
    other = table("visit", 1e5, 500, is_partitioned=True, partition_key="HASH (id)")
    [insight] = insights_of(AppendMany(), append(), Schema(tables=(other, *SALE.tables)))
    assert "partitions of sale:" in insight.message


def test_partitions_below_a_sort_of_each_count():
    sorts = (analyzed("Sort", part(number), ms=2.5) for number in range(1, 25))
    assert insights_of(AppendMany(), analyzed("Merge Append", *sorts, ms=60), SALE)


@pytest.mark.parametrize("server", ["pg15", "pg18"])
def test_it_fires_on_real_plans(server: str):
    [insight] = insights_of(AppendMany(), case(f"{server}/append_many").plan, SCHEMA)
    assert "read 24 partitions of sale" in insight.message


def test_at_the_threshold():
    assert not insights_of(AppendMany(), append(19), SALE)
    assert insights_of(AppendMany(min_partitions=19), append(19), SALE)


@pytest.mark.parametrize(
    "node",
    [
        append(ms=0.9),
        append(loops=0),
        append(text=""),
        append(text="((sale_{n}.day > …) AND (sale_{n}.amount > …))"),
        append(alias="one"),
        append(relation_name="sale_1"),
        analyzed("Append", *(analyzed("Result", ms=1) for _ in range(30)), ms=50),
    ],
)
def test_near_misses_are_silent(node: PlanNode):
    assert not insights_of(AppendMany(), node, SALE)


def test_several_tables_are_a_union_and_no_partitions():
    selects = (part(number, alias=f"shop{number}_x", relation_name=f"t{number}") for number in range(30))
    assert not insights_of(AppendMany(), analyzed("Append", *selects, ms=50))


def test_partitions_that_were_left_out_at_run_time_do_not_count():
    nodes = [part(number, loops=0) for number in range(40)] + [part(number) for number in range(40, 50)]
    assert not insights_of(AppendMany(), analyzed("Append", *nodes, ms=50))
