"""sort-spill."""

from __future__ import annotations

import pytest

from queryscope.model import Index, PlanNode, Schema, Table, Worker
from queryscope.rules.plan import SortSpill
from tests.plans.nodes import analyzed, firing_on, insights_of, real_plan


def sort(*, written_kb: int = 40_960, ms: float = 300, width: int = 90, **more: object) -> PlanNode:
    values = {"sort_space_type": "Disk", "sort_space_used_kb": written_kb, "sort_method": "external merge"}
    source = analyzed("Seq Scan", rows=300_000, ms=100)
    return analyzed("Sort", source, ms=ms, plan_width=width, **({"rows": 300_000} | values | more))


def test_it_tells_how_much_went_to_disk():
    [insight] = insights_of(SortSpill(), sort())
    assert insight.message == (
        "Sort of 300 000 rows of 90 bytes wrote 40 MB to disk: 200 ms, 67 % of the query."
    )
    assert insight.remedy == (
        "Let an index give the rows in this order, or give it a work_mem of 80 MB, "
        "which is much for one query."
    )


def test_wide_rows_are_made_narrow_first():
    [insight] = insights_of(SortSpill(), sort(width=200))
    assert insight.remedy.startswith("Load fewer columns with .only()")
    [insight] = insights_of(SortSpill(), sort(width=199))
    assert insight.remedy.startswith("Let an index")


def test_what_workers_wrote_counts():
    workers = (
        Worker(worker_number=0, sort_space_type="Disk", sort_space_used_kb=2_000),
        Worker(worker_number=1, sort_space_type="Memory", sort_space_used_kb=9_000),
    )
    [insight] = insights_of(SortSpill(), sort(written_kb=500, sort_space_type="Memory", workers=workers))
    assert "wrote 2000 kB" in insight.message


def test_small_rows_take_more_memory_than_they_took_of_the_disk():
    [insight] = insights_of(SortSpill(), sort(written_kb=5_000, width=16))
    assert "work_mem of 18 MB" in insight.remedy  # 300 000 × (16 + 48) bytes


def test_every_process_has_memory_of_its_own():
    workers = tuple(
        Worker(worker_number=number, sort_space_type="Disk", sort_space_used_kb=written, actual_rows=rows)
        for number, (written, rows) in enumerate([(20_480, 100_000), (10_240, 60_000)])
    )
    parted = sort(written_kb=5_120, workers=workers, rows=60_000, loops=3, ms=300)
    [insight] = insights_of(SortSpill(), analyzed("Gather Merge", parted, ms=210))
    assert "wrote 35 MB to disk" in insight.message
    assert "work_mem of 40 MB" in insight.remedy


@pytest.mark.parametrize("server", ["pg15", "pg18"])
def test_it_fires_on_real_plans(server: str):
    [insight] = insights_of(SortSpill(), real_plan(f"{server}/sort_spill"))
    assert insight.severity in ("error", "warning")


def test_it_is_silent_on_sorts_in_memory():
    assert firing_on(SortSpill()) == {"sort_spill"}


def test_at_the_threshold():
    assert insights_of(SortSpill(), sort(written_kb=1_024))
    assert not insights_of(SortSpill(), sort(written_kb=1_023))
    assert insights_of(SortSpill(min_kb=0), sort(written_kb=1))
    assert not insights_of(SortSpill(min_kb=0), sort(written_kb=0))


@pytest.mark.parametrize(
    "root",
    [
        sort(sort_space_type="Memory"),
        sort(ms=100.5),
        sort(ms=104),
        analyzed("Hash", ms=100, sort_space_type="Disk", sort_space_used_kb=5_000),
        sort(sort_space_type="", workers=(Worker(sort_space_type="Memory", sort_space_used_kb=5_000),)),
    ],
)
def test_near_misses_are_silent(root: PlanNode):
    assert not insights_of(SortSpill(), root)


def test_rows_are_those_that_were_sorted_not_those_that_were_taken():
    [insight] = insights_of(SortSpill(), sort(rows=1_277))
    assert insight.message.startswith("Sort of 300 000 rows of 90 bytes")


def test_much_memory_is_called_much():
    [insight] = insights_of(SortSpill(), sort(written_kb=32_768))
    assert insight.remedy.endswith("a work_mem of 64 MB for this query.")
    [insight] = insights_of(SortSpill(), sort(written_kb=32_769))
    assert insight.remedy.endswith("a work_mem of 64 MB, which is much for one query.")


KEYED = Schema(
    tables=(
        Table(
            schema="public",
            name="book",
            rows=100_000,
            pages=900,
            indexes=(Index(name="book_pkey", method="btree", keys=("id",), is_primary=True),),
        ),
    )
)


def test_a_sort_for_a_distinct_that_drops_nothing_is_left_out():
    source = analyzed("Seq Scan", rows=300_000, ms=100, relation_name="book", alias="book")
    disk = {"sort_space_type": "Disk", "sort_space_used_kb": 40_960, "plan_width": 900}
    for key, start in ((("book.id", "book.title"), "Leave .distinct() out"), (("book.title",), "Load fewer")):
        node = analyzed("Sort", source, rows=300_000, ms=300, sort_key=key, **disk)
        [insight] = insights_of(SortSpill(), analyzed("Unique", node, rows=300_000, ms=330), KEYED)
        assert insight.remedy.startswith(start)


def test_tables_of_subqueries_are_not_what_is_sorted():
    asked = analyzed("Index Scan", relation_name="review", alias="r", loops=9, parent_relationship="SubPlan")
    source = analyzed("Seq Scan", asked, rows=300_000, ms=100, relation_name="book", alias="book")
    disk = {"sort_space_type": "Disk", "sort_space_used_kb": 40_960, "plan_width": 900}
    node = analyzed("Sort", source, rows=300_000, ms=300, sort_key=("book.id",), **disk)
    [insight] = insights_of(SortSpill(), analyzed("Unique", node, rows=300_000, ms=330), KEYED)
    assert insight.remedy.startswith("Leave .distinct() out")


def test_a_sort_for_a_join_is_the_planners_own_wish():
    other = analyzed("Index Scan", rows=10, ms=1)
    [insight] = insights_of(SortSpill(), analyzed("Merge Join", sort(), other, ms=320))
    assert insight.remedy == (
        "Give it a work_mem of 80 MB, which is much for one query, with which the join can be hashed instead."
    )
