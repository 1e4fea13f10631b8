"""Does an existing index already serve a set of keys, and which ones would a new index replace?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from queryscope.fixes.index_code import quote
from queryscope.model import Index, IndexKey, Table
from queryscope.rules.index.candidate.bare import is_same

_ORDER = re.compile(r"(?: (DESC))?(?: NULLS (FIRST|LAST))?$")


def covering_index(table: Table, *, equal: Sequence[str], order: Sequence[IndexKey] = ()) -> Index | None:
    """A valid btree that starts with these columns in any order, followed by this order or its reverse."""
    keys = [IndexKey(column=name) for name in equal]
    return serving_index(table, equal=keys, order=order)


def serving_index(
    table: Table,
    *,
    equal: Sequence[IndexKey],
    order: Sequence[IndexKey] = (),
    bound: Sequence[IndexKey] = (),
    include: Sequence[str] = (),
) -> Index | None:
    """A valid index that starts with `equal` in any order; behind it this order or its reverse, or a bound.

    With `include` only an index that holds these columns too.
    """
    for index in table.indexes:
        if not index.is_valid or index.predicate:
            continue
        held = {split_key(text)[0] for text in index.keys} | set(index.include)
        if not set(include) <= held:
            continue
        if index.method == "hash" and not order and not bound and _names(equal) == list(index.keys):
            return index
        if index.method == "btree" and _starts_with(index, equal, (*order, *bound), is_bound=bool(bound)):
            return index
    return None


def unique_index(table: Table, columns: Sequence[str]) -> Index | None:
    """A valid unique index all of whose columns are among these: it finds one row at most."""
    for index in table.indexes:
        is_whole = index.is_unique and index.is_valid and not index.predicate
        if is_whole and {split_key(key)[0] for key in index.keys} <= set(columns):
            return index
    return None


def covering_expression(table: Table, *, expression: str, opclass: str) -> Index | None:
    """A valid index on this expression with this operator class."""
    for index in table.indexes:
        keys = zip(printed_keys(index), index.opclasses, strict=False)
        same = (own for printed, own in keys if is_same(expression, *printed))
        if index.is_valid and not index.predicate and opclass in same:
            return index
    return None


def replaced_indexes(
    table: Table, keys: Sequence[IndexKey], include: Sequence[str] = (), *, is_unique: bool = False
) -> tuple[str, ...]:
    """Plain btrees that a new index over these keys makes redundant: each is a left part of it.

    One that enforces uniqueness or a constraint, that is partial, that sorts otherwise or by another class of
    operators, or that holds columns which the new one hasn't, stays.
    """
    found = []
    for index in table.indexes:
        is_plain = index.method == "btree" and not index.predicate and not any(index.collations)
        is_bound = (index.is_unique and not is_unique) or index.is_constraint or index.is_primary
        if not is_plain or is_bound or _has_pattern(index) or len(index.keys) > len(keys):
            continue
        own = _own_keys(index, keys)
        is_same = len(own) == len(keys) and set(index.include) == set(include)
        held = {_name(key) for key in keys} | set(include)
        if _is_order(own, keys[: len(own)]) and not is_same and set(index.include) <= held:
            found.append(index.name)
    return tuple(found)


def split_key(text: str) -> tuple[str, bool, bool]:
    """`created DESC NULLS LAST` → column, descending, nulls first."""
    match = _ORDER.search(text)
    descending, nulls = (match.group(1), match.group(2)) if match else (None, None)
    name = text[: match.start()] if match else text
    return name, bool(descending), _nulls_first(bool(descending), (nulls or "").lower())


def _starts_with(
    index: Index, equal: Sequence[IndexKey], tail: Sequence[IndexKey], *, is_bound: bool
) -> bool:
    keys = _own_keys(index, (*equal, *tail))
    head, rest = keys[: len(equal)], keys[len(equal) : len(equal) + len(tail)]
    if sorted(column for column, _, _ in head) != sorted(_names(equal)) or len(rest) < len(tail):
        return False
    if not tail:
        return True
    if _has_pattern(index):  # text_pattern_ops finds equal texts but sorts them by bytes
        return False
    if is_bound:
        return [column for column, _, _ in rest] == _names(tail)
    return _is_order(rest, tail)


def _is_order(own: Sequence[tuple[str, bool, bool]], keys: Sequence[IndexKey]) -> bool:
    """Whether an index's keys give this order, read forwards or backwards."""
    wanted = [(_name(key), key.is_descending, _nulls_first(key.is_descending, key.nulls)) for key in keys]
    backwards = [(column, not is_descending, not first) for column, is_descending, first in wanted]
    return list(own) in (wanted, backwards)


def _names(keys: Sequence[IndexKey]) -> list[str]:
    return [_name(key) for key in keys]


def _name(key: IndexKey) -> str:
    return key.column or key.expression


def _own_keys(index: Index, keys: Sequence[IndexKey]) -> list[tuple[str, bool, bool]]:
    """The keys of an index, named as the same ones of these are: descending, nulls first."""
    named = zip(printed_keys(index), index.keys, strict=True)
    return [(_known_name(*printed, keys), *split_key(text)[1:]) for printed, text in named]


def _known_name(text: str, constants: Sequence[str], keys: Sequence[IndexKey]) -> str:
    same = (key.expression for key in keys if key.expression and is_same(key.expression, text, constants))
    return next(same, text)


def printed_keys(index: Index) -> list[tuple[str, tuple[str, ...]]]:
    """Each key without its order, with the collation that is its own, and the digests of its constants."""
    found = []
    for at, key in enumerate(index.keys):
        text = split_key(key)[0]
        if at < len(index.collations) and index.collations[at]:
            text = f"({text}) COLLATE {quote(index.collations[at])}"
        found.append((text, index.constants[at] if at < len(index.constants) else ()))
    return found


def _nulls_first(is_descending: bool, nulls: str) -> bool:
    return nulls == "first" if nulls else is_descending


def _has_pattern(index: Index) -> bool:
    return any(opclass.endswith("_pattern_ops") for opclass in index.opclasses)
