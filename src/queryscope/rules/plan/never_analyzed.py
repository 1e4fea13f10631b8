"""never-analyzed: a wrong estimate of a table that PostgreSQL has no statistics of, or old ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, Schema, Table
from queryscope.plans.estimates import find_misestimates
from queryscope.plans.metrics import measure, walk
from queryscope.plans.shape import name_of, parents
from queryscope.plans.weight import SEVERITIES, is_noise, severity_of
from queryscope.plans.words import count


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverAnalyzed:
    """A scan with a wrong estimate, of a table that was not analyzed, or changed much since it was."""

    name: ClassVar[str] = "never-analyzed"

    min_ratio: float = 10.0  # times off
    min_rows: float = 100.0  # actual rows of one loop
    min_changed: int = 1_000  # rows written since the last ANALYZE
    min_changed_share: float = 0.1  # of the rows of the table

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a table; statistics that are missing or old and mislead nobody are left alone."""
        suspects = [table for table in schema.tables if self._reason(table)]
        if not suspects or not plan.is_analyzed:
            return
        metrics, above = measure(plan), parents(plan.root)
        nodes = {node.id: node for node in walk(plan.root)}
        told = set()
        for wrong in find_misestimates(plan, least_factor=self.min_ratio, least_rows=self.min_rows):
            node = nodes[wrong.node]
            table = next((each for each in suspects if each.name == node.relation_name), None)
            around = metrics[above[node.id].id] if node.id in above else metrics[node.id]
            if table is None or table.name in told or is_noise(around.total_ms, around.total_share):
                continue
            told.add(table.name)
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=min(severity_of(around.total_share), "warning", key=SEVERITIES.index),
                message=(
                    f"{name_of(node)} was planned for {count(wrong.planned)} rows and gave "
                    f"{count(wrong.actual)}: {self._reason(table)}."
                ),
                remedy=_remedy(table),
                share=metrics[node.id].total_share,
                fact="estimate",
            )

    def _reason(self, table: Table) -> str:
        if table.is_partitioned:  # autovacuum analyzes its partitions alone
            return ""
        if table.rows < 0 or _has_no_statistics(table):
            return f"{table.name} was never analyzed"
        if table.changed_rows >= max(self.min_changed, self.min_changed_share * table.rows):
            return f"{count(table.changed_rows)} rows of {table.name} were written since it was analyzed"
        return ""


def _has_no_statistics(table: Table) -> bool:
    return bool(table.columns) and all(column.null_frac is None for column in table.columns)


def _remedy(table: Table) -> str:
    analyze = f"ANALYZE {table.name} before anything else is judged by this plan"
    if table.rows <= 0:
        return f"{analyze}; after loading many rows that is worth a migrations.RunSQL of its own."
    often = f"ALTER TABLE {table.name} SET (autovacuum_analyze_scale_factor = 0.02)"
    return f"{analyze}, and let autovacuum do so more often, by migrations.RunSQL: {often}."
