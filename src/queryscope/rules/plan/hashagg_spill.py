"""hashagg-spill: the groups of an aggregate do not fit into memory and go through temporary files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema, Worker
from queryscope.plans.metrics import measure, walk
from queryscope.plans.shape import name_of
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, kilobytes, ms, percent
from queryscope.rules.plan.sources import columns_in, field_names, relations_of

_UNFORESEEN = 2.0  # times the groups that were planned: memory was given for these


@dataclass(frozen=True, slots=True, kw_only=True)
class HashaggSpill:
    """A HashAggregate that wrote to disk, in the leader or in a worker."""

    name: ClassVar[str] = "hashagg-spill"

    min_kb: int = 1_024  # written

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight an aggregate."""
        metrics = measure(plan)
        for node in walk(plan.root):
            written_kb = _written_kb(node) if node.node_type == "Aggregate" else 0
            own = metrics[node.id]
            if written_kb < max(self.min_kb, 1) or is_noise(own.self_ms, own.share):
                continue
            given = sum(metrics[child.id].rows for child in node.children)
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=severity_of(own.share),
                message=(
                    f"{name_of(node)} of {count(given)} rows wrote {kilobytes(written_kb)} to disk for "
                    f"{count(own.rows)} groups: {ms(own.self_ms)}, {percent(own.share)} of the query."
                ),
                remedy=_remedy(node, models),
                share=own.share,
                fact="spill",
            )


def _remedy(node: PlanNode, models: Models) -> str:
    relations = relations_of(node)
    if (node.actual_rows or 0.0) > _UNFORESEEN * node.plan_rows:
        keys = [column for _, column in columns_in(node.group_key, relations)]
        tables = ", ".join(sorted(set(relations.values())))
        statistics = f" and CREATE STATISTICS (ndistinct) on {', '.join(keys)}" if len(keys) > 1 else ""
        return f"ANALYZE {tables}{statistics}: more groups came than were planned, and given memory."
    fields = field_names(node.group_key, relations, models)
    narrower = f" than {', '.join(map(repr, fields))}" if fields else ""
    return (
        f"Group by fewer or narrower columns{narrower} in .values(), filter before, or raise work_mem or "
        f"hash_mem_multiplier for this query."
    )


def _written_kb(node: PlanNode) -> float:
    parts: tuple[PlanNode | Worker, ...] = (node, *node.workers)
    return sum(part.disk_usage_kb for part in parts)
