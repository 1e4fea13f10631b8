"""The joins of a plan as ways from table to table, and the columns on them that no index serves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from queryscope.model import IndexKey, Plan, PlanNode
from queryscope.plans.metrics import walk
from queryscope.rules.index.candidate.cover import serving_index, unique_index
from queryscope.rules.index.candidate.joins import Edge, edges_of
from queryscope.rules.index.candidate.keys import column_key
from queryscope.rules.index.candidate.scan import JOIN_NODES, Scan, row_count
from queryscope.rules.index.candidate.shares import share_of_value

_MOST_KEYS = 2  # of those by which two tables are joined

Step = tuple[Scan, tuple[IndexKey, ...]]  # an index that is missing: where, and over what


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Scans by alias, and what joins them."""

    scans: dict[str, Scan]
    joins: tuple[PlanNode, ...]
    edges: tuple[Edge, ...]

    def above(self, scan: Scan) -> list[PlanNode]:
        """The joins that a scan's rows flow into."""
        return [node for node in scan.above if any(node is join for join in self.joins)]

    def steps(self, driver: Scan, is_worth: Callable[[Scan], bool]) -> list[Step]:
        """The scans to which a scan's rows lead, by columns without an index; further ones behind them.

        By columns with one too, where the table is read all the same: fetching its rows would take longer.
        """
        steps: list[Step] = []
        seen, waiting = {driver.alias}, [driver.alias]
        while waiting:
            alias = waiting.pop(0)
            for edge in self.edges:
                scan = self.scans.get(edge.other_alias)
                if edge.alias != alias or edge.other_alias in seen or scan is None:
                    continue
                keys = self._keys(alias, scan)
                if not keys:
                    continue
                is_unique = unique_index(scan.table, [key.column for key in keys]) is not None
                is_served = is_unique or any(serving_index(scan.table, equal=(key,)) for key in keys)
                if not is_served and not is_worth(scan):
                    continue
                seen.add(edge.other_alias)
                waiting.append(edge.other_alias)
                if not is_unique and is_worth(scan):
                    steps.append((scan, keys))
        return steps

    def _keys(self, alias: str, scan: Scan) -> tuple[IndexKey, ...]:
        """The columns by which a scan's rows are found from another, the one first that tells most."""
        columns = [
            edge.other_column
            for edge in self.edges
            if edge.alias == alias and edge.other_alias == scan.alias and scan.table.column(edge.other_column)
        ]
        keys = [key for column in dict.fromkeys(columns) if (key := column_key(scan.model, column))]
        return tuple(sorted(keys, key=lambda key: _share(scan, key)))[:_MOST_KEYS]


def _share(scan: Scan, key: IndexKey) -> float:
    share = share_of_value(scan.table.column(key.column), rows=row_count(scan))
    return 1.0 if share is None else share


def read_ways(plan: Plan, scans: Sequence[Scan]) -> Ways:
    """The ways of a plan."""
    joins = tuple(node for node in walk(plan.root) if node.node_type in JOIN_NODES)
    return Ways(
        scans={scan.alias: scan for scan in scans},
        joins=joins,
        edges=tuple(edge for join in joins for edge in edges_of(join)),
    )
