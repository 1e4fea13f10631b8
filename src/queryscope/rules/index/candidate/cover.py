"""Does an existing index already serve a set of keys, and which ones would a new index replace?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from queryscope.model import Index, IndexKey, Table

_ORDER = re.compile(r"(?: (DESC))?(?: NULLS (FIRST|LAST))?$")


def covering_index(table: Table, *, equal: Sequence[str], order: Sequence[IndexKey] = ()) -> Index | None:
    """A valid btree that starts with these columns in any order, followed by this order or its reverse."""
    for index in table.indexes:
        if not index.is_valid or index.predicate or any(index.collations):
            continue
        if index.method == "hash" and not order and index.keys == tuple(equal):
            return index
        if index.method == "btree" and _starts_with(index, equal, order):
            return index
    return None


def unique_index(table: Table, columns: Sequence[str]) -> Index | None:
    """A valid unique index all of whose columns are among these: it finds one row at most."""
    for index in table.indexes:
        is_whole = index.is_unique and index.is_valid and not index.predicate
        if is_whole and {_split(key)[0] for key in index.keys} <= set(columns):
            return index
    return None


def covering_expression(table: Table, *, expression: str, opclass: str) -> Index | None:
    """A valid index on this expression with this operator class."""
    wanted = _normalised(expression)
    for index in table.indexes:
        keys = zip(index.keys, index.opclasses, strict=False)
        if (
            index.is_valid
            and not index.predicate
            and (wanted, opclass) in [(_normalised(k), o) for k, o in keys]
        ):
            return index
    return None


def replaced_indexes(table: Table, keys: Sequence[IndexKey]) -> tuple[str, ...]:
    """Plain btrees that a new index over these keys makes redundant: each is a left part of it."""
    columns = [key.column for key in keys]
    found = []
    for index in table.indexes:
        is_plain = (
            index.method == "btree" and not index.is_unique and not index.predicate and not index.include
        )
        own = [_split(key)[0] for key in index.keys]
        if is_plain and len(own) < len(columns) and own == columns[: len(own)] and not _has_pattern(index):
            found.append(index.name)
    return tuple(found)


def _starts_with(index: Index, equal: Sequence[str], order: Sequence[IndexKey]) -> bool:
    keys = [_split(key) for key in index.keys]
    head, tail = keys[: len(equal)], keys[len(equal) : len(equal) + len(order)]
    if {column for column, _, _ in head} != set(equal) or len(tail) < len(order):
        return False
    if not order:
        return True
    if _has_pattern(index):  # text_pattern_ops finds equal texts but sorts them by bytes
        return False
    wanted = [(key.column, key.is_descending, _nulls_first(key.is_descending, key.nulls)) for key in order]
    backwards = [(column, not is_descending, not first) for column, is_descending, first in wanted]
    return tail in (wanted, backwards)


def _split(key: str) -> tuple[str, bool, bool]:
    """`created DESC NULLS LAST` → column, descending, nulls first."""
    match = _ORDER.search(key)
    descending, nulls = (match.group(1), match.group(2)) if match else (None, None)
    name = key[: match.start()] if match else key
    return name, bool(descending), _nulls_first(bool(descending), (nulls or "").lower())


def _nulls_first(is_descending: bool, nulls: str) -> bool:
    return nulls == "first" if nulls else is_descending


def _has_pattern(index: Index) -> bool:
    return any(opclass.endswith("_pattern_ops") for opclass in index.opclasses)


def _normalised(expression: str) -> str:
    return re.sub(r'::text|[\s"()]', "", _split(expression)[0].lower())
