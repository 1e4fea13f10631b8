"""many-seq-scans."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import Models, PlanNode, Schema
from queryscope.rules.plan import PLAN_RULES, ManySeqScans, judge
from tests.plans.corpus import case
from tests.plans.nodes import analyzed, insights_of, plan_of


def scan(name: str, *, rows: float = 40_000, removed: float = 0, ms: float = 10, **more: object) -> PlanNode:
    values = {"relation_name": name, "rows_removed_by_filter": removed}
    return analyzed("Seq Scan", rows=rows, ms=ms, **(values | more))


def join(*scans: PlanNode, ms: float = 50) -> PlanNode:
    return analyzed("Hash Join", *scans, ms=ms)


def three(**more: object) -> PlanNode:
    return join(*(scan(name, **more) for name in ("book", "author", "review")))


def test_it_tells_what_was_read_in_all():
    [insight] = insights_of(ManySeqScans(), three())
    assert (
        insight.message == "book, author and review are read whole, 120 000 rows: 30.0 ms, 60 % of the query."
    )
    assert insight.remedy.startswith("Narrow one of them before the join")
    assert (insight.node, insight.nodes, insight.severity) == (0, (1, 2, 3), "warning")


def test_it_speaks_for_its_scans():
    plan = plan_of(three(filter="(x > …)"))
    said = judge(plan, Schema(), Models(), [rule() for rule in PLAN_RULES])
    assert "seq-scan-unselective" not in {insight.rule for insight in said}
    assert "many-seq-scans" in {insight.rule for insight in said}


def test_what_is_not_joined_is_narrowed_each_by_itself():
    counts = (
        analyzed("Aggregate", scan(name), ms=12, parent_relationship="Member") for name in ("book", "tag")
    )
    review = analyzed(
        "Hash Join", scan("review"), analyzed("Hash", ms=1), ms=13, parent_relationship="Member"
    )
    [insight] = insights_of(ManySeqScans(), analyzed("Append", *counts, review, ms=50))
    assert insight.remedy.startswith("Narrow each of them by a filter that an index serves")


def test_a_subquery_s_table_is_not_joined_with_those_around_it():
    apart = analyzed("Aggregate", scan("tag"), ms=12, parent_relationship="InitPlan", subplan_name="CTE t")
    [insight] = insights_of(ManySeqScans(), join(scan("book"), scan("review"), apart, ms=60))
    assert insight.remedy.startswith("Narrow each of them")


@pytest.mark.parametrize("server", ["pg15", "pg18"])
def test_it_fires_on_real_plans(server: str):
    [insight] = insights_of(ManySeqScans(), case(f"{server}/many_seq_scans").plan)
    assert insight.severity == "warning"
    assert not insights_of(ManySeqScans(), case(f"{server}/two_seq_scans").plan)


def test_at_the_threshold():
    assert not insights_of(ManySeqScans(), join(scan("book", rows=90_000), scan("author", rows=90_000)))
    assert insights_of(ManySeqScans(min_scans=2), join(scan("book", rows=90_000), scan("author")))
    assert not insights_of(ManySeqScans(min_rows=120_001), three())
    assert insights_of(ManySeqScans(min_rows=120_000), three())
    small = join(scan("book", rows=90_000), scan("author"), scan("tag", rows=999))
    assert not insights_of(ManySeqScans(), small)


@pytest.mark.parametrize(
    "node",
    [
        three(ms=0.3),
        three(rows=400, removed=39_600),
        three(loops=0),
        join(scan("book"), scan("book"), scan("book")),
        analyzed("Limit", three(), ms=50),
        analyzed("Append", *(scan(f"sale_{number}") for number in range(9)), ms=50),
    ],
)
def test_near_misses_are_silent(node: PlanNode):
    assert not insights_of(ManySeqScans(), node)


def test_a_join_that_tests_what_it_read_is_told_instead():
    root = case("pg18/many_seq_scans").plan.root
    wasting = replace(root, node_type="Hash Join", rows_removed_by_join_filter=9_999.0)
    assert insights_of(ManySeqScans(), plan_of(wasting))
    assert not insights_of(ManySeqScans(), plan_of(replace(wasting, rows_removed_by_join_filter=10_000.0)))
