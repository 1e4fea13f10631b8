"""Waits between the queries of one line."""

from __future__ import annotations

import pytest

from queryscope.model import Query
from queryscope.rules.pauses import is_mostly_paced, is_paced, pauses
from tests.builders import make_query_group, make_trace

LINE = make_query_group(0)


def trace_of(*starts: float):
    queries = tuple(Query(group=0, started_ms=at, duration_ms=1.0) for at in starts)
    return make_trace(LINE, make_query_group(1), queries=(*queries, Query(1, 7.0, 1.0)))


def test_a_pause_is_from_the_end_of_one_to_the_start_of_the_next():
    assert pauses(trace_of(0.0, 61.0, 72.0), LINE) == [10.0, 60.0]


@pytest.mark.parametrize(
    ("starts", "always", "mostly"),
    [
        ((0.0, 61.0, 122.0), True, True),
        ((0.0, 61.0, 122.0, 125.0), False, True),
        ((0.0, 2.0, 4.0, 65.0), False, False),
        ((0.0,), False, False),
        ((), False, False),
    ],
)
def test_a_line_that_waits_each_time_or_mostly(starts, always, mostly):
    trace = trace_of(*starts)
    assert (is_paced(trace, LINE, 50.0), is_mostly_paced(trace, LINE, 50.0)) == (always, mostly)
