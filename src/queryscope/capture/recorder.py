"""The only mutable state while a unit of work runs. It does the least: clock, walk, group, append."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from threading import RLock, get_ident
from time import perf_counter_ns, time
from types import FrameType, TracebackType
from typing import Any

from queryscope.capture import beside, hooks
from queryscope.capture.access import Owned, owner_group, owner_of
from queryscope.capture.codes import Codes
from queryscope.capture.digest import digest as digest_of
from queryscope.capture.group import Group
from queryscope.capture.places import Places
from queryscope.capture.reads import Reads
from queryscope.capture.sites import mark_of
from queryscope.capture.stacks import Stacks
from queryscope.capture.state import ACTIVE, FAULTS, LOADED, active, put
from queryscope.capture.tracing import current_trace_id
from queryscope.capture.walk import Seen, walk_query
from queryscope.config import Config
from queryscope.model import Origin

# With a global interpreter lock each update of a count is whole: threads take turns at calls and loops only,
# not between the reading and the storing of an attribute.
_HAS_GIL: bool = getattr(sys, "_is_gil_enabled", lambda: True)()


def _one_by_one(note: Callable[..., None]) -> Callable[..., None]:
    @wraps(note)
    def locked(self: Recorder, *args: Any) -> None:
        with self._lock:
            note(self, *args)

    return locked


class Recorder:
    """Records the queries of one unit of work: a context manager. An idle one records nothing."""

    def __init__(self, origin: Origin, config: Config, codes: Codes, *, is_idle: bool = False) -> None:
        # Unique beyond this process: marks travel in pickled instances.
        self.token = int.from_bytes(os.urandom(6))
        self.origin = origin
        self.config = config
        self.codes = codes
        self.stacks = Stacks(codes, self.token)
        self.places = Places(self.token, codes)
        self.samples: list[tuple[int, int, int, int | None, int, str | None]] = []
        self.count = 0
        self.notes: set[str] = set()
        self.beside = beside.Beside()
        self.started_at = time()
        self.started_ns = perf_counter_ns()
        self.ended_ns = self.started_ns if is_idle else 0
        self.status: int | None = None
        self.outer: Recorder | None = None
        self.reads: Reads | None = None
        self.otel_trace_id = ""
        self._most = config.max_queries
        self._lock = RLock()  # threads share a recorder; a finalizer may query while one is held

    def start(self) -> Recorder:
        """Record what this context runs from now on. Never raises: without its hooks it is idle."""
        if self.ended_ns or FAULTS.is_off:
            self.ended_ns = self.ended_ns or perf_counter_ns()
            return self
        try:
            hooks.install()
        except Exception:
            FAULTS.note("installing the hooks")
            self.ended_ns = perf_counter_ns()
            return self
        if self.config.reads:
            self._start_reads()
        self.outer = active()
        beside.RUNNING.append(self.beside)
        ACTIVE.set(self)
        self.otel_trace_id = current_trace_id()
        self.started_at = time()
        self.started_ns = perf_counter_ns()
        return self

    def stop(self) -> None:
        """Record no more; in any order among recorders, and in any context. Never raises."""
        if self.ended_ns:
            return
        self.ended_ns = perf_counter_ns()
        self.otel_trace_id = self.otel_trace_id or current_trace_id()
        if self.reads is not None:
            try:
                self.reads.stop()
            except Exception:
                FAULTS.note("removing the read hook")
        for part in (self._leave, hooks.uninstall, self._take_back):  # whatever becomes of the others
            try:
                part()
            except Exception:
                FAULTS.note("removing the hooks")

    def _leave(self) -> None:
        if ACTIVE.get() is self:
            ACTIVE.set(active())
        beside.RUNNING.remove(self.beside)

    def _take_back(self) -> None:
        self.stacks.take_back(sys._getframe())

    @property
    def groups(self) -> list[Group]:
        """What was recorded so far, in order of appearance."""
        return self.places.groups

    def _start_reads(self) -> None:
        try:
            reads = Reads(self.token)
            reason = reads.start()
            if reason:
                self.notes.add(f"what was read is not known: {reason}")
            else:
                self.reads = reads
        except Exception:
            FAULTS.note("installing the read hook")

    __enter__ = start

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()

    def note(
        self,
        frame: FrameType | None,
        call: tuple[Any, Any, bool, Any],
        times: tuple[int, int],
        exception: BaseException | None = None,
    ) -> None:
        """Record one execution, called from `frame`; `call` is what Django's cursor was given, and it."""
        sql, params, is_many, cursor = call
        seen = walk_query(frame, self.stacks)
        queryset = seen.queryset
        mark = None if queryset is None else mark_of(queryset)
        owned = owner = what = rows = None
        if seen.instance is not None or (mark is not None and mark[2]):
            owned = owner_of(seen, mark)
            owner = owner_group(owned, self.token)
        if seen.kind:
            what = _what(seen)
        text = sql if sql.__class__ is str else _text(sql, cursor)
        digest = self.count if is_many else digest_of(params)
        connection = cursor.db
        key = (seen.stack, mark, seen.kind, seen.method, what, owner, connection.alias)
        place = self.places.by_key.get(key)
        if place is None or place.last.sql != text:
            group = self._find_group(key, text, seen, owned, (connection, self.count, frame))
            if text != group.sql:
                digest = hash((text, digest))
        else:
            group = place.last
        started, ended = times
        duration = ended - started
        self.count += 1
        error = None
        if exception is not None:  # of what failed, the driver keeps a part
            error = beside.error_name(exception)
            group.error = group.error or error
        else:
            rows = getattr(cursor.cursor, "rowcount", None)
            if rows.__class__ is not int or rows < 0:
                rows = None
            if duration >= group.max_ns and group.may_explain and not is_many:
                group.slowest = (sql, params)
        group.add(duration, rows, digest, owned)
        if len(self.samples) < self._most:
            self.samples.append((started, duration, group.index, rows, get_ident(), error))
        if queryset is not None:
            put(queryset, LOADED, group.load)

    def _find_group(
        self,
        key: tuple[Any, ...],
        text: str,
        seen: Seen,
        owned: Owned | None,
        where: tuple[Any, int, FrameType | None],
    ) -> Group:
        """The group of a query whose place had another text last, or none."""
        with self._lock:
            group = self.places.group(key, text, seen, owned, where)
        self.otel_trace_id = self.otel_trace_id or current_trace_id()  # a span may begin after the unit
        return group

    if not _HAS_GIL:
        note = _one_by_one(note)


def _what(seen: Seen) -> Any:
    """The relation, as far as the key of a group needs it."""
    if seen.lookup is not None:
        return (seen.lookup[0].prefetch_through, seen.lookup[1])
    if seen.manager is not None:
        return id(type(seen.manager))
    return seen.attribute and id(seen.attribute)


def _text(sql: Any, cursor: Any) -> str:
    if isinstance(sql, bytes):
        return sql.decode(errors="replace")
    as_string = getattr(sql, "as_string", None)  # psycopg.sql.Composable
    return str(as_string(cursor.cursor)) if as_string else str(sql)
