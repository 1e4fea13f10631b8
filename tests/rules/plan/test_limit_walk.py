"""limit-walk."""

from __future__ import annotations

import pytest

from queryscope.model import PlanNode
from queryscope.rules.plan import LimitWalk
from tests.plans.nodes import analyzed, firing_on, insights_of, real_plan


def walk_of(*, given: float = 10, removed: float = 50_000, ms: float = 80, **more: object) -> PlanNode:
    return analyzed(
        "Index Scan",
        rows=given,
        ms=ms,
        rows_removed_by_filter=removed,
        filter="(status = …)",
        relation_name="book",
        index_name="book_created",
        **more,
    )


def limit(child: PlanNode, *, given: float = 10, ms: float = 80, **more: object) -> PlanNode:
    return analyzed("Limit", child, rows=given, ms=ms, **more)


def test_it_tells_how_far_the_index_was_walked():
    [insight] = insights_of(LimitWalk(), limit(walk_of()))
    assert insight.message == (
        "Index Scan using book_created on book walked past 50 000 rows before the LIMIT had its 10: "
        "80.0 ms, 100 % of the query."
    )
    assert insight.node == 1
    assert "before the ORDER BY column" in insight.remedy


@pytest.mark.parametrize("server", ["pg15", "pg18"])
def test_it_fires_on_real_plans(server: str):
    [insight] = insights_of(LimitWalk(), real_plan(f"{server}/limit_walk"))
    assert insight.severity == "error"


def test_it_fires_inside_a_subplan_too():
    assert firing_on(LimitWalk()) == {"limit_walk", "correlated_subplan"}


def test_a_limit_that_found_nothing_has_walked_the_whole_index():
    [insight] = insights_of(LimitWalk(), limit(walk_of(given=0), given=0))
    assert "had its 0" in insight.message


def test_a_join_between_them_streams():
    assert insights_of(LimitWalk(), limit(analyzed("Nested Loop", walk_of(), rows=10, ms=80)))


def test_at_the_threshold():
    assert insights_of(LimitWalk(), limit(walk_of(removed=1_000)))
    assert not insights_of(LimitWalk(), limit(walk_of(removed=999)))
    assert not insights_of(LimitWalk(), limit(walk_of(removed=1_999), given=20))
    assert insights_of(LimitWalk(min_ratio=10, min_removed=10), limit(walk_of(removed=100)))


@pytest.mark.parametrize(
    "root",
    [
        walk_of(),
        limit(analyzed("Sort", walk_of(), ms=80)),
        limit(walk_of(ms=0.5), ms=0.5),
        limit(walk_of(ms=3), ms=100),
        limit(analyzed("Seq Scan", ms=80, rows_removed_by_filter=50_000)),
    ],
)
def test_near_misses_are_silent(root: PlanNode):
    assert not insights_of(LimitWalk(), root)
