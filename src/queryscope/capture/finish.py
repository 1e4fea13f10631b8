"""From a recorder to a frozen trace: names resolved, SQL normalised, groups of one shape merged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter_ns
from typing import Any
from uuid import uuid4

from queryscope.capture import places
from queryscope.capture.finish_loads import read_facts
from queryscope.capture.frames import class_site, python_frame, resolve_stack, template_frame
from queryscope.capture.group import Group
from queryscope.capture.reader import reader_frame
from queryscope.capture.recorder import Recorder
from queryscope.capture.selections import number_selections
from queryscope.capture.state import FAULTS
from queryscope.model import Access, ConnectionEvent, Frame, Query, QueryGroup, QuerySetSite, Repeat, Trace
from queryscope.sql.bounds import Bounds, largest, written_bounds
from queryscope.sql.fingerprint import fingerprint, kind, normalize

MILLISECOND = 1_000_000  # ns
_EXPLAINED = frozenset({"select", "update", "delete", "insert"})


class Slow:
    """A statement that may be explained: the very objects that were executed, held in this process only."""

    __slots__ = (
        "alias", "fingerprint", "group", "is_search", "is_select", "max_ms", "params", "sql", "total_ms",
        "typical", "vendor",
    )  # fmt: skip

    def __init__(
        self, group: QueryGroup, sql: str, params: Any, typical: tuple[str, Any] | None = None
    ) -> None:
        self.is_select = group.kind == "select"
        self.is_search = False  # what finds the rows of a write, in its place
        self.typical = typical  # the first execution, where it was not the slowest one
        self.group = group.index
        self.fingerprint = group.fingerprint
        self.alias = group.alias
        self.vendor = group.vendor
        self.max_ms = group.max_ms
        self.total_ms = group.total_ms
        self.sql = sql
        self.params = params


Finished = tuple[Trace, tuple[Slow, ...]]


class Merged:
    """What several groups of a recorder come to, under one place in the trace."""

    __slots__ = ("bounds", "fingerprint", "group", "owner", "site", "stack", "text")

    def __init__(self, group: Group, text: str, stack: tuple[Frame, ...], site: QuerySetSite | None) -> None:
        self.group = group
        self.text = text  # normalised
        self.fingerprint = fingerprint(text)
        self.stack = stack
        self.site = site
        self.owner: tuple[int, str] | None = None
        # Of the text as it was sent: normalising takes the numbers away.
        self.bounds: Bounds = written_bounds(group.sql)

    def key(self) -> tuple[Any, ...]:
        """What makes a group of the trace."""
        access = self.group.access
        named = tuple((name, value) for name, value in access.items() if name != "owner") if access else ()
        site = self.site and (self.site.frame, self.site.holder)
        return (self.fingerprint, self.group.alias, self.stack, site, named, self.owner)


def finish(recorder: Recorder) -> Finished:
    """The trace of a stopped recorder, and what of it may be explained, by falling cost."""
    # Keyed by resolved frames: since Python 3.11 specialised bytecode gives one call site several offsets.
    merged: dict[tuple[Any, ...], Merged] = {}
    place: dict[int, int] = {}  # index while recording → index in the trace
    for group in list(recorder.groups):
        stack = resolve_stack(recorder.stacks.expand(group.stack), recorder.codes)
        one = Merged(group, normalize(group.sql), stack, _site(group, recorder))
        owner = (group.access or {}).get("owner")
        if owner is not None and owner[0] in place:
            one.owner = (place[owner[0]], owner[1])
        known = merged.setdefault(one.key(), one)
        if known is one:
            place[group.index] = len(merged) - 1
        else:
            place[group.index] = place[known.group.index]
            known.group = known.group.merged_with(group)
            known.bounds = largest(known.bounds, one.bounds)
    groups = []
    slow = []
    numbers = number_selections((index, one.group) for index, one in enumerate(merged.values()))
    for index, one in enumerate(merged.values()):
        frozen = _freeze(one, index, numbers.get(index, (None, 0)), recorder)
        groups.append(frozen)
        if frozen.kind in _EXPLAINED and one.group.slowest is not None:
            slow.append(_slow(frozen, one.group))
    slow.sort(key=lambda each: each.total_ms, reverse=True)
    trace = _trace(recorder, groups, place)
    repeats = _repeats([one.group for one in merged.values()], groups)
    return replace(trace, repeats=tuple(repeats), **read_facts(recorder, place)), tuple(slow)


def _slow(frozen: QueryGroup, group: Group) -> Slow:
    def call(sql: Any, params: Any) -> tuple[str, Any]:
        return (sql if isinstance(sql, str) else group.sql, params)

    assert group.slowest is not None
    first, slowest = group.first_call, group.slowest
    is_other = first is not None and first is not slowest and frozen.distinct > 1
    return Slow(frozen, *call(*slowest), typical=call(*first) if is_other and first else None)


def _repeats(raw: list[Group], groups: list[QueryGroup]) -> Iterator[Repeat]:
    """SELECTs that ran again with the same text and parameters, over all groups."""
    texts: dict[tuple[str, str], list[tuple[Group, QueryGroup]]] = {}
    for grown, group in zip(raw, groups, strict=True):
        if group.kind == "select":
            texts.setdefault((grown.sql, group.alias), []).append((grown, group))
    for (_, alias), alike in texts.items():
        [(first, group), *others] = alike
        if not others and len(first.params) == first.count:  # no two are the same
            continue
        places: dict[int, list[tuple[int, int]]] = {}
        for grown, each in alike:
            for digest, times in grown.params.items():
                places.setdefault(digest, []).append((each.index, times))
        for found in places.values():
            count = sum(times for _, times in found)
            if count > 1:
                indexes = tuple(index for index, _ in found)
                yield Repeat(fingerprint=group.fingerprint, alias=alias, count=count, groups=indexes)


def _freeze(one: Merged, index: int, rows: tuple[int | None, int], recorder: Recorder) -> QueryGroup:
    group = one.group
    return QueryGroup(
        index=index,
        fingerprint=one.fingerprint,
        sql=one.text,
        alias=group.alias,
        vendor=group.vendor,
        kind=kind(one.text),
        count=group.count,
        distinct=len(group.params),
        total_ms=group.total_ns / MILLISECOND,
        max_ms=group.max_ns / MILLISECOND,
        rows=group.rows,
        stack=one.stack,
        access=_access(group, one.owner),
        site=one.site,
        owners=len(group.owners),
        first_index=group.first_index,
        error=group.error,
        is_asked_by_library=group.is_asked_by_library,
        limit=one.bounds[0],
        offset=one.bounds[1],
        selection=rows[0],
        window=rows[1],
        asked_through=group.asked_through,
        is_in_transaction=group.is_in_transaction,
        reader=reader_frame(group.reader, recorder.codes) if group.reader else None,
    )


def _access(group: Group, owner: tuple[int, str] | None) -> Access | None:
    if group.access is None:
        return None
    values = {name: value for name, value in group.access.items() if name != "owner"}
    return Access(owner_group=owner[0] if owner else None, owner_path=owner[1] if owner else "", **values)


def _site(group: Group, recorder: Recorder) -> QuerySetSite | None:
    codes = recorder.codes
    if group.site is None:
        return None
    (where, lasti, _, holder, *_), described = group.site
    frame = None
    if isinstance(where, tuple):
        frame = template_frame(where, codes)
    elif where in codes.kept:
        frame = python_frame(where, lasti, codes)
    held = codes.holders.get(holder) if holder else None
    return QuerySetSite(
        frame=frame,
        holder=class_site(held, codes) if held else None,
        is_built_by_library=isinstance(where, tuple) and lasti == 1,
        **described,
    )


def _trace(recorder: Recorder, groups: list[QueryGroup], place: dict[int, int]) -> Trace:
    threads: dict[int, int] = {}
    queries = []
    ended_ns = recorder.ended_ns or perf_counter_ns()
    notes = {*recorder.notes, *recorder.beside.notes()}
    if recorder.places.is_full:
        notes.add(f"more than {places.MOST_GROUPS} places ran queries: the others are told by shape only")
    if FAULTS.count:
        notes.add(f"queryscope failed {FAULTS.count} times: not everything was seen")
    since = recorder.started_ns
    for started, duration, group, rows, thread, error in list(recorder.samples):
        number = threads.get(thread)
        if number is None:
            number = threads[thread] = len(threads)
        began = (started - since) / MILLISECOND
        queries.append(Query(place[group], began, duration / MILLISECOND, rows, number, error))
    return Trace(
        id=uuid4().hex[:12],
        origin=recorder.origin,
        started_at=datetime.fromtimestamp(recorder.started_at, UTC).isoformat(timespec="milliseconds"),
        wall_ms=(ended_ns - recorder.started_ns) / MILLISECOND,
        groups=tuple(groups),
        queries=tuple(queries),
        connections=tuple(_events(recorder, threads)),
        dropped_queries=recorder.count - len(queries),
        status=recorder.status,
        notes=tuple(sorted(notes)),
        otel_trace_id=recorder.otel_trace_id,
        saw_application=any(group.stack or (group.site and group.site.holder) for group in groups),
    )


def _events(recorder: Recorder, threads: dict[int, int]) -> Iterator[ConnectionEvent]:
    for kind_, alias, started, duration, thread, error, is_pooled, statements in list(recorder.beside.events):
        yield ConnectionEvent(
            kind=kind_,
            alias=alias,
            started_ms=(started - recorder.started_ns) / MILLISECOND,
            duration_ms=duration / MILLISECOND,
            thread=threads.setdefault(thread, len(threads)),
            error=error,
            is_pooled=is_pooled,
            statements=statements,
        )
