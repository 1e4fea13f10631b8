"""Groups by place: stack × access × alias first, then text. Most queries of a place have one text."""

from __future__ import annotations

from types import FrameType
from typing import Any

from queryscope.capture.access import Owned, describe_access
from queryscope.capture.asked import asked_through, is_asked_by_library
from queryscope.capture.codes import Codes
from queryscope.capture.describe import describe
from queryscope.capture.group import Group
from queryscope.capture.reader import reader_of
from queryscope.capture.sites import mark_of, site_at
from queryscope.capture.state import FAULTS, LATER
from queryscope.capture.walk import Seen
from queryscope.sql.fingerprint import fingerprint

MAX_GROUPS = 5000  # beyond it, texts that differ in literals only share a group …
MAX_TEXT = 30_000_000  # … and so they do when the texts held are longer than this together
MOST_GROUPS = 20_000  # beyond it, queries of one shape share a group wherever they run …
MOST_SHAPES = 5000  # … and beyond so many shapes more, all others share one
OTHERS = "(statements beyond the limit)"
_EXPLAINED = ("SELECT", "WITH", "UPDATE", "DELETE", "--", "/*")
_SAVEPOINTS = ("SAVEPOINT", "RELEASE S", "ROLLBACK ")  # each names another one
# What a function of Django is called in the trace, where its own name says less.
_METHODS = {"_fetch_all": "iterate", "_iterator": "iterator", "__len__": "len", "__bool__": "bool"}
_NO_MARK = (0, 0, "", 0, 0, 0)

Where = tuple[Any, int, FrameType | None]  # connection, number in the unit of work, the frame that runs it


def _may_explain(text: str) -> bool:
    """Whether a plan could tell something: of rows that are inserted as they are, none does."""
    start = text[:40].lstrip("( \n\t").upper()
    return start.startswith(_EXPLAINED) or (start.startswith("INSERT") and "SELECT" in text)


class Place:
    """The groups of one place, and the latest one: comparing a text is cheaper than hashing it."""

    __slots__ = ("by_text", "last")

    def __init__(self) -> None:
        self.by_text: dict[str, Group] = {}
        self.last: Group


class Places:
    """All groups of a recorder."""

    def __init__(self, token: int, codes: Codes) -> None:
        self.token = token
        self._codes = codes
        self.groups: list[Group] = []
        self.is_full = False  # queries were told by their shape only
        self.by_key: dict[Any, Place] = {}
        self._text_length = 0

    def group(self, key: tuple[Any, ...], text: str, seen: Seen, owned: Owned | None, where: Where) -> Group:
        """The group of a query."""
        shape = self._shape(text)
        place = self.by_key.get(key)
        group = None if place is None else place.by_text.get(shape)
        if group is None and len(self.groups) >= MOST_GROUPS:
            self.is_full = True
            key, seen, owned = (where[0].alias,), Seen(), None
            place = self.by_key.get(key)
            shape = fingerprint(text) if len(self.groups) < MOST_GROUPS + MOST_SHAPES else OTHERS
            text = text if shape != OTHERS else OTHERS
            group = None if place is None else place.by_text.get(shape)
        is_new = place is None
        place = Place() if place is None else place
        if group is None:
            group = place.by_text[shape] = self._make(text, seen, owned, where)
        place.last = group
        if is_new:
            self.by_key[key] = place  # other threads read it without the lock: not before it is complete
        return group

    def _shape(self, text: str) -> str:
        if text.startswith(_SAVEPOINTS):
            return text[:9]
        is_crowded = len(self.groups) >= MAX_GROUPS or self._text_length > MAX_TEXT
        return fingerprint(text) if is_crowded else text

    def _make(self, text: str, seen: Seen, owned: Owned | None, where: Where) -> Group:
        connection, number, frame = where
        group = Group(len(self.groups), text, seen.stack, number)
        self.groups.append(group)
        self._text_length += len(text)
        group.load = (self.token, group.index, "")
        group.alias = connection.alias
        group.vendor = connection.vendor
        group.may_explain = _may_explain(text)
        seen.method = _METHODS.get(seen.method, seen.method)
        try:
            group.is_asked_by_library = is_asked_by_library(frame, self._codes)
            group.asked_through = asked_through(frame, self._codes)
            group.is_in_transaction = connection.in_atomic_block or not connection.autocommit
            group.access = describe_access(seen, owned, self.token)
            if owned is not None:
                group.reader = reader_of(frame, self._codes)
            if seen.queryset is not None:
                described = describe(seen.queryset, seen.method)
                model = seen.queryset.model._meta.label
                mark = mark_of(seen.queryset)
                if mark == LATER:
                    mark = site_at(seen.queryset, frame, self._codes)
                group.site = (mark or _NO_MARK, {"model": model, **described})
        except Exception:
            FAULTS.note("naming a query")
        return group
