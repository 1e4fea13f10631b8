"""The hook that sees every statement: around the wrappers of other tools, and in none of their lists."""

from __future__ import annotations

import sys
from collections.abc import Callable
from inspect import unwrap
from time import perf_counter_ns
from types import FrameType
from typing import Any

from queryscope.capture.beside import RUNNING, note_stray
from queryscope.capture.state import ACTIVE, FAULTS, active

_CALLER = 2  # of the cursor's execute() or executemany(), which calls the hook
# From there to QuerySet._fetch_all lead the compiler and two frames of an iterable. They tell nothing that it
# doesn't, and Python makes a frame object for each that is looked at.
_TO_FETCH_ALL = 3


_django: dict[str, Any] = {}  # what a statement is compared with, looked up when the hook is made


def _runner(cursor: Any, caller: int) -> FrameType:
    """The innermost frame that tells something of a statement; the cursor's is `caller` frames out."""
    if isinstance(cursor, _django["CursorDebugWrapper"]):  # with a frame of its own
        caller += 1
    try:
        frame = sys._getframe(caller + _TO_FETCH_ALL)
    except ValueError:  # the stack ends before
        return sys._getframe(caller)
    return frame if frame.f_code is _django["_fetch_all"] else sys._getframe(caller)


def hook_execute(original: Callable[..., Any]) -> Callable[..., Any]:
    """For `CursorWrapper._execute_with_wrappers`: results and exceptions pass through unchanged."""
    from django.db.backends.utils import CursorDebugWrapper
    from django.db.models import QuerySet

    _django["CursorDebugWrapper"] = CursorDebugWrapper
    _django["_fetch_all"] = unwrap(QuerySet._fetch_all).__code__

    def _execute_with_wrappers(self: Any, sql: Any, params: Any, many: bool, executor: Any) -> Any:
        recorder = ACTIVE.get()
        if recorder is not None and (recorder.ended_ns or FAULTS.count):
            recorder = active()
        if recorder is None:
            try:
                if RUNNING and not FAULTS.is_off:
                    note_stray()
            except Exception:
                FAULTS.note("a query of no unit")
            return original(self, sql, params, many, executor)
        started = perf_counter_ns()
        try:
            result = original(self, sql, params, many, executor)
        except BaseException as exception:
            times = (started, perf_counter_ns())
            try:
                recorder.note(_runner(self, _CALLER + 1), (sql, params, many, self), times, exception)
            except Exception:
                FAULTS.note("the recorder")
            raise
        times = (started, perf_counter_ns())
        try:
            recorder.note(_runner(self, _CALLER + 1), (sql, params, many, self), times)
        except Exception:
            FAULTS.note("the recorder")
        return result

    return _execute_with_wrappers
