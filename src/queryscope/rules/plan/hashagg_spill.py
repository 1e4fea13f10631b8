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
from queryscope.rules.plan.sources import (
    columns_in,
    field_names,
    joined_relations,
    primary_keys,
    relations_of,
)

_BETWEEN = frozenset({"Aggregate", "Gather", "Gather Merge", "Sort"})
_MOST_COLUMNS = 8  # that CREATE STATISTICS takes
_UNFORESEEN = 2.0  # times the groups that were planned: memory was given for these


@dataclass(frozen=True, slots=True, kw_only=True)
class HashaggSpill:
    """A HashAggregate that wrote to disk, in the leader or in a worker."""

    name: ClassVar[str] = "hashagg-spill"

    min_kb: int = 1_024  # written

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight an aggregate."""
        metrics, told = measure(plan), set[int]()
        for node in walk(plan.root):
            steps = _steps(node) if node.node_type == "Aggregate" and node.id not in told else []
            told.update(step.id for step in steps)
            written_kb, own = sum(map(_written_kb, steps)), metrics[node.id]
            spent_ms = sum(metrics[step.id].self_ms for step in steps)
            share = sum(metrics[step.id].share for step in steps)
            if written_kb < max(self.min_kb, 1) or is_noise(spent_ms, share):
                continue
            given = sum(metrics[child.id].rows for child in steps[-1].children)
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=severity_of(share),
                message=(
                    f"{name_of(node)} of {count(given)} rows wrote {kilobytes(written_kb)} to disk for "
                    f"{count(own.rows)} groups: {ms(spent_ms)}, {percent(share)} of the query."
                ),
                remedy=_remedy(steps[-1], schema, models),
                share=share,
                fact="spill",
                nodes=tuple(step.id for step in steps),
            )


def _steps(node: PlanNode) -> list[PlanNode]:
    """An aggregate and those below it that workers did for it, each a part of the rows."""
    found = [node]
    while node.node_type in _BETWEEN and len(node.children) == 1:
        node = node.children[0]
        if node.node_type == "Aggregate" and set(node.group_key) == set(found[0].group_key):
            found.append(node)
    return found


def _is_a_group_each(node: PlanNode, schema: Schema, models: Models) -> bool:
    """Whether the rows of one table are grouped by its key, among others."""
    relations = joined_relations(node)
    keys = set(columns_in(node.group_key, relations))
    tables = set(relations.values())
    return len(relations) == 1 and any(
        (name, key) in keys for name in tables for key in primary_keys(name, schema, models)
    )


def _remedy(node: PlanNode, schema: Schema, models: Models) -> str:
    relations = relations_of(node)
    if _is_a_group_each(node, schema, models):
        return (
            "Leave the grouping, or .distinct(), out: among its columns is the key of the table, so that "
            "each row is a group of its own."
        )
    below = [child for child in node.children if child.parent_relationship == "Outer"]
    if any((child.actual_rows or 0.0) > _UNFORESEEN * child.plan_rows for child in below):
        tables = ", ".join(sorted(set(relations.values())))
        return f"ANALYZE {tables}: more rows came to be grouped than were planned, and given memory."
    if (node.actual_rows or 0.0) > _UNFORESEEN * node.plan_rows:
        keys = [column for _, column in columns_in(node.group_key, relations)]
        tables = ", ".join(sorted(set(relations.values())))
        statistics = (
            f" and CREATE STATISTICS (ndistinct) on {', '.join(keys)}"
            if 1 < len(keys) <= _MOST_COLUMNS
            else ""
        )
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
