"""From a recorder to a frozen trace: names resolved, SQL normalised, groups of one shape merged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from queryscope.capture.frames import class_site, python_frame, resolve_stack, template_frame
from queryscope.capture.recorder import Group, Recorder
from queryscope.model import Access, Frame, Query, QueryGroup, QuerySetSite, Repeat, Trace
from queryscope.sql.fingerprint import fingerprint, kind, normalize

MILLISECOND = 1_000_000  # ns


class Slow:
    """A SELECT that may be explained: the very objects that were executed, held in this process only."""

    __slots__ = ("alias", "fingerprint", "group", "max_ms", "params", "sql", "total_ms", "vendor")

    def __init__(self, group: QueryGroup, sql: str, params: Any) -> None:
        self.group = group.index
        self.fingerprint = group.fingerprint
        self.alias = group.alias
        self.vendor = group.vendor
        self.max_ms = group.max_ms
        self.total_ms = group.total_ms
        self.sql = sql
        self.params = params


def finish(recorder: Recorder) -> tuple[Trace, tuple[Slow, ...]]:
    """The trace of a stopped recorder, and its SELECTs by falling cost."""
    # Keyed by resolved frames: since Python 3.11 specialised bytecode gives one call site several offsets.
    merged: dict[tuple[Any, ...], Group] = {}
    resolved: dict[int, tuple[tuple[Frame, ...], QuerySetSite | None]] = {}
    place: dict[int, int] = {}  # index while recording → index in the trace
    owners: list[tuple[int, str] | None] = []
    for group in recorder.groups.values():
        owner = (group.access or {}).get("owner")
        mapped = (place[owner[0]], owner[1]) if owner is not None else None
        stack, site = resolve_stack(group.stack, recorder.codes), _site(group, recorder)
        resolved[group.index] = (stack, site)
        key = (
            fingerprint(group.sql),
            group.alias,
            stack,
            site and (site.frame, site.holder),
            group.access and (group.access["kind"], group.access["attribute"], group.access["method"]),
            mapped,
        )
        known = merged.get(key)
        if known is None:
            place[group.index] = len(merged)
            merged[key] = group
            owners.append(mapped)
        else:
            place[group.index] = place[known.index]
            _merge(known, group)
    groups = []
    slow = []
    for index, (key, group) in enumerate(merged.items()):
        frozen = _freeze(group, index, key[0], owners[index], resolved[group.index])
        groups.append(frozen)
        if frozen.kind == "select" and group.slowest is not None:
            sql, params = group.slowest
            slow.append(Slow(frozen, sql if isinstance(sql, str) else group.sql, params))
    slow.sort(key=lambda each: each.total_ms, reverse=True)
    trace = _trace(recorder, groups, place)
    return replace(trace, repeats=tuple(_repeats(list(merged.values()), groups))), tuple(slow)


def _repeats(raw: list[Group], groups: list[QueryGroup]) -> Iterator[Repeat]:
    """SELECTs that ran again with the same text and parameters, over all groups."""
    places: dict[tuple[str, str, int], list[tuple[int, int]]] = {}
    for grown, group in zip(raw, groups, strict=True):
        if group.kind != "select":
            continue
        for digest, times in grown.params.items():
            places.setdefault((grown.sql, group.alias, digest), []).append((group.index, times))
    for (_, alias, _), found in places.items():
        count = sum(times for _, times in found)
        if count > 1:
            indexes = tuple(index for index, _ in found)
            shape = groups[indexes[0]].fingerprint
            yield Repeat(fingerprint=shape, alias=alias, count=count, groups=indexes)


def _merge(known: Group, other: Group) -> None:
    known.count += other.count
    known.total_ns += other.total_ns
    if other.max_ns > known.max_ns:
        known.max_ns = other.max_ns
        known.slowest = other.slowest
    known.rows = None if known.rows is None or other.rows is None else known.rows + other.rows
    # Texts that differ in literals differ in what they ask for.
    same_text = known.sql == other.sql
    for value, times in other.params.items():
        digest = value if same_text else hash((other.sql, value))
        known.params[digest] = known.params.get(digest, 0) + times
    known.owners |= other.owners
    known.error = known.error or other.error


def _freeze(
    group: Group,
    index: int,
    shape: str,
    owner: tuple[int, str] | None,
    resolved: tuple[tuple[Frame, ...], QuerySetSite | None],
) -> QueryGroup:
    return QueryGroup(
        index=index,
        fingerprint=shape,
        sql=normalize(group.sql),
        alias=group.alias,
        vendor=group.vendor,
        kind=kind(group.sql),
        count=group.count,
        distinct=len(group.params),
        total_ms=group.total_ns / MILLISECOND,
        max_ms=group.max_ns / MILLISECOND,
        rows=group.rows,
        stack=resolved[0],
        access=_access(group, owner),
        site=resolved[1],
        owners=len(group.owners),
        first_index=group.first_index,
        error=group.error,
    )


def _access(group: Group, owner: tuple[int, str] | None) -> Access | None:
    if group.access is None:
        return None
    values = {name: value for name, value in group.access.items() if name != "owner"}
    return Access(owner_group=owner[0] if owner else None, owner_path=owner[1] if owner else "", **values)


def _site(group: Group, recorder: Recorder) -> QuerySetSite | None:
    if group.site is None:
        return None
    (where, lasti, _, holder), described = group.site
    codes = recorder.codes
    frame = None
    if isinstance(where, tuple):
        frame = template_frame(where, codes)
    elif where:
        frame = python_frame(where, lasti, codes)
    held = codes.holders.get(holder) if holder else None
    return QuerySetSite(frame=frame, holder=class_site(held, codes) if held else None, **described)


def _trace(recorder: Recorder, groups: list[QueryGroup], place: dict[int, int]) -> Trace:
    threads: dict[int, int] = {}
    queries = []
    for index, (started, duration, group, rows, thread, error) in enumerate(recorder.samples):
        queries.append(
            Query(
                index=index,
                group=place[group],
                started_ms=(started - recorder.started_ns) / MILLISECOND,
                duration_ms=duration / MILLISECOND,
                row_count=rows,
                thread=threads.setdefault(thread, len(threads)),
                error=error,
            )
        )
    return Trace(
        id=uuid4().hex[:12],
        origin=recorder.origin,
        started_at=datetime.fromtimestamp(recorder.started_at, UTC).isoformat(timespec="milliseconds"),
        wall_ms=(recorder.ended_ns - recorder.started_ns) / MILLISECOND,
        groups=tuple(groups),
        queries=tuple(queries),
        dropped_queries=recorder.count - len(queries),
        status=recorder.status,
        notes=tuple(sorted(recorder.notes)),
        saw_application=any(group.stack or (group.site and group.site.holder) for group in groups),
    )
