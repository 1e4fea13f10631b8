"""correlated-subplan: a subquery runs again for each row of the query around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, NodeFact, Plan, PlanNode, Schema
from queryscope.plans.metrics import measure, walk
from queryscope.plans.shape import name_of
from queryscope.plans.tiny import is_tiny
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, ms, percent


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrelatedSubplan:
    """A SubPlan that ran often, or that reads a whole table each time."""

    name: ClassVar[str] = "correlated-subplan"

    min_scans: int = 100
    min_seq_scans: int = 2  # enough when the subplan reads a whole table each time

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a subplan."""
        metrics = measure(plan)
        for node in walk(plan.root):
            if node.parent_relationship != "SubPlan":
                continue
            own, table = metrics[node.id], _table_read_whole(node, schema)
            if own.scans < (self.min_seq_scans if table else self.min_scans):
                continue
            if is_noise(own.total_ms, own.total_share):
                continue
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=severity_of(own.total_share),
                message=(
                    f"{node.subplan_name or name_of(node)} ran {count(own.scans)} times, once a row"
                    f"{f', reading all of {table} each time' if table else ''}: "
                    f"{ms(own.total_ms)}, {percent(own.total_share)} of the query."
                ),
                remedy=_remedy(node, table),
                share=own.total_share,
                fact="joining",
                explains=tuple(_explained(node)),
            )


def _explained(subplan: PlanNode) -> Iterator[tuple[NodeFact, int]]:
    """What is read and joined in it is much because it is done again and again."""
    for node in walk(subplan):
        yield "reading", node.id
        yield "joining", node.id


def _table_read_whole(node: PlanNode, schema: Schema) -> str:
    """A table of a few pages is read whole whatever indexes it has."""
    scans = (below for below in walk(node) if below.node_type == "Seq Scan")
    return next((scan.relation_name for scan in scans if not is_tiny(scan, schema)), "")


def _remedy(node: PlanNode, table: str) -> str:
    if table:
        return (
            f"Index the column of {table} that OuterRef() is compared with, followed by the subquery's order."
        )
    return "Join or annotate once instead of a subquery a row, or limit the rows of the query around it."
