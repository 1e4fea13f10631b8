"""nested-loop-heavy: a join reads millions of rows of its inner side, again for each row of the outer one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.metrics import measure, total_rows, walk
from queryscope.plans.shape import INDEX_SCANS, JOINS
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, ms, percent
from queryscope.rules.plan.sources import aliases_in, relations_of

_BY_INDEX = INDEX_SCANS | {"Bitmap Heap Scan", "Memoize"}
_OF_TABLES = JOINS | {"Append", "Subquery Scan"}  # an index on what they read can serve a join


@dataclass(frozen=True, slots=True, kw_only=True)
class NestedLoopHeavy:
    """A nested loop over millions of rows, found by an index or not."""

    name: ClassVar[str] = "nested-loop-heavy"

    min_scans: int = 1_000  # of the inner side, where no index finds its rows
    min_rows: int = 1_000_000  # of all these scans together
    min_rows_by_index: int = 10_000_000

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a join, with the time of its inner side."""
        metrics = measure(plan)
        for node in walk(plan.root):
            inner = _inner(node)
            if inner is None or not self._is_heavy(inner):
                continue
            spent_ms = metrics[node.id].self_ms + metrics[inner.id].total_ms
            share = metrics[node.id].share + metrics[inner.id].total_share
            if is_noise(spent_ms, share):
                continue
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=severity_of(share),
                message=(
                    f"Nested Loop went {count(inner.actual_loops or 0)} times through {_what(inner)} and met "
                    f"{count(metrics[inner.id].rows)} rows there to give {count(metrics[node.id].rows)}: "
                    f"{ms(spent_ms)}, {percent(share)} of the query."
                ),
                remedy=_remedy(node, inner),
                share=share,
                fact="joining",
            )

    def _is_heavy(self, inner: PlanNode) -> bool:
        rows, loops = total_rows(inner), inner.actual_loops or 0.0
        if rows >= self.min_rows_by_index:
            return True
        return inner.node_type not in _BY_INDEX and loops >= self.min_scans and rows >= self.min_rows


def _inner(node: PlanNode) -> PlanNode | None:
    if node.node_type != "Nested Loop":
        return None
    return next((child for child in node.children if child.parent_relationship == "Inner"), None)


def _what(inner: PlanNode) -> str:
    return ", ".join(sorted(set(relations_of(inner).values()))) or inner.node_type


def _remedy(join: PlanNode, inner: PlanNode) -> str:
    if inner.node_type in _BY_INDEX or _names_outer(join, inner, _by_index):
        return "Filter or aggregate before the join: that many rows are found one by one."
    if " = " in join.join_filter or _names_outer(join, inner, _by_filter):
        if _is_of_tables(inner):
            return f"Index the column of {_what(inner)} that the join compares."
        return "Filter it before the join, or join the table itself: what the query makes has no index."
    if _names_outer(join, inner, _by_value):
        return "Filter or aggregate before the join: that many rows are made, anew for each row."
    pairs = "compared" if join.join_filter else "made"
    return f"Give the join a condition with =, by which rows can be found: as it is, every pair is {pairs}."


def _names_outer(join: PlanNode, inner: PlanNode, texts_of: Callable[[PlanNode], Iterable[str]]) -> bool:
    """Whether such expressions within the inner side name a row of the outer one."""
    within = list(walk(inner))
    own = {node.alias or node.relation_name for node in within}
    given = {node.alias or node.relation_name for node in walk(join)} - own - {""}
    return not given.isdisjoint(aliases_in(text for node in within for text in texts_of(node)))


def _by_index(node: PlanNode) -> tuple[str, ...]:
    return node.index_cond, node.recheck_cond


def _by_filter(node: PlanNode) -> tuple[str, ...]:
    return node.filter, node.join_filter, node.hash_cond, node.merge_cond


def _by_value(node: PlanNode) -> tuple[str, ...]:
    return node.function_call, node.table_function_call, node.one_time_filter, *node.output


def _is_of_tables(inner: PlanNode) -> bool:
    while inner.node_type in ("Materialize", "Gather", "Gather Merge") and inner.children:
        inner = inner.children[0]
    return bool(relations_of(inner)) and (bool(inner.relation_name) or inner.node_type in _OF_TABLES)
