"""How many rows of a table a plan needs."""

from __future__ import annotations

import pytest

from queryscope.plans.needed import needed_rows
from tests.builders import make_node, make_plan


def scan(relation="a", rows=1000.0, loops=1.0, **more):
    return make_node(
        "Seq Scan", relation_name=relation, plan_rows=7.0, actual_rows=rows, actual_loops=loops, **more
    )


def above(kind, *children, rows=10.0):
    return make_node(kind, *children, plan_rows=rows, actual_rows=rows, actual_loops=1.0)


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        (scan(), {"a": 1000.0}),
        (scan(loops=3.0), {"a": 1000.0}),
        (scan(loops=3.0, parallel_aware=True), {"a": 3000.0}),
        (above("Limit", scan()), {"a": 10.0}),
        (above("Limit", above("Sort", scan(), rows=1000.0)), {"a": 10.0}),
        (above("Hash Join", scan(), above("Hash", scan("b", 20.0))), {"a": 10.0, "b": 10.0}),
        (above("Hash Join", scan(), scan("b", 5.0), rows=5000.0), {"a": 1000.0, "b": 5.0}),
        (above("Aggregate", scan()), {"a": 1000.0}),
        (above("Limit", above("Aggregate", scan(), rows=50.0)), {"a": 1000.0}),
        (above("Append", scan(), scan(rows=30.0)), {"a": 30.0}),
    ],
)
def test_it_is_what_joins_keep_and_limits_take(root, expected):
    assert needed_rows(make_plan(root)) == expected


def test_what_was_not_run_has_no_rows_and_what_was_not_counted_its_estimate():
    never = scan("b", loops=0.0)
    planned = make_node("Seq Scan", relation_name="c", plan_rows=40.0)
    assert needed_rows(make_plan(above("Append", never, planned))) == {"c": 40.0}


def test_a_subquery_is_no_part_of_what_is_joined_around_it():
    inner = scan("b", 500.0, parent_relationship="SubPlan")
    assert needed_rows(make_plan(above("Hash Join", scan(), inner))) == {"a": 10.0, "b": 500.0}
