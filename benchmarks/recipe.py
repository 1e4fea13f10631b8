"""The recipe: what one call of a hook costs inside of a real query, at a given depth of the stack.

Inside each of 200 real `get()`s the hook is called ten more times with an `execute` that returns at once; the
best of 12 rounds counts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import thread_time_ns
from typing import Any

from django.db import connection

from workloads import lookups

ROUNDS = 12
GETS = 200
CALLS = 10  # of the hook, inside each get()
DEPTHS = (17, 57)  # frames at the moment of the hook

Hook = Callable[..., Any]


def as_wrapper(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> tuple[Any, ...]:
    """The arguments of an `execute_wrapper`."""
    return (execute, sql, params, many, context)


def as_cursor_method(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> tuple[Any, ...]:
    """The arguments of `CursorWrapper._execute_with_wrappers`, around which queryscope stands."""
    return (context["cursor"], sql, params, many, execute)


def round_us(
    hook: Hook,
    frames: int,
    noted: Callable[[], int] | None = None,
    arrange: Callable[..., tuple[Any, ...]] = as_wrapper,
) -> float:
    """Thread CPU of one call of the hook, the mean of a round; `noted` tells how much it collected."""
    spent = 0
    depth = 0
    is_inside = False

    def measure(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        nonlocal spent, depth, is_inside
        if is_inside:  # a query of the hook's own
            return execute(sql, params, many, context)
        result = execute(sql, params, many, context)
        depth = _depth()
        is_inside = True
        arguments = arrange(returns, sql, params, many, context)
        started = thread_time_ns()
        for _ in range(CALLS):
            hook(*arguments)
        spent += thread_time_ns() - started
        is_inside = False
        return result

    with connection.execute_wrapper(measure):
        lookups.get_at_depth(0)
        more = frames - depth - 1  # the hook's own frame is one
        if more < 0:
            raise ValueError(f"{frames} frames are fewer than the {depth + 1} that a get() needs here.")
        spent = 0
        for _ in range(GETS):
            lookups.get_at_depth(more)
    if noted is not None and noted() < GETS * CALLS:
        raise RuntimeError("The hook didn't note what ran: its cost says nothing.")
    return spent / GETS / CALLS / 1000


def once_us(function: Callable[[], Any], times: int) -> float:
    """Thread CPU of one call, the mean of a round."""
    started = thread_time_ns()
    for _ in range(times):
        function()
    return (thread_time_ns() - started) / times / 1000


def no_op(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """The floor of all hooks."""
    return execute(sql, params, many, context)


def returns(*_: Any) -> None:
    """An `execute` that returns at once."""
    return


def _depth() -> int:
    frame, depth = sys._getframe(1), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1  # type: ignore[assignment]
    return depth
