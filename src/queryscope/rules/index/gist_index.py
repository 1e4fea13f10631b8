"""What overlaps or holds something: GiST, SP-GiST over ranges, addresses, shapes, labels (I22, I23, I39)."""

from __future__ import annotations

from collections.abc import Iterator
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
from queryscope.rules.index.candidate.scan import Scan, read_scans, row_count
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
            keys = tuple(dict.fromkeys(extent_key(term) for term in terms))
            parted = (replace(keys[0], opclass=""),) if len(keys) == 1 and all(map(is_parted, terms)) else ()
            existing = existing_index(scan, method="gist", keys=keys)
            if existing is None and parted:
                existing = existing_index(scan, method="spgist", keys=parted)
            if existing is not None:
                text = f"{existing.name} finds these values already; run ANALYZE {scan.table.name}."
                yield refuse(group, scan, kind="covered", reason=text)
                continue
            for shape in dict.fromkeys([keys, (*equal_heads(scan), *keys)]):
                yield self._candidate(group, scan, terms[0], shape, is_composite=shape != keys)
            if parted:
                yield self._candidate(group, scan, terms[0], parted, method="spgist")

    def _candidate(
        self,
        group: QueryGroup,
        scan: Scan,
        term: Term,
        keys: tuple[IndexKey, ...],
        *,
        method: str = "gist",
        is_composite: bool = False,
    ) -> IndexAdvice:
        reason = (
            f"The query compares the {term.type} of {row_count(scan):,.0f} rows of {scan.table.name} "
            f"to keep {scan.kept:,.0f}."
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
        )
        is_either = len(keys) == 1 and is_parted(term)
        return replace(advice, evidence=Evidence(note=_EITHER[method])) if is_either else advice
