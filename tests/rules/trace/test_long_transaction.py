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


def place_in(text: str, *stack: Any) -> Any:
    """Where the source says that the transaction of a query with that stack was opened."""
    one = trace()
    first = replace(GROUPS[0], stack=stack or (FIRST,))
    one = replace(one, groups=(first, *GROUPS[1:]))
    context = Context(Models(), Sources(lambda path: text), {one.id: one})
    return RULE.remedy(found(one), context).location


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("@transaction.atomic", 1),
        ('@transaction.atomic(using="default")', 1),
        ('@method_decorator(transaction.atomic, name="post")', 1),
        ('@transaction.atomic(using="other")', None),
        ("@cached", None),
    ],
)
def test_the_decorator_that_opens_it_is_the_place(head, line):
    text = f"{head}\ndef pay(order):\n        order = Order.objects.get()\n"
    place = place_in(text)
    assert (place.line if place else None) == line
    assert place is None or place.end_line == 3


UNIT = """
class Unit:
    def __enter__(self):
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
"""
OWN = {
    "a class": (UNIT, "Unit()"),
    "a subclass": (UNIT + "\nclass Mine(Unit):\n    pass\n", "Mine('x')"),
    "of Django's own": ("class Mine(transaction.Atomic):\n    pass\n", "Mine(None, True, False)"),
    "a stack": (
        "class Unit(ExitStack):\n    def __enter__(self):\n        self.enter_context(atomic())\n", "Unit()",
    ),
    "a generator": (
        "@contextmanager\ndef unit():\n    with transaction.atomic():\n        yield\n", "unit()",
    ),
    "a function": ("def unit():\n    return transaction.atomic(durable=True)\n", "unit()"),
    "nothing": ("def unit():\n    return other()\n", None),
    "a generator that opens it later": (
        "@contextmanager\ndef unit():\n    yield\n    with transaction.atomic():\n        log()\n", None,
    ),
    "a class that opens none": ("class Unit:\n    def __enter__(self):\n        lock()\n", None),
    "another class": ("class Unit(Lock):\n    pass\n", None),
}  # fmt: skip


@pytest.mark.parametrize("name", OWN)
def test_a_context_manager_of_the_projects_own_opens_it(name):
    text, called = OWN[name]
    block = f"def pay():\n    with {called or 'unit()'}:\n        order = Order.objects.get()\n"
    texts = {
        "shop/pay.py": f"from .work import *\n{block}".replace("*", (called or "unit").partition("(")[0])
    }
    texts["shop/work.py"] = text
    first = replace(FIRST, line=4, end_line=4)
    one = replace(trace(), groups=(replace(GROUPS[0], stack=(first,)), *GROUPS[1:]))
    context = Context(Models(), Sources(texts.get), {one.id: one})
    place = RULE.remedy(found(one), context).location
    assert (place.path, place.line) == ("shop/pay.py", 3) if called else place is None


def test_the_outermost_block_opens_it_and_those_within_set_savepoints():
    text = "with transaction.atomic():\n    with transaction.atomic():\n        order = Order.objects.get()\n"
    assert place_in(text).line == 1
    text = text.replace("atomic()", 'atomic("other")', 1)
    assert place_in(text).line == 2


def test_a_caller_may_have_opened_it():
    text = "def pay():\n    with transaction.atomic():\n        order = Order.objects.get()\n"
    helper = make_frame("shop/helper.py", 90, "ask", end_line=90, column=4, end_column=9)
    place = place_in(text, helper, FIRST)
    assert (place.path, place.line) == ("shop/pay.py", 2)


def test_a_savepoint_at_the_head_of_a_block_says_that_one_was_open_before():
    head = make_frame("shop/pay.py", 2, "pay", end_line=2, column=9, end_column=29)
    assert place_in(SOURCE, head) is None
    assert place_in(SOURCE).line == 2


def test_a_block_is_one_finding_wherever_its_longest_wait_was():
    one = trace()
    context = Context(Models(), Sources(lambda path: SOURCE), {one.id: one})
    [observation] = found(one)
    [later] = found(trace(10.0, 20.0, queries=(query(1, 10.0), query(1, 1490.0))))
    gathered = RULE.gather(observation, context)
    assert gathered == RULE.gather(later, context)
    assert (gathered.path, gathered.line, gathered.subject) == ("shop/pay.py", 2, "")
    nowhere = Context(Models(), Sources(lambda path: None), {one.id: one})
    assert RULE.gather(observation, nowhere) is None


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
