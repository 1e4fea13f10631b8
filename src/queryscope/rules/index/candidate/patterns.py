"""Which terms match a pattern, and what is known of the pattern: from its parameter, else from the lookup."""

from __future__ import annotations

from dataclasses import replace

from queryscope.model import IndexKey, Schema
from queryscope.rules.index.candidate.scan import Scan
from queryscope.rules.index.candidate.term import Term
from queryscope.rules.index.candidate.types import is_text

TRIGRAM_OPERATORS = frozenset({"like", "ilike", "~", "~*", "%", "%>", "<%"})
TRIGRAMS = "gin_trgm_ops"
SHORTEST = 3  # characters; a shorter word within a text has no trigram
_CLASSES = {"character varying": "varchar_pattern_ops", "character": "bpchar_pattern_ops"}
_BYTEWISE = frozenset({"C", "POSIX", "ucs_basic", "pg_c_utf8"})
_PREFIXES = ("__startswith", "__istartswith")
_EXACTS = ("__iexact", "__exact")


def is_prefix(term: Term, lookups: tuple[str, ...]) -> bool:
    """A text is searched by its beginning."""
    if term.operator not in ("like", "~") or not is_text(term.type) or term.type == "citext" or term.is_join:
        return False
    if term.pattern:
        return term.pattern == "prefix" and term.pattern_length != 0
    return term.operator == "like" and _are_all(term, lookups, _PREFIXES)


def is_trigram(term: Term, lookups: tuple[str, ...]) -> bool:
    """A text is searched by what stands in it, or by likeness."""
    if term.operator not in TRIGRAM_OPERATORS or not is_text(term.type) or term.type == "citext":
        return False
    if term.is_join or is_prefix(term, lookups) or term.pattern == "exact":
        return False
    return not (term.operator == "like" and not term.pattern and _are_all(term, lookups, _EXACTS))


def is_short(term: Term) -> bool:
    """No trigram is in it."""
    is_within = term.pattern not in ("prefix", "exact", "similar")
    return is_within and term.pattern_length is not None and term.pattern_length < SHORTEST


def prefix_key(scan: Scan, term: Term, schema: Schema) -> IndexKey:
    """A key that compares byte by byte: plain where the collation is C."""
    column = scan.table.column(term.key.column)
    collation = (column.collation if column is not None else "") or schema.collation
    if column is not None and collation in _BYTEWISE:
        return term.key
    kind = term.type.partition("(")[0]
    return replace(term.key, opclass=_CLASSES.get(kind, "text_pattern_ops"))


def prefix_keys(scan: Scan, lookups: tuple[str, ...], schema: Schema) -> tuple[IndexKey, ...]:
    """The keys of all texts that are searched by their beginning."""
    return tuple(
        prefix_key(scan, term, schema)
        for term in scan.terms
        if term.operator != "or" and is_prefix(term, lookups)
    )


def _are_all(term: Term, lookups: tuple[str, ...], endings: tuple[str, ...]) -> bool:
    """All lookups of this field end so."""
    name = term.key.django if term.key.column else _inner(term.key.django)
    own = [lookup for lookup in lookups if f"__{lookup}".find(f"__{name}__") >= 0]
    return bool(own) and all(lookup.endswith(endings) for lookup in own)


def _inner(django: str) -> str:
    """`Upper("name")` → `name`."""
    return django.partition('"')[2].partition('"')[0]
