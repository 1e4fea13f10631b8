"""The plain columns that may stand beside a key of another kind, and whether an index is there already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from queryscope.model import Index, IndexKey
from queryscope.rules.index.candidate.bare import is_same, is_same_condition
from queryscope.rules.index.candidate.cover import printed_keys, split_key
from queryscope.rules.index.candidate.scan import Scan
from queryscope.rules.index.candidate.term import Term
from queryscope.rules.index.candidate.types import is_text

MAX_HEADS = 2

_Part = tuple[str, str, tuple[str, ...]]  # a key as it is printed, its class, digests of its constants
# Classes that don't know all operators of their type's default.
_APART = frozenset({"jsonb_path_ops", "gin_trgm_ops", "gist_trgm_ops", "gin__int_ops"})
# btree_gin and btree_gist have operator classes for these.
_SCALARS = frozenset(
    {
        *("smallint", "integer", "bigint", "real", "double precision", "numeric", "money", "oid"),
        *("boolean", "uuid", "date", "interval", "inet", "cidr", "macaddr", "bytea", "name"),
    }
)


def equal_heads(scan: Scan) -> tuple[IndexKey, ...]:
    """Columns compared with one value, the most selective first, that btree_gin or btree_gist take in."""
    equal = {
        term.key.column: term
        for term in scan.terms
        if term.operator == "=" and term.key.column and not term.is_join and is_scalar(term.type)
    }
    chosen = sorted(equal.values(), key=lambda term: 1.0 if term.share is None else term.share)
    return tuple(term.key for term in chosen[:MAX_HEADS])


def is_scalar(type_name: str) -> bool:
    """A type of single values: a number, a text, a moment."""
    is_moment = type_name.startswith(("timestamp", "time "))
    return type_name in _SCALARS or is_moment or (is_text(type_name) and type_name != "citext")


def existing_index(scan: Scan, *, method: str, keys: Sequence[IndexKey], predicate: str = "") -> Index | None:
    """A valid index with this predicate, or without one, that begins with these keys and operator classes."""
    for index in scan.table.indexes:
        if (
            not index.is_valid
            or not _is_of(predicate, index)
            or index.method != method
            or len(index.keys) < len(keys)
        ):
            continue
        own = _parts(index)[: len(keys)]
        if len(own) == len(keys) and all(_is_same(*pair) for pair in zip(keys, own, strict=True)):
            return index
    return None


def mismatched_index(scan: Scan, *, method: str, key: IndexKey) -> Index | None:
    """An index of this method that begins with the same column or expression, but compares it otherwise."""
    plain = replace(key, opclass="")
    for index in scan.table.indexes:
        parts = _parts(index)[:1]
        if index.is_valid and not index.predicate and index.method == method and parts:
            text, opclass, constants = parts[0]
            if opclass and opclass != key.opclass and _is_same(plain, (text, "", constants)):
                return index
    return None


def leaf_terms(terms: Sequence[Term]) -> Iterator[Term]:
    """Terms that stand under AND by themselves."""
    return (term for term in terms if term.operator != "or")


def _is_of(predicate: str, index: Index) -> bool:
    if not (predicate and index.predicate):
        return predicate == index.predicate
    return is_same_condition(predicate, index.predicate, index.predicate_constants)


def _parts(index: Index) -> list[_Part]:
    found = zip(printed_keys(index), index.keys, index.opclasses, strict=False)
    return [(text + key[len(split_key(key)[0]) :], own, told) for (text, told), key, own in found]


def _is_same(key: IndexKey, own: _Part) -> bool:
    text, opclass, constants = own
    if (opclass in _APART and key.opclass != opclass) or (key.opclass and key.opclass != opclass):
        return False
    return text == key.column if key.column else is_same(key.expression, text, constants)
