"""Queries of one unit of work that are about the same rows, and whether one answer would have done."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from math import inf

from queryscope.fixes.again import is_called_again
from queryscope.fixes.sources import Sources
from queryscope.model import AccessKind, Frame, Models, QueryGroup, Trace
from queryscope.rules.attribution import first_python, function_name, is_application
from queryscope.rules.once import once
from queryscope.sql.fingerprint import tables

# Django looks these up by itself and caches them as it sees fit.
FRAMEWORK = ("auth.", "contenttypes.", "sessions.", "sites.", "admin.")
OWN_KINDS = frozenset(
    {
        AccessKind.MANAGER,
        AccessKind.REVERSE,
        AccessKind.MANY_TO_MANY,
        AccessKind.GENERIC_RELATION,
    }
)
# How all rows of a queryset are loaded at once, and kept with it.
LOADS_ALL = frozenset({"iterate", "len", "bool"})
_WRITES = frozenset({"insert", "update", "delete", "other"})
# They are given a queryset, clone it when they like, and can't take a list: choices, tables, filters.
TAKE_QUERYSETS = ("django.forms", "django_tables2", "django_filters")
_LOCKS = re.compile(r" FOR (UPDATE|NO KEY UPDATE|SHARE|KEY SHARE)\b", re.IGNORECASE)


def same_rows(trace: Trace, models: Models) -> Iterator[list[QueryGroup]]:
    """Groups of the application that are about the same rows, in order; each list has at least two."""
    for groups in _facts(trace).selections.values():
        own = [group for group in groups if is_own(group, models)] if len(groups) > 1 else []
        if len(own) > 1:
            yield own


def is_own(group: QueryGroup, models: Models) -> bool:
    """Whether the application itself asked, outside of tests, for rows that it doesn't lock."""
    site, access = group.site, group.access
    if site is None or site.frame is None or access is None or group.error is not None:
        return False
    if group.kind != "select" or access.kind not in OWN_KINDS or is_locking(group):
        return False
    if site.model.startswith(FRAMEWORK) or is_librarys(group, site.model, models):
        return False
    if group.asked_through.startswith(TAKE_QUERYSETS):
        return False
    place = first_python(group.stack)
    return is_application(site.frame) and (place is None or is_application(place)) and bool(group.stack)


def is_locking(group: QueryGroup) -> bool:
    """Whether the rows are locked: then asking for them does more than read them."""
    return (group.site is not None and group.site.is_for_update) or bool(_LOCKS.search(group.sql))


def is_librarys(group: QueryGroup, label: str, models: Models) -> bool:
    """Whether a library asks for a model that isn't the project's: the application holds no such query."""
    model = models.get(label)
    return group.is_asked_by_library and model is not None and not model.path


class _Writes:
    """When each table was written, so that asking for a span of time doesn't read all writes."""

    def __init__(self, groups: Iterable[QueryGroup]) -> None:
        self._once: dict[str, list[int]] = defaultdict(list)  # by table; "" where nobody knows which
        self._again: dict[str, int] = {}  # since when a write is repeated: nobody knows until when
        for group in sorted(groups, key=lambda each: each.first_index):
            for table in tables(group.sql) or ("",):
                if group.count == 1:
                    self._once[table].append(group.first_index)
                else:
                    self._again.setdefault(table, group.first_index)

    def __bool__(self) -> bool:
        return bool(self._once or self._again)

    def is_written(self, table: str, since: int, until: float) -> bool:
        """Whether a table may be written between two positions of the trace."""
        if table in self._again and self._again[table] <= until:
            return True
        once = self._once.get(table, ())
        at = bisect_left(once, since)
        return at < len(once) and once[at] <= until


class _Facts:
    """What is looked up of a trace again and again."""

    def __init__(self, trace: Trace) -> None:
        self.selections: dict[int, list[QueryGroup]] = defaultdict(list)
        self.writes = _Writes(group for group in trace.groups if group.kind in _WRITES)
        for group in trace.groups:
            if group.selection is not None:
                self.selections[group.selection].append(group)


@once
def _facts(trace: Trace) -> _Facts:
    return _Facts(trace)


@once
def _threads(trace: Trace) -> dict[int, int]:
    """By group: the thread that first ran it."""
    threads: dict[int, int] = {}
    for query in trace.queries:
        threads.setdefault(query.group, query.thread)
    return threads


def of_same_rows(trace: Trace, group: QueryGroup) -> list[QueryGroup]:
    """All groups of the trace that are about the same rows, itself included."""
    return [] if group.selection is None else _facts(trace).selections[group.selection]


def are_in_threads(trace: Trace, first: QueryGroup, second: QueryGroup) -> bool:
    """Whether the two ran in different threads: each needs rows of its own."""
    threads = _threads(trace)
    return threads.get(first.index, 0) != threads.get(second.index, threads.get(first.index, 0))


def is_written_between(trace: Trace, first: QueryGroup, second: QueryGroup) -> bool:
    """Whether a statement that may have changed the rows ran after the first and before the second."""
    writes = _facts(trace).writes
    if not writes:
        return False
    # What asks again and again may do so until the end.
    until = inf if first.count > 1 or second.count > 1 else second.first_index
    asked = {"", *tables(first.sql), *tables(second.sql)}
    return any(writes.is_written(table, first.first_index, until) for table in asked)


def are_together(trace: Trace, first: QueryGroup, second: QueryGroup) -> bool:
    """Whether one run of one function asked both times: of one queryset, or of two that it builds alike."""
    if are_in_threads(trace, first, second):
        return False
    assert first.site is not None
    assert second.site is not None
    here, there = first.site.frame, second.site.frame
    if here is None or there is None or place_of(here) != place_of(there):
        return False
    outside, outside_too = _outside(first, here), _outside(second, there)
    if outside is None or outside_too is None:
        # The function that builds it has returned meanwhile: it must be the same queryset.
        return here == there and _meet(first.stack, second.stack)
    return outside == outside_too


def is_of_one_run(first: QueryGroup, second: QueryGroup, sources: Sources) -> bool:
    """Whether what is asked twice is one queryset, or two that one function builds and asks.

    A function that returns a queryset may have been called by two others, each for its own purpose.
    """
    assert first.site is not None
    built = first.site.frame
    assert built is not None
    if _outside(first, built) is not None or _outside(second, built) is not None:
        return True
    is_beside = part(first.stack, second.stack) == (first.stack[0], second.stack[0])
    is_beside = is_beside and place_of(first.stack[0]) == place_of(second.stack[0])
    return is_beside or not is_called_again(built, (first, second), sources)


def _outside(group: QueryGroup, built: Frame) -> tuple[Frame, ...] | None:
    """The frames outside of the function that builds the queryset; None if it isn't on the stack."""
    places = [place_of(frame) for frame in group.stack]
    if place_of(built) not in places:
        return None
    at = places.index(place_of(built))
    while at < len(places) and places[at] == place_of(built):  # a comprehension has a frame of its own
        at += 1
    return group.stack[at:]


def _meet(first: tuple[Frame, ...], second: tuple[Frame, ...]) -> bool:
    """Whether application code, not a test, is what asked twice."""
    return all(is_application(frame) for frame in part(first, second))


def part(first: tuple[Frame, ...], second: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """Where two stacks take different ways, seen from outside; nothing where one is all of the other."""
    here, there = list(first), list(second)
    while here and there and here[-1] == there[-1]:
        here.pop()
        there.pop()
    return (*here[-1:], *there[-1:])


def place_of(frame: Frame) -> tuple[str, str]:
    """File and function; of a template the file."""
    return (frame.path, function_name(frame))


def is_asked_again(trace: Trace, group: QueryGroup) -> bool:
    """Whether another query of the trace is about the same rows; what a delete() looks up doesn't count."""
    return any(
        other.index != group.index and (other.access is None or other.access.kind != AccessKind.WRITE)
        for other in of_same_rows(trace, group)
    )
