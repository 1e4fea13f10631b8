"""seq-scan-selective."""

from __future__ import annotations

import pytest

from queryscope.model import PlanNode
from queryscope.rules.plan import SeqScanSelective
from tests.plans.nodes import analyzed, firing_on, insights_of, real_plan


def scan(*, kept: float = 100, removed: float = 99_900, ms: float = 50, **more: object) -> PlanNode:
    values = {"relation_name": "book", "filter": "(status = …)", "rows_removed_by_filter": removed}
    return analyzed("Seq Scan", rows=kept, ms=ms, **(values | more))


def test_it_tells_what_was_read_and_kept():
    [insight] = insights_of(SeqScanSelective(), scan())
    assert insight.message == "Seq Scan on book read 100 000 rows to keep 100: 50.0 ms, 100 % of the query."
    assert insight.remedy == "Let an index on book find the rows that the filter keeps."
    assert (insight.rule, insight.node, insight.severity) == ("seq-scan-selective", 0, "error")


def test_a_parallel_scan_counts_the_rows_of_all_workers():
    part = scan(kept=0, removed=100_000, ms=40, loops=3, parallel_aware=True)
    [insight] = insights_of(SeqScanSelective(), analyzed("Gather", part, ms=80, workers_launched=2))
    assert insight.message.startswith("Parallel Seq Scan on book read 300 000 rows to keep 0: 40.0 ms, 50 %")
    assert insight.severity == "warning"


@pytest.mark.parametrize("server", ["pg15", "pg18"])
@pytest.mark.parametrize("name", ["seq_scan_rare", "parallel_seq_scan", "nested_loop_memoize"])
def test_it_fires_on_real_plans(server: str, name: str):
    [insight] = insights_of(SeqScanSelective(), real_plan(f"{server}/{name}"))
    assert insight.severity in ("error", "warning")


def test_it_is_silent_where_the_rows_are_wanted_or_another_rule_speaks():
    fired = firing_on(SeqScanSelective())
    assert not fired & {
        "seq_scan_most",
        "hashed_subplan",
        "jit",
        "primary_key",
        "plan_only",
        "inner_seq_scan",
    }


def test_at_the_threshold():
    assert insights_of(SeqScanSelective(), scan(kept=1_000, removed=10_000))
    assert not insights_of(SeqScanSelective(), scan(kept=1_000, removed=9_999))
    assert insights_of(SeqScanSelective(), scan(kept=10_000, removed=90_000))
    assert not insights_of(SeqScanSelective(), scan(kept=10_001, removed=90_000))
    assert insights_of(SeqScanSelective(min_removed=10), scan(kept=1, removed=10))


@pytest.mark.parametrize(
    "node",
    [
        scan(ms=0.9),
        scan(loops=2),
        scan(filter="(NOT (ANY (a = (hashed SubPlan 1).col1)))"),
        analyzed("Aggregate", scan(ms=4), ms=100),
        analyzed("Index Scan", rows_removed_by_filter=99_999),
    ],
)
def test_near_misses_are_silent(node: PlanNode):
    assert not insights_of(SeqScanSelective(), node)
