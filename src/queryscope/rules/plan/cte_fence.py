"""cte-fence: a CTE is made whole, and most of its rows are then dropped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.metrics import measure, removed_rows, total_rows, walk
from queryscope.plans.readers import Deferred, Tree, find_deferred
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, ms, percent

# These keep conditions out, inlined or not: what is reckoned of all rows, a LIMIT, a lock, a recursion.
_CLOSED = frozenset(
    {
        "Aggregate",
        "Group",
        "Limit",
        "LockRows",
        "ModifyTable",
        "Recursive Union",
        "SetOp",
        "Unique",
        "WindowAgg",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CteFence:
    """A CTE Scan whose filter drops most rows of a CTE that could have been made without them."""

    name: ClassVar[str] = "cte-fence"

    min_removed: int = 1_000  # rows
    min_removed_share: float = 0.5  # of the rows read

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a scan, with the time of the CTE as far as it was run for it."""
        if all(node.node_type != "CTE Scan" for node in walk(plan.root)):
            return
        metrics, tree = measure(plan), Tree.of(plan.root)
        for cte, node in _scans(tree):
            own, removed = metrics[node.id], removed_rows(node)
            if removed < self.min_removed or removed <= (removed + own.rows) * self.min_removed_share:
                continue
            if is_noise(own.total_ms, own.total_share) or not self._is_fence(tree, cte, node):
                continue
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=severity_of(own.total_share),
                message=(
                    f"CTE {node.cte_name} was made whole and scanned: of {count(removed + own.rows)} rows "
                    f"{count(removed)} were dropped: {ms(own.total_ms)}, "
                    f"{percent(own.total_share)} of the query."
                ),
                remedy=_remedy(cte, node),
                share=own.total_share,
                fact="reading",
                explains=(("spill", node.id),),
            )

    def _is_fence(self, tree: Tree, cte: Deferred, node: PlanNode) -> bool:
        """Whether the rows that were dropped needn't have been made: nobody else read them either."""
        definition = tree.nodes[cte.position]
        if (node.actual_loops or 0.0) > 1:
            return all(each.node_type != "Recursive Union" for each in walk(definition))
        others = [tree.nodes[reader] for reader in cte.readers if tree.nodes[reader] is not node]
        made = total_rows(definition)
        if any(total_rows(other) > made * self.min_removed_share for other in others):
            return False
        return all(each.node_type not in _CLOSED for each in walk(definition))


def _scans(tree: Tree) -> Iterator[tuple[Deferred, PlanNode]]:
    for one in find_deferred(tree):
        if one.is_cte:
            yield from ((one, tree.nodes[reader]) for reader in one.readers)


def _remedy(cte: Deferred, node: PlanNode) -> str:
    if (node.actual_loops or 0.0) > 1:
        return f"Join with {node.cte_name} instead of looking into it row by row: a CTE has no index."
    if len(cte.readers) > 1:
        return "Put the condition into the CTE, or write AS NOT MATERIALIZED if each reader needs few rows."
    return (
        "Put the condition into the CTE, or write AS NOT MATERIALIZED, so that an index can find these rows."
    )
