"""From what a recorder observed to the frozen loads of its trace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from queryscope.capture.loaded import Loaded
from queryscope.capture.project import Project
from queryscope.capture.recorder import Recorder
from queryscope.capture.state import FAULTS
from queryscope.model import Frame, Load


def read_facts(recorder: Recorder, place: Mapping[int, int]) -> dict[str, Any]:
    """`loads` and `saw_reads` of the trace; `place` tells where a group went when groups were merged.

    After a fault nothing is told: a read may have been missed, and what is missed looks unread.
    """
    reads = recorder.reads
    if reads is None or FAULTS.count:
        return {}
    merged: dict[tuple[int, str, str], Load] = {}
    for (group, path), loaded in list(reads.loads.items()):
        load = _load(loaded, place[group], path, recorder.codes.project)
        key = (load.group, load.path, load.model)
        merged[key] = _both(merged[key], load) if key in merged else load
    return {"loads": tuple(merged[key] for key in sorted(merged)), "saw_reads": True}


def _load(loaded: Loaded, group: int, path: str, project: Project) -> Load:
    unread = set(loaded.unread)
    joined = dict(loaded.joined)
    prefetched = tuple(loaded.prefetched)
    read = [name for accessor, name in joined.items() if accessor not in unread]
    read += [name for name in prefetched if name not in unread]
    return Load(
        group=group,
        path=path,
        model=loaded.label,
        instances=loaded.count_instances(),
        columns=loaded.columns,
        column_bytes=loaded.sizes,
        columns_read=_without(loaded.columns, unread),
        columns_needed=tuple(name for name in loaded.columns if name in unread and name in loaded.needed),
        annotations=loaded.annotations,
        annotations_read=_without(loaded.annotations, unread),
        select_related=tuple(joined.values()),
        prefetch_related=prefetched,
        relations_read=_union(read),
        readers=tuple(_readers(loaded, project)),
        is_escaped=loaded.is_escaped,
    )


def _readers(loaded: Loaded, project: Project) -> Iterator[Frame]:
    for code in dict.fromkeys(around for _, around in list(loaded.readers.values())):
        if code is not None and project.is_application(code.co_filename):
            yield Frame(
                path=project.relative(code.co_filename),
                line=code.co_firstlineno,
                function=code.co_qualname.replace(".<locals>.", "."),
            )


def _both(one: Load, other: Load) -> Load:
    """Of two groups that came to one: what one of them loaded in vain, the other may have read."""
    names = ("columns", "annotations", "select_related", "prefetch_related")
    columns, annotations, joined, prefetched = (
        _union(getattr(one, name), getattr(other, name)) for name in names
    )
    is_escaped = one.is_escaped or other.is_escaped
    read = set(columns if is_escaped else one.columns_read + other.columns_read)
    return replace(
        one,
        instances=one.instances + other.instances,
        columns=columns,
        column_bytes=_largest(columns, one, other),
        columns_read=tuple(name for name in columns if name in read),
        columns_needed=_without(_union(one.columns_needed, other.columns_needed), read),
        annotations=annotations,
        annotations_read=annotations if is_escaped else _union(one.annotations_read, other.annotations_read),
        select_related=joined,
        prefetch_related=prefetched,
        relations_read=_union(joined, prefetched)
        if is_escaped
        else _union(one.relations_read, other.relations_read),
        readers=tuple(dict.fromkeys((*one.readers, *other.readers))),
        is_escaped=is_escaped,
    )


def _largest(columns: Iterable[str], *loads: Load) -> tuple[int, ...]:
    sizes = [dict(zip(load.columns, load.column_bytes, strict=False)) for load in loads]
    return tuple(max(each.get(name, 0) for each in sizes) for name in columns)


def _union(*names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for each in names for name in each))


def _without(names: Iterable[str], left_out: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in left_out)
