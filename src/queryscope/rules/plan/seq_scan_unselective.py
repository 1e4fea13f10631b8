"""seq-scan-unselective: a filter keeps a large part of a table, so that no index makes it faster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.metrics import measure, removed_rows, total_rows, walk
from queryscope.plans.shape import limit_above, name_of, parents
from queryscope.plans.weight import is_noise
from queryscope.plans.words import count, ms, percent
from queryscope.rules.plan.sources import model_name


@dataclass(frozen=True, slots=True, kw_only=True)
class SeqScanUnselective:
    """A Seq Scan, parallel or not, whose filter keeps much of the table: an index would not help."""

    name: ClassVar[str] = "seq-scan-unselective"

    min_rows: int = 10_000  # read
    min_kept_share: float = 0.2  # of them
    min_share: float = 0.25  # of the query: below it nobody thinks of an index

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a scan whose rows are given or aggregated; not where a join or a LIMIT leaves few."""
        metrics, above = measure(plan), parents(plan.root)
        for node in walk(plan.root):
            if node.node_type != "Seq Scan" or not node.filter or "SubPlan" in node.filter:
                continue
            own = metrics[node.id]
            read = own.rows + removed_rows(node)
            if own.scans > 1 or read < self.min_rows or own.rows < read * self.min_kept_share:
                continue
            if (
                limit_above(node, above) is not None
                or own.share < self.min_share
                or is_noise(own.self_ms, own.share)
            ):
                continue
            fate = _fate(node, above, total_rows(plan.root))
            if fate:
                yield Insight(
                    rule=self.name,
                    node=node.id,
                    severity="info",
                    message=(
                        f"{name_of(node)} kept {count(own.rows)} of {count(read)} rows, too many to be "
                        f"looked up by an index: {ms(own.self_ms)}, {percent(own.share)} of the query."
                    ),
                    remedy=_REMEDIES[fate].format(model=model_name(node.relation_name, models)),
                    share=own.share,
                    fact="reading",
                )


_REMEDIES = {
    "aggregated": (
        "Keep the result for some time, or the totals of {model} in a table of their own; of indexes only "
        "one that holds every column asked for is read instead of the table."
    ),
    "given": (
        "Page through {model} or load fewer columns, with .only() or .values(); what is only counted or "
        "added up, let the database add up."
    ),
}


def _fate(node: PlanNode, above: dict[int, PlanNode], given: float) -> str:
    """What becomes of the rows: they are aggregated, or given; "" where something else leaves few of them."""
    rows = total_rows(node)
    parent = above.get(node.id)
    while parent is not None:
        if parent.node_type in ("Aggregate", "Group", "WindowAgg") and not _is_distinct(parent):
            return "aggregated"
        if parent.node_type == "Limit":
            return ""
        parent = above.get(parent.id)
    return "given" if given * 10 >= rows else ""


def _is_distinct(node: PlanNode) -> bool:
    """Whether a grouping only drops duplicates: it gives nothing but what it groups by."""
    return bool(node.group_key and node.output and not node.filter) and set(node.output) <= set(
        node.group_key
    )
