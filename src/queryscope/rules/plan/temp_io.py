"""temp-io: rows that are kept for a second reading do not fit into memory and go through temporary files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.metrics import measure, walk
from queryscope.plans.shape import name_of
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
        metrics = measure(plan)
        for node in walk(plan.root):
            own = metrics[node.id]
            moved_kb = own.self_temp_blocks * _BLOCK_KB
            if node.node_type in _TOLD or moved_kb < max(self.min_kb, 1) or is_noise(own.self_ms, own.share):
                continue
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=severity_of(own.share),
                message=(
                    f"{name_of(node)} wrote and read {kilobytes(moved_kb)} of temporary files: "
                    f"{ms(own.self_ms)}, {percent(own.share)} of the query."
                ),
                remedy=_remedy(node),
                share=own.share,
                fact="spill",
            )


def _remedy(node: PlanNode) -> str:
    first = _REMEDIES.get(node.node_type, "Let this node have fewer rows or columns")
    return f"{first}, or raise work_mem for this query."
