"""limit-walk: an index is walked in order until enough rows pass a filter that few rows pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, Schema
from queryscope.plans.metrics import measure, removed_rows, total_rows, walk
from queryscope.plans.shape import INDEX_SCANS, limit_above, name_of, parents
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, ms, percent


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitWalk:
    """A Limit over an index scan in the wanted order whose filter drops row after row."""

    name: ClassVar[str] = "limit-walk"

    min_removed: int = 1_000  # rows
    min_ratio: float = 100.0  # removed rows for each row that the LIMIT gave

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a scan."""
        metrics, above = measure(plan), parents(plan.root)
        for node in walk(plan.root):
            limit = limit_above(node, above) if node.node_type in INDEX_SCANS else None
            if limit is None or "SubPlan" in node.filter:
                continue
            own, removed = metrics[node.id], removed_rows(node)
            given = max(total_rows(limit), 1.0)
            if removed < self.min_removed or removed < given * self.min_ratio:
                continue
            if is_noise(own.self_ms, own.share):
                continue
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=severity_of(own.share),
                message=(
                    f"{name_of(node)} walked past {count(removed)} rows before the LIMIT had its "
                    f"{count(total_rows(limit))}: {ms(own.self_ms)}, {percent(own.share)} of the query."
                ),
                remedy="Put the filtered columns before the ORDER BY column in one index.",
                share=own.share,
                fact="reading",
            )
