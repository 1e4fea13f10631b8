"""Counts of one group of queries while it grows. `finish` freezes it."""

from __future__ import annotations

from copy import copy
from threading import RLock
from typing import Any

MAX_DISTINCT = 1000  # parameters and owners told apart

_lock = RLock()  # a finalizer may query while it is held


class Group:
    """Counts of one group while it grows; `finish` freezes it."""

    __slots__ = (
        "_slowest", "access", "alias", "asked_through", "count", "error", "first_call", "first_index",
        "index", "is_asked_by_library", "is_in_transaction", "load", "max_ns", "may_explain", "owners",
        "params", "reader", "rows", "site", "sql", "stack", "total_ns", "vendor",
    )  # fmt: skip

    def __init__(self, index: int, sql: str, stack: tuple[Any, ...], first_index: int) -> None:
        self.index = index
        self.sql = sql
        self.stack = stack
        self.first_index = first_index
        self.load: tuple[int, int, str] | None = None  # the mark of what its queries load
        self.alias = ""
        self.vendor = ""
        self.may_explain = False  # a plan could tell something of it
        self.is_asked_by_library = False
        self.asked_through = ""
        self.is_in_transaction = False
        self.reader: tuple[type, str] | None = None  # a serializer's class and the field that asks
        self.count = 0
        self.total_ns = 0
        self.max_ns = -1
        self.rows: int | None = 0
        self.params: dict[int, int] = {}  # hash → executions; hashes never leave the process
        self.owners: set[Any] = set()
        self.access: dict[str, Any] | None = None
        self.site: tuple[tuple[Any, ...], dict[str, Any]] | None = None
        self._slowest: tuple[Any, Any] | None = None
        self.first_call: tuple[Any, Any] | None = None  # of the first one: parameters that nobody chose
        self.error: str | None = None

    @property
    def slowest(self) -> tuple[Any, Any] | None:
        """(sql, params) of the slowest execution that may be explained."""
        return self._slowest

    @slowest.setter
    def slowest(self, call: tuple[Any, Any] | None) -> None:
        if self.first_call is None:
            self.first_call = call
        self._slowest = call

    def add(self, duration_ns: int, rows: int | None, digest: int, owned: Any) -> None:
        """Count one execution; parameters and owners (`access.Owned`) are told apart within bounds."""
        self.count += 1
        self.total_ns += duration_ns
        if duration_ns > self.max_ns:
            self.max_ns = duration_ns
        self.rows = None if rows is None or self.rows is None else self.rows + rows
        params = self.params
        if digest in params:
            params[digest] += 1
        else:
            self._add_distinct(digest)
        if owned is not None and owned[1] is not None and len(self.owners) < MAX_DISTINCT:
            self.owners.add(owned[1])

    def _add_distinct(self, digest: int) -> None:
        with _lock:  # another thread may bring the same at the same time
            if digest in self.params:
                self.params[digest] += 1
            elif len(self.params) < MAX_DISTINCT:
                self.params[digest] = 1

    def merged_with(self, other: Group) -> Group:
        """A third group that counts both."""
        both = copy(self)
        both.rows = None if self.rows is None or other.rows is None else self.rows + other.rows
        both.error = self.error or other.error
        both.is_asked_by_library = self.is_asked_by_library and other.is_asked_by_library
        both.count = self.count + other.count
        both.total_ns = self.total_ns + other.total_ns
        if other.max_ns > self.max_ns:
            both.max_ns, both._slowest = other.max_ns, other._slowest
        both.first_call = self.first_call or other.first_call
        both.owners = self.owners | other.owners
        both.params = dict(self.params)
        for value, times in other.params.items():
            # Texts that differ in literals differ in what they ask for.
            digest = value if self.sql == other.sql else hash((other.sql, value))
            both.params[digest] = both.params.get(digest, 0) + times
        return both
