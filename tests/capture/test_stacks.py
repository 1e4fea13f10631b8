"""Stacks that are walked once: what is left on running frames says what stands further out, nothing else."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from types import FrameType, SimpleNamespace
from typing import Any

import pytest
from django.db import connection, connections
from django.template import Context

from catalog.models import Product, Tag
from queryscope.capture.stacks import KNOWN, MAX_FRAMES, Stacks, Tail
from queryscope.model import QueryGroup
from tests.capture.recording import CODES, record
from tests.capture.shop import add_products
from tests.capture.test_walk import engine

pytestmark = pytest.mark.django_db


def ask(number: int = 1) -> None:
    list(Tag.objects.filter(pk=number))


def ask_from_elsewhere(number: int) -> None:
    ask(number)


def descend(depth: int, times: int = 3) -> None:
    if depth:
        descend(depth - 1, times)
        return
    for number in range(times):
        ask(number)


def tails() -> list[Tail]:
    """What stands on the frames of the caller."""
    found = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if type(frame.f_trace) is Tail:
            found.append(frame.f_trace)
        frame = frame.f_back
    return found


def places(group: QueryGroup) -> list[tuple[str, int]]:
    return [(frame.function, frame.line) for frame in group.stack]


def test_queries_of_a_loop_share_a_group_with_the_whole_stack() -> None:
    with record() as recording:
        descend(12)
    (group,) = recording.groups
    assert group.count == 3
    assert [name for name, _ in places(group)][:14] == ["ask", *["descend"] * 13]


def test_a_loop_is_few_groups_while_it_is_recorded() -> None:
    descend(12, times=50)  # by now its bytecode is specialised, and a call has one offset
    with record() as recording:
        descend(12, times=90)
    assert len(recording.recorder.groups) == 2  # before and after something was known
    assert len(recording.groups) == 1


def test_the_same_function_called_from_two_lines_has_two_stacks() -> None:
    with record() as recording:
        for number in range(3):
            ask_from_elsewhere(number)
            ask(number)
        ask(1)
    assert sorted(group.count for group in recording.groups) == [1, 3, 3]
    stacks = {tuple(places(group)) for group in recording.groups}
    assert len(stacks) == 3


def test_a_stack_is_the_same_with_and_without_what_is_known() -> None:
    def inner(number: int) -> None:
        ask(number)

    def outer(number: int) -> None:
        inner(number)

    with record() as first:
        outer(1)
    with record() as second:
        for _ in range(5):
            outer(1)
    assert places(first.last)[:3] == places(second.last)[:3]
    assert second.last.count == 5


def test_a_generator_that_goes_on_elsewhere_has_the_stack_of_whoever_asks() -> None:
    def numbers() -> Iterator[int]:
        for number in range(4):
            ask(number)
            yield number

    def first(asked: Iterator[int]) -> None:
        next(asked)

    def second(asked: Iterator[int]) -> None:
        next(asked)

    with record() as recording:
        asked = numbers()
        first(asked)
        second(asked)
        first(asked)
        next(asked)
    callers: Counter[str] = Counter()
    for group in recording.groups:
        callers[places(group)[2][0].rpartition(".")[2]] += group.count
    name = "test_a_generator_that_goes_on_elsewhere_has_the_stack_of_whoever_asks"
    assert callers == {"first": 2, "second": 1, name: 1}


def test_frames_that_use_the_memory_of_others_are_not_taken_for_them() -> None:
    # Frames of calls that have returned are freed, and the next call's may lie in the same place.
    def one() -> None:
        ask(1)

    def other() -> None:
        ask(1)

    with record() as recording:
        for _ in range(50):
            one()
            other()
    counts = {places(group)[1][0].rpartition(".")[2]: group.count for group in recording.groups}
    assert counts == {"one": 50, "other": 50}


def test_template_lines_of_a_loop_are_told_each_time() -> None:
    add_products(3)
    template = engine().get_template("shop/list.html")
    with record() as recording:
        for _ in range(2):
            template.render(Context({"products": Product.objects.order_by("pk")}))
    categories = [
        group for group in recording.groups if group.access and group.access.attribute == "category"
    ]
    assert [group.count for group in categories] == [6]
    lines = [frame.source for frame in categories[0].stack if frame.is_template]
    assert lines[0] == "{% with category=product.category %}"


def test_nothing_stands_on_a_frame_when_the_recording_has_ended() -> None:
    with record():
        list(Tag.objects.filter(pk=1))
        during = tails()
    assert during
    assert tails() == []


def test_the_tails_of_another_recorder_are_not_believed() -> None:
    with record() as outer:
        ask()
        with record() as inner:
            ask()
        ask()
    assert inner.last.count == 1
    assert outer.last.count == 1
    assert [len(group.stack) for group in outer.groups] == [len(inner.last.stack)] * 2


def test_threads_have_stacks_of_their_own() -> None:
    found: list[list[tuple[int, int]]] = []

    def work() -> None:
        try:
            with record() as recording:
                for _ in range(20):
                    ask()
            found.append([(group.count, len(group.stack)) for group in recording.groups])
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[(20, 2)]] * 4


def test_threads_that_share_a_recorder_lose_no_count() -> None:
    cursor = SimpleNamespace(db=connection, cursor=SimpleNamespace(rowcount=1))

    def work(recorder: Any) -> None:
        for number in range(5000):
            recorder.note(None, (f"SELECT {number % 7}", [number % 50], False, cursor), (0, 1))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with record(max_queries=10) as recording:
            threads = [threading.Thread(target=work, args=[recording.recorder]) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert recording.recorder.count == 20_000
    assert sum(group.count for group in recording.recorder.groups) == 20_000
    assert sum(sum(group.params.values()) for group in recording.recorder.groups) == 20_000
    assert sum(group.total_ns for group in recording.recorder.groups) == 20_000
    assert len(recording.recorder.groups) == 7
    assert 10 <= len(recording.trace.queries) <= 13  # each thread may add one more


def test_while_somebody_traces_nothing_is_left_on_frames() -> None:
    def trace(*_: Any) -> Any:
        return trace

    before = sys.gettrace()
    with record() as recording:
        sys.settrace(trace)
        try:
            ask()
            ask()
            found = tails()
        finally:
            sys.settrace(before)
    assert found == []
    assert recording.last.count == 1
    assert sum(group.count for group in recording.groups) == 2


def test_a_tracer_that_is_set_later_finds_a_trace_function_that_does_nothing() -> None:
    events = []

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        events.append((frame.f_code.co_name, event))
        return None

    before = sys.gettrace()
    with record() as recording:
        list(Tag.objects.filter(pk=1))
        assert tails()
        sys.settrace(trace)
        try:
            number = 1
            ask(number)
        finally:
            sys.settrace(before)
    assert ("ask", "call") in events
    assert sum(group.count for group in recording.groups) == 2


def test_a_key_is_told_in_full_and_not_beyond_the_limit() -> None:
    stacks = Stacks(CODES, 7)

    def leave() -> list[Any]:
        key: list[Any] = [1, 2, 3, 4, *range(100, 100 + 4 * MAX_FRAMES)]
        stacks.leave([(sys._getframe(), 2, "")], key)
        tail = sys._getframe().f_trace
        assert isinstance(tail, Tail)
        assert key == [1, 2, tail.number, KNOWN]
        assert tail("event") is tail
        return key

    full = stacks.expand(tuple(leave()))
    assert full[:5] == (1, 2, 3, 4, 100)
    assert len(full) == 2 * MAX_FRAMES
    assert stacks.expand((1, 2)) == (1, 2)
    assert stacks.expand(()) == ()


def test_equal_tails_are_stored_once() -> None:
    stacks = Stacks(CODES, 7)
    for _ in range(3):
        stacks.leave([(sys._getframe(), 2, "")], [1, 2, 3, 4])
    assert stacks._rests == [(3, 4)]
    stacks.take_back(sys._getframe())
    assert tails() == []
