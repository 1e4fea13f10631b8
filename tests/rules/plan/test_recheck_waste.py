"""recheck-waste."""

from __future__ import annotations

import pytest

from queryscope.model import PlanNode, Schema
from queryscope.rules.plan import RecheckWaste
from tests.plans.corpus import case
from tests.plans.nodes import analyzed, insights_of
from tests.plans.shop import SCHEMA, index, table

JSON = "(book.data @> …::jsonb)"


def scan(*, kept: float = 100, removed: float = 9_900, ms: float = 50, cond: str = JSON, **more: object):
    made = analyzed("Bitmap Index Scan", rows=10_000, ms=1, index_name="book_data")
    values = {"relation_name": "book", "exact_heap_blocks": 2_000, "recheck_cond": cond}
    values["rows_removed_by_index_recheck"] = removed
    return analyzed("Bitmap Heap Scan", made, rows=kept, ms=ms, **(values | more))


def schema(method: str) -> Schema:
    return Schema(tables=(table("book", 1e5, 2_128, index("book_data", "data", method=method)),))


def test_it_tells_what_the_index_gave_and_what_was_none():
    [insight] = insights_of(RecheckWaste(), scan())
    assert insight.message == (
        "Bitmap Heap Scan on book looked at 10 000 rows that book_data gave, and 9 900 of them did not meet "
        "the condition: 49.0 ms, 98 % of the query."
    )
    assert insight.remedy.startswith('Index the paths: GinIndex(OpClass("…", name="jsonb_path_ops")')


@pytest.mark.parametrize(
    ("condition", "method", "remedy"),
    [
        ("(book.body ~~ …::text)", "gin", "Search for longer words"),
        ("(book.body % …::text)", "gin", "Search for longer words"),
        ("(book.period && …::daterange)", "gist", "Use a GinIndex"),
        ("(book.tags && …::integer[])", "gin", "Use an index that keeps the whole value"),
        ("(book.created > …)", "brin", "Make the ranges of the BrinIndex smaller"),
    ],
)
def test_every_kind_of_index_has_a_remedy_of_its_own(condition: str, method: str, remedy: str):
    [insight] = insights_of(RecheckWaste(), scan(cond=condition), schema(method))
    assert insight.remedy.startswith(remedy)


@pytest.mark.parametrize(
    ("opclass", "remedy"), [("jsonb_ops", "Index the paths"), ("jsonb_path_ops", "Use an index that keeps")]
)
def test_an_index_that_has_the_paths_is_not_told_to_have_them(opclass: str, remedy: str):
    of_data = index("book_data", "data", method="gin", opclasses=(opclass,))
    [insight] = insights_of(RecheckWaste(), scan(), Schema(tables=(table("book", 1e5, 2_128, of_data),)))
    assert insight.remedy.startswith(remedy)


def test_a_brin_index_whose_ranges_are_too_wide_is_told_though_its_bitmap_is_lossy():
    wide = scan(exact_heap_blocks=0, lossy_heap_blocks=2_000, cond="(book.created > …)")
    [insight] = insights_of(RecheckWaste(), wide)
    assert insight.remedy.startswith("Make the ranges of the BrinIndex smaller")


@pytest.mark.parametrize("server", ["pg15", "pg18"])
def test_it_fires_on_real_plans(server: str):
    [insight] = insights_of(RecheckWaste(), case(f"{server}/recheck_waste").plan, SCHEMA)
    assert "looked at 10 910 rows that book_data gave" in insight.message


def test_at_the_threshold():
    assert insights_of(RecheckWaste(), scan(kept=1_000, removed=1_000))
    assert not insights_of(RecheckWaste(), scan(kept=1_000, removed=999))
    assert not insights_of(RecheckWaste(), scan(kept=1_001, removed=1_000))
    assert not insights_of(RecheckWaste(), scan(kept=500, removed=1_000, rows_removed_by_filter=501))


@pytest.mark.parametrize(
    "node",
    [
        scan(ms=1.9),
        scan(lossy_heap_blocks=500),
        scan(removed=0),
        analyzed("Seq Scan", rows_removed_by_index_recheck=99_999),
    ],
)
def test_near_misses_are_silent(node: PlanNode):
    assert not insights_of(RecheckWaste(), node)
