"""The one index that conditions under AND want, of any kind: for an arm of an OR, or where a join begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from queryscope.model import IndexKey, Schema
from queryscope.rules.index.candidate.contents import extent_key, inverted_class, is_extent, is_inverted
from queryscope.rules.index.candidate.cover import serving_index
from queryscope.rules.index.candidate.heads import existing_index
from queryscope.rules.index.candidate.patterns import TRIGRAMS, is_prefix, is_short, is_trigram, prefix_key
from queryscope.rules.index.candidate.scan import UNSORTED_TYPES, Scan
from queryscope.rules.index.candidate.term import Term

_EQUAL = frozenset({"=", "in"})
_RANGES = frozenset({"<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An index by its kind."""

    kind: str  # "equal", "prefix", "trigram", "inverted", "extent"
    method: str
    keys: tuple[IndexKey, ...]
    extensions: tuple[str, ...] = ()


def wanted_index(scan: Scan, arm: Sequence[Term], lookups: tuple[str, ...], schema: Schema) -> Wanted | None:
    """The index of one arm, by the term that says most."""
    for term in sorted(arm, key=lambda one: one.operator not in _EQUAL):
        kind = term.type.partition("(")[0]
        if term.operator in _EQUAL | _RANGES and not term.is_join and kind not in UNSORTED_TYPES - {"jsonb"}:
            return Wanted(kind="equal", method="btree", keys=(term.key,))
        if is_prefix(term, lookups):
            return Wanted(kind="prefix", method="btree", keys=(prefix_key(scan, term, schema),))
        if is_trigram(term, lookups) and not is_short(term):
            key = replace(term.key, opclass=TRIGRAMS)
            return Wanted(kind="trigram", method="gin", keys=(key,), extensions=("pg_trgm",))
        if is_inverted(term):
            opclass = inverted_class(term.type, {term.operator}, schema)
            return Wanted(kind="inverted", method="gin", keys=(replace(term.key, opclass=opclass),))
        if is_extent(term):
            return Wanted(kind="extent", method="gist", keys=(extent_key(term),))
    return None


def has_index(scan: Scan, wanted: Wanted) -> bool:
    """An index of this kind is there."""
    if wanted.method == "btree" and not wanted.keys[0].opclass:
        return serving_index(scan.table, equal=wanted.keys) is not None
    return existing_index(scan, method=wanted.method, keys=wanted.keys) is not None
