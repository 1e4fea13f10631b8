"""incremental-sort: an index gives a part of the order, and large groups of rows are sorted by the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema, Worker
from queryscope.plans.comparisons import comparisons_in
from queryscope.plans.conditions import PlanSortKey, read_sort_key
from queryscope.plans.metrics import measure, walk
from queryscope.plans.scans import index_name
from queryscope.plans.shape import INDEX_SCANS
from queryscope.plans.weight import is_noise
from queryscope.plans.words import count, ms, percent
from queryscope.rules.plan.sources import field_name, model_name


@dataclass(frozen=True, slots=True, kw_only=True)
class IncrementalSort:
    """An Incremental Sort in large groups, of rows that an index gives in a part of the order."""

    name: ClassVar[str] = "incremental-sort"

    min_group: int = 500  # rows a group
    min_rows: int = 1_000  # rows sorted

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a sort; severity info, since a part of the order is there."""
        metrics = measure(plan)
        for node in walk(plan.root):
            if node.node_type != "Incremental Sort":
                continue
            own, rows = metrics[node.id], sum(metrics[child.id].rows for child in node.children)
            groups = _groups(node)
            if rows < self.min_rows or not groups or rows / groups < self.min_group:
                continue
            scan = None if is_noise(own.self_ms, own.share) else _index_below(node)
            if scan is None:
                continue
            yield Insight(
                rule=self.name,
                node=node.id,
                severity="info",
                message=(
                    f"{scan.index_name} gave {count(rows)} rows in the order of "
                    f"{', '.join(node.presorted_key)} alone, and they were sorted in {count(groups)} groups: "
                    f"{ms(own.self_ms)}, {percent(own.share)} of the query."
                ),
                remedy=_remedy(node, scan, models),
                share=own.share,
                fact="order",
                explains=(("spill", node.id),),
            )


def _index_below(sort: PlanNode) -> PlanNode | None:
    """The index scan that gives the presorted order, if all keys are columns of its table."""
    node = sort
    while node.children:
        node = next(
            (child for child in node.children if child.parent_relationship == "Outer"), node.children[0]
        )
        if node.node_type in INDEX_SCANS:
            break
        if node.node_type not in ("Nested Loop", "Result"):
            return None
    keys = [read_sort_key(text) for text in sort.sort_key]
    is_own = all(key.column and key.table in ("", node.alias, node.relation_name) for key in keys)
    return node if node.node_type in INDEX_SCANS and is_own else None


def _groups(node: PlanNode) -> int:
    parts: tuple[PlanNode | Worker, ...] = (node, *node.workers)
    kinds = [kind for part in parts for kind in (part.full_sort_groups, part.pre_sorted_groups)]
    return sum(kind.group_count for kind in kinds if kind is not None)


def _remedy(node: PlanNode, scan: PlanNode, models: Models) -> str:
    """What is compared by equality comes first: it changes nothing of the order, and finds the rows."""
    relation = scan.relation_name
    keys = [read_sort_key(text) for text in node.sort_key]
    sorted_by = {key.column for key in keys}
    asked = [each for each in comparisons_in(scan.index_cond, scan) if each.column not in sorted_by]
    model = model_name(relation, models)
    if any(not each.is_plain or each.operator != "=" for each in asked):
        return f"Let one index of {model} give the whole order, beside what {scan.index_name} finds."
    equal = [field_name(relation, name, models) for name in dict.fromkeys(each.column for each in asked)]
    fields = [(field_name(relation, key.column, models), key) for key in keys]
    if any(key.nulls for _, key in fields):
        name = index_name(relation, *equal, *(field for field, _ in fields), "order")
        told = [*(f'"{field}"' for field in equal), *(_expression(field, key) for field, key in fields)]
        return f'Let one index of {model} give the whole order: Index({", ".join(told)}, name="{name}").'
    told = [*equal, *(f"{'-' if key.is_descending else ''}{field}" for field, key in fields)]
    quoted = ", ".join(f'"{field}"' for field in told)
    return f"Let one index of {model} give the whole order: Index(fields=[{quoted}])."


def _expression(field: str, key: PlanSortKey) -> str:
    """Beside an expression Django knows no "-title"."""
    nulls = f"nulls_{key.nulls}=True" if key.nulls else ""
    if not nulls and not key.is_descending:
        return f'"{field}"'
    return f'F("{field}").{"desc" if key.is_descending else "asc"}({nulls})'
