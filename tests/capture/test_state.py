"""What is active, and how faults are counted."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from queryscope.capture.state import ACTIVE, FAULTS, MAX_FAULTS, Faults, active
from tests.capture.recording import make_recorder


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    FAULTS.clear()
    yield
    FAULTS.clear()
    ACTIVE.set(None)


def test_nothing_is_active_at_first() -> None:
    assert active() is None


def test_a_recorder_that_has_ended_gives_way_to_the_one_around_it() -> None:
    outer, middle, inner = make_recorder(), make_recorder(), make_recorder()
    inner.outer, middle.outer = middle, outer
    ACTIVE.set(inner)
    assert active() is inner
    inner.ended_ns = middle.ended_ns = 1
    assert active() is outer
    outer.ended_ns = 1
    assert active() is None


def test_nothing_is_active_once_the_profiler_is_off() -> None:
    ACTIVE.set(make_recorder())
    for _ in range(MAX_FAULTS):
        FAULTS.note("a test")
    assert active() is None
    FAULTS.clear()
    assert active() is not None


def test_the_first_fault_is_logged_with_its_traceback_and_the_third_switches_off(
    caplog: pytest.LogCaptureFixture,
) -> None:
    faults = Faults()
    for _ in range(5):
        try:
            raise LookupError("inside")
        except LookupError:
            faults.note("a test")
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert "a test" in caplog.text
    assert "LookupError: inside" in caplog.text
    assert "off in this process" in caplog.text
    assert (faults.count, faults.is_off) == (5, True)


def test_two_faults_leave_it_on() -> None:
    faults = Faults()
    faults.note("a")
    faults.note("b")
    assert not faults.is_off


def test_a_recorder_does_not_start_once_the_profiler_is_off() -> None:
    for _ in range(MAX_FAULTS):
        FAULTS.note("a test")
    recorder = make_recorder().start()
    assert recorder.ended_ns
    assert ACTIVE.get() is None
