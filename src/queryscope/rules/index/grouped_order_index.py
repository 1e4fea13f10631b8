"""Rows in the order of their groups: DISTINCT ON, and windows over partitions (I37)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import IndexAdvice, IndexKey, Models, Plan, PlanNode, QueryGroup, Refusal, Schema
from queryscope.rules.index.candidate.cover import serving_index
from queryscope.rules.index.candidate.keys import make_advice
from queryscope.rules.index.candidate.objections import is_size_silent, selectivity_objection, table_objection
from queryscope.rules.index.candidate.order import consumer_of, free_order, keys_of, own_order
from queryscope.rules.index.candidate.reading import included_columns, read_of
from queryscope.rules.index.candidate.roles import roles_of, shared_first
from queryscope.rules.index.candidate.scan import Scan, read_scans
from queryscope.sql.statement import Statement

_ASKS = {"Unique": "the first of each group", "WindowAgg": "a window over each partition"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedOrderIndex:
    """`order_by("customer", "-created").distinct("customer")`: equal columns, groups, their order."""

    name: ClassVar[str] = "grouped-order-index"

    min_rows: int = 100  # that are sorted
    max_columns: int = 5
    max_include: int = 4  # columns beside the keys that are read of them
    max_width: int = 64  # bytes of these, of a row

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """For every scan whose rows are sorted for groups one candidate, and one with all that is read."""
        for scan in read_scans(plan, statement=statement, schema=schema, models=models):
            asked = consumer_of(scan)
            if asked is None or asked[1].node_type not in _ASKS:
                continue
            if scan.kept < self.min_rows and not is_size_silent(scan):
                continue
            objection = table_objection(group, plan, scan)
            if objection is None and not _stops_early(scan, asked[1]):
                objection = selectivity_objection(group, scan)
            if objection is not None:
                yield objection
            else:
                yield from self._candidate(group, scan, *asked)

    def _candidate(
        self, group: QueryGroup, scan: Scan, sort: PlanNode, consumer: PlanNode
    ) -> Iterator[IndexAdvice]:
        roles, asked = roles_of(scan), own_order(scan, keys_of(sort))
        if not asked:
            return
        order = free_order(asked, roles)
        ordered = {key.column for key in order}
        equal = [key for key in (*roles.equal, *roles.flags) if key.column not in ordered]
        head = shared_first(scan, equal[: self.max_columns - len(order)])
        keys = (*head, *order)
        if len(keys) > self.max_columns or serving_index(scan.table, equal=head, order=order) is not None:
            return
        reason = (
            f"{scan.kept:,.0f} rows of {scan.table.name} are sorted for {_ASKS[consumer.node_type]}: "
            "an index has them in that order."
        )
        yield make_advice(scan, rule=self.name, keys=keys, reason=reason, serves=group.fingerprint)
        include = self._include(group, scan, keys)
        if include:
            yield make_advice(
                scan,
                rule=self.name,
                keys=keys,
                reason=f"{reason} Nothing else is read of them.",
                serves=group.fingerprint,
                include=include,
            )

    def _include(self, group: QueryGroup, scan: Scan, keys: tuple[IndexKey, ...]) -> tuple[str, ...] | None:
        """What else is read of each row; how many there are, the rows of a test don't tell."""
        rest = read_of(group.sql, scan) - {key.column for key in keys}
        if not rest or is_size_silent(scan):
            return None
        return included_columns(scan, rest, most=self.max_include, max_width=self.max_width)


def _stops_early(scan: Scan, consumer: PlanNode) -> bool:
    """A LIMIT above the groups."""
    above = scan.above[scan.above.index(consumer) + 1 :]
    return any(node.node_type == "Limit" for node in above)
