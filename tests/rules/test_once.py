"""What is read of a trace once."""

from __future__ import annotations

from dataclasses import replace

from queryscope.model import Query
from queryscope.rules.once import executions, once
from tests.builders import make_query_group, make_trace


def test_what_was_made_last_is_kept_for_the_same_objects():
    made = []

    @once
    def count(one, other=None):
        made.append(one)
        return len(made)

    first, second = [1], [1]
    assert [count(first), count(first)] == [1, 1]
    assert [count(second), count(first)] == [2, 3]  # equal, but another
    assert count(first, second) == 4
    assert count(first, second) == 4


def test_executions_are_sorted_by_their_starts_in_each_group():
    queries = tuple(Query(group=at % 2, started_ms=9.0 - at, duration_ms=1.0) for at in range(4))
    trace = make_trace(make_query_group(0), make_query_group(1), queries=queries)
    assert [query.started_ms for query in executions(trace)[0]] == [7.0, 9.0]
    assert [query.started_ms for query in executions(trace)[1]] == [6.0, 8.0]
    assert executions(trace) is executions(trace)
    assert executions(replace(trace, queries=())) == {}
