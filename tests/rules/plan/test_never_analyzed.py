"""never-analyzed."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.model import Column, Models, PlanNode, Schema, Table
from queryscope.rules.plan import PLAN_RULES, NeverAnalyzed, judge
from tests.plans.corpus import case
from tests.plans.nodes import analyzed, insights_of, plan_of
from tests.plans.shop import SCHEMA

KNOWN = (Column(name="state", type="text", null_frac=0.0),)


def scan(*, planned: float = 250, rows: float = 25_000, ms: float = 50, **more: object) -> PlanNode:
    values = {"relation_name": "draft", "plan_rows": planned}
    return analyzed("Seq Scan", rows=rows, ms=ms, **(values | more))


def schema(rows: float = -1, *, columns: tuple[Column, ...] = KNOWN, **more: Any) -> Schema:
    return Schema(
        tables=(Table(schema="public", name="draft", rows=rows, pages=222, columns=columns, **more),)
    )


def test_a_table_without_statistics_is_told_with_the_estimate_that_it_made_wrong():
    [insight] = insights_of(NeverAnalyzed(), scan(), schema())
    assert insight.message == (
        "Seq Scan on draft was planned for 250 rows and gave 25 000: draft was never analyzed."
    )
    assert insight.remedy.startswith(
        "ANALYZE draft before anything else is judged by this plan; after loading"
    )
    assert (insight.severity, insight.fact) == ("warning", "estimate")


def test_a_vacuum_counts_rows_and_makes_no_statistics():
    bare = (Column(name="state", type="text"),)
    [insight] = insights_of(NeverAnalyzed(), scan(), schema(50_000, columns=bare, analyzes=0))
    assert insight.message.endswith("draft was never analyzed.")


def test_statistics_that_a_role_may_not_see_are_not_missing():
    hidden = (Column(name="state", type="text"),)
    assert not insights_of(NeverAnalyzed(), scan(), schema(50_000, columns=hidden, analyzes=2))
    assert not insights_of(NeverAnalyzed(), scan(), schema(50_000, columns=hidden))
    [insight] = insights_of(
        NeverAnalyzed(), scan(), schema(50_000, columns=hidden, analyzes=2, changed_rows=9e3)
    )
    assert "9 000 rows of draft were written since it was analyzed" in insight.message


def test_counters_that_were_reset_make_no_table_unknown():
    assert not insights_of(NeverAnalyzed(), scan(), schema(50_000, analyzes=0))


def test_statistics_that_many_writes_made_old_are_told_with_their_number():
    [insight] = insights_of(NeverAnalyzed(), scan(), schema(50_000, changed_rows=5_000))
    assert insight.message.endswith(": 5 000 rows of draft were written since it was analyzed.")
    assert "ALTER TABLE draft SET (autovacuum_analyze_scale_factor = 0.02)" in insight.remedy


def test_it_speaks_instead_of_the_estimate():
    rules = [rule() for rule in PLAN_RULES]
    said = judge(plan_of(scan()), schema(), Models(), rules)
    assert [insight.rule for insight in said] == ["never-analyzed"]


@pytest.mark.parametrize("server", ["pg15", "pg18"])
def test_it_fires_on_real_plans(server: str):
    [insight] = insights_of(NeverAnalyzed(), case(f"{server}/never_analyzed").plan, SCHEMA)
    assert insight.message.startswith("Seq Scan on draft was planned for 172 rows")
    assert not insights_of(NeverAnalyzed(), case(f"{server}/analyzed").plan, SCHEMA)


def test_at_the_threshold():
    assert insights_of(NeverAnalyzed(), scan(planned=2_500), schema())
    assert not insights_of(NeverAnalyzed(), scan(planned=2_501), schema())
    assert not insights_of(NeverAnalyzed(), scan(planned=1, rows=99), schema())
    assert not insights_of(NeverAnalyzed(), scan(), schema(50_000, changed_rows=4_999))
    assert not insights_of(NeverAnalyzed(), scan(), schema(500, changed_rows=999))
    assert insights_of(NeverAnalyzed(min_changed=10), scan(), schema(500, changed_rows=999))


@pytest.mark.parametrize(
    ("node", "known"),
    [
        (scan(planned=25_000), schema()),
        (scan(ms=0.9), schema()),
        (scan(), schema(50_000)),
        (scan(), Schema()),
        (scan(relation_name="book"), schema()),
        (scan(), schema(is_partitioned=True)),
        (scan(), schema(50_000, columns=())),
    ],
)
def test_near_misses_are_silent(node: PlanNode, known: Schema):
    assert not insights_of(NeverAnalyzed(), node, known)


def test_two_scans_of_one_table_are_told_once():
    twice = analyzed("Nested Loop", scan(), scan(ms=40), ms=95)
    assert len(insights_of(NeverAnalyzed(), twice, schema())) == 1
