"""Hooks on Django that stand only while something records, and are removed by identity.

- `BaseDatabaseWrapper._cursor` puts the dispatcher into `execute_wrappers` of every connection that is used,
  also in other threads. It stands first in the list: leaving `connection.execute_wrapper(...)` pops the last.
- `QuerySet.__init__` and `_clone`, and `RawQuerySet.__init__`, note where a queryset was built.
- `ModelIterable.__iter__` and `RawModelIterable.__iter__` note which query loaded an instance.
- `QuerySet.__getstate__` leaves these notes out of pickles.
- `asgiref.sync.SyncToAsync.__call__` carries the awaiting application frames into the worker thread.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from threading import Lock
from time import perf_counter_ns
from typing import Any
from weakref import WeakSet

from queryscope.capture.loads import load_of, mark_related, related_paths
from queryscope.capture.reads import observed
from queryscope.capture.sites import mark_clone, mark_site
from queryscope.capture.state import ACTIVE, AWAITING, FAULTS, OWN, active
from queryscope.capture.walk import walk_query

_lock = Lock()
_users = 0
_replaced: list[tuple[type, str, Any, Any]] = []
_connections: WeakSet[Any] = WeakSet()


def dispatch(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """The `execute_wrapper` of every connection: results and exceptions pass through unchanged."""
    recorder = ACTIVE.get()
    if recorder is not None and (recorder.ended_ns or FAULTS.count):
        recorder = active()
    if recorder is None:
        return execute(sql, params, many, context)
    started = perf_counter_ns()
    try:
        result = execute(sql, params, many, context)
    except BaseException as exception:
        times = (started, perf_counter_ns())
        try:
            recorder.note(sys._getframe(1), (sql, params, many, context), times, exception)
        except Exception:
            FAULTS.note("the recorder")
        raise
    times = (started, perf_counter_ns())
    try:
        recorder.note(sys._getframe(1), (sql, params, many, context), times)
    except Exception:
        FAULTS.note("the recorder")
    return result


def install() -> None:
    """Put the hooks in place for one more recorder."""
    from django.db import connections

    global _users
    with _lock:
        if not _users:
            try:
                _replace_all()
            except Exception:
                _restore_all()
                raise
        _users += 1
    for connection in connections.all(initialized_only=True):
        watch(connection)


def uninstall() -> None:
    """One recorder less; with the last one every replaced attribute is put back."""
    global _users
    with _lock:
        _users -= 1
        if _users == 0:
            _restore_all()


def watch(connection: Any) -> None:
    """See the queries of that connection, from now on."""
    wrappers = connection.execute_wrappers
    if wrappers and wrappers[0] is dispatch:
        return
    with _lock:
        if not any(wrapper is dispatch for wrapper in wrappers):
            wrappers.insert(0, dispatch)
            _connections.add(connection)


def _replace_all() -> None:
    from asgiref.sync import SyncToAsync
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import QuerySet
    from django.db.models.query import ModelIterable, RawModelIterable, RawQuerySet

    _replace(BaseDatabaseWrapper, "_cursor", _hook_cursor)
    _replace(QuerySet, "__init__", _hook_init)
    _replace(RawQuerySet, "__init__", _hook_init)
    _replace(QuerySet, "_clone", _hook_clone)
    _replace(QuerySet, "__getstate__", _hook_getstate)
    _replace(ModelIterable, "__iter__", _hook_iter)
    _replace(RawModelIterable, "__iter__", _hook_iter)
    _replace(SyncToAsync, "__call__", _hook_sync_to_async)


def _replace(holder: type, name: str, make: Callable[[Any], Any]) -> None:
    original = holder.__dict__[name]
    replacement = make(original)
    replacement.__wrapped__ = original
    replacement.__name__ = name
    replacement.__qualname__ = original.__qualname__
    setattr(holder, name, replacement)
    _replaced.append((holder, name, original, replacement))


def _restore_all() -> None:
    while _replaced:
        holder, name, original, replacement = _replaced.pop()
        # Someone who wrapped ours keeps what they made: ours is inert without a recorder.
        if holder.__dict__.get(name) is replacement:
            setattr(holder, name, original)
    for connection in list(_connections):
        wrappers = connection.execute_wrappers
        wrappers[:] = [wrapper for wrapper in wrappers if wrapper is not dispatch]
    _connections.clear()


def _hook_cursor(original: Any) -> Any:
    def _cursor(self: Any, *args: Any, **kwargs: Any) -> Any:
        if active() is not None:
            try:
                watch(self)
            except Exception:
                FAULTS.note("watching a connection")
        return original(self, *args, **kwargs)

    return _cursor


def _hook_init(original: Any) -> Any:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        original(self, *args, **kwargs)
        recorder = active()
        if recorder is None:
            return
        try:
            caller = sys._getframe(1)
            if caller.f_code.co_name != "_clone":
                mark_site(self, caller, recorder.codes)
        except Exception:
            FAULTS.note("the queryset hook")

    return __init__


def _hook_clone(original: Any) -> Any:
    def _clone(self: Any) -> Any:
        clone = original(self)
        recorder = active()
        if recorder is not None:
            try:
                mark_clone(self, clone, sys._getframe(1), recorder.codes)
            except Exception:
                FAULTS.note("the clone hook")
        return clone

    return _clone


def _hook_getstate(original: Any) -> Any:
    def __getstate__(self: Any) -> Any:  # noqa: N807
        state = original(self)
        return {name: value for name, value in state.items() if name not in OWN}

    return __getstate__


def _hook_iter(original: Any) -> Any:
    def __iter__(self: Any) -> Iterator[Any]:  # noqa: N807
        rows = original(self)
        recorder = active()
        if recorder is None:
            yield from rows
            return
        if recorder.reads is not None:
            try:
                rows = observed(rows, self.queryset, recorder.reads)
            except Exception:
                FAULTS.note("observing a load")
        load: Any = None
        related: Any = None
        for instance in rows:  # the first one: by now the query was recorded
            try:
                load = load_of(self.queryset)
                related = related_paths(self.queryset, load)
                _mark_instance(instance, load, related)
            except Exception:
                load = None
                FAULTS.note("the instance hook")
            yield instance
            break
        if load is None:
            yield from rows
        for instance in rows:
            try:
                instance._state._queryscope = load
                if related:
                    mark_related(instance, related)
            except Exception:
                FAULTS.note("the instance hook")
                yield instance
                break  # the others go unmarked
            yield instance
        yield from rows

    return __iter__


def _mark_instance(instance: Any, load: Any, related: Any) -> None:
    if load is not None:
        instance._state._queryscope = load
        mark_related(instance, related)


def _hook_sync_to_async(original: Any) -> Any:
    async def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
        recorder = active()
        if recorder is None:
            return await original(self, *args, **kwargs)
        awaiting: tuple[Any, ...] = ()
        try:
            awaiting = walk_query(sys._getframe(1), recorder.codes).stack
        except Exception:
            FAULTS.note("the async hook")
        token = AWAITING.set(awaiting or AWAITING.get())
        try:
            return await original(self, *args, **kwargs)
        finally:
            AWAITING.reset(token)

    return __call__
