"""Hooks on threads: the recorder and the application frames of whoever starts one go with it.

- `Thread.start` and `Thread._bootstrap_inner`: noted before the start, taken up in the new thread. So `run`
  may be overridden, no attribute is put on the thread, and its target is called by whom it always was.
- `_WorkItem.__init__` and `run` of `concurrent.futures.thread`: the same for a piece of a pool's work. The
  function that was submitted is not wrapped; a pool's own threads belong to no unit.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import thread as pools
from contextvars import Context
from functools import cache
from inspect import unwrap
from threading import Thread
from types import CodeType, FrameType
from typing import Any

from queryscope.capture.state import ACTIVE, FAULTS, HERE, LEFT_OUT, LeftOut, active

Target = tuple[type, str, Callable[[Any], Any]]
CARRIED = "_queryscope_carried"  # on a pool's piece of work
_DEPTH = 4  # frames between a piece of work and the await that it belongs to

_starting: dict[int, tuple[Carried, bool]] = {}  # by id(thread), while it is being started


def targets() -> Iterator[Target]:
    """What is hooked: holder, name, and what makes the replacement. Both need a private counterpart."""
    item = getattr(pools, "_WorkItem", None)
    if _has(Thread, "start", "_bootstrap_inner"):
        yield Thread, "start", _hook_start
        yield Thread, "_bootstrap_inner", _hook_bootstrap
    if item is not None and _has(item, "__init__", "run"):
        yield item, "__init__", _hook_init
        yield item, "run", _hook_run


def thread_starts() -> Iterator[tuple[type, str]]:
    """Where the work of a thread begins: further out stands nothing of the application."""
    for holder, name, _ in targets():
        if name in ("_bootstrap_inner", "run"):
            yield holder, name


def _has(holder: Any, *names: str) -> bool:
    return all(name in vars(holder) for name in names)


class Carried:
    """What goes along into a thread: the recorder, what is left out on purpose, the starter's frames."""

    __slots__ = ("_awaiting", "left_out", "recorder")

    def __init__(self, recorder: Any, left_out: LeftOut | None, awaiting: tuple[Any, ...]) -> None:
        self.recorder = recorder
        self.left_out = left_out
        self._awaiting = awaiting

    def frames(self) -> tuple[Any, ...]:
        """The starter's frames, for the units that it belongs to: a long-lived thread may serve others."""
        recorder = active()
        while recorder is not None:
            if recorder is self.recorder:
                return self._awaiting
            recorder = recorder.outer
        return ()


def carry(frame: FrameType) -> Carried | None:
    """What work that is started at that frame takes along."""
    from queryscope.capture.walk import walk_query

    recorder, left_out = active(), LEFT_OUT.get()
    if recorder is None:
        return None if left_out is None else Carried(None, left_out, ())
    stacks = recorder.stacks
    return Carried(recorder, left_out, stacks.expand(walk_query(frame, stacks).stack))


def _hook_start(original: Any) -> Any:
    def start(self: Any, *args: Any, **kwargs: Any) -> Any:
        key = id(self)
        try:
            _note_start(self, key, sys._getframe(1))
        except Exception:
            FAULTS.note("the start of a thread")
        try:
            return original(self, *args, **kwargs)  # returns when the thread has taken it up
        finally:
            _starting.pop(key, None)

    return start


def _note_start(thread: Any, key: int, frame: FrameType) -> None:
    # A pool's thread does the work of many: each piece brings its own.
    if getattr(thread, "_target", None) is getattr(pools, "_worker", thread):
        return
    carried = carry(frame)
    if carried is not None:
        has_context = getattr(thread, "_context", None) is not None  # Thread(context=…), Python 3.14
        _starting[key] = (carried, has_context)


def _hook_bootstrap(original: Any) -> Any:
    def _bootstrap_inner(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            noted = _starting.pop(id(self), None)
            if noted is not None:
                _take_up(self, *noted)
        except Exception:
            FAULTS.note("the start of a thread")
        return original(self, *args, **kwargs)

    return _bootstrap_inner


def _take_up(thread: Any, carried: Carried, has_context: bool) -> None:
    HERE.carried = carried
    context = getattr(thread, "_context", None)
    if not isinstance(context, Context):
        _set(carried)
    elif not has_context:  # a context that the program gave stays as it is
        context.run(_set, carried)


def _set(carried: Carried) -> tuple[Any, Any]:
    return ACTIVE.set(carried.recorder), LEFT_OUT.set(carried.left_out)


def _hook_init(original: Any) -> Any:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        original(self, *args, **kwargs)
        try:
            frame = sys._getframe(1)
            carried = None if _is_awaited(frame) else carry(frame)
            if carried is not None:
                vars(self)[CARRIED] = carried
        except Exception:
            FAULTS.note("a piece of work for a pool")

    return __init__


def _is_awaited(frame: FrameType | None) -> bool:
    """Whether asgiref submits it, which carries the context itself; its own hook has read the stack."""
    code = _awaiting_code()
    for _ in range(_DEPTH):
        if frame is None or frame.f_code is code:
            break
        frame = frame.f_back
    return frame is not None and frame.f_code is code


@cache
def _awaiting_code() -> CodeType:
    from asgiref.sync import SyncToAsync

    found: CodeType = unwrap(SyncToAsync.__call__).__code__
    return found


def _hook_run(original: Any) -> Any:
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        entered: Any = None
        try:
            entered = _enter(vars(self).get(CARRIED))
        except Exception:
            FAULTS.note("a pool's piece of work")
        try:
            return original(self, *args, **kwargs)
        finally:
            self = None  # as the original does: its exception would hold this frame, and the frame the work
            try:
                _leave(entered)
            except Exception:
                FAULTS.note("a pool's piece of work")

    return run


def _enter(carried: Carried | None) -> Any:
    before = HERE.carried
    if carried is None:
        if ACTIVE.get() is None:
            return None
        carried = Carried(None, None, ())  # the thread has a unit's context, the work is nobody's
    HERE.carried = carried
    return before, _set(carried)


def _leave(entered: Any) -> None:
    if entered is None:
        return
    HERE.carried, (recorder, left_out) = entered
    ACTIVE.reset(recorder)
    LEFT_OUT.reset(left_out)
