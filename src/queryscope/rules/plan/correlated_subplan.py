"""correlated-subplan: a subquery runs again for each row of the query around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, NodeFact, Plan, PlanNode, Schema
from queryscope.plans.comparisons import read_comparisons
from queryscope.plans.metrics import NodeMetrics, measure, walk
from queryscope.plans.shape import name_of
from queryscope.plans.tiny import is_tiny
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, ms, percent
from queryscope.rules.plan.asked import asked_of, in_turn, order_of
from queryscope.rules.plan.sources import aliases_in, model_name


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
            own, scan = metrics[node.id], _read_whole(node, metrics, schema)
            if own.scans < (self.min_seq_scans if scan else self.min_scans):
                continue
            if is_noise(own.total_ms, own.total_share):
                continue
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=severity_of(own.total_share),
                message=(
                    f"{node.subplan_name or name_of(node)} ran {count(own.scans)} times, once a row"
                    f"{f', reading all of {scan.relation_name} each time' if scan else ''}: "
                    f"{ms(own.total_ms)}, {percent(own.total_share)} of the query."
                ),
                remedy=_remedy(node, scan, models),
                share=own.total_share,
                fact="joining",
                explains=tuple(_explained(node)),
            )


def _explained(subplan: PlanNode) -> Iterator[tuple[NodeFact, int]]:
    """What is read and joined in it is much because it is done again and again."""
    for node in walk(subplan):
        yield "reading", node.id
        yield "joining", node.id


def _read_whole(subplan: PlanNode, metrics: Mapping[int, NodeMetrics], schema: Schema) -> PlanNode | None:
    """A scan of all of a table, each time. One of a few pages is read whole whatever indexes it has."""
    scans = [
        node
        for node in walk(subplan)
        if node.node_type == "Seq Scan"
        and metrics[node.id].scans > max(1.0, metrics[subplan.id].scans / 2)  # no hash table kept it
        and not is_tiny(node, schema)
    ]
    return next((scan for scan in scans if _asks_outside(scan, subplan)), scans[0] if scans else None)


def _asks_outside(scan: PlanNode, subplan: PlanNode) -> bool:
    """Whether its filter compares with a row of the query around the subquery."""
    return bool(aliases_in([scan.filter]) - {node.alias or node.relation_name for node in walk(subplan)})


def _remedy(subplan: PlanNode, scan: PlanNode | None, models: Models) -> str:
    if subplan.node_type == "Materialize":  # it depends on no row, and was too large to be hashed
        return (
            'Ask ~Exists(….objects.filter(…=OuterRef("pk"))) instead of exclude(…__in=…), or Exists() '
            "instead of …__in: all that the subquery gives is looked through for each row."
        )
    if scan is not None and _asks_outside(scan, subplan):
        outside = [each for each in read_comparisons(scan) if not each.is_constant and not each.beside]
        fields = asked_of(scan, models, outside).equal
        if fields:
            sort = next((node for node in walk(subplan) if node.node_type == "Sort"), None)
            order = order_of(sort.sort_key, scan.relation_name, models) if sort is not None else ()
            return (
                f"Index {in_turn([*fields, *order])} of {model_name(scan.relation_name, models)}: that is "
                "what the subquery asks for in each row."
            )
        return (
            f"Index the column of {scan.relation_name} that OuterRef() is compared with, followed by the "
            "subquery's order."
        )
    return "Join or annotate once instead of a subquery a row, or limit the rows of the query around it."
