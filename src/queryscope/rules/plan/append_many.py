"""append-many: every partition of a table is read, since the filter does not say which ones are meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema, Table
from queryscope.plans.comparisons import own_columns
from queryscope.plans.metrics import is_executed, measure, removed_rows, total_rows, walk
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, ms, percent
from queryscope.rules.plan.sources import model_name

_NUMBERED = re.compile(r"(?P<table>.+)_\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendMany:
    """An Append or Merge Append over many partitions of one table, read by a filter that keeps none out."""

    name: ClassVar[str] = "append-many"

    min_partitions: int = 20

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a table; not of a query that wants all partitions, or that names their key."""
        metrics = measure(plan)
        for node in walk(plan.root):
            if node.node_type not in ("Append", "Merge Append"):
                continue
            scans = [scan for scan in map(_scan, node.children) if scan is not None and is_executed(scan)]
            table = _table(scans, schema) if len(scans) >= self.min_partitions else None
            own = metrics[node.id]
            if table is None or is_noise(own.total_ms, own.total_share) or not _may_prune(scans, table):
                continue
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=severity_of(own.total_share),
                message=(
                    f"{node.node_type} read {count(len(scans))} partitions of {table.name}: "
                    f"{ms(own.total_ms)}, {percent(own.total_share)} of the query."
                ),
                remedy=(
                    f"Filter {model_name(table.name, models)} by what it is partitioned by{_key(table)} too: "
                    f"partitions that can hold no row are left out{_else(scans)}."
                ),
                share=own.total_share,
                fact="reading",
                nodes=(node.id,),
                explains=tuple(("reading", scan.id) for scan in scans),
            )


def _scan(node: PlanNode) -> PlanNode | None:
    """The scan of a partition, below a sort or an aggregate of it."""
    while not node.relation_name and len(node.children) == 1:
        node = node.children[0]
    return node if node.relation_name else None


def _table(scans: list[PlanNode], schema: Schema) -> Table | None:
    """The partitioned table: PostgreSQL numbers its alias for each partition; a UNION has several.

    Where the alias is none of a table (Django's U0, T3), it is the only partitioned one that is known.
    """
    numbered = [_NUMBERED.fullmatch(scan.alias) for scan in scans]
    found = {match["table"] if match else "" for match in numbered}
    alias = found.pop() if len(found) == 1 else ""
    if not alias or len({scan.relation_name for scan in scans}) < 2:
        return None
    partitioned = [table for table in schema.tables if table.is_partitioned]
    return schema.table(alias) or (partitioned[0] if len(partitioned) == 1 else None)


def _may_prune(scans: list[PlanNode], table: Table) -> bool:
    """Whether there is a filter, which doesn't name the key of the partitions."""
    scan = scans[0]
    condition = f"{scan.filter} {scan.index_cond} {scan.recheck_cond}"
    if not condition.strip():
        return False
    asked = own_columns(condition, scan.alias)
    keys = set(re.findall(r"\w+", table.partition_key))
    return not keys.intersection(asked)


def _else(scans: list[PlanNode]) -> str:
    removed, kept = sum(map(removed_rows, scans)), sum(map(total_rows, scans))
    return "; or index what it filters by" if removed > 9 * kept else ""


def _key(table: Table) -> str:
    return f", {table.partition_key}," if table.partition_key else ""
