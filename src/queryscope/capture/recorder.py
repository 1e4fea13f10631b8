"""The only mutable state while a unit of work runs. It does the least: clock, walk, group, append."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import count
from threading import get_ident
from time import perf_counter_ns, time
from types import TracebackType
from typing import Any

from queryscope.capture import codes as c
from queryscope.capture import hooks
from queryscope.capture.codes import Codes
from queryscope.capture.describe import Baselines, describe
from queryscope.capture.state import ACTIVE, FAULTS, MARK, OWNER
from queryscope.capture.walk import Seen, identity, mark_of, walk_query
from queryscope.config import Config
from queryscope.model import AccessKind, Origin
from queryscope.sql.fingerprint import fingerprint

MAX_DISTINCT = 1000  # parameters and owners told apart per group
MAX_GROUPS = 5000  # beyond it, texts that differ in literals only share a group
_tokens = count(1)

_KINDS = {
    c.PREFETCH: AccessKind.PREFETCH,
    c.FORWARD: AccessKind.FORWARD,
    c.REVERSE_ONE_TO_ONE: AccessKind.REVERSE_ONE_TO_ONE,
    c.GENERIC_FORWARD: AccessKind.GENERIC_FORWARD,
    c.DEFERRED: AccessKind.DEFERRED,
    c.RAW: AccessKind.RAW,
    c.WRITE: AccessKind.WRITE,
    c.RELATED_METHOD: AccessKind.MANY_TO_MANY,
}


class Group:
    """Counts of one group while it grows; `finish` freezes it."""

    __slots__ = (
        "access", "alias", "count", "error", "first_index", "index", "max_ns", "owners", "params", "rows",
        "site", "slowest", "sql", "stack", "total_ns", "vendor",
    )  # fmt: skip

    def __init__(self, index: int, sql: str, stack: tuple[Any, ...], first_index: int) -> None:
        self.index = index
        self.sql = sql
        self.stack = stack
        self.first_index = first_index
        self.alias = ""
        self.vendor = ""
        self.count = 0
        self.total_ns = 0
        self.max_ns = -1
        self.rows: int | None = 0
        self.params: dict[int, int] = {}  # hash → executions; hashes never leave the process
        self.owners: set[Any] = set()
        self.access: dict[str, Any] | None = None
        self.site: tuple[tuple[Any, ...], dict[str, Any]] | None = None
        self.slowest: tuple[Any, Any] | None = None  # (sql, params) of the slowest SELECT, for EXPLAIN
        self.error: str | None = None


class Recorder:
    """Records the queries of one unit of work: a context manager, sync or async."""

    def __init__(self, origin: Origin, config: Config, codes: Codes) -> None:
        self.token = next(_tokens)
        self.origin = origin
        self.config = config
        self.codes = codes
        self.groups: dict[tuple[Any, ...], Group] = {}
        self.samples: list[tuple[int, int, int, int | None, int, str | None]] = []
        self.count = 0
        self.notes: set[str] = set()
        self.started_at = time()
        self.started_ns = perf_counter_ns()
        self.ended_ns = 0
        self.status: int | None = None
        self.baselines = Baselines()
        self._reset: Any = None

    def start(self) -> Recorder:
        """Record what this context runs from now on."""
        hooks.install()
        self._reset = ACTIVE.set(self)
        self.started_at = time()
        self.started_ns = perf_counter_ns()
        return self

    def stop(self) -> None:
        """Record no more; may be called in another context than `start`."""
        if self.ended_ns:
            return
        self.ended_ns = perf_counter_ns()
        try:
            ACTIVE.reset(self._reset)
        except ValueError:  # another context: a streamed body, a generator fixture
            ACTIVE.set(None)
        hooks.uninstall()

    __enter__ = start

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()

    def run(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """Execute a statement and note it; its result and its exceptions pass through unchanged."""
        started = perf_counter_ns()
        error: str | None = None
        try:
            return execute(sql, params, many, context)
        except BaseException as exception:
            error = _error_name(exception)
            raise
        finally:
            ended = perf_counter_ns()
            if not FAULTS.is_off:
                try:
                    self._note(sql, params, many, context, (started, ended, error))
                except Exception:
                    FAULTS.note("the recorder")

    def _note(
        self, sql: Any, params: Any, many: bool, context: Any, timing: tuple[int, int, str | None]
    ) -> None:
        started, ended, error = timing
        seen = walk_query(sys._getframe(2), self.codes)
        mark = mark_of(seen.queryset)
        if seen.instance is None and mark is not None and mark[2]:  # a related manager's queryset
            seen.instance = seen.queryset._hints.get("instance")
        text = sql if type(sql) is str else _text(sql, context)
        owned = _owner_of(seen)
        owner = _owner_group(owned, self.token)
        shape = text if len(self.groups) < MAX_GROUPS else fingerprint(text)
        attribute = seen.attribute if type(seen.attribute) is str else id(seen.attribute)
        alias = context["connection"].alias
        key = (shape, seen.stack, mark, seen.kind, seen.method, attribute, owner, alias)
        group = self.groups.get(key)
        if group is None:
            group = self._new_group(key, text, seen, owned, context)
        duration = ended - started
        group.count += 1
        group.total_ns += duration
        if duration > group.max_ns:
            group.max_ns = duration
            if not many and error is None:
                group.slowest = (sql, params)
        if len(group.params) < MAX_DISTINCT:
            digest = _hash(params)
            group.params[digest] = group.params.get(digest, 0) + 1
        if owned is not None and len(group.owners) < MAX_DISTINCT:
            group.owners.add(owned[1])
        rows = _rows(context)
        group.rows = None if rows is None or group.rows is None else group.rows + rows
        group.error = group.error or error
        if seen.iterable is not None:
            seen.iterable.__dict__[MARK] = (self.token, group.index, "")
        if len(self.samples) < self.config.max_queries:
            self.samples.append((started, duration, group.index, rows, get_ident(), error))
        self.count += 1

    def _new_group(self, key: tuple[Any, ...], text: str, seen: Seen, owned: Any, context: Any) -> Group:
        group = Group(len(self.groups), text, seen.stack, self.count)
        group.alias = context["connection"].alias
        group.vendor = context["connection"].vendor
        self.groups[key] = group
        if seen.queryset is not None and hasattr(seen.queryset, "model"):
            mark = mark_of(seen.queryset) or (0, 0, "", 0)
            model = seen.queryset.model
            group.site = (mark, {"model": model._meta.label, **describe(seen.queryset, seen.method)})
            group.access = self._access(seen, mark, model, owned)
        elif seen.kind == c.WRITE:
            group.access = {
                "kind": AccessKind.WRITE,
                "model": "",
                "attribute": "",
                "target": "",
                "method": seen.method,
            }
        return group

    def _access(self, seen: Seen, mark: tuple[Any, ...], model: Any, owned: Any) -> dict[str, Any]:
        target = model._meta.label
        access: dict[str, Any] = {
            "kind": _KINDS.get(seen.kind, AccessKind.MANAGER),
            "model": target,
            "attribute": "",
            "target": target,
            "method": seen.method,
        }
        if seen.kind == c.GENERIC_FORWARD and target == "contenttypes.ContentType":
            access["kind"] = AccessKind.MANAGER  # the look-up of the type, which Django caches
            return access
        if seen.kind in (c.FORWARD, c.REVERSE_ONE_TO_ONE, c.GENERIC_FORWARD, c.DEFERRED):
            access["attribute"] = _descriptor_attribute(seen)
        elif seen.kind == c.PREFETCH:
            lookup, level = seen.lookup
            access["attribute"] = lookup.prefetch_to.split("__")[level]
        elif seen.kind != c.WRITE and owned is not None and (mark[2] or seen.attribute):
            relation = str(seen.attribute) or mark[2]
            access["kind"], access["attribute"] = _manager_relation(owned[0], relation)
            access["is_plain"] = self.baselines.is_plain(seen.queryset, access["kind"], seen.method)
        if owned is not None:
            access["model"] = owned[0]
            access["owner"] = _owner_group(owned, self.token)
        return access


def _text(sql: Any, context: Any) -> str:
    if isinstance(sql, bytes):
        return sql.decode(errors="replace")
    as_string = getattr(sql, "as_string", None)  # psycopg.sql.Composable
    return str(as_string(context["cursor"].cursor)) if as_string else str(sql)


def _error_name(exception: BaseException) -> str:
    cause = exception.__cause__ or exception
    return str(getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or type(exception).__name__)


def _hash(params: Any) -> int:
    try:
        return hash(tuple(params) if isinstance(params, list) else params)
    except TypeError:
        return hash(repr(params))


def _rows(context: Any) -> int | None:
    rows = getattr(context["cursor"].cursor, "rowcount", None)
    return rows if isinstance(rows, int) and rows >= 0 else None


def _owner_of(seen: Seen) -> tuple[str, Any, Any] | None:
    """(label, primary key, mark) of the instance that the query belongs to."""
    instance = seen.instance
    if instance is not None:
        return (instance._meta.label, identity(instance), getattr(instance._state, MARK, None))
    owned: tuple[str, Any, Any] | None = getattr(seen.queryset, "__dict__", {}).get(OWNER)
    return owned


def _owner_group(owned: tuple[str, Any, Any] | None, token: int) -> tuple[int, str] | None:
    """(index of the group that loaded the owner, select_related path there); None if loaded elsewhere."""
    mark = owned[2] if owned is not None else None
    if mark is None or mark[0] != token:
        return None
    return (mark[1], mark[2])


def _descriptor_attribute(seen: Seen) -> str:
    descriptor = seen.attribute
    related = getattr(descriptor, "related", None)  # reverse one-to-one
    if related is not None:
        return str(related.accessor_name)
    field = getattr(descriptor, "field", descriptor)
    return str(field.name)


def _manager_relation(label: str, attribute: str) -> tuple[AccessKind, str]:
    """The kind of a related manager and the accessor by which it is read."""
    from django.apps import apps

    for relation in apps.get_model(label)._meta.get_fields(include_hidden=True):
        if not relation.is_relation:
            continue
        accessor = getattr(relation, "accessor_name", None) or relation.name
        if attribute not in (accessor, relation.name, getattr(relation, "attname", None)):
            continue
        if relation.many_to_many:
            return AccessKind.MANY_TO_MANY, accessor
        if relation.one_to_many and getattr(relation, "content_type_field_name", None):
            return AccessKind.GENERIC_RELATION, accessor
        if relation.one_to_many:
            return AccessKind.REVERSE, accessor
    return AccessKind.MANAGER, attribute
