"""unselective-index."""

from __future__ import annotations

import pytest

from queryscope.model import PlanNode, Schema
from queryscope.rules.plan import UnselectiveIndex
from tests.plans.corpus import case
from tests.plans.nodes import analyzed, insights_of
from tests.plans.shop import SCHEMA, table

BOOK = Schema(tables=(table("book", 100_000, 2_000),))


def scan(*, rows: float = 50_000, blocks: int = 50_000, ms: float = 50, **more: object) -> PlanNode:
    values = {
        "relation_name": "book",
        "alias": "book",
        "index_name": "book_sold",
        "index_cond": "(book.sold < …)",
        "shared_hit_blocks": blocks,
        "output": ("book.id", "book.title", "book.price", "book.sold", "book.kind"),
    }
    return analyzed("Index Scan", rows=rows, ms=ms, **(values | more))


def test_it_tells_what_was_read_beside_what_there_is():
    [insight] = insights_of(UnselectiveIndex(), scan(), BOOK)
    assert insight.message == (
        "Index Scan using book_sold on book gave 50 000 of 100 000 rows and read 50 000 pages for them, of "
        "a table of 2 000: 50.0 ms, 100 % of the query."
    )
    assert insight.remedy.startswith("Ask for fewer rows")


def test_few_columns_fit_into_the_index():
    [insight] = insights_of(UnselectiveIndex(), scan(output=("book.price", "book.sold")), BOOK)
    assert insight.remedy == (
        'Let the index hold what is asked for: Index(fields=["sold"], include=["price"], name="…") in '
        "Meta.indexes of book; or ask for fewer rows."
    )


@pytest.mark.parametrize("server", ["pg15", "pg18"])
def test_it_fires_on_real_plans(server: str):
    [insight] = insights_of(UnselectiveIndex(), case(f"{server}/index_unselective").plan, SCHEMA)
    assert "read 50 043 pages for them, of a table of 2 128" in insight.message


def test_at_the_threshold():
    assert insights_of(UnselectiveIndex(), scan(rows=20_000), BOOK)
    assert not insights_of(UnselectiveIndex(), scan(rows=19_999), BOOK)
    assert insights_of(UnselectiveIndex(), scan(blocks=4_000), BOOK)
    assert not insights_of(UnselectiveIndex(), scan(blocks=3_999), BOOK)
    assert not insights_of(UnselectiveIndex(min_rows=50_001), scan(), BOOK)


def over(node: PlanNode, kind: str, *others: PlanNode, **more: object) -> PlanNode:
    return analyzed(kind, node, *others, ms=55, shared_hit_blocks=50_000, **more)


@pytest.mark.parametrize(
    "node",
    [
        scan(ms=0.9),
        scan(index_cond=""),
        scan(rows=1_000, loops=50, ms=1),
        over(scan(), "Limit"),
        over(scan(), "Merge Join", analyzed("Sort", ms=1)),
        over(scan(), "Aggregate", strategy="Sorted", group_key=("book.sold",)),
        scan(relation_name="other"),
    ],
)
def test_near_misses_are_silent(node: PlanNode):
    assert not insights_of(UnselectiveIndex(), node, BOOK)


def test_an_order_that_a_sort_makes_anew_is_no_reason():
    merged = over(over(scan(), "Sort"), "Merge Join", analyzed("Sort", ms=1))
    assert insights_of(UnselectiveIndex(), merged, BOOK)
    assert insights_of(UnselectiveIndex(), over(scan(), "Aggregate", strategy="Hashed"), BOOK)


def test_without_the_catalog_nothing_is_known_of_the_table():
    assert not insights_of(UnselectiveIndex(), scan())
    assert not insights_of(UnselectiveIndex(), scan(), Schema(tables=(table("book", -1, 2_000),)))
