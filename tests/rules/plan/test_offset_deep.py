"""offset-deep."""

from __future__ import annotations

import pytest

from queryscope.model import PlanNode
from queryscope.rules.plan import OffsetDeep
from tests.plans.nodes import analyzed, firing_on, insights_of, real_plan


def page(*, given: float = 20, read: float = 60_020, ms: float = 40, **more: object) -> PlanNode:
    return analyzed("Limit", analyzed("Index Scan", rows=read, ms=ms, **more), rows=given, ms=ms)


def test_it_tells_what_was_skipped():
    [insight] = insights_of(OffsetDeep(), page())
    assert insight.message == "OFFSET skipped 60 000 rows to give 20: 40.0 ms, 100 % of the query."
    assert "filter(pk__gt=last)" in insight.remedy


@pytest.mark.parametrize("server", ["pg15", "pg18"])
def test_it_fires_on_real_plans(server: str):
    [insight] = insights_of(OffsetDeep(), real_plan(f"{server}/offset_deep"))
    assert insight.node == 0


def test_limits_without_an_offset_are_left_alone():
    assert firing_on(OffsetDeep()) == {"offset_deep"}


def test_a_page_past_the_end_is_the_deepest_of_all():
    [insight] = insights_of(OffsetDeep(), page(given=0, read=100_000))
    assert "skipped 100 000 rows to give 0" in insight.message


def test_at_the_threshold():
    assert insights_of(OffsetDeep(), page(read=1_000))
    assert not insights_of(OffsetDeep(), page(read=999))
    assert insights_of(OffsetDeep(), page(given=100, read=1_001))
    assert not insights_of(OffsetDeep(), page(given=100, read=1_000))
    assert insights_of(OffsetDeep(min_rows=50, min_ratio=2), page(read=50))


@pytest.mark.parametrize(
    "root",
    [
        page(ms=0.9),
        page(parent_relationship="InitPlan"),
        analyzed("Result", analyzed("Index Scan", rows=60_000, ms=40), rows=1, ms=40),
        analyzed("Append", page(ms=4), analyzed("Seq Scan", ms=96), ms=100),
        analyzed("Limit", rows=1, ms=10),
    ],
)
def test_near_misses_are_silent(root: PlanNode):
    assert not insights_of(OffsetDeep(), root)


def test_the_order_of_the_page_is_told():
    source = analyzed("Seq Scan", rows=60_020, ms=20, relation_name="book", alias="book")
    sort = analyzed("Sort", source, rows=60_020, ms=40, sort_key=("book.title", "book.id"))
    [insight] = insights_of(OffsetDeep(), analyzed("Limit", sort, rows=20, ms=40))
    assert "order_by('title', 'id'), the key last" in insight.remedy
