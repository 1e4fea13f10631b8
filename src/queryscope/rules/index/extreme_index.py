"""The smallest or largest value of some rows: it stands at one end of an index (I27)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import IndexAdvice, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.rules.index.candidate.aggregates import extremes
from queryscope.rules.index.candidate.cover import serving_index, split_key
from queryscope.rules.index.candidate.keys import as_set, column_key, make_advice
from queryscope.rules.index.candidate.objections import covered, is_size_silent, table_objection
from queryscope.rules.index.candidate.roles import roles_of, shared_first
from queryscope.rules.index.candidate.scan import Scan, limit_above, read_scans, sort_above
from queryscope.sql.statement import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtremeIndex:
    """`aggregate(Max("total"))`: the compared columns, then the one whose end is asked for."""

    name: ClassVar[str] = "extreme-index"

    min_rows: int = 1000  # read for one value
    max_columns: int = 4

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """One candidate for every column whose smallest or largest value a scan is read for."""
        for scan in read_scans(plan, statement=statement, schema=schema, models=models):
            is_short = scan.kept + scan.removed < self.min_rows and not is_size_silent(scan)
            columns = () if is_short else extremes(scan) or _walked(scan, statement)
            if not columns:
                continue
            objection = table_objection(group, plan, scan)
            if objection is not None:
                yield objection
                continue
            yield from self._candidates(group, scan, columns)

    def _candidates(
        self, group: QueryGroup, scan: Scan, columns: tuple[str, ...]
    ) -> Iterator[IndexAdvice | Refusal]:
        roles = roles_of(scan)
        found = []
        for ends in columns:
            end = column_key(scan.model, ends)
            equal = [key for key in (*roles.equal, *roles.flags) if key.column != ends]
            is_walk_long = len(equal) < len([one for one in scan.conditions if one.column != ends])
            if end is None or scan.table.column(ends) is None or (is_walk_long and not equal):
                return
            head = shared_first(scan, equal[: self.max_columns - 1])
            existing = serving_index(scan.table, equal=head, order=(end,))
            if existing is not None:
                yield covered(group, scan, existing, (*head, end))
                return
            reason = (
                f"{scan.kept + scan.removed:,.0f} rows of {scan.table.name} are read for one end of {ends}, "
                "which an index has ready."
            )
            found.append(
                make_advice(scan, rule=self.name, keys=(*head, end), reason=reason, serves=group.fingerprint)
            )
        yield from as_set(found)


def _walked(scan: Scan, statement: Statement) -> tuple[str, ...]:
    """PostgreSQL walks an index to the first row that fits: its first key is the column that is asked."""
    is_walk = scan.node.node_type in ("Index Scan", "Index Only Scan") and not scan.node.index_cond.strip()
    if not statement.is_aggregate or statement.sort_keys or limit_above(scan) is None or sort_above(scan):
        return ()
    index = next((one for one in scan.table.indexes if one.name == scan.node.index_name), None)
    is_end = index is not None and (is_walk or scan.node.index_cond.endswith("IS NOT NULL)"))
    return (split_key(index.keys[0])[0],) if index is not None and is_end else ()
