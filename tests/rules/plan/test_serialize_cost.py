"""serialize-cost."""

from __future__ import annotations

from typing import Any

from queryscope.model import Column, Models, Plan, Schema, Serialization, Table
from queryscope.rules.plan import PLAN_RULES, SerializeCost, judge
from tests.plans.nodes import analyzed, firing_in_corpus, insights_of, plan_of

SCANS = Schema(
    tables=(
        Table(
            schema="public",
            name="scan",
            rows=300,
            pages=4,
            columns=(Column(name="id", type="integer"), Column(name="image", type="bytea", avg_width=18)),
        ),
    )
)


def sent(*, ms: float = 40, kb: int = 7_508, whole: float = 50, **more: Any) -> Plan:
    values = {"relation_name": "scan", "alias": "scan", "output": ("id", "image"), "rows": 300}
    root = analyzed("Seq Scan", ms=whole - ms, **(values | more))
    return plan_of(
        root, execution_time_ms=whole, serialization=Serialization(time_ms=ms, output_volume_kb=kb)
    )


def test_it_tells_the_volume_and_its_time():
    [insight] = insights_of(SerializeCost(), sent())
    assert insight.message == (
        "To make 7508 kB of 300 rows ready to be sent took 40.0 ms, 80 % of the query."
    )
    assert (insight.node, insight.severity) == (0, "warning")
    assert insight.remedy.startswith("Leave large columns out with .defer(…)")


def test_columns_of_types_that_hold_much_are_named():
    [insight] = insights_of(SerializeCost(), sent(), SCANS)
    assert '.defer("image")' in insight.remedy


def test_at_the_thresholds():
    assert insights_of(SerializeCost(), sent(ms=10))
    assert not insights_of(SerializeCost(), sent(ms=9.9))
    assert insights_of(SerializeCost(), sent(kb=1_025))
    assert not insights_of(SerializeCost(), sent(kb=1_024))
    assert not insights_of(SerializeCost(min_share=0.9), sent())


def test_little_time_or_no_figure_is_nothing():
    assert not insights_of(SerializeCost(), sent(ms=0.9, whole=1.5))
    assert not insights_of(SerializeCost(), plan_of(analyzed("Seq Scan"), execution_time_ms=50))
    assert not insights_of(SerializeCost(), sent(ms=0, whole=0))


def test_wide_rows_are_told_with_it():
    told = judge(sent(plan_width=2_000), Schema(), Models(), [rule() for rule in PLAN_RULES])
    assert [insight.rule for insight in told] == ["serialize-cost"]


def test_it_fires_on_the_real_plan():
    assert firing_in_corpus(SerializeCost()) == {"serialize"}


def test_many_narrow_rows_have_no_column_to_be_spared():
    assert insights_of(SerializeCost(), sent(rows=7_688))
    assert not insights_of(SerializeCost(), sent(rows=7_689))
    assert insights_of(SerializeCost(min_row_bytes=100), sent(rows=7_689))


def test_columns_without_room_for_much_are_not_named():
    columns = (Column(name="code", type="character varying(12)"), Column(name="image", type="text"))
    table = Table(schema="public", name="scan", rows=300, pages=4, columns=columns)
    [insight] = insights_of(SerializeCost(), sent(output=("code", "image")), Schema(tables=(table,)))
    assert '.defer("image"),' in insight.remedy
