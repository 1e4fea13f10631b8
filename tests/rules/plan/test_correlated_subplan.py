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
    asked = {"relation_name": "review", "alias": "r", "filter": "(r.book_id = b.id)"}
    source = analyzed(kind, rows=1, loops=loops, ms=ms, rows_removed_by_filter=read - 1, **asked)
    return analyzed("Limit", source, rows=1, loops=loops, ms=ms, **(values | more))


def around(node: PlanNode, *, ms: float = 60) -> PlanNode:
    return analyzed("Seq Scan", node, rows=1_000, ms=ms, relation_name="book", alias="b")


def test_it_tells_how_often_the_subquery_ran():
    [insight] = insights_of(CorrelatedSubplan(), around(subplan()))
    assert insight.message == "SubPlan 1 ran 1 000 times, once a row: 50.0 ms, 83 % of the query."
    assert insight.remedy.startswith("Join or annotate once")
    assert insight.node == 1


def test_a_subquery_that_reads_a_whole_table_wants_an_index():
    [insight] = insights_of(CorrelatedSubplan(), around(subplan("Seq Scan", loops=2, ms=25)))
    assert "ran 2 times, once a row, reading all of review each time" in insight.message
    assert insight.remedy == "Index book_id of review: that is what the subquery asks for in each row."


def test_the_order_of_the_subquery_belongs_into_its_index():
    asked = {"relation_name": "review", "alias": "r", "filter": "(r.book_id = b.id)"}
    read = analyzed("Seq Scan", rows=1, loops=9, ms=4, rows_removed_by_filter=90_000, **asked)
    ordered = analyzed("Sort", read, rows=1, loops=9, ms=5, sort_key=("r.created DESC",))
    node = analyzed("Limit", ordered, rows=1, loops=9, ms=5, parent_relationship="SubPlan")
    [insight] = insights_of(CorrelatedSubplan(), around(node))
    assert insight.remedy.startswith("Index book_id, then -created of review:")


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


def scanned(*, text: str, loops: float = 10, ms: float = 5, **more: object) -> PlanNode:
    values = {"relation_name": "review", "alias": "r", "filter": text, "rows_removed_by_filter": 9_000}
    return analyzed("Seq Scan", rows=1, loops=loops, ms=ms, **(values | more))


def test_a_scan_that_asks_nothing_of_the_row_around_is_told_to_be_done_once():
    for text in ("(r.stars = …)", "(r.book_id = s.book_id)", ""):
        other = analyzed("Index Scan", rows=1, loops=10, ms=0.1, relation_name="shelf", alias="s")
        joined = analyzed("Nested Loop", other, scanned(text=text), loops=10, ms=5.2)
        node = analyzed("Limit", joined, loops=10, ms=5.3, parent_relationship="SubPlan")
        [insight] = insights_of(CorrelatedSubplan(), around(node))
        assert "reading all of review each time" in insight.message
        assert insight.remedy.startswith("Join or annotate once")


def test_of_two_scans_the_one_that_asks_for_the_row_around_is_told():
    pair = (scanned(text="", alias="s", relation_name="shelf"), scanned(text="(r.book_id = b.id)"))
    node = analyzed("Nested Loop", *pair, loops=10, ms=5.3, parent_relationship="SubPlan")
    [insight] = insights_of(CorrelatedSubplan(), around(node))
    assert insight.remedy == "Index book_id of review: that is what the subquery asks for in each row."


def test_a_table_that_a_hash_table_keeps_is_read_once():
    kept = analyzed("Hash", scanned(text="", loops=1, ms=4), loops=1, ms=5)
    lookup = analyzed("Index Scan", loops=20, ms=0.1, relation_name="shelf", alias="s")
    joined = analyzed("Hash Join", lookup, kept, loops=20, ms=1, parent_relationship="SubPlan")
    assert not insights_of(CorrelatedSubplan(), around(joined))
    [insight] = insights_of(CorrelatedSubplan(min_scans=20), around(joined))
    assert "reading all" not in insight.message


def test_a_list_too_large_to_be_hashed_is_asked_for_with_exists():
    listed = scanned(text="", loops=1, ms=3)
    node = analyzed("Materialize", listed, rows=4_000, loops=900, ms=0.05, parent_relationship="SubPlan")
    [insight] = insights_of(CorrelatedSubplan(), around(node))
    assert insight.remedy.startswith('Ask ~Exists(….objects.filter(…=OuterRef("pk"))) instead of exclude(')
    assert "reading all" not in insight.message
    few = analyzed("Materialize", listed, rows=4_000, loops=99, ms=0.5, parent_relationship="SubPlan")
    assert not insights_of(CorrelatedSubplan(), around(few))
