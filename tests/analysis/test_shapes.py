"""Query shapes and plans over a run."""

from __future__ import annotations

import pytest

from queryscope.analysis.shapes import merge_plans, query_count, shapes_of
from queryscope.model import Capture
from tests.builders import make_plan, make_query_group, make_trace


def test_transactions_are_no_queries():
    groups = [make_query_group(0, count=3), make_query_group(1, kind="transaction", count=9)]
    assert query_count(make_trace(*groups)) == 3
    assert query_count(make_trace()) == 0


def test_a_shape_adds_up_over_groups_and_traces():
    sql = 'SELECT * FROM "shop_book"'
    one = make_trace(
        make_query_group(0, fingerprint="f", sql=sql, count=2, total_ms=4.0, max_ms=3.0), id="t1"
    )
    slow = make_query_group(0, fingerprint="f", sql=sql, total_ms=9.0, max_ms=9.0, first_index=5)
    two = make_trace(slow, id="t2")
    [shape] = shapes_of([one, two])
    assert (shape.count, shape.total_ms, shape.max_ms) == (3, 13.0, 9.0)
    assert shape.relations == ("shop_book",)
    assert (shape.example.trace, shape.example.index, shape.example.stack) == ("t2", 5, slow.stack)


def test_the_costliest_shape_comes_first_then_by_fingerprint():
    groups = [
        make_query_group(0, fingerprint="b", total_ms=5.0),
        make_query_group(1, fingerprint="a", total_ms=5.0),
        make_query_group(2, fingerprint="c", total_ms=50.0),
    ]
    assert [shape.fingerprint for shape in shapes_of([make_trace(*groups)])] == ["c", "a", "b"]
    assert shapes_of([]) == ()


@pytest.mark.parametrize("order", [1, -1])
def test_of_plans_of_one_shape_the_analyzed_then_the_slowest_is_kept(order):
    plans = [
        make_plan(fingerprint="f", execution_time_ms=5.0),
        make_plan(fingerprint="f", execution_time_ms=9.0),
        make_plan(fingerprint="f", execution_time_ms=None, is_analyzed=False),
        make_plan(fingerprint="g", execution_time_ms=None, is_analyzed=False),
        make_plan(fingerprint="h", execution_time_ms=50.0),
    ][::order]
    found = merge_plans([Capture(trace=make_trace(), plans=(plan,)) for plan in plans])
    assert [(plan.fingerprint, plan.execution_time_ms) for plan in found] == [
        ("h", 50.0),
        ("f", 9.0),
        ("g", None),
    ]
