"""The hook that sees every statement: around the wrappers of other tools, and in none of their lists."""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

from queryscope.capture.beside import RUNNING, note_stray
from queryscope.capture.state import ACTIVE, FAULTS, active

_CALLER = 2  # of the cursor's execute() or executemany(), which calls the hook


def hook_execute(original: Callable[..., Any]) -> Callable[..., Any]:
    """For `CursorWrapper._execute_with_wrappers`: results and exceptions pass through unchanged."""

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
                recorder.note(sys._getframe(_CALLER), (sql, params, many, self), times, exception)
            except Exception:
                FAULTS.note("the recorder")
            raise
        times = (started, perf_counter_ns())
        try:
            recorder.note(sys._getframe(_CALLER), (sql, params, many, self), times)
        except Exception:
            FAULTS.note("the recorder")
        return result

    return _execute_with_wrappers
