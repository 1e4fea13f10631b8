"""nested-loop-heavy: a join reads millions of rows of its inner side, again for each row of the outer one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.metrics import measure, total_rows, walk
from queryscope.plans.shape import INDEX_SCANS
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, ms, percent
from queryscope.rules.plan.sources import aliases_in, relations_of

_BY_INDEX = INDEX_SCANS | {"Bitmap Heap Scan", "Memoize"}


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
    if inner.node_type in _BY_INDEX or _compares(join, inner, by_index=True):
        return "Filter or aggregate before the join: that many rows are found one by one."
    if " = " in join.join_filter or (not join.join_filter and _compares(join, inner)):
        return f"Index the column of {_what(inner)} that the join compares."
    pairs = "compared" if join.join_filter else "made"
    return f"Give the join a condition with =, by which rows can be found: as it is, every pair is {pairs}."


def _compares(join: PlanNode, inner: PlanNode, *, by_index: bool = False) -> bool:
    """Whether a condition within the inner side names a row of the outer one."""
    within = list(walk(inner))
    own = {node.alias or node.relation_name for node in within}
    given = {node.alias or node.relation_name for node in walk(join)} - own - {""}
    found = [text for node in within for text in (node.index_cond, node.recheck_cond)]
    if not by_index:
        found += [text for node in within for text in (node.filter, node.join_filter, node.hash_cond)]
    return not given.isdisjoint(aliases_in(found))
