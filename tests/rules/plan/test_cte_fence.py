"""cte-fence."""

from __future__ import annotations

import pytest

from queryscope.model import Models, PlanNode, Schema
from queryscope.rules.plan import PLAN_RULES, CteFence, judge
from tests.plans.corpus import case
from tests.plans.nodes import analyzed, firing_in_corpus, firing_on, insights_of, plan_of


def made(*children: PlanNode, node_type: str = "Seq Scan", rows: float = 100_000, ms: float = 50) -> PlanNode:
    return analyzed(
        node_type, *children, rows=rows, ms=ms, parent_relationship="InitPlan", subplan_name="CTE x"
    )


def scan(*children: PlanNode, removed: float = 99_900, rows: float = 100, **more: object) -> PlanNode:
    values = {"cte_name": "x", "filter": "(x.id = …)", "rows_removed_by_filter": removed, "ms": 90}
    return analyzed("CTE Scan", *children, rows=rows, **(values | more))


def test_it_tells_what_was_made_and_dropped():
    [insight] = insights_of(CteFence(), scan(made()))
    assert insight.message == (
        "CTE x was made whole and scanned: of 100 000 rows 99 900 were dropped: 90.0 ms, 100 % of the query."
    )
    assert insight.remedy.startswith("Put the condition into the CTE, or write AS NOT MATERIALIZED, so that")
    assert (insight.node, insight.fact) == (0, "reading")


def test_several_readers_that_need_little_may_each_find_it():
    root = analyzed("Append", made(), scan(ms=60), scan(ms=5, rows=7), ms=100)
    first, second = insights_of(CteFence(), root)
    assert first.remedy.endswith("if each reader needs few rows.")
    assert (first.node, second.node) == (2, 3)


def test_a_reader_that_needs_them_all_needs_the_cte_whole():
    rest = scan(ms=30, rows=90_000, removed=0, filter="")
    assert not insights_of(CteFence(), analyzed("Append", made(), scan(ms=60), rest, ms=100))


def test_a_cte_that_is_searched_row_by_row_wants_a_join():
    again = scan(loops=500, rows=1, removed=999, ms=0.2, parent_relationship="Inner")
    root = analyzed("Nested Loop", made(rows=1_000), analyzed("Seq Scan", rows=500), again, ms=210)
    [insight] = insights_of(CteFence(), root)
    assert insight.remedy == "Join with x instead of looking into it row by row: a CTE has no index."


@pytest.mark.parametrize("kind", ["Aggregate", "WindowAgg", "Unique", "Limit", "LockRows", "ModifyTable"])
def test_conditions_on_what_was_reckoned_of_all_rows_stay_outside(kind: str):
    assert not insights_of(CteFence(), scan(made(analyzed("Seq Scan", ms=20), node_type=kind)))


def test_a_recursion_has_its_rows_from_itself():
    assert not insights_of(CteFence(), scan(made(node_type="Recursive Union")))


def test_at_the_thresholds():
    assert insights_of(CteFence(), scan(made(), removed=1_000, rows=999))
    assert not insights_of(CteFence(), scan(made(), removed=1_000, rows=1_000))
    assert not insights_of(CteFence(), scan(made(), removed=999, rows=1))
    assert insights_of(CteFence(min_removed=99), scan(made(), removed=99, rows=1))


def test_little_time_is_noise():
    assert not insights_of(CteFence(), scan(made(ms=0.2), ms=0.9))
    assert not insights_of(CteFence(), analyzed("Sort", scan(made(ms=20), ms=40), ms=1_000))


@pytest.mark.parametrize("server", ["pg15", "pg18"])
def test_its_temporary_files_are_told_with_it(server: str):
    rules = [rule() for rule in PLAN_RULES]
    told = judge(case(f"{server}/cte_fence").plan, Schema(), Models(), rules)
    assert [insight.rule for insight in told] == ["cte-fence"]


def test_it_is_silent_on_ctes_that_are_used():
    assert firing_in_corpus(CteFence()) == {"cte_fence", "cte_read_by_parts", "cte_of_the_same_name"}
    assert firing_on(CteFence()) == set()


def test_a_plan_without_a_cte_is_none():
    assert not insights_of(CteFence(), plan_of(analyzed("Seq Scan", rows_removed_by_filter=90_000)))
