"""inner-seq-scan."""

from __future__ import annotations

import pytest

from queryscope.model import PlanNode, Schema, Table
from queryscope.rules.plan import InnerSeqScan
from tests.plans.nodes import analyzed, firing_on, insights_of, real_plan


def inner(*, loops: float = 50, kept: float = 10, removed: float = 4_990, ms: float = 2, **more: object):
    values = {"filter": "(author.id = book.author_id)", "parent_relationship": "Inner"}
    return analyzed(
        "Seq Scan",
        rows=kept,
        loops=loops,
        ms=ms,
        rows_removed_by_filter=removed,
        relation_name="book",
        **(values | more),
    )


def join(node: PlanNode, *, ms: float = 110, **more: object) -> PlanNode:
    return analyzed("Nested Loop", analyzed("Index Scan", rows=50, ms=1), node, ms=ms, **more)


def test_it_tells_how_often_the_table_was_read():
    [insight] = insights_of(InnerSeqScan(), join(inner()))
    assert insight.message == (
        "Seq Scan on book ran 50 times inside a nested loop and read 250 000 rows: "
        "109 ms with the join, 99.0 % of the query."
    )
    assert insight.remedy == "Index author_id of book, which the join compares."


def test_of_a_comparison_of_expressions_no_column_is_named():
    [insight] = insights_of(InnerSeqScan(), join(inner(filter="(lower(author.name) = lower(book.writer))")))
    assert insight.remedy == "Index the column of book that the join compares."


@pytest.mark.parametrize("server", ["pg15", "pg18"])
def test_it_fires_on_real_plans(server: str):
    [insight] = insights_of(InnerSeqScan(), real_plan(f"{server}/inner_seq_scan"))
    assert "ran 59 times" in insight.message


def test_scans_of_subplans_and_single_scans_are_left_alone():
    assert firing_on(InnerSeqScan()) == {"inner_seq_scan"}


def test_the_condition_may_stand_at_the_join():
    assert insights_of(InnerSeqScan(), join(inner(filter=""), join_filter="(a.id = b.a_id)"))


def test_at_the_threshold():
    assert insights_of(InnerSeqScan(), join(inner(loops=2, removed=4_990, ms=50)))
    assert not insights_of(InnerSeqScan(), join(inner(loops=1, removed=99_990, ms=50)))
    assert not insights_of(InnerSeqScan(), join(inner(loops=2, removed=4_989, ms=50)))
    assert insights_of(InnerSeqScan(min_read=100), join(inner(loops=2, removed=990, ms=50)))


@pytest.mark.parametrize(
    "root",
    [
        join(inner(filter="(a.start < b.start)")),
        join(inner(filter="")),
        join(inner(parent_relationship="Outer")),
        join(inner(ms=0.01), ms=0.9),
        analyzed("Gather", inner(loops=3, parent_relationship="Outer"), ms=100),
        analyzed("Seq Scan", analyzed("Aggregate", inner(), parent_relationship="SubPlan"), ms=110),
        join(analyzed("Result", inner(parent_relationship="InitPlan"), parent_relationship="Inner")),
    ],
)
def test_near_misses_are_silent(root: PlanNode):
    assert not insights_of(InnerSeqScan(), root)


def test_workers_alone_do_not_make_a_scan_a_repeated_one():
    part = join(inner(loops=3, ms=30), loops=3, ms=40)
    assert not insights_of(InnerSeqScan(), analyzed("Gather", part, ms=50, workers_launched=2))


def test_a_tiny_table_wants_no_index():
    assert not insights_of(InnerSeqScan(), join(inner(loops=1_000, removed=489, ms=0.1)))
    pages = Schema(tables=(Table(schema="public", name="book", rows=5_000, pages=10),))
    assert not insights_of(InnerSeqScan(), join(inner()), pages)
    more = Schema(tables=(Table(schema="public", name="book", rows=5_000, pages=11),))
    assert insights_of(InnerSeqScan(), join(inner()), more)
