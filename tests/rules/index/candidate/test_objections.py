"""Tests of rules/index/candidate/objections.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import Model, Models
from queryscope.rules.index.candidate.objections import (
    is_wasteful,
    selectivity_objection,
    table_objection,
)
from queryscope.rules.index.candidate.scan import read_scans
from tests.rules.index.orders import (
    GROUP,
    MODELS,
    ORDER,
    TABLE,
    make_index,
    make_scan,
    make_schema,
    make_slow_plan,
    make_statement,
)


def scan_of(node, *, models=MODELS, **more):
    (scan,) = read_scans(
        make_slow_plan(node), statement=make_statement(), schema=make_schema(**more), models=models
    )
    return scan


def objection(*, execution_time_ms=20.0, models=MODELS, **more):
    node = make_scan("(status = …)")
    plan = make_slow_plan(node, execution_time_ms=execution_time_ms)
    found = table_objection(GROUP, plan, scan_of(node, models=models, **more))
    return found.kind if found is not None else None


def test_an_ordinary_table_has_none():
    assert objection() is None


@pytest.mark.parametrize(
    ("rows", "pages", "kind"),
    [
        (500.0, 11, None),
        (499.0, 499, "tiny-table"),
        (499.0, 500, None),
        (500.0, 10, "tiny-table"),
        (0.0, 0, "tiny-table"),
    ],
)
def test_tiny_tables(rows, pages, kind):
    assert objection(rows=rows, pages=pages) == kind


def test_a_table_that_was_never_analysed_is_judged_by_what_was_read():
    assert objection(rows=-1.0) is None


@pytest.mark.parametrize(("milliseconds", "kind"), [(0.99, "fast"), (1.0, None), (None, None)])
def test_fast_queries(milliseconds, kind):
    assert objection(execution_time_ms=milliseconds) == kind


def test_partitioned_tables_are_no_objection():
    assert objection(is_partitioned=True) is None


@pytest.mark.parametrize("rows", [20.0, 499.0])
def test_the_size_of_a_test_says_nothing(rows):
    schema = replace(make_schema(rows=rows, pages=1), is_test_size=True)
    node = make_scan("(status = …)", kept=rows, removed=0)
    (scan,) = read_scans(make_slow_plan(node), statement=make_statement(), schema=schema, models=MODELS)
    assert table_objection(GROUP, make_slow_plan(node, execution_time_ms=0.1), scan) is None
    assert selectivity_objection(GROUP, scan) is None


@pytest.mark.parametrize(("searches", "wasteful"), [(99.0, False), (100.0, True)])
def test_an_index_that_is_entered_for_each_value_of_another_column_is_no_way(searches, wasteful):
    skip = make_scan(
        "",
        node_type="Index Scan",
        index_cond="(code = …)",
        index_name="both",
        removed=0,
        index_searches=searches,
        actual_loops=2.0,
    )
    assert is_wasteful(scan_of(skip, indexes=(make_index("status", "code", name="both"),))) is wasteful
    assert not is_wasteful(scan_of(skip, indexes=(make_index("code", "status", name="both"),)))


def test_nor_is_one_that_is_entered_so_to_find_the_pages_of_a_table():
    inner = make_scan(
        "",
        node_type="Bitmap Index Scan",
        index_cond="(code = …)",
        index_name="both",
        removed=0,
        index_searches=99.0,
    )
    skip = make_scan(
        "", node_type="Bitmap Heap Scan", recheck_cond="(code = …)", removed=0, children=(inner,)
    )
    assert is_wasteful(scan_of(skip, indexes=(make_index("status", "code", name="both"),)))
    assert not is_wasteful(scan_of(skip, indexes=(make_index("code", "status", name="both"),)))


def test_a_bound_of_the_first_column_is_no_way_either():
    skip = make_scan(
        "",
        node_type="Index Scan",
        index_cond="((created > …) AND (code = …))",
        index_name="both",
        removed=0,
        index_searches=50.0,
    )
    assert is_wasteful(scan_of(skip, indexes=(make_index("created", "code", name="both"),)))
    assert not is_wasteful(scan_of(skip, indexes=(make_index("code", "created", name="both"),)))


@pytest.mark.parametrize(
    ("pages", "kept", "searches", "loops", "wasteful"),
    [
        (49, 0, 1.0, 1.0, False),
        (50, 1, 1.0, 1.0, True),
        (50, 2, 1.0, 1.0, False),  # each row may lie on a page of its own
        (400, 1, 10.0, 1.0, False),  # a list of ten values
        (99, 0, 1.0, 2.0, False),
        (100, 0, 0.0, 2.0, True),  # before PostgreSQL 18 searches aren't counted
        (1999, 1, 100.0, 100.0, False),
        (2000, 1, 100.0, 100.0, True),  # twenty pages for each of a hundred rows
        (2000, 1, 134.0, 134.0, False),  # fifteen
    ],
)
def test_a_scan_of_an_index_is_wasteful_that_passes_many_pages_of_it(pages, kept, searches, loops, wasteful):
    walk = make_scan(
        "",
        node_type="Index Only Scan",
        index_cond="((created > …) AND (code = …))",
        kept=kept,
        removed=0,
        index_searches=searches,
        actual_loops=loops,
        shared_hit_blocks=pages - 10,
        shared_read_blocks=10,
    )
    assert is_wasteful(scan_of(walk)) is wasteful


def test_a_big_table_of_a_test_is_judged_by_its_size():
    schema = replace(make_schema(), is_test_size=True)
    node = make_scan("(status = …)", kept=190_000, removed=10_000)
    (scan,) = read_scans(make_slow_plan(node), statement=make_statement(), schema=schema, models=MODELS)
    assert table_objection(GROUP, make_slow_plan(node, execution_time_ms=0.1), scan) is not None
    assert selectivity_objection(GROUP, scan) is not None


def test_none_against_the_table_of_an_unmanaged_model_which_a_migration_can_index():
    unmanaged = Model(label="shop.Order", table=TABLE, fields=ORDER.fields, is_managed=False)
    assert objection(models=Models(models=(unmanaged,))) is None


@pytest.mark.parametrize(("kept", "kind"), [(20_000, None), (40_000, None), (40_010, "low-selectivity")])
def test_unselective_conditions(kept, kind):
    found = selectivity_objection(
        GROUP, scan_of(make_scan("(status = …)", kept=kept, removed=200_000 - kept))
    )
    assert (found.kind if found is not None else None) == kind


@pytest.mark.parametrize(
    ("node_type", "kept", "removed", "wasteful"),
    [
        ("Seq Scan", 5, 0, True),
        ("Index Scan", 333, 1000, True),
        ("Index Scan", 334, 1000, False),
        ("Index Scan", 1, 999, False),
        ("Bitmap Heap Scan", 0, 5000, True),
        ("Index Scan", 5000, 0, False),
    ],
)
def test_a_scan_is_wasteful_if_it_reads_much_more_than_it_keeps(node_type, kept, removed, wasteful):
    scan = scan_of(make_scan("(status = …)", node_type=node_type, kept=kept, removed=removed))
    assert is_wasteful(scan) is wasteful
