"""Seam: background tasks as units of their own, by the signals of Django's tasks and of Celery."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any

from queryscope.capture.state import FAULTS

if TYPE_CHECKING:  # every start of Django in development loads this module
    from queryscope.units import Unit

UID = "queryscope"
Begin = Callable[[str], "Unit | None"]
Signals = list[tuple[Any, Callable[..., None]]]
_LIBRARIES = ("django", "celery")


class WatchedTasks:
    """While it stands, each task that this process runs is a unit; of several, the innermost takes it.

    Args:
        begin: makes the unit of a task that starts now, from the task's dotted name; None leaves it alone.
    """

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._running: list[Unit] = []

    def unit(self, name: str) -> Unit | None:
        """The unit of a task that starts now."""
        unit = self._begin(name)
        if unit is not None and unit.recorder is not None:
            self._running = [*(each for each in self._running if not each.is_over), unit]
        return unit

    def __enter__(self) -> WatchedTasks:
        with _lock:
            _watchers.append(self)
        connect()
        return self

    def __exit__(self, *_: object) -> None:
        with _lock:
            _watchers.remove(self)
            is_last = not _watchers
        if is_last:
            _disconnect()
        for unit in self._running:  # those whose worker was interrupted
            unit.finish()
        self._running.clear()


def watch_for_good(begin: Begin) -> None:
    """Watch the tasks of this process; saying it twice changes nothing."""
    from django.core.signals import request_started

    global _lasting
    if _lasting is None:
        _lasting = WatchedTasks(begin).__enter__()
        # Celery may be imported later, by the first view that needs it.
        request_started.connect(connect, dispatch_uid=UID, weak=False)


_lasting: WatchedTasks | None = None
_lock = Lock()
_watchers: list[WatchedTasks] = []
_heard: dict[str, Signals] = {}  # what we listen to
_units: dict[tuple[str, str], list[Unit | None]] = {}  # by library and id: a retry may run within its task


def connect(**_: Any) -> None:
    """Listen to the libraries that are here by now. Celery is never imported: who uses it has done so."""
    if not _watchers:
        return
    try:
        for library in _LIBRARIES:
            signals = None if library in _heard else _signals(library)
            if signals is None:
                continue
            _heard[library] = signals
            for signal, receiver in signals:
                signal.connect(receiver, dispatch_uid=UID, weak=False)
    except Exception:
        FAULTS.note("listening to tasks")


def _disconnect() -> None:
    try:
        while _heard:
            _, signals = _heard.popitem()
            for signal, receiver in signals:
                signal.disconnect(receiver, dispatch_uid=UID)
    except Exception:
        FAULTS.note("listening to tasks")


def _signals(library: str) -> Signals | None:
    if library == "django":
        django = _django_signals()
        if django is None:
            return None
        return [(django.task_started, _django_started), (django.task_finished, _django_finished)]
    celery: Any = sys.modules.get("celery.signals")
    if celery is None:
        return None
    return [(celery.task_prerun, _celery_started), (celery.task_postrun, _celery_finished)]


@cache
def _django_signals() -> Any:
    try:
        return import_module("django.tasks.signals")  # Django 6.0
    except ImportError:
        return None


def _django_started(*, task_result: Any, **_: Any) -> None:
    _start("django", lambda: (task_result.id, task_result.task.module_path))


def _django_finished(*, task_result: Any, **_: Any) -> None:
    _finish("django", lambda: task_result.id)


def _celery_started(*, task_id: Any, task: Any, **_: Any) -> None:
    _start("celery", lambda: (task_id, task.name))


def _celery_finished(*, task_id: Any, **_: Any) -> None:
    _finish("celery", lambda: task_id)


def _start(library: str, told: Callable[[], tuple[Any, Any]]) -> None:
    try:
        identity, name = told()
        unit = _watchers[-1].unit(str(name)) if _watchers else None
        _units.setdefault((library, str(identity)), []).append(unit)
    except Exception:
        FAULTS.note("the start of a task")


def _finish(library: str, told: Callable[[], Any]) -> None:
    try:
        key = (library, str(told()))
        running = _units.get(key)
        if not running:
            return
        unit = running.pop()
        if not running:
            del _units[key]
        if unit is not None:
            unit.finish()
    except Exception:
        FAULTS.note("the end of a task")
