"""sort-for-limit."""

from __future__ import annotations

import pytest

from queryscope.model import PlanNode
from queryscope.rules.plan import SortForLimit
from tests.plans.nodes import analyzed, firing_on, insights_of, real_plan


def sorted_for(
    source: PlanNode, *, given: float = 20, key: tuple[str, ...] = ("book.price DESC",), ms: float = 60
) -> PlanNode:
    sort = analyzed("Sort", source, rows=given, ms=ms, sort_key=key, sort_method="top-N heapsort")
    return analyzed("Limit", sort, rows=given, ms=ms)


def scan(rows: float = 50_000) -> PlanNode:
    return analyzed("Seq Scan", rows=rows, ms=50, relation_name="book")


def test_it_tells_what_was_sorted_for_how_little():
    [insight] = insights_of(SortForLimit(), sorted_for(scan()))
    assert insight.message == (
        "Sort ordered 50 000 rows by book.price DESC for a LIMIT that took 20: "
        "60.0 ms with its input, 100 % of the query."
    )
    assert insight.node == 1


@pytest.mark.parametrize("server", ["pg15", "pg18"])
def test_it_fires_on_real_plans(server: str):
    assert insights_of(SortForLimit(), real_plan(f"{server}/sort_for_limit"))


def test_it_is_silent_on_other_real_plans():
    assert firing_on(SortForLimit()) == {"sort_for_limit"}


def test_workers_that_sort_are_counted_together():
    sort = analyzed(
        "Sort", analyzed("Seq Scan", rows=20_000, loops=3, ms=40), rows=20, loops=3, ms=50, sort_key=("a",)
    )
    root = analyzed("Limit", analyzed("Gather Merge", sort, rows=20, ms=60), rows=20, ms=60)
    [insight] = insights_of(SortForLimit(), root)
    assert "60 000 rows" in insight.message


def test_at_the_threshold():
    assert insights_of(SortForLimit(), sorted_for(scan(10_000)))
    assert not insights_of(SortForLimit(), sorted_for(scan(9_999)))
    assert not insights_of(SortForLimit(), sorted_for(scan(10_000), given=1_001))
    assert insights_of(SortForLimit(min_rows=100), sorted_for(scan(200)))


@pytest.mark.parametrize(
    "root",
    [
        sorted_for(scan(), ms=0.9),
        sorted_for(scan(), key=("random()",)),
        sorted_for(scan(), key=("book.price", "author.name")),
        sorted_for(scan(), key=("((SubPlan 1))",)),
        sorted_for(analyzed("Aggregate", scan(), rows=50_000, ms=55)),
        sorted_for(analyzed("WindowAgg", scan(), rows=50_000, ms=55)),
        sorted_for(analyzed("Append", scan(), scan(), rows=50_000, ms=55)),
        analyzed("Limit", scan(), rows=20, ms=50),
        analyzed("Limit", rows=20, ms=50),
        analyzed("Sort", scan(), rows=50_000, ms=60, sort_key=("book.price",)),
    ],
)
def test_near_misses_are_silent(root: PlanNode):
    assert not insights_of(SortForLimit(), root)


def test_a_deep_offset_is_left_to_its_own_rule():
    sort = analyzed("Sort", scan(), rows=40_020, ms=60, sort_key=("book.price",))
    assert not insights_of(SortForLimit(), analyzed("Limit", sort, rows=20, ms=60))
