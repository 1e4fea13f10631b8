"""correlated-subplan."""

from __future__ import annotations

import pytest

from queryscope.model import PlanNode, Schema, Table
from queryscope.rules.plan import CorrelatedSubplan
from tests.plans.nodes import analyzed, firing_on, insights_of, real_plan


def subplan(
    kind: str = "Index Scan", *, loops: float = 1_000, ms: float = 0.05, read: float = 5_000, **more: object
) -> PlanNode:
    values = {"parent_relationship": "SubPlan", "subplan_name": "SubPlan 1"}
    source = analyzed(
        kind, rows=1, loops=loops, ms=ms, relation_name="review", rows_removed_by_filter=read - 1
    )
    return analyzed("Limit", source, rows=1, loops=loops, ms=ms, **(values | more))


def around(node: PlanNode, *, ms: float = 60) -> PlanNode:
    return analyzed("Seq Scan", node, rows=1_000, ms=ms, relation_name="book")


def test_it_tells_how_often_the_subquery_ran():
    [insight] = insights_of(CorrelatedSubplan(), around(subplan()))
    assert insight.message == "SubPlan 1 ran 1 000 times, once a row: 50.0 ms, 83 % of the query."
    assert insight.remedy.startswith("Join or annotate once")
    assert insight.node == 1


def test_a_subquery_that_reads_a_whole_table_wants_an_index():
    [insight] = insights_of(CorrelatedSubplan(), around(subplan("Seq Scan", loops=2, ms=25)))
    assert "ran 2 times, once a row, reading all of review each time" in insight.message
    assert insight.remedy.startswith("Index the column of review that OuterRef() is compared with")


@pytest.mark.parametrize("server", ["pg15", "pg18"])
def test_it_fires_on_real_plans(server: str):
    [insight] = insights_of(CorrelatedSubplan(), real_plan(f"{server}/subplan_seq_scan"))
    assert insight.severity == "error"


def test_hashed_subplans_and_few_rows_are_left_alone():
    assert firing_on(CorrelatedSubplan()) == {"subplan_seq_scan"}


def test_at_the_threshold():
    assert insights_of(CorrelatedSubplan(), around(subplan(loops=100, ms=0.5)))
    assert not insights_of(CorrelatedSubplan(), around(subplan(loops=99, ms=0.5)))
    assert not insights_of(CorrelatedSubplan(), around(subplan("Seq Scan", loops=1, ms=50)))
    assert insights_of(CorrelatedSubplan(min_scans=10), around(subplan(loops=10, ms=5)))


@pytest.mark.parametrize(
    "root",
    [
        around(subplan(ms=0.0005), ms=20),
        around(subplan(parent_relationship="InitPlan", subplan_name="InitPlan 1")),
        around(subplan(ms=0.002), ms=100),
        around(subplan(loops=0)),
    ],
)
def test_near_misses_are_silent(root: PlanNode):
    assert not insights_of(CorrelatedSubplan(), root)


def test_a_subplan_without_a_name_is_named_by_its_node():
    [insight] = insights_of(CorrelatedSubplan(), around(subplan(subplan_name="")))
    assert insight.message.startswith("Limit ran 1 000 times")


def test_a_tiny_table_that_is_read_whole_wants_no_index():
    tiny = around(subplan("Seq Scan", loops=2, ms=25, read=499))
    assert not insights_of(CorrelatedSubplan(), tiny)
    assert insights_of(CorrelatedSubplan(), around(subplan("Seq Scan", loops=2, ms=25, read=500)))
    [often] = insights_of(CorrelatedSubplan(), around(subplan("Seq Scan", loops=100, ms=0.5, read=499)))
    assert often.remedy.startswith("Join or annotate once")


def test_the_catalog_tells_how_large_a_table_is_that_a_scan_left_early():
    early = around(subplan("Seq Scan", loops=2, ms=25, read=20))
    schema = Schema(tables=(Table(schema="public", name="review", rows=300_000, pages=4_000),))
    assert insights_of(CorrelatedSubplan(), early, schema)
