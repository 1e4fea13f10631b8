"""Columns compared for equality, then one range: I01, I04, I05."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Index, IndexAdvice, IndexKey, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.rules.index.candidate.correlation import correlation_objection
from queryscope.rules.index.candidate.cover import serving_index, unique_index
from queryscope.rules.index.candidate.keys import make_advice
from queryscope.rules.index.candidate.objections import (
    MOST_KEPT,
    covered,
    is_wasteful,
    refuse,
    selectivity_objection,
    table_objection,
)
from queryscope.rules.index.candidate.roles import Roles, roles_of, share_of, shared_first
from queryscope.rules.index.candidate.scan import (
    Scan,
    equalities,
    join_above,
    limit_above,
    read_scans,
    row_count,
    sort_above,
)
from queryscope.sql.statement import Statement

ENOUGH = 10.0  # times the rows that are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class EqualityIndex:
    """A btree over the columns that a scan compares: the most selective alone, all equal ones, one range."""

    name: ClassVar[str] = "equality-index"

    max_columns: int = 4
    max_bounds: int = 3  # columns with a bound, each of which is tried behind the equal ones

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """Candidates for every scan that reads more than its equalities keep."""
        for scan in read_scans(plan, statement=statement, schema=schema, models=models):
            roles = roles_of(scan)
            unique = unique_index(scan.table, equalities(scan))
            if unique is not None:
                yield from _one_row(group, scan, unique)
            elif not roles.found and not roles.bounds:
                yield from _full_scan(group, scan)
            elif is_wasteful(scan):
                yield from self._judge(group, plan, scan, roles)
            elif (off := correlation_objection(group, scan)) is not None:
                yield off

    def _judge(
        self, group: QueryGroup, plan: Plan, scan: Scan, roles: Roles
    ) -> Iterator[IndexAdvice | Refusal]:
        objection = table_objection(group, plan, scan) or selectivity_objection(group, scan)
        if objection is not None:
            yield objection
            return
        for equal, bound in self._shapes(scan, roles):
            existing = serving_index(scan.table, equal=equal, bound=bound)
            keys = (*equal, *bound)
            if existing is not None and scan.is_sequential:
                yield covered(group, scan, existing, keys)
            if existing is None:
                reason = _reason(scan, keys)
                yield make_advice(scan, rule=self.name, keys=keys, reason=reason, serves=group.fingerprint)

    def _shapes(
        self, scan: Scan, roles: Roles
    ) -> Iterator[tuple[tuple[IndexKey, ...], tuple[IndexKey, ...]]]:
        """The most selective key alone if it can do as well, all together, and one bound behind them."""
        found = tuple(sorted(roles.found, key=lambda key: share_of(scan, key)))[: self.max_columns]
        if len(found) == 1 or (found and _is_enough(scan, found[0])):
            yield found[:1], ()
        together = shared_first(scan, found)
        if len(found) > 1:
            yield together, ()
        bounds = roles.bounds[: self.max_bounds]
        for bound in bounds:
            yield together, (bound,)
        for number, bound in enumerate(bounds if len(bounds) > 1 else ()):
            # behind the first bound the others narrow nothing, but are tested in the index
            yield together, (bound, *bounds[:number], *bounds[number + 1 :])


def _is_enough(scan: Scan, key: IndexKey) -> bool:
    """Whether one key may do as well as several: it finds no more than ten times the rows that are kept."""
    share = share_of(scan, key)
    most = ENOUGH * max(scan.kept / (scan.node.actual_loops or 1.0), ENOUGH)
    is_known = any(term.key == key and term.share is not None for term in scan.terms)
    return share <= MOST_KEPT and (not is_known or share * row_count(scan) <= most)


def _reason(scan: Scan, keys: Sequence[IndexKey]) -> str:
    read = scan.kept + scan.removed if scan.is_sequential else row_count(scan)
    names = ", ".join(key.column or key.django for key in keys)
    text = f"The query reads {read:,.0f} rows of {scan.table.name} to keep {scan.kept:,.0f} by {names}."
    column = scan.table.column(keys[0].column)
    if len(keys) == 1 and column is not None and column.n_distinct == -1.0 and not scan.table.is_partitioned:
        text += f" No value of {keys[0].column} occurs twice: if that is a rule, unique=True says it too."
    return text


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
    join = join_above(scan)
    if join is not None and (join.filter or join.join_filter):
        return  # which tells its rows
    text = f"The query asks for all {row_count(scan):,.0f} rows of {scan.table.name}: no condition, no index."
    yield refuse(group, scan, kind="full-scan", reason=text)
