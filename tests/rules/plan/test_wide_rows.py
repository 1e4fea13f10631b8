"""wide-rows."""

from __future__ import annotations

import pytest

from queryscope.model import Column, Field, Model, Models, PlanNode, Schema, Table
from queryscope.plans.metrics import root_ms
from queryscope.rules.plan import WideRows
from tests.plans.corpus import case
from tests.plans.nodes import analyzed, firing_in_corpus, insights_of, slowed

PAGES = Schema(
    tables=(
        Table(
            schema="public",
            name="page",
            rows=3_000,
            pages=700,
            columns=(
                Column(name="id", type="integer", avg_width=4),
                Column(name="heading", type="text", avg_width=12),
                Column(name="text_de", type="text", avg_width=1_604),
            ),
        ),
    )
)
TEXT = Field(name="text", column="text_de", type="TextField")
WIKI = Models(models=(Model(label="wiki.Page", table="page", fields=(TEXT,)),))


def pages(*, rows: float = 3_000, width: int = 1_620, ms: float = 30, **more: object) -> PlanNode:
    values = {"relation_name": "page", "alias": "page", "output": ("id", "heading", "text_de")}
    return analyzed("Seq Scan", rows=rows, plan_width=width, ms=ms, **(values | more))


def test_it_tells_how_much_that_is():
    [insight] = insights_of(WideRows(), pages())
    assert insight.message == "3 000 rows of 1 620 bytes each were given, 4746 kB in all."
    assert insight.remedy == "Load the columns that are read: .only(…), .defer(…) or .values(…)."
    assert (insight.severity, insight.share) == ("info", 0.0)


def test_the_columns_that_make_it_wide_are_named_as_fields():
    [insight] = insights_of(WideRows(), pages(), PAGES, WIKI)
    assert insight.remedy == 'Leave out what the page doesn\'t show: .defer("text").'
    [insight] = insights_of(WideRows(), pages(), PAGES)
    assert '.defer("text_de")' in insight.remedy


def test_very_many_rows_are_better_streamed():
    [insight] = insights_of(WideRows(), pages(rows=10_000))
    assert insight.remedy.endswith(", and .iterator() if they are read once.")


def test_of_a_join_no_column_is_named():
    other = analyzed("Seq Scan", relation_name="author", alias="author", parent_relationship="Inner")
    joined = analyzed(
        "Nested Loop", pages(), other, rows=3_000, plan_width=1_700, ms=50, output=("page.text_de",)
    )
    [insight] = insights_of(WideRows(), joined, PAGES)
    assert insight.remedy.startswith("Load the columns that are read")


def test_at_the_thresholds():
    assert insights_of(WideRows(), pages(rows=100, width=1_000))
    assert not insights_of(WideRows(), pages(rows=99))
    assert not insights_of(WideRows(), pages(width=999))
    assert not insights_of(WideRows(min_width=2_000), pages())


@pytest.mark.parametrize(
    "root",
    [
        pages(ms=0.9),
        pages(loops=0),
        analyzed("Aggregate", pages(), output=("count(*)",), plan_width=8),
        analyzed("ModifyTable", pages(), rows=3_000, plan_width=1_620),
    ],
)
def test_near_misses_are_silent(root: PlanNode):
    assert not insights_of(WideRows(), root)


@pytest.mark.parametrize("server", ["pg15", "pg18"])
def test_the_real_plan_is_too_fast_to_speak_of(server: str):
    plan = case(f"{server}/wide_rows").plan
    assert root_ms(plan) < 1
    assert insights_of(WideRows(), slowed(plan))


def test_it_is_silent_on_all_other_real_plans():
    assert firing_in_corpus(WideRows()) == set()
