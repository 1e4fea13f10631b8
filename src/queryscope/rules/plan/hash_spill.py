"""hash-spill: the hash table of a join does not fit into memory and is split into batches on disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.metrics import NodeMetrics, measure, walk
from queryscope.plans.shape import parents
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, ms, percent

_BLOCK_KB = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class HashSpill:
    """A Hash in more than one batch."""

    name: ClassVar[str] = "hash-spill"

    min_batches: int = 2
    min_kb: int = 16_384  # that went to temporary files and back: less is told as info

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a hash; its weight is its own time and that of its join, unless that tests rows too."""
        metrics, above = measure(plan), parents(plan.root)
        for node in walk(plan.root):
            join = above.get(node.id)
            if node.node_type != "Hash" or join is None or node.hash_batches < self.min_batches:
                continue
            parts = [metrics[node.id], metrics[join.id]][: 1 if join.join_filter else 2]
            spent_ms, share = sum(part.self_ms for part in parts), sum(part.share for part in parts)
            if is_noise(spent_ms, share):
                continue
            joined = " with its join" if len(parts) > 1 else ""
            yield Insight(
                rule=self.name,
                node=node.id,
                severity="info" if _moved_kb(join, metrics) < self.min_kb else severity_of(share),
                message=(
                    f"Hash of {count(metrics[node.id].rows)} rows was split into {node.hash_batches} batches "
                    f"on disk{_planned(node)}: {ms(spent_ms)}{joined}, {percent(share)} of the query."
                ),
                remedy=_remedy(node),
                share=share,
                fact="spill",
                explains=(("spill", join.id),),
            )


def _moved_kb(join: PlanNode, metrics: Mapping[int, NodeMetrics]) -> float:
    hashed = [child for child in join.children if child.node_type == "Hash"]
    return sum(metrics[node.id].self_temp_blocks for node in (join, *hashed)) * _BLOCK_KB


def _planned(node: PlanNode) -> str:
    if 0 < node.original_hash_batches < node.hash_batches:
        return f" ({node.original_hash_batches} planned)"
    return ""


def _remedy(node: PlanNode) -> str:
    if 0 < node.original_hash_batches < node.hash_batches:
        return "ANALYZE the tables of this join: more rows came than were planned."
    return "Join fewer rows or columns, or raise work_mem or hash_mem_multiplier for this query."
