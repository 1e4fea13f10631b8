"""A rare constant of the source, or a rare NULL: an index over those rows only (I06, I08, I09)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import IndexAdvice, IndexKey, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.rules.index.candidate.constants import python_literal
from queryscope.rules.index.candidate.keys import column_keys, make_advice, order_key
from queryscope.rules.index.candidate.objections import (
    is_wasteful,
    selectivity_objection,
    table_objection,
)
from queryscope.rules.index.candidate.scan import (
    Scan,
    equalities,
    is_plain,
    limit_above,
    read_scans,
    row_count,
    sort_keys,
)
from queryscope.sql.statement import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialIndex:
    """`Index(fields=["order"], condition=Q(status="pending"))`. Literals come from the source alone."""

    name: ClassVar[str] = "partial-index"

    max_distinct: int = 100  # a constant among more values is a look-up, not a state
    max_null_share: float = 0.1

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """One candidate for every wasteful scan with a constant condition."""
        for scan in read_scans(plan, statement=statement, schema=schema, models=models):
            constants = self._constants(scan)
            if not constants or not is_wasteful(scan):
                continue
            objection = table_objection(group, plan, scan) or selectivity_objection(group, scan)
            if objection is not None:
                yield objection
                continue
            keys = _keys(scan, statement, {column for column, _, _ in constants})
            if not keys:
                continue
            yield make_advice(
                scan,
                rule=self.name,
                keys=keys,
                reason=f"The condition is the same in every call and keeps {scan.kept:,.0f} "
                f"of {row_count(scan):,.0f} rows of {scan.table.name}.",
                serves=group.fingerprint,
                predicate=" AND ".join(sql for _, sql, _ in constants),
                predicate_django=f"Q({', '.join(django for _, _, django in constants)})",
            )

    def _constants(self, scan: Scan) -> list[tuple[str, str, str]]:
        """Column, SQL and Django's keyword of each constant condition, by column."""
        literals = dict(scan.literals)
        found = {}
        for condition in scan.conditions:
            field = scan.model.field(condition.column) if is_plain(condition, scan.table) else None
            if field is None or field.column != condition.column:
                continue
            name, column = field.name, condition.column
            quoted = '"' + column.replace('"', '""') + '"'
            if condition.operator == "is null" and self._is_rarely_null(scan, column):
                found[column] = (f"{quoted} IS NULL", f"{name}__isnull=True")
            elif condition.operator == "true":
                found[column] = (quoted, f"{name}=True")
            elif condition.operator == "false":
                found[column] = (f"NOT {quoted}", f"{name}=False")
            elif condition.operator == "=" and column in literals and self._is_state(scan, column):
                literal = literals[column]
                found[column] = (f"{quoted} = {literal}", f"{name}={python_literal(literal)}")
        return [(column, *found[column]) for column in sorted(found)]

    def _is_rarely_null(self, scan: Scan, name: str) -> bool:
        column = scan.table.column(name)
        return column is not None and (column.null_frac or 0.0) <= self.max_null_share

    def _is_state(self, scan: Scan, name: str) -> bool:
        column = scan.table.column(name)
        if column is None:
            return False
        return column.n_distinct is None or 0 <= column.n_distinct <= self.max_distinct


def _keys(scan: Scan, statement: Statement, constant: set[str]) -> tuple[IndexKey, ...]:
    """The other equalities, then the order of a limited query; the primary key where there is neither."""
    others = column_keys(scan.model, [column for column in equalities(scan) if column not in constant][:3])
    order: list[IndexKey] = []
    if limit_above(scan) is not None:
        for key in sort_keys(scan, statement):
            made = order_key(scan.model, key) if key.table in ("", scan.alias, scan.table.name) else None
            if made is None:
                order = []
                break
            order.append(made)
    if others or order:
        return (*others, *order)
    primary = next((index for index in scan.table.indexes if index.is_primary), None)
    return column_keys(scan.model, primary.keys) if primary is not None else ()
