"""offset-deep: rows are read only to be skipped by OFFSET."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, Schema
from queryscope.plans.metrics import measure, total_rows, walk
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, ms, percent


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetDeep:
    """A Limit that skips far more rows than it gives."""

    name: ClassVar[str] = "offset-deep"

    min_rows: int = 1_000  # rows below the Limit
    min_ratio: float = 10.0  # rows read for each row given

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a Limit."""
        metrics = measure(plan)
        for node in walk(plan.root):
            source = next((child for child in node.children if child.parent_relationship == "Outer"), None)
            if node.node_type != "Limit" or source is None:
                continue
            given, read = total_rows(node), total_rows(source)
            if read < self.min_rows or read <= given * self.min_ratio:
                continue
            own = metrics[node.id]
            if is_noise(own.total_ms, own.total_share):
                continue
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=severity_of(own.total_share),
                message=(
                    f"OFFSET skipped {count(read - given)} rows to give {count(given)}: "
                    f"{ms(own.total_ms)}, {percent(own.total_share)} of the query."
                ),
                remedy="Page by the last key seen: filter(pk__gt=last).order_by('pk')[:n].",
                share=own.total_share,
                fact="order",
            )
