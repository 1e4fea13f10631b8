"""inner-seq-scan: a join reads a whole table again for each row of the other side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.comparisons import comparisons_in, read_comparisons
from queryscope.plans.metrics import measure, removed_rows, walk
from queryscope.plans.shape import name_of, parents
from queryscope.plans.tiny import is_tiny
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, ms, percent
from queryscope.rules.plan.asked import asked_of, in_turn
from queryscope.rules.plan.sources import model_name


@dataclass(frozen=True, slots=True, kw_only=True)
class InnerSeqScan:
    """A Seq Scan on the inner side of a nested loop, joined by equality."""

    name: ClassVar[str] = "inner-seq-scan"

    min_scans: int = 2
    min_read: int = 10_000  # rows read by all scans together

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a scan; scans inside a subplan are left to `correlated-subplan`."""
        metrics, above = measure(plan), parents(plan.root)
        for node in walk(plan.root):
            own = metrics[node.id]
            if node.node_type != "Seq Scan" or own.scans < self.min_scans:
                continue
            read = own.rows + removed_rows(node)
            join = _nested_loop(node, above)
            if join is None or read < self.min_read or " = " not in join.join_filter + node.filter:
                continue
            spent_ms, share = own.self_ms + metrics[join.id].self_ms, own.share + metrics[join.id].share
            if is_tiny(node, schema) or is_noise(spent_ms, share):
                continue
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=severity_of(share),
                message=(
                    f"{name_of(node)} ran {count(own.scans)} times inside a nested loop and read "
                    f"{count(read)} rows: {ms(spent_ms)} with the join, {percent(share)} of the query."
                ),
                remedy=_remedy(node, join, models),
                share=share,
                fact="reading",
                explains=(("joining", join.id),),
            )


def _remedy(node: PlanNode, join: PlanNode, models: Models) -> str:
    relation = node.relation_name
    compared = (*comparisons_in(join.join_filter, node), *read_comparisons(node))
    joined = [each for each in compared if not each.is_constant and not each.beside]
    fields = asked_of(node, models, joined).equal
    if not fields:
        return f"Index the column of {relation} that the join compares."
    return f"Index {in_turn(fields)} of {model_name(relation, models)}, which the join compares."


def _nested_loop(node: PlanNode, above: dict[int, PlanNode]) -> PlanNode | None:
    """The nested loop that repeats this node."""
    while (parent := above.get(node.id)) is not None:
        if node.parent_relationship in ("SubPlan", "InitPlan"):
            return None
        if parent.node_type == "Nested Loop" and node.parent_relationship == "Inner":
            return parent
        node = parent
    return None
