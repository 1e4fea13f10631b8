"""distinct-on-join: a join multiplies rows, and DISTINCT makes them one again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, NodeFact, Plan, PlanNode, Schema
from queryscope.plans.metrics import measure, total_rows, walk
from queryscope.plans.shape import name_of
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, ms, percent
from queryscope.rules.plan.sources import aliases_in, columns_in, model_name, primary_keys, relations_of

_JOINS = frozenset({"Nested Loop", "Hash Join", "Merge Join"})
# What may stand above the DISTINCT of a statement; below a join it makes the rows of an IN unique.
_ABOVE = frozenset(
    {
        "Aggregate",
        "Gather",
        "Gather Merge",
        "Incremental Sort",
        "Limit",
        "Result",
        "Sort",
        "Subquery Scan",
        "Unique",
    }
)
_DIRECTION = re.compile(r"(?: DESC)?(?: NULLS (?:FIRST|LAST))?$")
_SUBQUERIES = frozenset({"InitPlan", "SubPlan"})
_BETWEEN = frozenset({"Aggregate", "Gather", "Gather Merge", "Incremental Sort", "Sort", "Unique"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DistinctOnJoin:
    """A DISTINCT that drops most of what a join made of rows that were distinct before."""

    name: ClassVar[str] = "distinct-on-join"

    min_removed: int = 1_000  # rows
    min_removed_share: float = 0.5  # of what the join gave

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight at the most: at the first node that makes rows distinct."""
        way = _way_to_join(plan.root)
        if len(way) < 2:
            return
        top, join = way[0], way[-1]
        made, kept = total_rows(join), total_rows(top)
        if made - kept < self.min_removed or kept > made * (1 - self.min_removed_share):
            return
        relations = relations_of(join)
        given = aliases_in(top.output)
        if not given or given >= set(relations) or not _is_multiplied(top, join, given, schema, models):
            return
        metrics = measure(plan)
        spent_ms = sum(metrics[node.id].self_ms for node in way)
        share = sum(metrics[node.id].share for node in way)
        if is_noise(spent_ms, share):
            return
        yield Insight(
            rule=self.name,
            node=top.id,
            severity=severity_of(share),
            message=(
                f"{name_of(join)} made {count(made)} rows, of which {_maker(join)} kept {count(kept)}: "
                f"{ms(spent_ms)}, {percent(share)} of the query."
            ),
            remedy=_of_an_outer_join() if _is_outer(join) else _remedy(given, relations, models),
            share=share,
            explains=(*(("spill", node.id) for node in way[:-1]), *_read_for(join)),
        )


def _read_for(join: PlanNode) -> Iterator[tuple[NodeFact, int]]:
    """The tables that are read whole for the rows of the join: what is mended is the join."""
    waiting = [join]
    while waiting:
        node = waiting.pop()
        if node.node_type == "Seq Scan":
            yield "reading", node.id
        waiting += [child for child in node.children if child.parent_relationship not in _SUBQUERIES]


def _way_to_join(root: PlanNode) -> list[PlanNode]:
    """From the node that makes rows distinct down to the join whose rows they are."""
    node: PlanNode | None = root
    while node is not None and not _is_distinct(node):
        node = _only_child(node) if node.node_type in _ABOVE else None
    way = []
    while (
        node is not None
        and node.node_type in _BETWEEN
        and (node.node_type != "Aggregate" or _is_distinct(node))
    ):
        way.append(node)
        node = _only_child(node)
    return [*way, node] if node is not None and node.node_type in _JOINS else []


def _is_distinct(node: PlanNode) -> bool:
    if node.node_type == "Aggregate":
        return bool(node.group_key) and not node.filter and set(node.output) <= set(node.group_key)
    return node.node_type == "Unique" and _is_sorted_by_all(node)


def _is_sorted_by_all(unique: PlanNode) -> bool:
    """Whether it compares all that it gives: DISTINCT ON compares less than that."""
    node: PlanNode | None = unique
    while node is not None and not node.sort_key:
        node = _only_child(node) if node.node_type in ("Gather", "Gather Merge", "Unique") else None
    keys = {_DIRECTION.sub("", key) for key in node.sort_key} if node is not None else set()
    return bool(keys) and keys == set(unique.output)


def _only_child(node: PlanNode) -> PlanNode | None:
    children = [child for child in node.children if child.parent_relationship not in ("InitPlan", "SubPlan")]
    return children[0] if len(children) == 1 else None


def _is_multiplied(top: PlanNode, join: PlanNode, given: set[str], schema: Schema, models: Models) -> bool:
    """Whether the join gave rows of the given table, which were distinct before, again."""
    relations = relations_of(join)
    of_given = {alias: relation for alias, relation in relations.items() if alias in given}
    columns = set(columns_in(top.output, relations))
    if not given <= set(relations):
        return False
    scans, made = (
        [node for node in walk(join) if (node.alias or node.relation_name) in given],
        total_rows(join),
    )
    if all(
        any((each, key) in columns for key in primary_keys(each, schema, models))
        for each in of_given.values()
    ):
        return max(_rows_read(node, schema) for node in scans) < made
    return 0 < max(map(total_rows, scans)) * 2 <= made and len(of_given) == 1


def _rows_read(node: PlanNode, schema: Schema) -> float:
    """Rows of the table, each once, as far as is known: a loop looks one up again and again."""
    if (node.actual_loops or 0.0) <= 1 or node.parallel_aware:
        return total_rows(node)
    table = schema.table(node.relation_name)
    return min(total_rows(node), max(table.rows, 0.0)) if table is not None else 0.0


def _is_outer(join: PlanNode) -> bool:
    """Whether the joined rows are asked for nothing: what is joined leaves none of the given rows out."""
    return join.join_type in ("Left", "Right", "Full")


def _maker(join: PlanNode) -> str:
    return "grouping" if _is_outer(join) else "DISTINCT"


def _of_an_outer_join() -> str:
    return (
        "Leave the joins out where nothing of them is used, as in a count() of what annotate(Count(…)) made; "
        "count each relation in a Subquery() of its own: each join multiplies the rows of the others."
    )


def _remedy(given: set[str], relations: dict[str, str], models: Models) -> str:
    owners = sorted({relations[alias] for alias in given if alias in relations})
    others = sorted({relation for alias, relation in relations.items() if alias not in given} - set(owners))
    found = _link(owners, others, models)
    exists = 'Exists(….objects.filter(…=OuterRef("pk")))'
    if found:
        many, field = found
        exists = f'Exists({many}.objects.filter({field}=OuterRef("pk"), …))'
    return f"Ask whether there is such a row: .filter({exists}) instead of the join and .distinct()."


def _link(owners: list[str], others: list[str], models: Models) -> tuple[str, str] | None:
    """The model of which many rows belong to one that is given, and its field that says so."""
    labels = {model.label for table in owners if (model := models.by_table(table)) is not None}
    for table in others:
        model = models.by_table(table)
        for field in model.fields if model is not None else ():
            if field.target in labels:
                return model_name(table, models), field.name
    return None
