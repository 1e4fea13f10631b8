"""Long texts that are only compared for equality: a hash of each instead of its whole length (I41)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Column, IndexAdvice, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.rules.index.candidate.cover import covering_index
from queryscope.rules.index.candidate.heads import leaf_terms
from queryscope.rules.index.candidate.keys import make_advice
from queryscope.rules.index.candidate.objections import is_wasteful, selectivity_objection, table_objection
from queryscope.rules.index.candidate.scan import Scan, read_scans, row_count
from queryscope.rules.index.candidate.term import Term
from queryscope.rules.index.candidate.types import BTREE_BYTES, SAFE_BYTES, is_text, longest_bytes
from queryscope.sql.statement import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class HashIndex:
    """`HashIndex(fields=["digest"])` beside the btree; the trial decides by size and time."""

    name: ClassVar[str] = "hash-index"

    min_width: int = 64  # bytes on average: a btree entry holds the text, a hash four bytes
    max_share: float = 0.001  # of the rows that one text has

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """One candidate for every wasteful scan with such a text."""
        for scan in read_scans(plan, statement=statement, schema=schema, models=models):
            found = [term for term in leaf_terms(scan.terms) if self._is_long(scan, term)]
            if not found or not is_wasteful(scan):
                continue
            key = found[0].key
            if covering_index(scan.table, equal=(key.column,)) is not None:
                continue
            if table_objection(group, plan, scan) or selectivity_objection(group, scan):
                continue  # the btree's rule tells it
            column = scan.table.column(key.column)
            width = column.avg_width if column is not None else 0
            reason = (
                f"{row_count(scan):,.0f} texts of {width} bytes in {scan.table.name}.{key.column} "
                "are compared for equality only."
            )
            if column is not None and _is_risky(column):
                reason += f" One of {column.longest:,} bytes is among them: a btree takes {BTREE_BYTES:,}."
            yield make_advice(
                scan, rule=self.name, method="hash", keys=(key,), reason=reason, serves=group.fingerprint
            )

    def _is_long(self, scan: Scan, term: Term) -> bool:
        column = scan.table.column(term.key.column)
        if column is None or term.operator != "=" or term.is_join or not is_text(column.type):
            return False
        is_wide = (column.avg_width or 0) >= self.min_width or _is_risky(column)
        return is_wide and (term.share or 0.0) <= self.max_share


def _is_risky(column: Column) -> bool:
    """A text to come may be longer than a btree takes."""
    return longest_bytes(column.type) > BTREE_BYTES and (column.longest or 0) > SAFE_BYTES
