"""seq-scan-unselective."""

from __future__ import annotations

import pytest

from queryscope.model import Model, Models, PlanNode, Schema
from queryscope.rules.plan import SeqScanUnselective
from tests.plans.corpus import case
from tests.plans.nodes import analyzed, insights_of, plan_of


def scan(*, kept: float = 50_000, removed: float = 50_000, ms: float = 50, **more: object) -> PlanNode:
    values = {"relation_name": "book", "filter": "(status = …)", "rows_removed_by_filter": removed}
    return analyzed("Seq Scan", rows=kept, ms=ms, **(values | more))


def test_rows_that_are_given_may_be_fewer_or_narrower():
    models = Models(models=(Model(label="shop.Book", table="book"),))
    [insight] = SeqScanUnselective().check(plan_of(scan()), Schema(), models)
    assert insight.message == (
        "Seq Scan on book kept 50 000 of 100 000 rows, too many to be looked up by an index: 50.0 ms, "
        "100 % of the query."
    )
    assert insight.remedy.startswith("Page through Book or load fewer columns, with .only() or .values()")
    assert insight.severity == "info"


@pytest.mark.parametrize("above", ["Aggregate", "WindowAgg", "Group"])
def test_rows_that_are_aggregated_may_be_kept(above: str):
    [insight] = insights_of(SeqScanUnselective(), analyzed(above, scan(), ms=60))
    assert insight.remedy.startswith("Keep the result for some time, or the totals of book")


def distinct(**more: object) -> PlanNode:
    keys = ("book.kind", "book.status")
    return analyzed("Aggregate", scan(), ms=60, **({"group_key": keys, "output": keys} | more))


def test_a_distinct_is_no_total_to_keep():
    [insight] = insights_of(SeqScanUnselective(), distinct(rows=9_000))
    assert insight.remedy.startswith("Page through book")
    assert not insights_of(SeqScanUnselective(), distinct(rows=100))
    [counted] = insights_of(SeqScanUnselective(), distinct(output=("book.kind", "count(*)")))
    assert counted.remedy.startswith("Keep the result")


@pytest.mark.parametrize("server", ["pg15", "pg18"])
def test_it_fires_on_real_plans(server: str):
    [insight] = insights_of(SeqScanUnselective(), case(f"{server}/seq_scan_half").plan)
    assert "kept 180 000 of 300 000 rows" in insight.message


def test_at_the_threshold():
    assert insights_of(SeqScanUnselective(), scan(kept=20_000, removed=80_000))
    assert not insights_of(SeqScanUnselective(), scan(kept=19_999, removed=80_001))
    assert insights_of(SeqScanUnselective(), scan(kept=10_000, removed=0))
    assert not insights_of(SeqScanUnselective(), scan(kept=9_999, removed=0))
    assert insights_of(SeqScanUnselective(min_kept_share=0.1), scan(kept=10_000, removed=90_000))


@pytest.mark.parametrize(
    "node",
    [
        scan(ms=0.9),
        scan(filter=""),
        scan(filter="(NOT (ANY (a = (hashed SubPlan 1).col1)))"),
        scan(kept=500, removed=500, loops=50, ms=1),
        analyzed("Limit", scan(), ms=50),
        analyzed("Limit", analyzed("Sort", scan(), ms=60), rows=10, ms=60),
        analyzed("Hash Join", scan(), analyzed("Hash"), rows=4_999, ms=60),
    ],
)
def test_near_misses_are_silent(node: PlanNode):
    assert not insights_of(SeqScanUnselective(), node)


def test_a_scan_that_is_a_small_part_of_the_query_is_nobody_s_concern():
    source = analyzed("Seq Scan", rows=60_000, ms=24, relation_name="line", alias="l", filter="(l.x > …)")
    assert not insights_of(SeqScanUnselective(), analyzed("Aggregate", source, ms=100))
    assert insights_of(SeqScanUnselective(), analyzed("Aggregate", source, ms=96))
    assert insights_of(SeqScanUnselective(min_share=0.2), analyzed("Aggregate", source, ms=100))
