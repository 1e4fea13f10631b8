"""lossy-bitmap."""

from __future__ import annotations

import pytest

from queryscope.model import PlanNode, Schema, Worker
from queryscope.rules.plan import LossyBitmap
from tests.plans.corpus import case
from tests.plans.nodes import analyzed, insights_of
from tests.plans.shop import SCHEMA, index, table


def scan(*, exact: int = 700, lossy: int = 3_600, removed: float = 200_000, ms: float = 50, **more: object):
    made = analyzed("Bitmap Index Scan", rows=60_000, ms=1, index_name="review_rating")
    values = {"relation_name": "review", "exact_heap_blocks": exact, "lossy_heap_blocks": lossy}
    values["rows_removed_by_index_recheck"] = removed
    return analyzed("Bitmap Heap Scan", made, rows=60_000, ms=ms, **(values | more))


def test_it_tells_what_was_remembered_and_what_it_cost():
    [insight] = insights_of(LossyBitmap(), scan())
    assert insight.message == (
        "Bitmap Heap Scan on review remembered whole pages, 3 600 of 4 300, since the bitmap did not fit "
        "into work_mem, and tested 200 000 rows in vain: 49.0 ms, 98 % of the query."
    )
    assert insight.remedy == (
        "Ask for fewer rows, or give this query more work_mem (SET LOCAL work_mem, in its transaction)."
    )


def test_a_filter_that_could_be_in_the_index_is_named_first():
    [insight] = insights_of(LossyBitmap(), scan(filter="(review.book_id = …)"))
    assert insight.remedy.startswith("Put what else is asked for into the index")


def test_workers_have_pages_of_their_own():
    parts = (Worker(lossy_heap_blocks=3_000), Worker(exact_heap_blocks=500))
    [insight] = insights_of(LossyBitmap(), scan(exact=100, lossy=900, workers=parts))
    assert "3 900 of 4 500" in insight.message


@pytest.mark.parametrize("server", ["pg15", "pg18"])
def test_it_fires_on_real_plans(server: str):
    [insight] = insights_of(LossyBitmap(), case(f"{server}/bitmap_lossy").plan)
    assert "tested 202 048 rows in vain" in insight.message


@pytest.mark.parametrize("server", ["pg15", "pg18"])
@pytest.mark.parametrize("schema", [Schema(), SCHEMA])
def test_a_brin_index_knows_no_rows_and_is_left_alone(server: str, schema: Schema):
    assert not insights_of(LossyBitmap(), case(f"{server}/bitmap_brin").plan, schema)


def test_the_catalog_tells_a_brin_index_from_a_bitmap_without_any_room():
    assert not insights_of(LossyBitmap(), scan(exact=0))
    btree = Schema(tables=(table("review", 300_000, 4_286, index("review_rating", "rating")),))
    assert insights_of(LossyBitmap(), scan(exact=0), btree)
    brin = Schema(tables=(table("review", 3e5, 4_286, index("review_rating", "rating", method="brin")),))
    assert not insights_of(LossyBitmap(), scan(), brin)


def test_at_the_threshold():
    assert insights_of(LossyBitmap(), scan(removed=60_000))
    assert not insights_of(LossyBitmap(), scan(removed=59_999))
    assert not insights_of(LossyBitmap(min_removed=300_000), scan())


@pytest.mark.parametrize(
    "node",
    [scan(ms=1.9), scan(exact=3_600), scan(lossy=0), analyzed("Seq Scan", lossy_heap_blocks=5)],
)
def test_near_misses_are_silent(node: PlanNode):
    assert not insights_of(LossyBitmap(), node)
