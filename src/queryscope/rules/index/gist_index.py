"""What overlaps or holds something: GiST, SP-GiST over ranges, addresses, shapes, labels (I22, I23, I39)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from queryscope.model import Evidence, IndexAdvice, IndexKey, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.rules.index.candidate.contents import extent_key, is_extent, is_parted, is_range
from queryscope.rules.index.candidate.heads import equal_heads, existing_index, leaf_terms
from queryscope.rules.index.candidate.keys import make_advice
from queryscope.rules.index.candidate.objections import (
    is_wasteful,
    refuse,
    selectivity_objection,
    table_objection,
)
from queryscope.rules.index.candidate.part import Part, predicate_sql
from queryscope.rules.index.candidate.scan import Scan, read_scans, row_count
from queryscope.rules.index.candidate.states import condition_of, parts_beside, told_of
from queryscope.rules.index.candidate.term import Term
from queryscope.sql.statement import Statement

# Told where neither could be timed.
# Said of what nobody could time; a trial takes the better one.
_EITHER = {
    "gist": "An SpGistIndex may find them sooner, if few overlap; this one takes more columns.",
    "spgist": "A GistIndex takes more columns and operators, and may find them sooner if many overlap.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GistIndex:
    """`GistIndex(fields=["period"])`; with a column that is equal beside it, `fields=["room", "period"]`.

    For one value alone `SpGistIndex(fields=["period"])` too: which is faster depends on how much the values
    overlap (measured both ways, up to fifty times), so the trial decides.
    """

    name: ClassVar[str] = "gist-index"

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """The value that is searched, alone and behind columns that are equal."""
        for scan in read_scans(plan, statement=statement, schema=schema, models=models):
            terms = [term for term in leaf_terms(scan.terms) if is_extent(term)]
            if not terms or not is_wasteful(scan):
                continue
            objection = table_objection(group, plan, scan) or selectivity_objection(group, scan)
            if objection is not None:
                yield objection
                continue
            whole = _shapes(terms)
            existing = next(filter(None, (existing_index(scan, method=m, keys=k) for m, k in whole)), None)
            if existing is None:
                [(_, keys), *_] = whole
                for shape in dict.fromkeys([keys, (*equal_heads(scan), *keys)]):
                    yield self._candidate(group, scan, terms[0], shape, is_composite=shape != keys)
                for method, keys in whole[1:]:
                    yield self._candidate(group, scan, terms[0], keys, method=method)
            # One that is there and left alone wants ANALYZE, not a second one beside it.
            is_idle = existing is not None and scan.is_sequential
            some = () if is_idle else tuple(self._of_some(group, scan, statement, terms))
            yield from some
            if existing is not None and not some:
                text = f"{existing.name} finds these values already; run ANALYZE {scan.table.name}."
                yield refuse(group, scan, kind="covered", reason=text)

    def _of_some(
        self, group: QueryGroup, scan: Scan, statement: Statement, terms: Sequence[Term]
    ) -> Iterator[IndexAdvice]:
        """Over the rows alone that fulfil what every call asks."""
        parts = parts_beside(scan, statement)
        for method, keys in _shapes(terms) if parts else ():
            if existing_index(scan, method=method, keys=keys, predicate=predicate_sql(parts)) is not None:
                return
            yield self._candidate(group, scan, terms[0], keys, method=method, parts=parts)

    def _candidate(
        self,
        group: QueryGroup,
        scan: Scan,
        term: Term,
        keys: tuple[IndexKey, ...],
        *,
        method: str = "gist",
        is_composite: bool = False,
        parts: Sequence[Part] = (),
    ) -> IndexAdvice:
        reason = (
            f"The query compares the {term.type} of {row_count(scan):,.0f} rows of {scan.table.name} "
            f"to keep {scan.kept:,.0f}.{told_of(parts)}"
        )
        if is_composite and is_range(term.type):
            reason += " If no two rows may overlap, an ExclusionConstraint makes this index too."
        advice = make_advice(
            scan,
            rule=self.name,
            method=method,
            keys=keys,
            extensions=("btree_gist",) if is_composite else (),
            reason=reason,
            serves=group.fingerprint,
            **condition_of(parts),
        )
        is_either = len(keys) == 1 and is_parted(term)
        return replace(advice, evidence=Evidence(note=_EITHER[method])) if is_either else advice


def _shapes(terms: Sequence[Term]) -> list[tuple[str, tuple[IndexKey, ...]]]:
    """Method and keys: GiST of all that is searched, SP-GiST where it is one value."""
    keys = tuple(dict.fromkeys(extent_key(term) for term in terms))
    parted = (replace(keys[0], opclass=""),) if len(keys) == 1 and all(map(is_parted, terms)) else ()
    return [("gist", keys), *([("spgist", parted)] if parted else [])]
