"""sort-spill: a sort does not fit into work_mem and goes through temporary files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema, Worker
from queryscope.plans.metrics import measure, total_rows, walk
from queryscope.plans.shape import parents
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, kilobytes, ms, percent
from queryscope.rules.plan.sources import columns_in, joined_relations, primary_keys

_MUCH_KB = 65_536  # each sort of each session may take so much
_ROW_BYTES = 48  # that a row in memory takes beside its columns


@dataclass(frozen=True, slots=True, kw_only=True)
class SortSpill:
    """A Sort that wrote to disk, in the leader or in a worker."""

    name: ClassVar[str] = "sort-spill"

    min_kb: int = 1_024  # written
    wide_row_bytes: int = 200  # from here on fewer columns are the first remedy

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a sort."""
        metrics, above = measure(plan), parents(plan.root)
        for node in walk(plan.root):
            written_kb = _written_kb(node) if node.node_type == "Sort" else 0
            own, parent = metrics[node.id], above.get(node.id)
            if written_kb < max(self.min_kb, 1) or is_noise(own.self_ms, own.share):
                continue
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=severity_of(own.share),
                message=(
                    f"Sort of {count(_rows(node))} rows of {node.plan_width} bytes wrote "
                    f"{kilobytes(written_kb)} to disk: {ms(own.self_ms)}, {percent(own.share)} of the query."
                ),
                remedy=_of_distinct(node, parent, schema, models) or self._remedy(node, parent),
                share=own.share,
                fact="spill",
            )

    def _remedy(self, node: PlanNode, parent: PlanNode | None) -> str:
        needed_kb = _memory_kb(node)
        much = ", which is much for one query" if needed_kb > _MUCH_KB else " for this query"
        memory = f"work_mem of {kilobytes(needed_kb)}{much}"
        if node.plan_width >= self.wide_row_bytes:
            return f"Load fewer columns with .only() or .values(), or give it a {memory}."
        if parent is not None and parent.node_type == "Merge Join":  # the order is the planner's own wish
            return f"Give it a {memory}, with which the join can be hashed instead."
        return f"Let an index give the rows in this order, or give it a {memory}."


def _of_distinct(node: PlanNode, parent: PlanNode | None, schema: Schema, models: Models) -> str:
    """What to do about a sort for a DISTINCT that drops nothing."""
    relations = joined_relations(node)
    keys = set(columns_in(node.sort_key, relations))
    has_key = any(
        (name, key) in keys for name in relations.values() for key in primary_keys(name, schema, models)
    )
    if parent is None or parent.node_type != "Unique" or len(relations) != 1 or not has_key:
        return ""
    return "Leave .distinct() out: among the columns is the key, so that it drops no row."


def _rows(node: PlanNode) -> float:
    """Rows that were sorted: whoever asked may have left before all of them were given."""
    return max(total_rows(node), *(total_rows(child) for child in node.children))


def _written_kb(node: PlanNode) -> float:
    return sum(part.sort_space_used_kb for part in _on_disk(node))


def _memory_kb(node: PlanNode) -> float:
    """What the process with the most rows needs; a row takes more of memory than of a disk."""
    rows = max(part.actual_rows or 0.0 for part in (node, *_on_disk(node)))
    written_kb = max(part.sort_space_used_kb for part in _on_disk(node))
    return max(2 * written_kb, rows * (node.plan_width + _ROW_BYTES) / 1024)


def _on_disk(node: PlanNode) -> list[PlanNode | Worker]:
    parts: tuple[PlanNode | Worker, ...] = (node, *node.workers)
    return [part for part in parts if part.sort_space_type == "Disk"]
