"""`long-transaction`: firing, silent, at its threshold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from queryscope.fixes.sources import Sources
from queryscope.model import Models, Origin, Trace
from queryscope.rules.remedy import Context
from queryscope.rules.trace import LongTransaction
from tests.builders import make_event, make_frame, make_query_group, make_site, make_trace
from tests.rules.trace.writing import query

RULE = LongTransaction()
SOURCE = """\
def pay(order):
    with transaction.atomic():
        order = Order.objects.get()
        call()
        order.save()
"""
FIRST = make_frame("shop/pay.py", 3, "pay", end_line=3, column=16, end_column=35)
LAST = make_frame("shop/pay.py", 5, "pay", end_line=5, column=8, end_column=20)
GROUPS = (
    make_query_group(0, stack=(FIRST,), site=make_site("shop.Order")),
    make_query_group(1, stack=(LAST,), kind="update"),
)


def trace(*times: float, end: float = 1500.0, kind: str = "commit", **more: Any) -> Trace:
    """A transaction from 0 to `end`, with a query at each of these times."""
    times = times or (10.0, 1490.0)
    values: dict[str, Any] = {
        "queries": tuple(query(min(at, 1), time) for at, time in enumerate(times)),
        "connections": (
            make_event("begin", started_ms=0.0, duration_ms=0.0),
            make_event(kind, started_ms=end, duration_ms=0.0),
        ),
    }
    return make_trace(*GROUPS, **(values | more))


def found(one: Trace, rule: LongTransaction = RULE) -> list[Any]:
    return list(rule.check(one, Models()))


def test_a_transaction_that_waits_is_told_with_the_lines_around_the_wait():
    [observation] = found(trace())
    assert observation.fact == "time"
    assert observation.groups == ()
    assert observation.trigger == FIRST
    assert observation.duration_ms == 1500.0
    assert RULE.message([observation]) == (
        "pay kept a transaction open for 1500 ms, with 2 queries; for 1479 ms no query ran, most of it "
        "between shop/pay.py:3 and shop/pay.py:5."
    )


def test_the_place_is_the_block_that_opens_it():
    one = trace()
    context = Context(Models(), Sources(lambda path: SOURCE), {one.id: one})
    remedy = RULE.remedy(found(one), context)
    assert (remedy.location.line, remedy.location.end_line) == (2, 5)
    assert not remedy.fix.diff
    assert "ATOMIC_REQUESTS" not in remedy.fix.caveat


def test_without_a_block_around_it_the_callers_are_named():
    one = trace()
    text = SOURCE.replace("with transaction.atomic():", "if order is not None:     ")
    context = Context(Models(), Sources(lambda path: text), {one.id: one})
    remedy = RULE.remedy(found(one), context)
    assert remedy.location is None
    assert "ATOMIC_REQUESTS" in remedy.fix.caveat


def test_it_fires_at_the_threshold_only():
    assert found(trace(10.0, 900.0, end=1000.0))
    assert not found(trace(10.0, 900.0, end=999.0))
    assert not found(trace(), LongTransaction(open_ms=1501.0))


def test_a_wait_behind_the_last_query_counts():
    [observation] = found(trace(10.0, end=1500.0))
    assert "most of it around shop/pay.py:3" in observation.subject


def test_a_busy_transaction_is_silent():
    assert not found(trace(*(float(at) for at in range(1, 1500, 60))))


def test_a_wait_below_the_option_does_not_count():
    times = [float(at) for at in range(1, 1500, 120)]
    assert found(trace(*times))
    assert not found(trace(*times), LongTransaction(wait_ms=130.0))


def test_a_database_that_works_for_half_of_the_time_is_no_wait():
    slow = (query(0, 1.0, 800.0), query(1, 1490.0))
    assert not found(trace(queries=slow))


def test_a_transaction_without_queries_is_silent():
    assert not found(trace(queries=()))


def test_without_all_its_queries_nothing_is_said():
    assert not found(trace(dropped_queries=5))


def test_a_test_case_is_silent_unless_it_commits():
    origin = Origin(kind="test", label="tests/test_pay.py::test_it")
    assert not found(trace(kind="rollback", origin=origin))
    assert found(trace(kind="commit", origin=origin))
    assert found(trace(kind="rollback"))


def test_a_transaction_that_began_before_is_not_known():
    one = trace()
    assert not found(replace(one, connections=one.connections[1:]))


@pytest.mark.parametrize("path", ["shop/tests/test_pay.py", "shop/migrations/0002_x.py"])
def test_what_is_not_the_application_is_silent(path):
    groups = tuple(replace(group, stack=(replace(group.stack[0], path=path),)) for group in GROUPS)
    assert not found(replace(trace(), groups=groups))


def test_queries_of_another_thread_or_database_do_not_count():
    other = trace(queries=(query(0, 10.0), query(1, 700.0, thread=1)))
    [observation] = found(other)
    assert observation.query_count == 1
