"""What rules about writes share: which queries one line of the application ran for each row it wrote."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from queryscope.fixes.loops import Loop, find_loop, may_loop
from queryscope.model import AccessKind, Frame, Model, Models, QueryGroup, Trace
from queryscope.rules.attribution import is_application
from queryscope.rules.once import executions, once
from queryscope.rules.remedy import Context
from queryscope.sql.fingerprint import tables

# Methods that write one row, or what belongs to one row, each time they are called.
PER_ROW = frozenset(
    {
        "save",
        "create",
        "delete",
        "update",
        "get_or_create",
        "update_or_create",
        "add",
        "remove",
        "set",
        "clear",
    }
)
WRITES = frozenset({"insert", "update", "delete"})
_MANY_TO_MANY = frozenset({"add", "remove", "set", "clear"})
# Django keeps these by itself.
_FRAMEWORK = ("admin.", "auth.Permission", "contenttypes.", "sessions.", "sites.")
_RANGE = re.compile(r" IN \(|[<>]=?|\bBETWEEN\b|\bLIMIT\b", re.IGNORECASE)
_SCHEMA = re.compile(r"SET (LOCAL |SESSION )?(search_path|ROLE)\b|SET SCHEMA\b", re.IGNORECASE)
_QUEUE = re.compile(r" SKIP LOCKED\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Writes:
    """The queries of one call that writes: all groups of one stack and method."""

    groups: tuple[QueryGroup, ...]
    main: QueryGroup  # the one that writes the row itself
    method: str  # "save", "create" …; "execute" for SQL of the application's own
    model: str  # label
    stack: tuple[Frame, ...]  # from the line that asks for the write, outwards

    @property
    def rows(self) -> int:
        """How often the call ran."""
        return max(group.count for group in self.groups)


@once
def writes_of(trace: Trace, models: Models) -> tuple[Writes, ...]:
    """Every call that writes, with its queries. Those of signals and `save()` methods are not among them."""
    return tuple(_writes_of(trace, models))


def _writes_of(trace: Trace, models: Models) -> Iterator[Writes]:
    found: dict[tuple[tuple[Frame, ...], str, str], list[QueryGroup]] = {}
    for group in trace.groups:
        method = _method(group)
        if method and group.stack:
            found.setdefault((group.stack, method, group.alias), []).append(group)
    for groups in found.values():
        # What a library's receiver adds (an audit log, a history) isn't the write that the line asks for.
        own = [group for group in groups if not group.is_asked_by_library]
        yield writes_from(own or groups, models)


def writes_from(groups: Sequence[QueryGroup], models: Models) -> Writes:
    """The call whose queries these groups are."""
    method = _method(groups[0])
    written = [group for group in groups if group.kind in WRITES]
    main = max(written or groups, key=lambda group: (group.count, group.first_index))
    label = _label(main, method, models)
    return Writes(tuple(groups), main, method, label, outside(main.stack, label, models))


def outside(stack: tuple[Frame, ...], label: str, models: Models) -> tuple[Frame, ...]:
    """A stack without the model's own `save()` or `delete()`, in which the write stands."""
    model = models.get(label)
    at = 0
    while (
        at < len(stack) - 1 and model is not None and stack[at].function.rpartition(".")[2] in model.overrides
    ):
        at += 1
    return stack[at:]


def is_librarys(writes: Writes, models: Models) -> bool:
    """Whether Django's own applications keep that model, or a library writes to a table of its own."""
    model = models.get(writes.model)
    is_own = writes.main.is_asked_by_library and model is not None and not model.path
    return writes.model.startswith(_FRAMEWORK) or (is_own and writes.main.asked_through != "rest_framework")


def is_batch(writes: Writes) -> bool:
    """Whether each statement takes many rows: a list of keys, a range, what a LIMIT gives."""
    main = writes.main
    if main.owners or writes.method not in ("update", "delete", "execute"):
        return False
    first = min(writes.groups, key=lambda group: group.first_index)
    takes_many = main.rows is not None and main.rows > main.count
    return takes_many and (writes.method == "execute" or _RANGE.search(first.sql) is not None)


class Surroundings:
    """What else a trace tells of its writes, read once."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._queues: set[str] = set()
        self._switches = 0
        for group in trace.groups:
            if _QUEUE.search(group.sql):
                self._queues.update(tables(group.sql))
            elif _SCHEMA.match(group.sql):
                self._switches = max(self._switches, group.count)

    def is_queue(self, writes: Writes) -> bool:
        """Whether the rows were taken from a queue: one by one on purpose, so that workers don't wait."""
        return bool(self._queues) and not self._queues.isdisjoint(tables(writes.main.sql))

    def is_elsewhere(self, writes: Writes) -> bool:
        """Whether schemas are changed in between: no one statement reaches them all."""
        return self._switches >= writes.main.count

    def succeeded(self, group: QueryGroup) -> int:
        """How many executions didn't fail, of a group that is held."""
        if group.error is None:
            return group.count
        return group.count - sum(
            each.error is not None for each in executions(self._trace).get(group.index, ())
        )

    def is_parallel(self, group: QueryGroup) -> bool:
        """Whether several threads ran a group: no loop waits for one after the other."""
        return len({query.thread for query in executions(self._trace).get(group.index, ())}) > 1


@once
def surroundings(trace: Trace) -> Surroundings:
    """What else a trace tells of its writes."""
    return Surroundings(trace)


def runs_in_loop(stack: Sequence[Frame], group: QueryGroup, context: Context) -> bool:
    """Whether application code runs that stack again and again, as far as its source tells."""
    loop = find_loop(stack, context.sources)
    if loop is not None:
        return all(is_application(frame) for frame in stack[: loop.depth + 1])
    if not all(is_application(frame) for frame in stack):
        return False
    if group.asked_through:
        # A formset saves the rows of a page; other libraries are handed as many rows as a client sends.
        return not group.asked_through.startswith("django.")
    return may_loop(stack, context.sources)


def loop_of(stack: Sequence[Frame], context: Context) -> Loop | None:
    """The loop that application code runs that stack in."""
    return find_loop(stack, context.sources)


def _method(group: QueryGroup) -> str:
    access = group.access
    if access is None:  # a library's SQL (the cache's tables) is its own business
        return "execute" if group.kind in WRITES and not group.asked_through else ""
    if access.kind is not AccessKind.WRITE or access.method not in PER_ROW:
        return ""
    return access.method if group.kind in WRITES or group.kind == "select" else ""


def _label(group: QueryGroup, method: str, models: Models) -> str:
    access = group.access
    if access is None:
        names = tables(group.sql)
        model = models.by_table(names[0]) if names else None
        return model.label if model is not None else ""
    if method in _MANY_TO_MANY or (method in ("save", "delete") and access.model != access.target):
        return access.model or access.target
    return access.target or access.model


def lost(model: Model | None, writes: Writes) -> str:
    """What a bulk method would leave out, in words; "" if nothing that is known."""
    if model is None:
        return ""
    name = model.name
    if writes.method in ("save", "create", "get_or_create", "update_or_create"):
        if "save" in model.overrides or len(writes.stack) < len(writes.main.stack):
            return f"{name} has a save() of its own, which no bulk method calls."
        signals = [each for each in model.receivers if each in ("pre_save", "post_save")]
        if signals:
            return f"Receivers listen to {' and '.join(signals)} of {name}, which no bulk method sends."
        if model.parents:
            parents = ", ".join(label.rpartition(".")[2] for label in model.parents)
            return f"A {name} is stored in the tables of {parents} too, which bulk_create() can't write."
    if writes.method == "delete" and "delete" in model.overrides:
        return f"{name} has a delete() of its own, which queryset.delete() doesn't call."
    if writes.method in _MANY_TO_MANY and "m2m_changed" in model.receivers:
        return "Receivers listen to m2m_changed, which is sent for each call."
    return ""


def reads_inside(writes: Writes, trace: Trace, context: Context) -> bool:
    """Whether the loop also reads the table that it writes, row by row."""
    loop = find_loop(writes.stack, context.sources)
    if loop is None:
        return False
    own = {group.index for group in writes.groups}
    first, last = loop.node.lineno, loop.node.end_lineno or loop.node.lineno
    head = loop.iterable.lineno if loop.iterable is not None else 0
    reads = _reads(trace)
    return any(
        index not in own
        for table in tables(writes.main.sql)
        for index in reads.between(loop.frame.path, table, (first, last), head)
    )


class _Reads:
    """The lines that ran each SELECT, so that looking at a loop doesn't read all of a trace."""

    def __init__(self, trace: Trace) -> None:
        # By file and table: lines with the groups that ran there, sorted; those that ran once apart.
        self._again: dict[tuple[str, str], list[tuple[int, int]]] = {}
        self._once: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for group in trace.groups:
            held = self._once if group.count == 1 else self._again
            for table in tables(group.sql) if group.kind == "select" else ():
                for path, line in {(frame.path, frame.line) for frame in group.stack}:
                    held.setdefault((path, table), []).append((line, group.index))
        for places in (*self._again.values(), *self._once.values()):
            places.sort()

    def between(self, path: str, table: str, lines: tuple[int, int], head: int) -> Iterator[int]:
        """The groups that read a table at these lines; of the head of a loop those that ran again."""
        first, last = lines
        for held in (self._again, self._once):
            places = held.get((path, table), [])
            at = bisect_left(places, (first, -1))
            while at < len(places) and places[at][0] <= last:
                if held is self._once and places[at][0] == head:
                    at = bisect_left(places, (head + 1, -1))
                    continue
                yield places[at][1]
                at += 1


@once
def _reads(trace: Trace) -> _Reads:
    return _Reads(trace)
