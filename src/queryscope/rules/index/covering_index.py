"""Many rows of which few columns are read: an index that holds those too (I28, I29)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import IndexAdvice, IndexKey, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.rules.index.candidate.aggregates import aggregate, grouped
from queryscope.rules.index.candidate.cover import serving_index
from queryscope.rules.index.candidate.keys import make_advice
from queryscope.rules.index.candidate.objections import MOST_KEPT, table_objection
from queryscope.rules.index.candidate.reading import columns_read, included_columns
from queryscope.rules.index.candidate.roles import roles_of, share_of, shared_first
from queryscope.rules.index.candidate.scan import Scan, kept_share, read_scans
from queryscope.sql.statement import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveringIndex:
    """`Index(fields=["region"], include=["total"])`: the few columns that are read of many rows."""

    name: ClassVar[str] = "covering-index"

    min_rows: int = 1000  # that are kept
    max_keys: int = 3
    max_include: int = 4
    max_width: int = 64  # bytes of the included columns, of a row
    max_share: float = 0.35  # of the rows that an aggregate may keep

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """One candidate for every scan that keeps many rows and of which little is read."""
        for scan in read_scans(plan, statement=statement, schema=schema, models=models):
            if scan.kept < self.min_rows or _is_covered(scan):
                continue
            if kept_share(scan) > (self.max_share if aggregate(scan) is not None else MOST_KEPT):
                continue
            read = columns_read(group.sql).get(scan.alias)
            keys = self._keys(scan) if read else ()
            include = self._include(scan, read or frozenset(), keys)
            if not keys or include is None or table_objection(group, plan, scan) is not None:
                continue
            if serving_index(scan.table, equal=keys, include=include) is None:
                yield self._advice(group, scan, keys, include)

    def _keys(self, scan: Scan) -> tuple[IndexKey, ...]:
        """What is compared; behind it what is grouped, or one bound."""
        roles = roles_of(scan)
        found = sorted((*roles.found, *roles.flags), key=lambda key: share_of(scan, key))[: self.max_keys]
        head = shared_first(scan, found)
        if roles.bounds:
            return (*head, roles.bounds[0])
        return (*head, *(key for key in grouped(scan) if key not in head)) if head else ()

    def _include(
        self, scan: Scan, read: frozenset[str], keys: tuple[IndexKey, ...]
    ) -> tuple[str, ...] | None:
        """The other columns that are read, in the table's order; None if they are too many or too wide."""
        held = {key.column for key in keys}
        return included_columns(scan, read - held, most=self.max_include, max_width=self.max_width)

    def _advice(
        self, group: QueryGroup, scan: Scan, keys: tuple[IndexKey, ...], include: tuple[str, ...]
    ) -> IndexAdvice:
        names = ", ".join(dict.fromkeys((*(key.column or key.django for key in keys), *include)))
        reason = (
            f"The query keeps {scan.kept:,.0f} rows of {scan.table.name} and reads no column but {names}: "
            "an index that holds them is all it reads, as far as VACUUM has passed since rows were written."
        )
        return make_advice(
            scan, rule=self.name, keys=keys, reason=reason, serves=group.fingerprint, include=include
        )


def _is_covered(scan: Scan) -> bool:
    """The table isn't read already, or its rows are locked, which takes the table."""
    is_only = scan.node.node_type == "Index Only Scan" and not scan.removed
    return is_only or any(node.node_type == "LockRows" for node in scan.above)
