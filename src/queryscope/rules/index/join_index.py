"""A join from a few rows of one table: its filter and the columns that lead on, as a set (I33)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import IndexAdvice, IndexKey, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.rules.index.candidate.cover import serving_index
from queryscope.rules.index.candidate.heads import existing_index
from queryscope.rules.index.candidate.joins import joined_rows
from queryscope.rules.index.candidate.keys import as_set, make_advice
from queryscope.rules.index.candidate.objections import (
    MOST_KEPT,
    selectivity_objection,
    table_objection,
)
from queryscope.rules.index.candidate.order import asked_keys, free_order, own_order
from queryscope.rules.index.candidate.patterns import prefix_keys
from queryscope.rules.index.candidate.roles import share_of, shared_first, sorted_roles
from queryscope.rules.index.candidate.scan import (
    Scan,
    kept_share,
    limit_above,
    output_rows,
    read_scans,
    row_count,
)
from queryscope.rules.index.candidate.term import Term
from queryscope.rules.index.candidate.wanted import Wanted, has_index, wanted_index
from queryscope.rules.index.candidate.ways import Step, Ways, read_ways
from queryscope.sql.statement import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinIndex:
    """The filter of a joined table and the columns by which its few rows lead to the others, together."""

    name: ClassVar[str] = "join-index"

    max_join_share: float = 0.1  # of a table's rows that a join may keep, else reading them all is cheaper
    max_indexes: int = 4
    max_columns: int = 3  # of a filter
    max_own_share: float = 0.5  # of a joined table's rows, that its own conditions keep
    min_rows: int = 1000  # that another index finds for a join to drop
    max_rows: int = 1000  # of a page in an order, or of a table without a condition

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """One set: from the table whose conditions keep the fewest rows, or that gives the order."""
        scans = list(read_scans(plan, statement=statement, schema=schema, models=models))
        ways = read_ways(plan, scans)
        if not ways.edges:
            return
        able = {scan.alias for scan in scans if table_objection(group, plan, scan) is None}
        found = self._filtered(group, ways, able, schema) or self._ordered(statement, ways, able)
        if found is not None:
            driver = found[0]
            lookups = group.site.lookups if group.site is not None else ()
            steps = [
                one
                for step in found[1]
                for one in self._narrowed(step, driver, begun=prefix_keys(step[0], lookups, schema))
            ]
            special = _special(group, driver, schema)
            if any(scan is not driver for scan, _ in steps):
                yield from as_set(
                    self._advice(group, step, driver, special) for step in steps[: self.max_indexes]
                )

    def _filtered(
        self, group: QueryGroup, ways: Ways, able: set[str], schema: Schema
    ) -> tuple[Scan, list[Step]] | None:
        """From a few rows that a condition keeps, where most rows of the others are read for nothing.

        Rows that an index finds in another order, or one by one, are read for nothing too. Also from all
        rows of a short table: `Exists()` looks for one row to each of them.
        """

        def is_worth(scan: Scan) -> bool:
            least = min((joined_rows(node) for node in ways.above(scan)), default=scan.kept)
            is_idle = least <= self.max_join_share * (scan.kept + scan.removed)
            is_long = scan.is_sequential or scan.kept >= self.min_rows
            return is_long and scan.alias in able and is_idle

        drivers = [scan for scan in ways.scans.values() if _own(scan) and kept_share(scan) <= MOST_KEPT]
        for driver in sorted(drivers, key=lambda scan: scan.kept):
            steps = ways.steps(driver, is_worth)
            filters = self._filter(group, driver, able, schema) if steps else None
            if filters is not None:
                return driver, [*filters, *steps]
        for driver in sorted(ways.scans.values(), key=lambda scan: scan.kept):
            is_short = not (_own(driver) or driver.removed) and driver.kept <= self.max_rows
            if is_short and (steps := ways.steps(driver, is_worth)):
                return driver, steps
        return None

    def _ordered(self, statement: Statement, ways: Ways, able: set[str]) -> tuple[Scan, list[Step]] | None:
        """From the first rows in an order: those of the others are looked up until there are enough."""
        for driver in ways.scans.values():
            limit = limit_above(driver)
            asked = own_order(driver, asked_keys(driver, statement))
            if limit is None or not asked or driver.alias not in able or output_rows(limit) > self.max_rows:
                continue
            steps = ways.steps(driver, lambda scan: scan.is_sequential and scan.alias in able)
            roles = sorted_roles(driver, _own(driver))
            order = free_order(asked, roles)
            equal = tuple(key for key in (*roles.equal, *roles.flags) if key not in order)[: self.max_columns]
            is_served = serving_index(driver.table, equal=equal, order=order) is not None
            if steps:
                first = [] if is_served else [(driver, (*shared_first(driver, equal), *order))]
                return driver, [*first, *steps]
        return None

    def _narrowed(self, step: Step, driver: Scan, *, begun: tuple[IndexKey, ...] = ()) -> list[Step]:
        """Behind the column that leads on one that the table's own conditions compare, if they drop most.

        Where an index has the column alone, whatever they drop: rows needn't be fetched to test them.
        """
        scan, keys = step
        is_served = scan is not driver and serving_index(scan.table, equal=keys) is not None
        if scan is driver or (kept_share(scan) > self.max_own_share and not is_served):
            return [step]
        roles = sorted_roles(scan, _own(scan))
        found = [key for key in (*roles.found, *roles.flags) if key not in keys][:1]
        bound = [key for key in (*begun, *roles.bounds) if key not in keys][:1] if not found else []
        wanted = (*keys, *found)
        if is_served and (
            not (found or bound)
            or serving_index(scan.table, equal=wanted, bound=bound) is not None
            or existing_index(scan, method="btree", keys=(*wanted, *bound)) is not None
        ):
            return []
        return [(scan, (*wanted, *bound))]

    def _filter(self, group: QueryGroup, driver: Scan, able: set[str], schema: Schema) -> list[Step] | None:
        """The index over the driver's own conditions; none if one serves, None if no index can."""
        roles = sorted_roles(driver, _own(driver))
        if driver.alias not in able:
            return []
        if selectivity_objection(group, driver) is not None:
            return None
        found = shared_first(driver, roles.found[: self.max_columns])
        if roles.found and share_of(driver, roles.found[0]) * row_count(driver) <= 10 * max(driver.kept, 1.0):
            found = roles.found[:1]
        bound = roles.bounds[:1] if not found else ()
        if not (found or bound):
            special = _special(group, driver, schema)
            if special is None:
                return None
            return [] if has_index(driver, special) else [(driver, special.keys)]
        is_served = serving_index(driver.table, equal=found, bound=bound) is not None
        return [] if is_served else [(driver, (*found, *bound))]

    def _advice(self, group: QueryGroup, step: Step, driver: Scan, special: Wanted | None) -> IndexAdvice:
        scan, keys = step
        names = ", ".join(key.column or key.django for key in keys)
        if scan is driver:
            text = f"The join begins with the few rows of {scan.table.name} that {names} finds."
        else:
            text = f"{row_count(scan):,.0f} rows of {scan.table.name} are read to join them by {names}."
        is_special = scan is driver and special is not None and keys == special.keys
        return make_advice(
            scan,
            rule=self.name,
            method=special.method if special is not None and is_special else "btree",
            keys=keys,
            extensions=special.extensions if special is not None and is_special else (),
            reason=text,
            serves=group.fingerprint,
        )


def _special(group: QueryGroup, driver: Scan, schema: Schema) -> Wanted | None:
    """Of a driver whose conditions no plain btree finds: trigrams, a prefix, what a value holds."""
    lookups = group.site.lookups if group.site is not None else ()
    wanted = wanted_index(driver, _own(driver), lookups, schema)
    return wanted if wanted is not None and wanted.kind != "equal" else None


def _own(scan: Scan) -> list[Term]:
    """Conditions that another table has no part in."""
    return [term for term in scan.terms if not term.is_join]
