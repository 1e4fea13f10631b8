"""count-all."""

from __future__ import annotations

import pytest

from queryscope.model import Index, PlanNode, Schema, Table
from queryscope.rules.plan import CountAll
from tests.plans.nodes import SHOP, analyzed, firing_in_corpus, firing_on, insights_of


def scan(node_type: str = "Seq Scan", *, rows: float = 60_000, **more: object) -> PlanNode:
    return analyzed(node_type, rows=rows, ms=20, relation_name="line", **more)


def counted(*children: PlanNode, output: str = "count(*)", ms: float = 25, **more: object) -> PlanNode:
    return analyzed("Aggregate", *children, ms=ms, output=(output,), strategy="Plain", **more)


def test_it_tells_the_rows_and_knows_the_model():
    [insight] = insights_of(CountAll(), counted(scan()), models=SHOP)
    assert insight.message == "The count read all 60 000 rows of line: 25.0 ms."
    assert insight.remedy.startswith("Keep the result of Line.objects.count() for some time")
    assert insight.severity == "info"


@pytest.mark.parametrize("node_type", ["Seq Scan", "Index Only Scan", "Index Scan"])
def test_however_the_rows_are_read(node_type: str):
    assert insights_of(CountAll(), counted(scan(node_type)))


def test_workers_and_partitions_count_too():
    parts = analyzed("Append", scan(parent_relationship="Member"), scan(parent_relationship="Member"))
    [insight] = insights_of(CountAll(), counted(parts))
    assert insight.message == "The count read all 120 000 rows of a table in parts: 25.0 ms."
    partial = analyzed("Aggregate", scan(), partial_mode="Partial", output=("PARTIAL count(*)",))
    assert insights_of(CountAll(), counted(analyzed("Gather", partial)))


@pytest.mark.parametrize(
    "root",
    [
        counted(scan(filter="(line.amount > …)")),
        counted(scan("Index Only Scan", index_cond="(line.invoice_id = …)")),
        counted(scan(), output="sum(line.amount)"),
        counted(scan(), group_key=("line.invoice_id",)),
        counted(analyzed("Hash Join", scan(), analyzed("Hash", scan()))),
        counted(scan(), analyzed("Result", parent_relationship="InitPlan")),
        counted(scan(rows=9_999)),
        counted(scan(), ms=0.9),
        analyzed("Sort", counted(scan())),
        scan(),
    ],
)
def test_near_misses_are_silent(root: PlanNode):
    assert not insights_of(CountAll(), root)


def test_an_index_of_a_part_of_the_rows_is_the_condition():
    index = Index(name="line_open", method="btree", keys=("id",), predicate="(amount > …)")
    schema = Schema(tables=(Table(schema="public", name="line", rows=60_000, pages=9, indexes=(index,)),))
    partial = counted(scan("Index Only Scan", index_name="line_open"))
    assert insights_of(CountAll(), partial)
    assert not insights_of(CountAll(), partial, schema)
    assert insights_of(CountAll(), counted(scan("Index Only Scan", index_name="line_pkey")), schema)


def test_it_fires_on_real_counts_of_whole_tables():
    assert firing_in_corpus(CountAll()) == {"count_all"}
    assert firing_on(CountAll()) == set()
