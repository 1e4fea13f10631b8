"""temp-io: rows that are kept for a second reading do not fit into memory and go through temporary files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.metrics import measure, walk
from queryscope.plans.shape import name_of, parents
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import kilobytes, ms, percent

_BLOCK_KB = 8
# Of these others tell: sort-spill, hash-spill, hashagg-spill.
_TOLD = frozenset({"Sort", "Hash", "Hash Join", "Aggregate"})
_REMEDIES = {
    "CTE Scan": "Take fewer rows and columns into the CTE",
    "Incremental Sort": "Let an index give the whole order",
    "Materialize": "Join fewer rows or columns, or index the column of the join",
    "WindowAgg": "Take fewer columns into the window with .values()",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TempIo:
    """A CTE, a window or another node that kept its rows in temporary files."""

    name: ClassVar[str] = "temp-io"

    min_kb: int = 1_024  # written and read

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a node; sorts, hash tables and groups have rules of their own."""
        metrics, above = measure(plan), parents(plan.root)
        for nodes in _by_store(plan.root, above):
            node, own = nodes[0], [metrics[each.id] for each in nodes]
            moved_kb = sum(each.self_temp_blocks for each in own) * _BLOCK_KB
            spent_ms, share = sum(each.self_ms for each in own), sum(each.share for each in own)
            if moved_kb < max(self.min_kb, 1) or is_noise(spent_ms, share):
                continue
            who = f"{len(nodes)} scans of CTE {node.cte_name}" if len(nodes) > 1 else name_of(node)
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=severity_of(share),
                message=(
                    f"{who} wrote and read {kilobytes(moved_kb)} of temporary files: "
                    f"{ms(spent_ms)}, {percent(share)} of the query."
                ),
                remedy=_remedy(node),
                share=share,
                fact="spill",
                nodes=tuple(each.id for each in nodes),
            )


def _by_store(root: PlanNode, above: dict[int, PlanNode]) -> Iterator[list[PlanNode]]:
    """The nodes with files of their own: all scans of one CTE read the same."""
    scans: dict[tuple[str, int], list[PlanNode]] = {}
    for node in walk(root):
        if node.node_type == "CTE Scan":
            scans.setdefault((node.cte_name, _home(node, above)), []).append(node)
        elif node.node_type not in _TOLD:
            yield [node]
    yield from scans.values()


def _home(scan: PlanNode, above: dict[int, PlanNode]) -> int:
    """The node that has the CTE of this name, the innermost; -1 where none is printed."""
    node: PlanNode | None = scan
    while node is not None:
        if any(child.subplan_name == f"CTE {scan.cte_name}" for child in node.children):
            return node.id
        node = above.get(node.id)
    return -1


def _remedy(node: PlanNode) -> str:
    first = _REMEDIES.get(node.node_type, "Let this node have fewer rows or columns")
    return f"{first}, or raise work_mem for this query."
