"""seq-scan-selective: a whole table is read to keep a few of its rows."""

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
class SeqScanSelective:
    """A Seq Scan, parallel or not, whose filter drops nearly every row."""

    name: ClassVar[str] = "seq-scan-selective"

    min_removed: int = 10_000  # rows
    min_removed_share: float = 0.9  # of the rows read

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a scan; repeated scans are left to the rules that explain the repetition."""
        metrics = measure(plan)
        for node in walk(plan.root):
            if node.node_type != "Seq Scan" or "SubPlan" in node.filter:
                continue
            own, removed = metrics[node.id], removed_rows(node)
            read = removed + own.rows
            if own.scans > 1 or removed < self.min_removed or removed < read * self.min_removed_share:
                continue
            if is_noise(own.self_ms, own.share):
                continue
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=severity_of(own.share),
                message=(
                    f"{name_of(node)} read {count(read)} rows to keep {count(own.rows)}: "
                    f"{ms(own.self_ms)}, {percent(own.share)} of the query."
                ),
                remedy=f"Let an index on {node.relation_name} find the rows that the filter keeps.",
                share=own.share,
                fact="reading",
            )
