"""join-filter-waste."""

from __future__ import annotations

from queryscope.model import PlanNode
from queryscope.rules.plan import JoinFilterWaste
from tests.plans.nodes import SHOP, analyzed, firing_in_corpus, firing_on, insights_of


def join(
    node_type: str = "Nested Loop", *, removed: float = 500_000, rows: float = 100, **more: object
) -> PlanNode:
    outer = analyzed("Seq Scan", rows=100, ms=10, relation_name="invoice", alias="i")
    inner = analyzed(
        "Materialize",
        analyzed("Seq Scan", rows=5_000, ms=2, relation_name="line", alias="l"),
        rows=5_000,
        loops=100,
        ms=3,
        parent_relationship="Inner",
    )
    values = {"rows_removed_by_join_filter": removed, "join_filter": "(i.total = l.invoice_id)"}
    return analyzed(node_type, outer, inner, rows=rows, ms=800, **(values | more))


def test_it_tells_the_pairs_and_weighs_the_inner_side():
    [insight] = insights_of(JoinFilterWaste(), join())
    assert insight.message == (
        "Nested Loop compared 500 100 pairs of rows to keep 100: 790 ms, 99 % of the query."
    )
    assert (insight.severity, insight.fact) == ("error", "joining")


def test_an_equation_wants_an_index_on_the_inner_side():
    [insight] = insights_of(JoinFilterWaste(), join())
    assert insight.remedy == "Index line.invoice_id, which the join compares."
    [insight] = insights_of(JoinFilterWaste(), join(), models=SHOP)
    assert insight.remedy == "Index Line.bill, which the join compares."
    [insight] = insights_of(JoinFilterWaste(), join(join_filter="(l.invoice_id = i.total)"))
    assert insight.remedy == "Index line.invoice_id, which the join compares."


def test_an_or_wants_two_queries():
    [insight] = insights_of(JoinFilterWaste(), join(join_filter="((i.id = l.id) OR (i.total = l.amount))"))
    assert "put the rows together with .union()" in insight.remedy


def test_a_join_by_an_expression_wants_an_equation():
    [insight] = insights_of(JoinFilterWaste(), join(join_filter="((i.id + …) < l.id)"))
    assert insight.remedy.startswith("Give the join a condition with =")


def test_a_hash_join_has_its_equation():
    [insight] = insights_of(JoinFilterWaste(), join("Hash Join", hash_cond="(i.id = l.id)"))
    assert "filter before the join" in insight.remedy
    assert insight.message.startswith("Hash Join compared")


def test_at_the_thresholds():
    assert insights_of(JoinFilterWaste(), join(removed=10_000, rows=1_000))
    assert not insights_of(JoinFilterWaste(), join(removed=9_999, rows=10))
    assert not insights_of(JoinFilterWaste(), join(removed=10_000, rows=1_001))
    assert insights_of(JoinFilterWaste(min_ratio=1), join(removed=10_000, rows=10_000))


def test_a_small_part_of_the_query_is_noise():
    assert not insights_of(JoinFilterWaste(), analyzed("Sort", join(), ms=20_000))


def test_it_fires_on_real_plans_of_dropped_pairs():
    pairs = {"nested_loop_heavy", "join_filter_waste", "nested_loop_unindexed"}
    assert firing_in_corpus(JoinFilterWaste()) == pairs
    assert firing_on(JoinFilterWaste()) <= {"inner_seq_scan", "nested_loop"}


def test_the_or_of_an_outer_join_is_tested_after_it():
    text = "((u.name = …) OR (o.guest = …))"
    sides = (
        analyzed("Seq Scan", rows=9, ms=10),
        analyzed("Hash", rows=9, ms=10, parent_relationship="Inner"),
    )
    outer = {"join_type": "Left", "rows": 5, "ms": 300, "rows_removed_by_filter": 200_000}
    [insight] = insights_of(JoinFilterWaste(), analyzed("Hash Join", *sides, filter=text, **outer))
    assert "200 005 pairs of rows to keep 5" in insight.message
    assert ".union()" in insight.remedy
    assert insight.explains == (("spill", 0), ("spill", 2))
    assert not insights_of(JoinFilterWaste(), analyzed("Hash Join", *sides, filter="(u.id IS NULL)", **outer))
