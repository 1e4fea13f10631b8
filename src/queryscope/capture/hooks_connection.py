"""Hooks on connections: opening, transaction bounds, and what never passes Django's execute wrapper.

- `BaseDatabaseWrapper.connect`, `set_autocommit`, `_commit`, `_rollback`, `close`: events, never queries.
- `CursorWrapper.callproc`: a query, told as the statement that the driver makes of it.
- `copy` and `stream` of Django's psycopg cursors: told as unseen. psycopg 2 has its cursors in C, so there
  `CursorWrapper.__getattr__` tells that one of its `copy_…` methods was taken; with DEBUG, some are Django's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from time import perf_counter_ns
from typing import Any

from queryscope.capture.beside import error_name
from queryscope.capture.state import ACTIVE, FAULTS, LEFT_OUT, LeftOut, active
from queryscope.model import ConnectionEventKind

Target = tuple[type, str, Callable[[Any], Any]]
COPIES = frozenset({"copy_expert", "copy_from", "copy_to"})
_POSTGRESQL = "django.db.backends.postgresql.base"


def targets() -> Iterator[Target]:
    """What is hooked: holder, name, and what makes the replacement."""
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper

    yield BaseDatabaseWrapper, "connect", _hook_connect
    yield BaseDatabaseWrapper, "set_autocommit", _hook_set_autocommit
    yield BaseDatabaseWrapper, "_commit", _hook_commit
    yield BaseDatabaseWrapper, "_rollback", _hook_rollback
    yield BaseDatabaseWrapper, "close", _hook_close
    yield CursorWrapper, "callproc", _hook_callproc
    backend = sys.modules.get(_POSTGRESQL)  # importing it asks for a driver
    if backend is None:
        return
    if not backend.is_psycopg3:
        yield CursorWrapper, "__getattr__", _hook_getattr
        for name in sorted(COPIES & set(vars(backend.CursorDebugWrapper))):
            yield backend.CursorDebugWrapper, name, _hook_copy
        return
    for cursor in (backend.Cursor, backend.ServerBindingCursor):
        yield cursor, "copy", _hook_copy
        yield cursor, "stream", _hook_stream


def _timed(
    kind: ConnectionEventKind, connection: Any, call: Callable[[], Any], left_out: LeftOut | None = None
) -> Any:
    """Call it; what it took becomes an event of the active recorder."""
    recorder = active()
    if recorder is None:
        return call()
    started = perf_counter_ns()
    failed: BaseException | None = None
    try:
        return call()
    except BaseException as exception:
        failed = exception
        raise
    finally:
        try:
            _add(recorder, kind, connection, (started, perf_counter_ns()), failed, left_out)
        except Exception:
            FAULTS.note("an event of a connection")
        del failed  # its traceback holds this frame


def _add(
    recorder: Any,
    kind: ConnectionEventKind,
    connection: Any,
    times: tuple[int, int],
    failed: BaseException | None,
    left_out: LeftOut | None,
) -> None:
    error = None if failed is None else error_name(failed)
    if left_out is None:
        recorder.beside.add(kind, connection.alias, times, error=error)
        return
    is_pooled = bool(connection.settings_dict["OPTIONS"].get("pool"))
    recorder.beside.add(
        kind, connection.alias, times, error=error, is_pooled=is_pooled, statements=left_out.count
    )


def _hook_connect(original: Any) -> Any:
    def connect(self: Any, *args: Any, **kwargs: Any) -> Any:
        call = partial(original, self, *args, **kwargs)
        if active() is None:
            return call()
        # Statements that set the connection up are no queries of the application.
        left_out = LeftOut()

        def set_up() -> Any:
            tokens = ACTIVE.set(None), LEFT_OUT.set(left_out)
            try:
                return call()
            finally:
                ACTIVE.reset(tokens[0])
                LEFT_OUT.reset(tokens[1])

        return _timed("connect", self, set_up, left_out)

    return connect


def _hook_set_autocommit(original: Any) -> Any:
    def set_autocommit(self: Any, autocommit: Any, *args: Any, **kwargs: Any) -> Any:
        call = partial(original, self, autocommit, *args, **kwargs)
        # Turned off, it begins a transaction; it is turned on after a commit or rollback has been seen.
        return _timed("begin", self, call) if self.autocommit and not autocommit else call()

    return set_autocommit


def _hook_commit(original: Any) -> Any:
    def _commit(self: Any, *args: Any, **kwargs: Any) -> Any:
        call = partial(original, self, *args, **kwargs)
        return call() if self.connection is None else _timed("commit", self, call)

    return _commit


def _hook_rollback(original: Any) -> Any:
    def _rollback(self: Any, *args: Any, **kwargs: Any) -> Any:
        call = partial(original, self, *args, **kwargs)
        return call() if self.connection is None else _timed("rollback", self, call)

    return _rollback


def _hook_close(original: Any) -> Any:
    def close(self: Any, *args: Any, **kwargs: Any) -> Any:
        call = partial(original, self, *args, **kwargs)
        is_closed = self.connection is None or self.closed_in_transaction
        return call() if is_closed else _timed("close", self, call)

    return close


def _hook_callproc(original: Any) -> Any:
    def callproc(self: Any, procname: Any, params: Any = None, *args: Any, **kwargs: Any) -> Any:
        recorder = active()
        if recorder is None:
            return original(self, procname, params, *args, **kwargs)
        failed: BaseException | None = None
        started = perf_counter_ns()
        try:
            return original(self, procname, params, *args, **kwargs)
        except BaseException as exception:
            failed = exception
            raise
        finally:
            try:
                call = (
                    _call_text(self, procname, params),
                    params,
                    False,
                    self,
                )
                recorder.note(sys._getframe(1), call, (started, perf_counter_ns()), failed)
            except Exception:
                FAULTS.note("the recorder")
            del failed

    return callproc


def _call_text(cursor: Any, name: Any, params: Any) -> str:
    quoted = cursor.db.ops.quote_name(name) if isinstance(name, str) else str(name.as_string(None))
    placeholders = ", ".join(["%s"] * len(params or ()))
    return f"SELECT * FROM {quoted}({placeholders})"  # noqa: S608 - told, not sent


def _hook_copy(original: Any) -> Any:
    def copy(self: Any, *args: Any, **kwargs: Any) -> Any:
        _note_unseen("COPY", self.connection)
        return original(self, *args, **kwargs)

    return copy


def _hook_stream(original: Any) -> Any:
    def stream(self: Any, *args: Any, **kwargs: Any) -> Any:
        _note_unseen("stream()", self.connection)
        yield from original(self, *args, **kwargs)

    return stream


def _hook_getattr(original: Any) -> Any:
    def __getattr__(self: Any, name: str) -> Any:  # noqa: N807
        found = original(self, name)
        if name in COPIES:
            _note_unseen("COPY", self.db.connection)
        return found

    return __getattr__


def _note_unseen(what: str, raw: Any) -> None:
    # A guard of its own: a cursor's method calls it.
    recorder = active()
    if recorder is None:
        return
    try:
        recorder.beside.note_unseen(what, _alias_of(raw))
    except Exception:
        FAULTS.note("a COPY")


def _alias_of(raw: Any) -> str:
    """The alias of a driver's connection; "" if it is none of this thread's."""
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        if raw is not None and connection.connection is raw:
            return str(connection.alias)
    return ""
