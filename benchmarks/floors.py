"""What a hook can't be cheaper than: floors for parts of what a profiler has to do."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from recipe import Hook, no_op

WORKLOADS = str(Path(__file__).resolve().parent / "workloads")
collected: list[Any] = []


def noted() -> int:
    """How much was collected since the last time."""
    number = len(collected)
    collected.clear()
    return number


def timer(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """Two clocks and an append."""
    started = perf_counter_ns()
    try:
        return execute(sql, params, many, context)
    finally:
        collected.append((sql, perf_counter_ns() - started))


def first_frame(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """Down the stack to the first frame of the application."""
    started = perf_counter_ns()
    result = execute(sql, params, many, context)
    frame = sys._getframe(1)
    while frame is not None and not _is_application(frame.f_code.co_filename):
        frame = frame.f_back  # type: ignore[assignment]
    collected.append((sql, perf_counter_ns() - started, frame.f_code, frame.f_lasti))
    return result


def all_frames(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """Every frame of the application, as code and instruction."""
    started = perf_counter_ns()
    result = execute(sql, params, many, context)
    frames: list[Any] = []
    frame = sys._getframe(1)
    while frame is not None:
        if _is_application(frame.f_code.co_filename):
            frames += (frame.f_code, frame.f_lasti)
        frame = frame.f_back  # type: ignore[assignment]
    collected.append((sql, perf_counter_ns() - started, frames))
    return result


def extract_stack(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """The standard library's way."""
    started = perf_counter_ns()
    result = execute(sql, params, many, context)
    collected.append((sql, perf_counter_ns() - started, traceback.extract_stack()))
    return result


_known: dict[str, bool] = {}


def _is_application(filename: str) -> bool:
    try:
        return _known[filename]
    except KeyError:
        return _known.setdefault(filename, filename.startswith(WORKLOADS))


FLOORS: dict[str, Hook] = {
    "no-op wrapper": no_op,
    "timer and append": timer,
    "first frame of the application": first_frame,
    "all frames of the application": all_frames,
    "traceback.extract_stack()": extract_stack,
}
