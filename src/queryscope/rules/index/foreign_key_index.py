"""A foreign key without an index: relations, prefetches, joins and subqueries scan the table (I02)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import IndexAdvice, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.rules.index.candidate.cover import serving_index, unique_index
from queryscope.rules.index.candidate.joins import joined_columns, joined_rows
from queryscope.rules.index.candidate.keys import column_keys, make_advice
from queryscope.rules.index.candidate.objections import (
    covered,
    is_size_silent,
    is_wasteful,
    selectivity_objection,
    table_objection,
)
from queryscope.rules.index.candidate.scan import (
    Scan,
    equalities,
    join_above,
    memberships,
    read_scans,
    row_count,
)
from queryscope.sql.statement import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKeyIndex:
    """`Index(fields=["customer"])`, judged from pg_index and not from the model."""

    name: ClassVar[str] = "foreign-key-index"

    max_join_share: float = 0.1  # of the rows that a join may keep, else reading them all is cheaper

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """One candidate for every foreign key by which a scan is searched."""
        for scan in read_scans(plan, statement=statement, schema=schema, models=models):
            searched = [column for column in (*equalities(scan), *memberships(scan)) if _is_key(scan, column)]
            if searched and is_wasteful(scan) and unique_index(scan.table, equalities(scan)) is None:
                yield from self._judge(group, plan, scan, searched[0])
                continue
            joined = next((key for key in joined_columns(scan) if _is_key(scan, key)), "")
            if joined and scan.is_sequential:
                yield from self._judge_join(group, plan, scan, joined)

    def _judge(
        self, group: QueryGroup, plan: Plan, scan: Scan, column: str
    ) -> Iterator[IndexAdvice | Refusal]:
        objection = table_objection(group, plan, scan) or selectivity_objection(group, scan)
        if objection is not None:
            yield objection
            return
        yield from self._candidate(group, scan, column)

    def _judge_join(
        self, group: QueryGroup, plan: Plan, scan: Scan, column: str
    ) -> Iterator[IndexAdvice | Refusal]:
        join = join_above(scan)
        read = scan.kept + scan.removed
        is_repeated = (scan.node.actual_loops or 1) >= 2 * (scan.workers + 1)  # each worker loops once
        keeps_few = joined_rows(join) <= self.max_join_share * read if join is not None else False
        if join is None or not (is_repeated or keeps_few or is_size_silent(scan)):
            return
        objection = table_objection(group, plan, scan)
        if objection is not None:
            yield objection
            return
        yield from self._candidate(group, scan, column)

    def _candidate(self, group: QueryGroup, scan: Scan, column: str) -> Iterator[IndexAdvice | Refusal]:
        keys = column_keys(scan.model, (column,))
        existing = serving_index(scan.table, equal=keys)
        if existing is not None:
            if scan.is_sequential:
                yield covered(group, scan, existing, keys)
            return
        reason = (
            f"{scan.table.name}.{column} is a foreign key without an index: "
            f"each look-up reads {row_count(scan):,.0f} rows."
        )
        yield make_advice(scan, rule=self.name, keys=keys, reason=reason, serves=group.fingerprint)


def _is_key(scan: Scan, column: str) -> bool:
    field = scan.model.field(column)
    return field is not None and field.column == column and field.target is not None
