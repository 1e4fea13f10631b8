"""many-seq-scans: several large tables are read whole and joined."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.metrics import measure, removed_rows, total_rows, walk
from queryscope.plans.shape import JOINS, limit_above, parents
from queryscope.plans.weight import SEVERITIES, is_noise, severity_of
from queryscope.plans.words import count, ms, percent
from queryscope.rules.plan.sources import model_name

_MANY = 10_000  # pairs of rows
_APART = frozenset({"InitPlan", "SubPlan"})  # CTEs are among them


@dataclass(frozen=True, slots=True, kw_only=True)
class ManySeqScans:
    """Seq Scans of several tables that keep much of what they read: no index helps a query of that kind."""

    name: ClassVar[str] = "many-seq-scans"

    min_scans: int = 3
    min_table_rows: int = 1_000  # a smaller table doesn't count
    min_rows: int = 100_000  # read by all of them together
    min_share: float = 0.15  # of the query that they took
    min_kept_share: float = 0.1  # of the rows of one table: fewer, and an index may help

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a plan; the partitions of a table, and scans that a LIMIT ends, don't count."""
        metrics, above = measure(plan), parents(plan.root)
        scans = [node for node in walk(plan.root) if self._is_wide(node, above)]
        read = sum(map(_read, scans))
        spent_ms = sum(metrics[node.id].self_ms for node in scans)
        share = sum(metrics[node.id].share for node in scans)
        relations = list(dict.fromkeys(node.relation_name for node in scans))
        is_small = read < self.min_rows or share < self.min_share or is_noise(spent_ms, share)
        if len(relations) < self.min_scans or is_small or any(map(_drops_most, walk(plan.root))):
            return
        names = [model_name(relation, models) for relation in relations]
        yield Insight(
            rule=self.name,
            node=plan.root.id,
            severity=min(severity_of(share), "warning", key=SEVERITIES.index),
            message=(
                f"{', '.join(names[:-1])} and {names[-1]} are read whole, {count(read)} rows: "
                f"{ms(spent_ms)}, {percent(share)} of the query."
            ),
            remedy=_remedy(scans, above),
            share=share,
            fact="reading",
            nodes=tuple(node.id for node in scans),
        )

    def _is_wide(self, node: PlanNode, above: dict[int, PlanNode]) -> bool:
        read = _read(node)
        if node.node_type != "Seq Scan" or read < self.min_table_rows:
            return False
        parent = above.get(node.id)
        if parent is not None and parent.node_type in ("Append", "Merge Append"):
            return False
        return total_rows(node) >= read * self.min_kept_share and limit_above(node, above) is None


def _drops_most(join: PlanNode) -> bool:
    """Whether a join tests the rows of its tables, and keeps few: that is what they are read for."""
    if join.node_type not in JOINS:
        return False
    removed = (join.rows_removed_by_join_filter + join.rows_removed_by_filter) * (join.actual_loops or 0.0)
    return removed >= _MANY and removed >= 10 * total_rows(join)


def _remedy(scans: list[PlanNode], above: dict[int, PlanNode]) -> str:
    joins = set.intersection(*(_joins_above(scan, above) for scan in scans))
    what = "one of them before the join by a filter" if joins else "each of them by a filter"
    return f"Narrow {what} that an index serves, or keep the totals in a table of their own."


def _joins_above(node: PlanNode, above: dict[int, PlanNode]) -> set[int]:
    """The joins that its rows come to, within its own query."""
    found = set()
    while node.id in above and node.parent_relationship not in _APART:
        node = above[node.id]
        if node.node_type in JOINS:
            found.add(node.id)
    return found


def _read(node: PlanNode) -> float:
    return total_rows(node) + removed_rows(node)
