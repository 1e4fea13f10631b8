"""heap-fetches."""

from __future__ import annotations

import pytest

from queryscope.model import PlanNode
from queryscope.rules.plan import HeapFetches
from tests.plans.corpus import case
from tests.plans.nodes import analyzed, insights_of


def scan(*, fetches: float = 10_000, rows: float = 10_000, ms: float = 50, **more: object) -> PlanNode:
    values = {"relation_name": "stock", "index_name": "stock_shelf", "heap_fetches": fetches}
    return analyzed("Index Only Scan", rows=rows, ms=ms, **(values | more))


def test_it_tells_how_often_the_table_was_asked():
    [insight] = insights_of(HeapFetches(), scan())
    assert insight.message == (
        "Index Only Scan using stock_shelf on stock fetched 10 000 rows from the table to give 10 000: "
        "50.0 ms, 100 % of the query."
    )
    assert insight.remedy.startswith("VACUUM stock, and let autovacuum do so more often")
    assert "ALTER TABLE stock SET (autovacuum_vacuum_scale_factor = 0.02" in insight.remedy


def test_fetches_of_all_loops_are_told_in_one_sum():
    assert insights_of(HeapFetches(), scan(fetches=10_000, rows=10, loops=1_000, ms=0.05))
    assert not insights_of(HeapFetches(), scan(fetches=3_000, rows=10, loops=1_000, ms=0.05))


@pytest.mark.parametrize("server", ["pg15", "pg18"])
@pytest.mark.parametrize("name", ["heap_fetches", "parallel_index_only_scan"])
def test_it_fires_on_real_plans(server: str, name: str):
    assert insights_of(HeapFetches(), case(f"{server}/{name}").plan)


def test_at_the_threshold():
    assert insights_of(HeapFetches(), scan(fetches=4_000))
    assert not insights_of(HeapFetches(), scan(fetches=3_999))
    assert insights_of(HeapFetches(), scan(fetches=1_000, rows=10))
    assert not insights_of(HeapFetches(), scan(fetches=999, rows=10))
    assert insights_of(HeapFetches(min_fetches=10), scan(fetches=999, rows=10))


@pytest.mark.parametrize(
    "node",
    [
        scan(ms=0.9),
        scan(fetches=0),
        scan(fetches=4_000, rows=5_000, rows_removed_by_filter=5_001),
        analyzed("Index Scan", heap_fetches=99_999),
    ],
)
def test_near_misses_are_silent(node: PlanNode):
    assert not insights_of(HeapFetches(), node)
