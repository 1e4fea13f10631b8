"""tiny-data: a badge of plans that tell nothing of others."""

from __future__ import annotations

import pytest

from queryscope.model import Schema
from queryscope.plans.badges import badges_of
from queryscope.plans.tiny import tiny_data
from tests.plans.corpus import REAL
from tests.plans.nodes import analyzed, plan_of
from tests.plans.shop import SCHEMA, table


def scan(
    kind: str = "Seq Scan", *, rows: float = 20, removed: float = 0, name: str = "shelf", **more: object
):
    return analyzed(kind, rows=rows, rows_removed_by_filter=removed, relation_name=name, **more)


def test_it_tells_how_few_rows_the_largest_table_has():
    badge = tiny_data(
        plan_of(analyzed("Hash Join", scan(), scan(rows=10, removed=40, name="book"))), Schema()
    )
    assert badge is not None
    assert (badge.node, badge.name) == (None, "tiny-data")
    assert badge.text.startswith(
        "The tables have 50 rows at most: with more, PostgreSQL would plan this otherwise"
    )


@pytest.mark.parametrize("case", REAL, ids=lambda case: case.label)
def test_the_corpus_has_it_where_its_manifest_says_so(case):
    has = tiny_data(case.plan, SCHEMA) is not None
    assert has or "R48" not in case.fires
    assert not has or "R48" not in case.near
    assert not has or any(f'"{name}"' in case.text for name in ("shelf", "publisher", "scan"))


def test_at_the_threshold():
    assert tiny_data(plan_of(scan(rows=999)), Schema())
    assert not tiny_data(plan_of(scan(rows=1_000)), Schema())
    assert not tiny_data(plan_of(scan(rows=1, removed=999)), Schema())


def test_a_scan_that_is_left_early_tells_nothing_of_its_table():
    assert not tiny_data(plan_of(analyzed("Limit", scan())), Schema())
    assert not tiny_data(plan_of(scan("Index Scan")), Schema())
    assert not tiny_data(plan_of(analyzed("Gather", scan(parallel_aware=True, loops=3))), Schema())


def test_the_catalog_tells_of_tables_that_were_not_read_whole():
    few, many = Schema(tables=(table("shelf", 20, 1),)), Schema(tables=(table("shelf", 20_000, 100),))
    assert tiny_data(plan_of(scan("Index Scan")), few)
    assert not tiny_data(plan_of(scan()), many)
    assert not tiny_data(plan_of(scan("Index Scan")), Schema(tables=(table("shelf", -1, 1),)))


def test_old_statistics_do_not_make_a_table_tiny():
    assert not tiny_data(plan_of(scan(rows=5_000)), Schema(tables=(table("shelf", 20, 1),)))


def test_one_table_that_is_not_known_or_not_small_is_enough_to_say_nothing():
    assert not tiny_data(plan_of(analyzed("Nested Loop", scan(), scan("Index Scan", name="book"))), Schema())
    assert not tiny_data(plan_of(analyzed("Nested Loop", scan(), scan(rows=5_000, name="book"))), Schema())


def test_plans_without_tables_or_that_never_ran_have_none():
    assert not tiny_data(plan_of(analyzed("Result")), Schema())
    assert not tiny_data(plan_of(scan(loops=0)), Schema())


def test_a_write_that_reads_no_table_would_be_planned_alike_with_more():
    few = Schema(tables=(table("shelf", 20, 1), table("book", 30, 1)))
    for source in (analyzed("Result"), analyzed("Values Scan", rows=3), analyzed("Function Scan", rows=3)):
        assert not tiny_data(plan_of(analyzed("ModifyTable", source, relation_name="shelf")), few)
    assert tiny_data(plan_of(analyzed("ModifyTable", scan(name="book"), relation_name="shelf")), few)


def test_it_is_among_the_badges_of_the_plan():
    assert "tiny-data" in [badge.name for badge in badges_of(plan_of(scan()), Schema())]
