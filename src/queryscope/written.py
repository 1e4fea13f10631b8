"""Seam: which values of a query may be told, since the project's own source or a setting says them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from queryscope.capture.project import Project
from queryscope.model import Models, QueryGroup
from queryscope.sql.fingerprint import tables

Read = Callable[[Project, str], str | None]  # the text of a file of the project

_FILES = 16  # in which a constant's name is looked up
_FRAMES = 8  # of a query's stack, in whose functions its constants are looked for


def constants_around(
    group: QueryGroup, models: Models, project: Project, read: Read, *, params: Any = None
) -> tuple[Any, ...]:
    """Constants in the source around the building line; their values stand in the project's own files.

    They are looked up in that file, in those of the models asked and of the functions that were running, and
    in what these import of the project. `params`, those of an execution, tell which of several is meant.
    """
    from queryscope.rules.index import read_constants

    site = group.site
    frame = (site.frame or site.holder) if site is not None else None
    if site is None or frame is None or (site.frame is not None and site.frame.is_template):
        return ()
    source = read(project, frame.path)
    if source is None:
        return ()
    asked = [models.get(site.model), *(models.by_table(table) for table in tables(group.sql))]
    paths = [frame.path, *(model.path for model in asked if model is not None and model.path)]
    paths += [one.path for one in group.stack[:_FRAMES] if not one.is_template]
    texts = _texts(paths, project, read)
    is_sent = partial(_is_among, tuple(_flat(params)))
    return tuple(read_constants(source, line=frame.line, definitions=tuple(texts.values()), is_sent=is_sent))


def _flat(params: Any) -> Iterator[Any]:
    """The single values of parameters, those of lists too; of JSON what it holds."""
    if isinstance(params, list | tuple):
        for one in params:
            yield from _flat(one)
    else:
        yield getattr(params, "obj", params)


def _is_among(sent: Sequence[Any], value: Any) -> bool:
    if isinstance(value, tuple):
        return all(_is_among(sent, one) for one in value)
    return any(isinstance(one, bool) == isinstance(value, bool) and _is_equal(one, value) for one in sent)


def _is_equal(one: Any, value: Any) -> bool:
    """Whether a parameter has this value; what a type of the project's own does when asked isn't known."""
    return isinstance(one, str | int | float | Decimal) and bool(one == value)


def known_values(group: QueryGroup, project: Project, read: Read) -> Any:
    """What may be told of a statement's parameters: where the project's source or a setting says it."""
    from django.conf import settings

    from queryscope.rules.index import read_literals
    from queryscope.sql.resolve import Known

    site = group.site
    frames = [*([site.frame] if site is not None and site.frame is not None else []), *group.stack]
    around = [frame for frame in dict.fromkeys(frames[:_FRAMES]) if not frame.is_template]
    texts = _texts([frame.path for frame in around], project, read)
    places = [(texts[frame.path], frame.line) for frame in around if frame.path in texts]
    lookups = site.lookups if site is not None else ()
    return Known(
        literals=read_literals(places, definitions=tuple(texts.values())),
        paths=frozenset(part for lookup in lookups for part in lookup.split("__")),
        time_zone=settings.TIME_ZONE or "",
    )


def _texts(paths: Sequence[str], project: Project, read: Read) -> dict[str, str]:
    """The texts of files of the project, and of what these import of it."""
    from queryscope.rules.index import imported_files

    texts = {path: text for path in dict.fromkeys(paths) if (text := read(project, path)) is not None}
    for path, text in tuple(texts.items()):
        for file in imported_files(text, path):
            if file not in texts and len(texts) < _FILES and (imported := read(project, file)) is not None:
                texts[file] = imported
    return texts


def read_source(project: Project, path: str) -> str | None:
    """The text of a file of the project; None if it can't be read."""
    try:
        file = os.path.join(project.root, path)  # noqa: PTH118 - a Path costs as much as reading the file
        found = os.stat(file)  # noqa: PTH116
        return _read(file, found.st_mtime_ns, found.st_size)
    except (OSError, UnicodeDecodeError, ValueError):
        return None


@lru_cache(maxsize=64)
def _read(file: str, modified_ns: int, size: int) -> str:
    """The text of a file, kept while it isn't changed: a page is judged at each reload."""
    with Path(file).open(encoding="utf-8", newline="") as opened:
        return opened.read()
