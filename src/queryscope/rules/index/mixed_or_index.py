"""Arms of an OR that want indexes of different kinds: one for each, and none helps without the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from queryscope.model import IndexAdvice, IndexKey, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.rules.index.candidate.contents import extent_key, inverted_class, is_extent, is_inverted
from queryscope.rules.index.candidate.cover import serving_index
from queryscope.rules.index.candidate.heads import existing_index
from queryscope.rules.index.candidate.keys import as_set, make_advice
from queryscope.rules.index.candidate.objections import is_wasteful, selectivity_objection, table_objection
from queryscope.rules.index.candidate.patterns import TRIGRAMS, is_prefix, is_short, is_trigram, prefix_key
from queryscope.rules.index.candidate.scan import UNSORTED_TYPES, Scan, read_scans, row_count
from queryscope.rules.index.candidate.term import Term
from queryscope.sql.statement import Statement

_EQUAL = frozenset({"=", "in"})
_RANGES = frozenset({"<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """The index that an arm wants."""

    kind: str  # "equal", "prefix", "trigram", "inverted", "extent"
    method: str
    keys: tuple[IndexKey, ...]
    extensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedOrIndex:
    """`Q(name__icontains="x") | Q(code="x")`: trigrams for one arm and a btree for the other, or none."""

    name: ClassVar[str] = "mixed-or-index"

    max_arms: int = 6

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """A set for every wasteful scan whose OR has arms of more than one kind."""
        lookups = group.site.lookups if group.site is not None else ()
        for scan in read_scans(plan, statement=statement, schema=schema, models=models):
            if (
                not is_wasteful(scan)
                or table_objection(group, plan, scan)
                or selectivity_objection(group, scan)
            ):
                continue  # the rules of single kinds tell it
            for term in scan.terms:
                if term.operator == "or" and len(term.arms) <= self.max_arms:
                    arms = [_wanted(scan, arm, lookups, schema) for arm in term.arms]
                    found = [one for one in arms if one is not None]
                    if len(found) == len(arms) and _is_mixed(found):
                        yield from as_set(self._advice(group, scan, one) for one in _missing(scan, found))

    def _advice(self, group: QueryGroup, scan: Scan, wanted: _Wanted) -> IndexAdvice:
        return make_advice(
            scan,
            rule=self.name,
            method=wanted.method,
            keys=wanted.keys,
            extensions=wanted.extensions,
            reason=f"The query reads {row_count(scan):,.0f} rows of {scan.table.name} to keep "
            f"{scan.kept:,.0f}: each arm of its OR needs an index of its own kind.",
            serves=group.fingerprint,
        )


def _wanted(scan: Scan, arm: Sequence[Term], lookups: tuple[str, ...], schema: Schema) -> _Wanted | None:
    """The index of one arm, by the term that says most."""
    for term in sorted(arm, key=lambda one: one.operator not in _EQUAL):
        kind = term.type.partition("(")[0]
        if term.operator in _EQUAL | _RANGES and not term.is_join and kind not in UNSORTED_TYPES - {"jsonb"}:
            return _Wanted(kind="equal", method="btree", keys=(term.key,))
        if is_prefix(term, lookups):
            return _Wanted(kind="prefix", method="btree", keys=(prefix_key(scan, term, schema),))
        if is_trigram(term, lookups) and not is_short(term):
            key = replace(term.key, opclass=TRIGRAMS)
            return _Wanted(kind="trigram", method="gin", keys=(key,), extensions=("pg_trgm",))
        if is_inverted(term):
            opclass = inverted_class(term.type, {term.operator}, schema)
            return _Wanted(kind="inverted", method="gin", keys=(replace(term.key, opclass=opclass),))
        if is_extent(term):
            return _Wanted(kind="extent", method="gist", keys=(extent_key(term),))
    return None


def _is_mixed(found: Sequence[_Wanted]) -> bool:
    """Else one of the rules for a single kind has said it: or-index, trigram-index, inverted-index."""
    kinds = {one.kind for one in found}
    keys = {one.keys for one in found}
    return len(kinds) > 1 or (len(keys) > 1 and kinds <= {"prefix", "extent"})


def _missing(scan: Scan, found: Sequence[_Wanted]) -> list[_Wanted]:
    """Without those that are there; GIN keys of a kind share one index."""
    merged: dict[tuple[object, ...], _Wanted] = {}
    for one in found:
        is_there = (
            serving_index(scan.table, equal=one.keys) is not None
            if one.method == "btree" and not one.keys[0].opclass
            else existing_index(scan, method=one.method, keys=one.keys) is not None
        )
        if is_there:
            continue
        key = ("gin", one.extensions) if one.method == "gin" else (one.method, one.keys)
        known = merged.get(key)
        keys = one.keys if known is None else tuple(dict.fromkeys((*known.keys, *one.keys)))
        merged[key] = replace(one, keys=keys)
    return list(merged.values())
