"""The only mutable state while a unit of work runs. It does the least: clock, walk, group, append."""

from __future__ import annotations

import marshal
import os
from threading import RLock, get_ident
from time import perf_counter_ns, time
from types import FrameType, TracebackType
from typing import Any

from queryscope.capture import hooks
from queryscope.capture.access import Owned, describe_access, owner_group, owner_of
from queryscope.capture.codes import Codes
from queryscope.capture.describe import describe
from queryscope.capture.group import Group
from queryscope.capture.sites import mark_of
from queryscope.capture.state import ACTIVE, FAULTS, LOADED, active
from queryscope.capture.tracing import current_trace_id
from queryscope.capture.walk import Seen, walk_query
from queryscope.config import Config
from queryscope.model import Origin
from queryscope.sql.fingerprint import fingerprint

MAX_GROUPS = 5000  # beyond it, texts that differ in literals only share a group …
MAX_TEXT = 30_000_000  # … and so they do when the texts held are longer than this together
MOST_GROUPS = 20_000  # beyond it, queries of one shape share a group wherever they run
_READS = ("SELECT", "WITH", "--", "/*")
_SAVEPOINTS = ("SAVEPOINT", "RELEASE S", "ROLLBACK ")  # each names another one


class Recorder:
    """Records the queries of one unit of work: a context manager. An idle one records nothing."""

    def __init__(self, origin: Origin, config: Config, codes: Codes, *, is_idle: bool = False) -> None:
        # Unique beyond this process: marks travel in pickled instances.
        self.token = int.from_bytes(os.urandom(6))
        self.origin = origin
        self.config = config
        self.codes = codes
        self.groups: dict[tuple[Any, ...], Group] = {}
        self.samples: list[tuple[int, int, int, int | None, int, str | None]] = []
        self.count = 0
        self.notes: set[str] = set()
        self.started_at = time()
        self.started_ns = perf_counter_ns()
        self.ended_ns = self.started_ns if is_idle else 0
        self.status: int | None = None
        self.outer: Recorder | None = None
        self.otel_trace_id = ""
        self._text_length = 0
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
        self.outer = active()
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
        try:
            if ACTIVE.get() is self:
                ACTIVE.set(active())
            hooks.uninstall()
        except Exception:
            FAULTS.note("removing the hooks")

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
        """Record one execution, called from `frame`; `call` is what the wrapper got after `execute`."""
        sql, params, is_many, context = call
        seen = walk_query(frame, self.codes)
        queryset = seen.queryset
        mark = None if queryset is None else mark_of(queryset)
        owned = owner_of(seen, mark)
        text = sql if type(sql) is str else _text(sql, context)
        digest = self.count if is_many else _digest(params)
        error = None if exception is None else _error_name(exception)
        rows = _rows(context)
        duration = times[1] - times[0]
        with self._lock:
            group = self._group(text, seen, mark, owned, context["connection"])
            if text is not group.sql and text != group.sql:
                digest = hash((text, digest))
            group.add(duration, rows, digest, None if owned is None else owned[1])
            if error is not None:
                group.error = group.error or error
            elif duration >= group.max_ns and group.may_select and not is_many:
                group.slowest = (sql, params)
            if len(self.samples) < self.config.max_queries:
                self.samples.append((times[0], duration, group.index, rows, get_ident(), error))
            self.count += 1
        if queryset is not None:
            queryset.__dict__[LOADED] = (self.token, group.index, "")

    def _group(self, text: str, seen: Seen, mark: Any, owned: Owned | None, connection: Any) -> Group:
        owner = owner_group(owned, self.token)
        is_crowded = len(self.groups) >= MAX_GROUPS or self._text_length > MAX_TEXT
        shape = fingerprint(text) if is_crowded else text
        if text.startswith(_SAVEPOINTS):
            shape = text[:9]
        key: tuple[Any, ...]
        key = (shape, seen.stack, mark, seen.kind, seen.method, _what(seen), owner, connection.alias)
        group = self.groups.get(key)
        if group is None and len(self.groups) >= MOST_GROUPS:
            self.notes.add(f"more than {MOST_GROUPS} places ran queries: the others are told by shape only")
            seen = Seen()
            key = (shape, connection.alias)
            group = self.groups.get(key)
        if group is not None:
            return group
        group = self.groups[key] = Group(len(self.groups), text, seen.stack, self.count)
        self.otel_trace_id = self.otel_trace_id or current_trace_id()  # a span may begin after the unit
        self._text_length += len(text)
        group.alias = connection.alias
        group.vendor = connection.vendor
        group.may_select = text[:40].lstrip("( \n\t").upper().startswith(_READS)
        try:
            group.access = describe_access(seen, owned, self.token)
            if seen.queryset is not None:
                described = describe(seen.queryset, seen.method)
                model = seen.queryset.model._meta.label
                group.site = (mark or (0, 0, "", 0, 0, 0), {"model": model, **described})
        except Exception:
            FAULTS.note("naming a query")
        return group


def _what(seen: Seen) -> Any:
    """The relation, as far as the key of a group needs it."""
    if seen.lookup is not None:
        return (seen.lookup[0].prefetch_through, seen.lookup[1])
    if seen.manager is not None:
        return id(type(seen.manager))
    return seen.attribute and id(seen.attribute)


def _text(sql: Any, context: Any) -> str:
    if isinstance(sql, bytes):
        return sql.decode(errors="replace")
    as_string = getattr(sql, "as_string", None)  # psycopg.sql.Composable
    return str(as_string(context["cursor"].cursor)) if as_string else str(sql)


def _error_name(exception: BaseException) -> str:
    cause = exception.__cause__ or exception
    return str(getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or type(exception).__name__)


def _digest(params: Any) -> int:
    try:
        # Unlike hash(), it tells 1 from True and -1 from -2; version 2 writes equal values equally.
        return hash(marshal.dumps(params, 2))
    except ValueError:  # a type that marshal doesn't know
        return _hash(params)


def _hash(params: Any) -> int:
    try:
        return hash(tuple(params) if isinstance(params, list) else params)
    except TypeError:
        return hash(repr(params))


def _rows(context: Any) -> int | None:
    rows = getattr(context["cursor"].cursor, "rowcount", None)
    return rows if isinstance(rows, int) and rows >= 0 else None
