"""limit-walk: an index is walked in order until enough rows pass a filter that few rows pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.metrics import measure, removed_rows, total_rows, walk
from queryscope.plans.shape import INDEX_SCANS, limit_above, name_of, parents
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, ms, percent
from queryscope.rules.plan.asked import asked_of, found_by, in_turn, keys_of
from queryscope.rules.plan.sources import model_name


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
                remedy=_remedy(node, schema, models),
                share=own.share,
                fact="reading",
            )


def _remedy(node: PlanNode, schema: Schema, models: Models) -> str:
    relation, asked = node.relation_name, asked_of(node, models)
    known = asked_of(node, models, found_by(node)).equal
    model = model_name(relation, models)
    walked = [
        key for key in keys_of(node.index_name, relation, schema, models) if key not in asked.equal + known
    ]
    if asked.equal and walked:
        keys = in_turn([*known, *asked.equal, *walked])
        return f"Let one index of {model} begin with what the filter asks for: {keys}."
    if asked.kept and walked and not asked.ranged:
        return (
            f"Let an index of {model} on {in_turn(walked)} hold the rows that the filter keeps and no "
            f"others: what is asked of {' and '.join(asked.kept)} is its condition."
        )
    return "Put the filtered columns before the ORDER BY column in one index."
