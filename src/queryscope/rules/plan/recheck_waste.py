"""recheck-waste: an index gives candidates, and most of them are none when the row is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.bitmaps import index_scans_below, is_brin, methods_of, recheck_removed
from queryscope.plans.metrics import measure, walk
from queryscope.plans.shape import INDEX_SCANS, name_of
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, ms, percent


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckWaste:
    """An index or bitmap scan whose index can't tell most of the rows apart that it gives."""

    name: ClassVar[str] = "recheck-waste"

    min_removed: int = 1_000  # rows
    min_removed_share: float = 0.5  # of the rows that the index gave

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a scan; what a bitmap had no room to be exact about is left to `lossy-bitmap`."""
        metrics = measure(plan)
        for node in walk(plan.root):
            removed = recheck_removed(node)
            if removed < self.min_removed or node.node_type not in INDEX_SCANS | {"Bitmap Heap Scan"}:
                continue
            own, brin = metrics[node.id], is_brin(node, schema)
            if removed < (removed + own.rows + _filtered(node)) * self.min_removed_share:
                continue
            if is_noise(own.self_ms, own.share) or (node.lossy_heap_blocks and not brin):
                continue
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=severity_of(own.share),
                message=(
                    f"{name_of(node)} looked at {count(removed + own.rows)} rows that {_indexes(node)} gave, "
                    f"and {count(removed)} of them did not meet the condition: {ms(own.self_ms)}, "
                    f"{percent(own.share)} of the query."
                ),
                remedy=_remedy(node, brin, schema),
                share=own.share,
                fact="reading",
            )


def _filtered(node: PlanNode) -> float:
    return node.rows_removed_by_filter * (node.actual_loops or 0.0)


def _indexes(node: PlanNode) -> str:
    names = dict.fromkeys(each.index_name for each in index_scans_below(node) or (node,))
    return " and ".join(name for name in names if name) or "the index"


def _knows_paths(node: PlanNode, schema: Schema) -> bool:
    """Whether one of the indexes that were read keeps paths of a jsonb with their values."""
    names = {each.index_name for each in index_scans_below(node) or (node,)}
    indexes = (index for table in schema.tables for index in table.indexes if index.name in names)
    return any("jsonb_path_ops" in index.opclasses for index in indexes)


def _remedy(node: PlanNode, brin: bool, schema: Schema) -> str:
    condition = f"{node.recheck_cond} {node.index_cond}"
    if brin:
        return (
            "Make the ranges of the BrinIndex smaller (pages_per_range=32), or use a plain Index: BRIN "
            "serves a column in whose order the rows were written."
        )
    if " @> " in condition and "::jsonb" in condition and not _knows_paths(node, schema):
        return (
            'Index the paths: GinIndex(OpClass("…", name="jsonb_path_ops"), name="…") knows which key holds '
            "which value."
        )
    if " ~" in condition or " % " in condition:
        return "Search for longer words: the trigrams of this pattern stand in many other texts too."
    if "gist" in methods_of(node, schema):
        return "Use a GinIndex where there is one for the operator: a GistIndex keeps values shortened."
    return (
        "Use an index that keeps the whole value, or one that holds the other columns of the condition too."
    )
