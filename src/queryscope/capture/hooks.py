"""Hooks on Django that stand only while something records, and are removed by identity.

- `CursorWrapper._execute_with_wrappers` sees every statement of every connection, also in other threads.
- `QuerySet.__init__` and `_clone`, and `RawQuerySet.__init__`, note where a queryset was built.
- `ModelIterable.__iter__` and `RawModelIterable.__iter__` note which query loaded an instance.
- `QuerySet.__getstate__` leaves these notes out of pickles.
- `asgiref.sync.SyncToAsync.__call__` carries the awaiting application frames into the worker thread.
- What `hooks_connection` and `hooks_threads` list: connections, transaction bounds, COPY; threads and pools.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from threading import Lock
from typing import Any

from queryscope.capture import hooks_connection, hooks_threads
from queryscope.capture.loads import load_of, mark, mark_all, mark_related, related_paths
from queryscope.capture.reads import observed
from queryscope.capture.replacing import replace, restore_all
from queryscope.capture.sites import mark_clone, mark_of, mark_site, site_at
from queryscope.capture.state import ACTIVE, AWAITING, FAULTS, LATER, MARK, OWN, active, put
from queryscope.capture.statements import hook_execute
from queryscope.capture.walk import walk_query

_PARAMETERS = ("self", "model", "query", "using", "hints")  # of QuerySet.__init__, Django 5.2 to 6.1

_lock = Lock()
_users = 0


def install() -> None:
    """Put the hooks in place for one more recorder."""
    global _users
    with _lock:
        if not _users:
            try:
                _replace_all()
            except Exception:
                restore_all()
                raise
        _users += 1


def uninstall() -> None:
    """One recorder less; with the last one every replaced attribute is put back."""
    global _users
    with _lock:
        _users -= 1
        if _users == 0:
            restore_all()


def _replace_all() -> None:
    from asgiref.sync import SyncToAsync
    from django.db.backends.utils import CursorWrapper
    from django.db.models import QuerySet
    from django.db.models.query import ModelIterable, RawModelIterable, RawQuerySet

    replace(CursorWrapper, "_execute_with_wrappers", hook_execute)
    code = getattr(QuerySet.__init__, "__code__", None)
    is_usual = getattr(code, "co_varnames", ())[:5] == _PARAMETERS
    replace(QuerySet, "__init__", _hook_init if is_usual else _hook_any_init)
    replace(RawQuerySet, "__init__", _hook_any_init)
    replace(QuerySet, "_clone", _hook_clone)
    replace(QuerySet, "__getstate__", _hook_getstate)
    replace(ModelIterable, "__iter__", _hook_iter)
    replace(RawModelIterable, "__iter__", _hook_iter)
    replace(SyncToAsync, "__call__", _hook_sync_to_async)
    for holder, name, make in (*hooks_connection.targets(), *hooks_threads.targets()):
        replace(holder, name, make)


def _hook_init(original: Any) -> Any:
    def __init__(  # noqa: N807 - parameters by name: passing any on costs more
        self: Any, model: Any = None, query: Any = None, using: Any = None, hints: Any = None
    ) -> None:
        original(self, model, query, using, hints)
        if query is not None:  # a clone: it carries the mark on, or is marked itself
            return
        recorder = ACTIVE.get()
        if recorder is None:
            return
        if recorder.ended_ns or FAULTS.count:
            recorder = active()
            if recorder is None:
                return
        try:
            if hints.__class__ is dict and "instance" in hints:
                mark: Any = LATER
            else:
                mark = site_at(self, sys._getframe(1), recorder.codes)
            if mark is not None:
                put(self, MARK, mark)
        except Exception:
            FAULTS.note("the queryset hook")

    return __init__


def _hook_any_init(original: Any) -> Any:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        original(self, *args, **kwargs)
        recorder = active()
        if recorder is None:
            return
        try:
            mark_site(self, sys._getframe(1), recorder.codes)
        except Exception:
            FAULTS.note("the queryset hook")

    return __init__


def _hook_clone(original: Any) -> Any:
    def _clone(self: Any) -> Any:
        clone = original(self)
        recorder = ACTIVE.get()
        if recorder is None:
            return clone
        if recorder.ended_ns or FAULTS.count:
            recorder = active()
            if recorder is None:
                return clone
        try:
            mark = mark_of(self)
            if mark is None or mark[2] or self._prefetch_done:
                mark_clone(self, clone, recorder.codes)
            else:
                put(clone, MARK, mark)
        except Exception:
            FAULTS.note("the clone hook")
        return clone

    return _clone


def _hook_getstate(original: Any) -> Any:
    def __getstate__(self: Any) -> Any:  # noqa: N807
        state = original(self)
        return {name: value for name, value in state.items() if name not in OWN}

    return __getstate__


def _hook_iter(original: Any) -> Any:  # noqa: C901 - calls would cost more than the marks
    def __iter__(self: Any) -> Iterator[Any]:  # noqa: C901, N807
        rows = original(self)
        recorder = ACTIVE.get()
        if recorder is not None and (recorder.ended_ns or FAULTS.count):
            recorder = active()
        if recorder is None:
            yield from rows
            return
        if recorder.reads is not None:
            try:
                rows = observed(rows, self.queryset, recorder.reads)
            except Exception:
                FAULTS.note("observing a load")
        if sys._getframe(1).f_code.co_name == "_fetch_all":  # which makes a list of them
            instances = list(rows)
            try:
                mark_all(self.queryset, instances)
            except Exception:
                FAULTS.note("the instance hook")
            yield from instances
            return
        load: Any = None
        related: Any = None
        for instance in rows:  # the first one: by now the query was recorded
            try:
                load = load_of(self.queryset)
                related = related_paths(self.queryset, load)
                mark(instance, load, related)
            except Exception:
                load = None
                FAULTS.note("the instance hook")
            yield instance
            break
        for instance in () if load is None else rows:
            try:
                instance._state._queryscope = load
                if related:
                    mark_related(instance, related)
            except AttributeError:  # from_db() gave something else than an instance
                yield instance
                continue
            except Exception:
                FAULTS.note("the instance hook")
                yield instance
                break  # the others go unmarked
            yield instance
        yield from rows

    return __iter__


def _hook_sync_to_async(original: Any) -> Any:
    async def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
        recorder = active()
        if recorder is None:
            return await original(self, *args, **kwargs)
        awaiting: tuple[Any, ...] = ()
        try:
            stacks = recorder.stacks
            awaiting = stacks.expand(walk_query(sys._getframe(1), stacks).stack)
        except Exception:
            FAULTS.note("the async hook")
        token = AWAITING.set(awaiting or AWAITING.get())
        try:
            return await original(self, *args, **kwargs)
        finally:
            with suppress(ValueError):  # closed in another context than it was started in
                AWAITING.reset(token)

    return __call__
