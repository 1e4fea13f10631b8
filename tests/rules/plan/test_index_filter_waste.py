"""index-filter-waste."""

from __future__ import annotations

import pytest

from queryscope.model import PlanNode
from queryscope.rules.plan import IndexFilterWaste
from tests.plans.nodes import analyzed, firing_on, insights_of, real_plan


def scan(
    kind: str = "Index Scan", *, kept: float = 10, removed: float = 5_000, ms: float = 20, **more: object
):
    values = {"relation_name": "book", "index_name": "book_created", "rows_removed_by_filter": removed}
    return analyzed(kind, rows=kept, ms=ms, filter="(status = …)", **(values | more))


def test_it_tells_what_the_index_found_in_vain():
    [insight] = insights_of(IndexFilterWaste(), scan())
    assert insight.message == (
        "Index Scan using book_created on book found 5 010 rows and dropped 5 000 of them by its filter: "
        "20.0 ms, 100 % of the query."
    )
    assert "partial" in insight.remedy


@pytest.mark.parametrize("kind", ["Index Scan", "Index Only Scan", "Bitmap Heap Scan"])
def test_every_scan_by_an_index_is_judged(kind: str):
    assert insights_of(IndexFilterWaste(), scan(kind))


def test_rows_count_over_all_loops():
    inner = scan(kept=0, removed=200, ms=1, loops=50, parent_relationship="Inner")
    [insight] = insights_of(
        IndexFilterWaste(), analyzed("Nested Loop", analyzed("Seq Scan", ms=1), inner, ms=60)
    )
    assert "dropped 10 000" in insight.message


@pytest.mark.parametrize("server", ["pg15", "pg18"])
def test_it_fires_on_real_plans(server: str):
    assert insights_of(IndexFilterWaste(), real_plan(f"{server}/index_filter"))


def test_it_leaves_limits_and_good_indexes_alone():
    fired = firing_on(IndexFilterWaste())
    assert fired == {"index_filter", "init_plan"}


def test_at_the_threshold():
    assert insights_of(IndexFilterWaste(), scan(kept=100, removed=1_000))
    assert not insights_of(IndexFilterWaste(), scan(kept=101, removed=1_000))
    assert not insights_of(IndexFilterWaste(), scan(kept=1, removed=999))
    assert insights_of(IndexFilterWaste(min_removed=500, min_ratio=2), scan(kept=250, removed=500))


@pytest.mark.parametrize(
    "node",
    [
        scan(ms=0.5),
        scan("Seq Scan"),
        analyzed("Limit", scan(), ms=20),
        analyzed("Aggregate", scan(ms=2), ms=100),
        analyzed("Index Scan", ms=20, rows_removed_by_filter=5_000, filter="EXISTS(SubPlan 1)"),
        analyzed("Index Scan", ms=20),
    ],
)
def test_near_misses_are_silent(node: PlanNode):
    assert not insights_of(IndexFilterWaste(), node)
