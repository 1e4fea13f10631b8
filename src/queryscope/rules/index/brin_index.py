"""A window of a column that grows with the table: BRIN, a thousandth of a btree's size (I24)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from queryscope.model import IndexAdvice, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.rules.index.candidate.heads import existing_index, leaf_terms
from queryscope.rules.index.candidate.keys import make_advice
from queryscope.rules.index.candidate.objections import is_wasteful, selectivity_objection, table_objection
from queryscope.rules.index.candidate.scan import Scan, read_scans
from queryscope.rules.index.candidate.term import Term
from queryscope.sql.statement import Statement

_RANGES = frozenset({"<", "<=", ">", ">=", "="})


@dataclass(frozen=True, slots=True, kw_only=True)
class BrinIndex:
    """`BrinIndex(fields=["created"], pages_per_range=32)` beside the btree; the trial decides."""

    name: ClassVar[str] = "brin-index"

    min_pages: int = 10_000
    min_correlation: float = 0.95  # of the column's order with that of the rows on disk
    pages_per_range: int = 32

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """One candidate for every wasteful scan of a large table with a bound on such a column."""
        for scan in read_scans(plan, statement=statement, schema=schema, models=models):
            if scan.table.pages < self.min_pages or not is_wasteful(scan):
                continue
            found = [term for term in leaf_terms(scan.terms) if self._is_in_order(scan, term)]
            if not found or existing_index(scan, method="brin", keys=(found[0].key,)) is not None:
                continue
            if table_objection(group, plan, scan) or selectivity_objection(group, scan):
                continue  # the btree's rule tells it
            column = scan.table.column(found[0].key.column)
            correlation = abs(column.correlation or 0.0) if column is not None else 0.0
            advice = make_advice(
                scan,
                rule=self.name,
                method="brin",
                keys=(found[0].key,),
                reason=f"{scan.table.name} is stored in the order of {found[0].key.column} "
                f"(correlation {correlation:.2f}): a summary of each {self.pages_per_range} of "
                f"{scan.table.pages:,} pages is enough.",
                serves=group.fingerprint,
            )
            yield replace(advice, storage=(("pages_per_range", str(self.pages_per_range)),))

    def _is_in_order(self, scan: Scan, term: Term) -> bool:
        column = scan.table.column(term.key.column)
        if column is None or term.operator not in _RANGES or term.is_join or column.type == "boolean":
            return False
        return abs(column.correlation or 0.0) > self.min_correlation
