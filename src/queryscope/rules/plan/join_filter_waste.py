"""join-filter-waste: a join makes pairs of rows and throws nearly all of them away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.conditions import read_conditions
from queryscope.plans.metrics import measure, total_rows, walk
from queryscope.plans.shape import name_of
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, ms, percent
from queryscope.rules.plan.sources import field_name, model_name, relations_of

_JOINS = frozenset({"Nested Loop", "Hash Join", "Merge Join"})


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinFilterWaste:
    """A join whose condition drops nearly every pair of rows that it makes."""

    name: ClassVar[str] = "join-filter-waste"

    min_removed: int = 10_000  # pairs of rows
    min_ratio: float = 10.0  # removed pairs for each one kept

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a join; of a nested loop with the time of its inner side, read for nothing."""
        metrics = measure(plan)
        for node in walk(plan.root):
            removed = _removed(node) if node.node_type in _JOINS else 0.0
            if removed < self.min_removed:
                continue
            if removed < total_rows(node) * self.min_ratio:
                continue
            parts = [metrics[inner.id] for inner in _inner_of_a_loop(node)]
            spent_ms = metrics[node.id].self_ms + sum(part.total_ms for part in parts)
            share = metrics[node.id].share + sum(part.total_share for part in parts)
            if is_noise(spent_ms, share):
                continue
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=severity_of(share),
                message=(
                    f"{name_of(node)} compared {count(removed + total_rows(node))} pairs of rows to keep "
                    f"{count(total_rows(node))}: {ms(spent_ms)}, {percent(share)} of the query."
                ),
                remedy=_remedy(node, models),
                share=share,
                fact="joining",
                explains=tuple(("spill", each.id) for each in (node, *_hashed(node))),
            )


def _removed(node: PlanNode) -> float:
    """Pairs that the join dropped; that of an outer join tests an OR of both sides after it has joined."""
    is_or = node.rows_removed_by_filter and "SubPlan" not in node.filter and _has_or(node.filter)
    after = node.rows_removed_by_filter if is_or else 0.0
    return (node.rows_removed_by_join_filter + after) * (node.actual_loops or 0.0)


def _has_or(text: str) -> bool:
    return any(condition.operator == "or" for condition in read_conditions(text))


def _hashed(node: PlanNode) -> list[PlanNode]:
    return [child for child in node.children if child.node_type == "Hash"]


def _inner_of_a_loop(node: PlanNode) -> list[PlanNode]:
    if node.node_type != "Nested Loop":
        return []
    return [child for child in node.children if child.parent_relationship == "Inner"]


def _remedy(node: PlanNode, models: Models) -> str:
    conditions = read_conditions(node.join_filter)
    if _has_or(node.join_filter) or _has_or(node.filter):
        return (
            "Ask once for each side of the OR, each by one condition that an index serves, and put the rows "
            "together with .union()."
        )
    if node.node_type != "Nested Loop":
        return "Put what the further condition compares into the tables, or filter before the join."
    equal = next((each for each in conditions if each.operator == "=" and each.is_join and each.column), None)
    if equal is None:
        return (
            "Give the join a condition with =, by which rows can be found: as it is, every pair is compared."
        )
    inner = {
        alias: relation for side in _inner_of_a_loop(node) for alias, relation in relations_of(side).items()
    }
    pairs = ((equal.table, equal.column), (equal.other_table, equal.other_column))
    table, column = next(((inner[alias], name) for alias, name in pairs if alias in inner and name), ("", ""))
    if not table:
        return "Index the column of the inner table that the join compares."
    return f"Index {model_name(table, models)}.{field_name(table, column, models)}, which the join compares."
