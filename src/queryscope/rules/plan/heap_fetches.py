"""heap-fetches: an index holds all that is asked for, and the table is read for it all the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, Schema
from queryscope.plans.metrics import measure, removed_rows, walk
from queryscope.plans.shape import name_of
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, ms, percent


@dataclass(frozen=True, slots=True, kw_only=True)
class HeapFetches:
    """An Index Only Scan that has to ask the table which of the rows it may see."""

    name: ClassVar[str] = "heap-fetches"

    min_fetches: int = 1_000  # rows
    min_share: float = 0.4  # of the rows read

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a scan."""
        metrics = measure(plan)
        for node in walk(plan.root):
            if node.node_type != "Index Only Scan" or node.heap_fetches < max(self.min_fetches, 1):
                continue
            own, fetches = metrics[node.id], node.heap_fetches  # PostgreSQL sums them over loops
            if fetches < (own.rows + removed_rows(node)) * self.min_share:
                continue
            if is_noise(own.self_ms, own.share):
                continue
            relation = node.relation_name
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=severity_of(own.share),
                message=(
                    f"{name_of(node)} fetched {count(fetches)} rows from the table to give "
                    f"{count(own.rows)}: {ms(own.self_ms)}, {percent(own.share)} of the query."
                ),
                remedy=(
                    f"VACUUM {relation}, and let autovacuum do so more often, by migrations.RunSQL: "
                    f"ALTER TABLE {relation} SET (autovacuum_vacuum_scale_factor = 0.02, "
                    "autovacuum_vacuum_insert_scale_factor = 0.02)."
                ),
                share=own.share,
            )
