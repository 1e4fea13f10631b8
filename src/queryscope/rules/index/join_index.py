"""A join from a few rows of one table: its filter and the columns that lead on, as a set (I33)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import IndexAdvice, IndexKey, Models, Plan, PlanNode, QueryGroup, Refusal, Schema
from queryscope.plans.metrics import walk
from queryscope.rules.index.candidate.cover import serving_index, unique_index
from queryscope.rules.index.candidate.joins import Edge, edges_of, joined_rows
from queryscope.rules.index.candidate.keys import as_set, column_key, make_advice
from queryscope.rules.index.candidate.objections import (
    MOST_KEPT,
    selectivity_objection,
    table_objection,
)
from queryscope.rules.index.candidate.roles import share_of, shared_first, sorted_roles
from queryscope.rules.index.candidate.scan import (
    JOIN_NODES,
    Scan,
    kept_share,
    read_scans,
    row_count,
)
from queryscope.rules.index.candidate.term import Term
from queryscope.sql.statement import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinIndex:
    """The filter of a joined table and the columns by which its few rows lead to the others, together."""

    name: ClassVar[str] = "join-index"

    max_join_share: float = 0.1  # of a table's rows that a join may keep, else reading them all is cheaper
    max_indexes: int = 4
    max_columns: int = 3  # of a filter

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """One set for the joined table whose conditions keep the fewest rows."""
        scans = {
            scan.alias: scan for scan in read_scans(plan, statement=statement, schema=schema, models=models)
        }
        joins = [node for node in walk(plan.root) if node.node_type in JOIN_NODES]
        edges = [edge for join in joins for edge in edges_of(join)]
        drivers = [scan for scan in scans.values() if _own(scan) and kept_share(scan) <= MOST_KEPT]
        for driver in sorted(drivers, key=lambda scan: scan.kept):
            steps = self._steps(plan, group, driver, scans, edges, joins)
            if steps:
                filters = self._filter(plan, group, driver)
                if filters is None:
                    continue
                found = [self._advice(group, scan, keys, driver) for scan, keys in (*filters, *steps)]
                yield from as_set(found[: self.max_indexes])
                return

    def _steps(
        self,
        plan: Plan,
        group: QueryGroup,
        driver: Scan,
        scans: dict[str, Scan],
        edges: Sequence[Edge],
        joins: Sequence[PlanNode],
    ) -> list[tuple[Scan, tuple[IndexKey, ...]]]:
        """The scans to which the driver's rows lead, by columns without an index."""
        steps: list[tuple[Scan, tuple[IndexKey, ...]]] = []
        seen, waiting = {driver.alias}, [driver.alias]
        while waiting:
            alias = waiting.pop(0)
            for edge in edges:
                scan = scans.get(edge.other_alias)
                if edge.alias != alias or edge.other_alias in seen or scan is None:
                    continue
                key = column_key(scan.model, edge.other_column)
                if key is None or scan.table.column(key.column) is None:
                    continue
                is_found = unique_index(scan.table, (key.column,)) or serving_index(scan.table, equal=(key,))
                if is_found is None and not self._is_worth(plan, group, scan, joins):
                    continue
                seen.add(edge.other_alias)
                waiting.append(edge.other_alias)
                if is_found is None:
                    steps.append((scan, (key,)))
        return steps

    def _is_worth(self, plan: Plan, group: QueryGroup, scan: Scan, joins: Sequence[PlanNode]) -> bool:
        """Whether most rows of a table were read for nothing: the joins above it keep few of them."""
        if not scan.is_sequential or table_objection(group, plan, scan) is not None:
            return False
        above = [node for node in scan.above if node in joins]
        least = min(
            (joined_rows(node) for node in above),
            default=scan.kept,
        )
        return least <= self.max_join_share * (scan.kept + scan.removed)

    def _filter(
        self, plan: Plan, group: QueryGroup, driver: Scan
    ) -> list[tuple[Scan, tuple[IndexKey, ...]]] | None:
        """The index over the driver's own conditions; none if one serves, None if no btree can."""
        roles = sorted_roles(driver, _own(driver))
        if table_objection(group, plan, driver) is not None:
            return []
        if selectivity_objection(group, driver) is not None:
            return None
        found = shared_first(driver, roles.found[: self.max_columns])
        if roles.found and share_of(driver, roles.found[0]) * row_count(driver) <= 10 * max(driver.kept, 1.0):
            found = roles.found[:1]
        bound = roles.bounds[:1] if not found else ()
        if not (found or bound):
            return None
        is_served = serving_index(driver.table, equal=found, bound=bound) is not None
        return [] if is_served else [(driver, (*found, *bound))]

    def _advice(self, group: QueryGroup, scan: Scan, keys: tuple[IndexKey, ...], driver: Scan) -> IndexAdvice:
        names = ", ".join(key.column or key.django for key in keys)
        if scan is driver:
            text = f"{scan.kept:,.0f} rows of {scan.table.name} are found by {names}: the join begins there."
        else:
            text = (
                f"{row_count(scan):,.0f} rows of {scan.table.name} are read to join them by {names} with "
                f"{driver.kept:,.0f} of {driver.table.name}."
            )
        return make_advice(scan, rule=self.name, keys=keys, reason=text, serves=group.fingerprint)


def _own(scan: Scan) -> list[Term]:
    """Conditions that another table has no part in."""
    return [term for term in scan.terms if not term.is_join]
