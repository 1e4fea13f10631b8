"""What is spared, held against the change that it takes."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

from queryscope.model import Observation, Origin, Query, Trace
from queryscope.rules.worth import fastest_ms, in_each_unit, queries_of, spares_enough
from tests.builders import make_query_group, make_trace


def seen(spared: int, *groups: int, trace: str = "t1", **more: Any) -> Observation:
    return Observation(
        rule="r", trace=trace, model="shop.Book", avoidable_queries=spared, groups=groups or (0,), **more
    )


def unit(queries: int, *, kind: Any = "request", ms: float = 1.0) -> Trace:
    groups = (
        make_query_group(0, count=2, total_ms=2 * ms),
        make_query_group(1, count=queries - 2, total_ms=1.0),
        make_query_group(2, count=40, kind="transaction", sql="SAVEPOINT %s"),
    )
    return make_trace(*groups, origin=Origin(kind=kind, label="it"), queries=())


@pytest.mark.parametrize(("spared", "is_enough"), [(0, False), (2, False), (3, True), (4, True)])
def test_so_many_queries_are_enough(spared, is_enough):
    assert spares_enough(seen(spared), unit(100), queries=3, share=1.0, ms=inf) is is_enough


@pytest.mark.parametrize(("queries", "is_enough"), [(9, True), (10, True), (11, False)])
def test_so_is_a_part_of_all_that_the_unit_ran_without_its_savepoints(queries, is_enough):
    trace = unit(queries)
    assert queries_of(trace) == queries
    assert spares_enough(seen(1), trace, queries=inf, share=0.1, ms=inf) is is_enough


def test_of_a_test_that_calls_a_function_by_itself_the_part_tells_nothing():
    assert not spares_enough(seen(1), unit(2, kind="test"), queries=inf, share=0.1, ms=inf)
    assert spares_enough(seen(1), unit(2, kind="command"), queries=inf, share=0.1, ms=inf)


@pytest.mark.parametrize(("ms", "is_enough"), [(9.0, False), (10.0, True)])
def test_so_is_time(ms, is_enough):
    assert spares_enough(seen(2), unit(100, ms=ms), queries=inf, share=1.0, ms=20.0) is is_enough


def test_the_fastest_execution_tells_what_a_query_takes():
    queries = tuple(Query(group=0, started_ms=ms, duration_ms=ms) for ms in (40.0, 0.5))
    trace = make_trace(make_query_group(0, count=2, total_ms=40.5), queries=queries)
    assert fastest_ms((0,), trace) == 0.5
    assert fastest_ms((), trace) == 0.0
    assert not spares_enough(seen(1), trace, queries=inf, share=1.1, ms=20.0)


def test_what_was_seen_of_one_site_is_counted_for_each_unit():
    found = [
        seen(2, 0, query_count=3, owner_rows=3),
        seen(4, 5, trace="t2", query_count=5),
        seen(3, 1, query_count=4, owner_rows=4),
    ]
    first, second = in_each_unit(found)
    assert (first.trace, first.groups, first.avoidable_queries) == ("t1", (0, 1), 5)
    assert (first.query_count, first.owner_rows) == (7, 7)
    assert (second.trace, second.groups, second.avoidable_queries) == ("t2", (5,), 4)
