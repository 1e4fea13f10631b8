"""index-filter-waste: an index finds the rows, and a filter then throws most of them away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.comparisons import read_comparisons
from queryscope.plans.metrics import measure, removed_rows, walk
from queryscope.plans.scans import is_unanchored
from queryscope.plans.shape import INDEX_SCANS, limit_above, name_of, parents
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, ms, percent
from queryscope.rules.plan.asked import asked_of, found_by, in_turn
from queryscope.rules.plan.sources import model_name


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFilterWaste:
    """An index or bitmap scan that reads many rows of the table for each one it keeps."""

    name: ClassVar[str] = "index-filter-waste"

    min_removed: int = 1_000  # rows
    min_ratio: float = 10.0  # removed rows for each row kept

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a scan; a scan that a LIMIT pulls is left to `limit-walk`."""
        metrics, above = measure(plan), parents(plan.root)
        for node in walk(plan.root):
            if node.node_type not in INDEX_SCANS | {"Bitmap Heap Scan"} or "SubPlan" in node.filter:
                continue
            own, removed = metrics[node.id], removed_rows(node)
            if removed < self.min_removed or removed < own.rows * self.min_ratio:
                continue
            if limit_above(node, above) is not None or is_noise(own.self_ms, own.share):
                continue
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=severity_of(own.share),
                message=(
                    f"{name_of(node)} found {count(removed + own.rows)} rows and dropped "
                    f"{count(removed)} of them by its filter: {ms(own.self_ms)}, "
                    f"{percent(own.share)} of the query."
                ),
                remedy=_remedy(node, models),
                share=own.share,
                fact="reading",
            )


def _remedy(node: PlanNode, models: Models) -> str:
    compared = [one for each in read_comparisons(node) for arm in each.arms or ((each,),) for one in arm]
    model, asked = model_name(node.relation_name, models), asked_of(node, models)
    found = asked_of(node, models, found_by(node))
    if any(is_unanchored(node, each) for each in compared):
        return (
            f"A pattern that begins with a wildcard is found by trigrams: a GinIndex of {model} with "
            "gin_trgm_ops on the very expression."
        )
    known = (*found.kept, *found.equal)  # a btree finds NULL as it finds a value
    keys = dict.fromkeys([*known, *asked.equal, *(found.ranged or asked.ranged)[:1]])
    if (found.keys or found.kept) and set(keys) - {*known, *found.ranged}:
        return f"Let one index of {model} find them by all of that: on {in_turn(keys)}."
    if asked.kept and (found.keys or found.kept):
        on = f" on {in_turn(found.keys)}" if found.keys else ""
        kept = " and ".join(dict.fromkeys([*found.kept, *asked.kept]))
        return (
            f"Let an index of {model}{on} hold the rows that the filter keeps and no others: what is asked "
            f"of {kept} is its condition."
        )
    return "Add the filtered column to the index, or make the index partial on the filter."
