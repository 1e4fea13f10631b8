"""Columns compared for equality, then one range: I01, I04, I05."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Index, IndexAdvice, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.rules.index.candidate.cover import covering_index, unique_index
from queryscope.rules.index.candidate.keys import column_keys, make_advice
from queryscope.rules.index.candidate.objections import (
    MOST_KEPT,
    is_wasteful,
    refuse,
    selectivity_objection,
    table_objection,
)
from queryscope.rules.index.candidate.scan import (
    Scan,
    by_selectivity,
    equalities,
    limit_above,
    memberships,
    ranges,
    read_scans,
    row_count,
    sort_above,
    value_share,
)
from queryscope.sql.statement import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class EqualityIndex:
    """A btree over the columns that a scan compares: the most selective alone, all equal ones, one range."""

    name: ClassVar[str] = "equality-index"

    max_columns: int = 3

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """Candidates for every scan that reads more than its equalities keep."""
        for scan in read_scans(plan, statement=statement, schema=schema, models=models):
            equal = by_selectivity(scan, (*equalities(scan), *memberships(scan)))
            unique = unique_index(scan.table, equalities(scan))
            if unique is not None:
                yield from _one_row(group, scan, unique)
            elif not equal and not ranges(scan):
                yield from _full_scan(group, scan)
            elif is_wasteful(scan):
                yield from self._judge(group, plan, scan, equal)

    def _judge(
        self, group: QueryGroup, plan: Plan, scan: Scan, equal: tuple[str, ...]
    ) -> Iterator[IndexAdvice | Refusal]:
        objection = table_objection(group, plan, scan) or selectivity_objection(group, scan)
        if objection is not None:
            yield objection
            return
        equal = equal[: self.max_columns]
        bounds = tuple(column for column in by_selectivity(scan, ranges(scan)) if column not in equal)[:1]
        shapes = dict.fromkeys([equal[:1], equal, (*equal, *bounds)])
        for columns in shapes:
            is_weak = len(columns) == 1 and len(equal) > 1 and value_share(scan, columns[0]) > MOST_KEPT
            if not columns or is_weak:
                continue
            existing = _existing(scan, columns, bounds)
            if existing is not None and scan.is_sequential:
                text = f"{existing.name} starts with {', '.join(columns)}; run ANALYZE {scan.table.name}."
                yield refuse(group, scan, kind="covered", reason=text)
            keys = column_keys(scan.model, columns)
            if existing is None and len(keys) == len(columns):
                reason = _reason(scan, columns)
                yield make_advice(scan, rule=self.name, keys=keys, reason=reason, serves=group.fingerprint)


def _existing(scan: Scan, columns: tuple[str, ...], bounds: tuple[str, ...]) -> Index | None:
    """An index that serves these columns, a bound behind the equal ones."""
    if columns[-1] not in bounds:
        return covering_index(scan.table, equal=columns)
    return covering_index(scan.table, equal=columns[:-1], order=column_keys(scan.model, bounds))


def _reason(scan: Scan, columns: tuple[str, ...]) -> str:
    read = scan.kept + scan.removed if scan.is_sequential else row_count(scan)
    names = ", ".join(columns)
    return f"The query reads {read:,.0f} rows of {scan.table.name} to keep {scan.kept:,.0f} by {names}."


def _one_row(group: QueryGroup, scan: Scan, unique: Index) -> Iterator[Refusal]:
    """A look-up by a unique key; many of them are a matter of the code."""
    if group.count < 2:
        return
    text = f"{unique.name} finds the one row: an index can't make {group.count} such queries fewer."
    yield refuse(group, scan, kind="unique-key", reason=text)


def _full_scan(group: QueryGroup, scan: Scan) -> Iterator[Refusal]:
    """No condition: every row is asked for."""
    if scan.conditions or not scan.is_sequential or len(scan.above) > 2:
        return
    if row_count(scan) < 10_000 or limit_above(scan) is not None or sort_above(scan) is not None:
        return
    text = f"The query asks for all {row_count(scan):,.0f} rows of {scan.table.name}: no condition, no index."
    yield refuse(group, scan, kind="full-scan", reason=text)
