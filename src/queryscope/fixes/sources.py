"""The project's files as syntax trees, each read and parsed once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from queryscope.fixes.source import Source
from queryscope.model import Frame, QuerySetSite

ReadSource = Callable[[str], str | None]


class Sources:
    """Files of the project, parsed once; what can't be read or parsed is None."""

    def __init__(self, read: ReadSource) -> None:
        self._read = read
        self._known: dict[str, Source | None] = {}
        # What was found out of these files, by whoever did; their keys begin with what they are about.
        self.memo: dict[tuple[Any, ...], Any] = {}

    def at(self, path: str) -> Source | None:
        """The Python file of that path in the project."""
        if path and path not in self._known:
            text = self._read(path)
            self._known[path] = None if text is None else _parsed(path, text)
        return self._known.get(path)

    def around(self, frame: Frame | None) -> Source | None:
        """The Python file that a frame stands in; None for a template."""
        return None if frame is None or frame.is_template else self.at(frame.path)

    def of(self, site: QuerySetSite | None) -> Source | None:
        """The file in which that queryset is built."""
        if site is None:
            return None
        if site.frame is not None and not site.frame.is_template:
            return self.at(site.frame.path)
        return self.at(site.holder.path) if site.holder else None

    def text(self, path: str) -> str | None:
        """The text of any file of the project, a template's for example."""
        return self._read(path)


@lru_cache(maxsize=64)
def _parsed(path: str, text: str) -> Source | None:
    try:
        return Source(path, text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
