"""nested-loop-heavy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import Models, PlanNode, Schema
from queryscope.rules.plan import PLAN_RULES, EstimateOff, NestedLoopHeavy, judge
from tests.plans.nodes import analyzed, firing_in_corpus, insights_of, plan_of


def loop(*, inner: str = "Materialize", rows: float = 300, scans: float = 5_000, **more: object) -> PlanNode:
    outer = analyzed("Seq Scan", rows=scans, ms=10, relation_name="author")
    again = analyzed(
        inner,
        analyzed("Seq Scan", rows=rows, ms=1, relation_name="invoice"),
        rows=rows,
        loops=scans,
        ms=400 / scans,
        parent_relationship="Inner",
    )
    return analyzed("Nested Loop", outer, again, rows=900, ms=1_000, **more)


def told(root: PlanNode) -> list[str]:
    """The rules that speak of it, all together."""
    rules = [rule() for rule in PLAN_RULES]
    return [insight.rule for insight in judge(plan_of(root), Schema(), Models(), rules)]


def test_it_tells_how_often_and_what_was_met():
    [insight] = insights_of(NestedLoopHeavy(), loop())
    assert insight.message == (
        "Nested Loop went 5 000 times through invoice and met 1 500 000 rows there to give 900: "
        "990 ms, 99.0 % of the query."
    )
    assert insight.remedy == (
        "Give the join a condition with =, by which rows can be found: as it is, every pair is made."
    )
    assert (insight.node, insight.severity, insight.fact) == (0, "error", "joining")


def test_a_join_without_an_equation_wants_one():
    [insight] = insights_of(NestedLoopHeavy(), loop(join_filter="(a.rank <> b.rank)"))
    assert insight.remedy.endswith("as it is, every pair is compared.")


def test_a_column_that_is_compared_wants_an_index():
    [insight] = insights_of(NestedLoopHeavy(), loop(join_filter="(author.x = invoice.y)"))
    assert insight.remedy == "Index the column of invoice that the join compares."


@pytest.mark.parametrize(
    ("conditions", "remedy"),
    [
        ({"filter": "(invoice.y = author.x)"}, "Index the column of invoice that the join compares."),
        ({"filter": "(invoice.y = …)"}, "Give the join a condition with ="),  # compares nothing of the outer
        ({"index_cond": "(invoice.y = author.x)"}, "Filter or aggregate before the join"),
        ({"index_cond": "(invoice.y = …)"}, "Give the join a condition with ="),
    ],
)
def test_a_subquery_may_compare_what_it_is_given(conditions: dict[str, str], remedy: str):
    read = analyzed("Index Scan", rows=300, loops=5_000, ms=0.05, relation_name="invoice", **conditions)
    inner = analyzed("Subquery Scan", read, rows=300, loops=5_000, ms=0.08, parent_relationship="Inner")
    join = analyzed("Nested Loop", loop().children[0], inner, rows=900, ms=1_000)
    [insight] = insights_of(NestedLoopHeavy(), join)
    assert insight.remedy.startswith(remedy)


def test_what_the_query_makes_has_no_index():
    cte = analyzed("CTE Scan", rows=300, loops=5_000, ms=0.08, alias="t", cte_name="t")
    grouped = analyzed("Aggregate", analyzed("Seq Scan", relation_name="invoice"), rows=300, loops=5_000)
    for inner in (cte, analyzed("Materialize", grouped, rows=300, loops=5_000, ms=0.08)):
        inner = replace(inner, parent_relationship="Inner")
        root = analyzed(
            "Nested Loop", loop().children[0], inner, rows=900, ms=1_000, join_filter="(author.x = t.y)"
        )
        [insight] = insights_of(NestedLoopHeavy(), root)
        assert insight.remedy.startswith("Filter it before the join, or join the table itself")


@pytest.mark.parametrize(
    ("call", "remedy"),
    [
        ("unnest(author.ranks)", "Filter or aggregate before the join"),
        ("generate_series(…, …)", "Give the join a condition with ="),
    ],
)
def test_rows_that_are_made_of_the_outer_one_are_no_product(call: str, remedy: str):
    made = analyzed("Function Scan", rows=300, loops=5_000, ms=0.08, alias="n", function_call=call)
    inner = replace(made, parent_relationship="Inner")
    root = analyzed("Nested Loop", loop().children[0], inner, rows=1.5e6, ms=1_000)
    [insight] = insights_of(NestedLoopHeavy(), root)
    assert insight.remedy.startswith(remedy)


def test_rows_found_by_an_index_want_to_be_fewer():
    [insight] = insights_of(NestedLoopHeavy(), loop(inner="Index Scan", rows=2_000))
    assert insight.remedy.startswith("Filter or aggregate before the join")


@pytest.mark.parametrize("inner", ["Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Memoize"])
def test_by_an_index_ten_millions_are_heavy(inner: str):
    assert not insights_of(NestedLoopHeavy(), loop(inner=inner, rows=1_999))
    assert insights_of(NestedLoopHeavy(), loop(inner=inner, rows=2_000))


def test_at_the_thresholds():
    assert insights_of(NestedLoopHeavy(), loop(rows=1_000, scans=1_000))
    assert not insights_of(NestedLoopHeavy(), loop(rows=1_002, scans=999))
    assert not insights_of(NestedLoopHeavy(), loop(rows=999, scans=1_000))
    assert insights_of(NestedLoopHeavy(min_rows=1_000), loop(rows=1, scans=1_000))


def test_a_loop_that_is_a_small_part_of_the_query_is_noise():
    assert not insights_of(NestedLoopHeavy(), analyzed("Sort", loop(), ms=30_000))


def test_other_joins_read_each_row_once():
    left, right = analyzed("Seq Scan"), analyzed("Hash", rows=2e7, parent_relationship="Inner")
    assert not insights_of(NestedLoopHeavy(), analyzed("Hash Join", left, right, ms=900))


def test_pairs_that_are_dropped_tell_more():
    assert told(loop(rows_removed_by_join_filter=1_499_100, join_filter="(a.x = b.y)")) == [
        "join-filter-waste"
    ]


def test_a_wrong_estimate_of_its_outer_side_explains_it():
    join = loop()
    outer = analyzed("Seq Scan", rows=5_000, plan_rows=1, ms=10, relation_name="author")
    wrong = analyzed("Nested Loop", outer, join.children[1], rows=900, ms=1_000)
    assert insights_of(NestedLoopHeavy(), wrong)
    assert told(wrong) == [EstimateOff.name]


def test_an_error_that_ends_below_it_does_not():
    join = loop()
    wrong = analyzed("Seq Scan", rows=5_000, plan_rows=1, ms=2, relation_name="author")
    grouped = analyzed("Aggregate", wrong, rows=5_000, ms=90, group_key=("author.id",))
    root = analyzed("Nested Loop", grouped, join.children[1], rows=900, ms=1_000)
    assert told(root) == [EstimateOff.name, NestedLoopHeavy.name]


def test_workers_share_the_outer_side():
    plan = analyzed("Gather", loop(rows=300, scans=5_000), rows=900, ms=1_000, workers_launched=2)
    [insight] = insights_of(NestedLoopHeavy(), plan)
    assert "went 5 000 times" in insight.message


def test_it_fires_on_real_plans_of_millions_of_pairs():
    assert firing_in_corpus(NestedLoopHeavy()) == {"nested_loop_heavy", "join_filter_waste", "jit_worth"}
