"""Hooks on Django that stand only while something records, and are removed by identity.

- `BaseDatabaseWrapper._cursor` puts the dispatcher into `execute_wrappers` of every connection that is used,
  also in other threads. It stands first in the list: leaving `connection.execute_wrapper(...)` pops the last.
- `QuerySet.__init__` and `_clone` note where a queryset was built.
- `ModelIterable.__iter__` notes which query loaded an instance.
- `asgiref.sync.SyncToAsync.__call__` carries the awaiting application frames into the worker thread.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Any
from weakref import WeakSet

from queryscope.capture.state import ACTIVE, AWAITING, FAULTS, MARK, OWNER
from queryscope.capture.walk import mark_site, walk_query

_lock = Lock()
_users = 0
_replaced: list[tuple[type, str, Any, Any]] = []
_connections: WeakSet[Any] = WeakSet()


def dispatch(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """The `execute_wrapper` of every connection: finds the recorder of this context."""
    recorder = ACTIVE.get()
    if recorder is None:
        return execute(sql, params, many, context)
    return recorder.run(execute, sql, params, many, context)


def install() -> None:
    """Put the hooks in place for one more recorder."""
    global _users
    with _lock:
        _users += 1
        if _users == 1:
            _replace_all()


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
    if not any(wrapper is dispatch for wrapper in wrappers):
        wrappers.insert(0, dispatch)
        _connections.add(connection)


def _replace_all() -> None:
    from asgiref.sync import SyncToAsync
    from django.db import connections
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import QuerySet
    from django.db.models.query import ModelIterable, RawModelIterable

    _replace(BaseDatabaseWrapper, "_cursor", _hook_cursor)
    _replace(QuerySet, "__init__", _hook_init)
    _replace(QuerySet, "_clone", _hook_clone)
    _replace(QuerySet, "__getstate__", _hook_getstate)
    _replace(ModelIterable, "__iter__", _hook_iter)
    _replace(RawModelIterable, "__iter__", _hook_iter)
    _replace(SyncToAsync, "__call__", _hook_sync_to_async)
    for connection in connections.all(initialized_only=True):
        watch(connection)


def _replace(holder: type, name: str, make: Callable[[Any], Any]) -> None:
    original = holder.__dict__[name]
    replacement = make(original)
    replacement.__wrapped__ = original
    replacement.__name__ = name
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
        connection.execute_wrappers[:] = [wrapper for wrapper in wrappers if wrapper is not dispatch]
    _connections.clear()


def _hook_cursor(original: Any) -> Any:
    def _cursor(self: Any, *args: Any, **kwargs: Any) -> Any:
        if ACTIVE.get() is not None:
            watch(self)
        return original(self, *args, **kwargs)

    return _cursor


def _hook_init(original: Any) -> Any:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        original(self, *args, **kwargs)
        recorder = ACTIVE.get()
        if recorder is None:
            return
        caller = sys._getframe(1)
        if caller.f_code.co_name == "_clone":
            return
        try:
            mark_site(self, caller, recorder.codes)
        except Exception:
            FAULTS.note("the queryset hook")

    return __init__


def _hook_clone(original: Any) -> Any:
    def _clone(self: Any) -> Any:
        clone = original(self)
        recorder = ACTIVE.get()
        if recorder is None:
            return clone
        try:
            mark = self.__dict__.get(MARK)
            if mark is None:  # built before anything recorded: at import time
                mark_site(clone, sys._getframe(1), recorder.codes)
            else:
                clone.__dict__[MARK] = mark
            if OWNER in self.__dict__:
                clone.__dict__[OWNER] = self.__dict__[OWNER]
        except Exception:
            FAULTS.note("the clone hook")
        return clone

    return _clone


def _hook_getstate(original: Any) -> Any:
    def __getstate__(self: Any) -> Any:  # noqa: N807
        state = original(self)
        if MARK in state:
            state = {name: value for name, value in state.items() if name not in (MARK, OWNER)}
        return state

    return __getstate__


def _hook_iter(original: Any) -> Any:
    def __iter__(self: Any) -> Iterator[Any]:  # noqa: N807
        rows = original(self)
        recorder = ACTIVE.get()
        if recorder is None:
            yield from rows
            return
        mark: tuple[Any, ...] | None = None
        related: list[tuple[tuple[str, ...], tuple[Any, ...]]] = []
        is_first = True
        for instance in rows:
            if is_first:
                is_first = False
                mark = self.__dict__.get(MARK)
                related = _related_marks(self.queryset, mark)
            if mark is not None:
                try:
                    instance._state._queryscope = mark
                    if related:
                        _mark_related(instance, related)
                except Exception:
                    mark = None
                    FAULTS.note("the instance hook")
            yield instance

    return __iter__


def _related_marks(queryset: Any, mark: Any) -> list[tuple[tuple[str, ...], tuple[Any, ...]]]:
    """For every select_related path: the chain of cache names, and the mark of what lies there."""
    try:
        tree = queryset.query.select_related
        if mark is None or not tree:
            return []
        return list(_paths(queryset.model._meta, tree, (), "", mark))
    except Exception:
        FAULTS.note("the select_related hook")
        return []


def _paths(options: Any, tree: Any, chain: tuple[str, ...], path: str, mark: Any) -> Iterator[Any]:
    if tree is True:  # select_related() without names: every foreign key that is not nullable
        tree = {field.name: {} for field in options.fields if field.remote_field and not field.null}
    for name, below in tree.items():
        field = options.get_field(name)
        here = (*chain, field.cache_name)
        full = f"{path}__{name}" if path else name
        yield here, (mark[0], mark[1], full)
        target = field.related_model._meta
        if below:
            yield from _paths(target, below, here, full, mark)


def _mark_related(instance: Any, related: list[tuple[tuple[str, ...], tuple[Any, ...]]]) -> None:
    for chain, mark in related:
        found = instance
        for name in chain:
            found = found._state.fields_cache.get(name)
            if found is None:
                break
        else:
            found._state._queryscope = mark


def _hook_sync_to_async(original: Any) -> Any:
    async def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
        recorder = ACTIVE.get()
        if recorder is None:
            return await original(self, *args, **kwargs)
        try:
            stack = walk_query(sys._getframe(1), recorder.codes).stack
        except Exception:
            FAULTS.note("the async hook")
            stack = ()
        token = AWAITING.set(stack or AWAITING.get())
        try:
            return await original(self, *args, **kwargs)
        finally:
            AWAITING.reset(token)

    return __call__
