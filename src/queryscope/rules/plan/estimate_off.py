"""estimate-off: far more or fewer rows came than PostgreSQL had planned with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema, Severity
from queryscope.plans.metrics import estimate_error, is_executed, measure, root_ms, walk
from queryscope.plans.shape import limit_above, name_of, parents
from queryscope.plans.weight import LEAST_MS, is_noise
from queryscope.plans.words import count

# They count something else than rows, count rows twice, or stop by a condition that is planned without.
_UNCOUNTED = frozenset(
    {"Limit", "Bitmap Index Scan", "BitmapAnd", "BitmapOr", "Materialize", "Memoize", "WindowAgg"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateOff:
    """The lowest node whose row estimate is wrong: errors above it follow from it."""

    name: ClassVar[str] = "estimate-off"

    min_ratio: float = 10.0  # a badge
    warning_ratio: float = 100.0
    error_ratio: float = 1_000.0
    min_rows: float = 100.0  # actual rows of one loop

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a wrong estimate; too few rows below something that stops early are no error."""
        if root_ms(plan) < LEAST_MS:
            return
        metrics, above = measure(plan), parents(plan.root)
        wrong = {node.id for node in walk(plan.root) if self._is_off(node, above)}
        for node in walk(plan.root):
            if node.id not in wrong or any(
                below.id in wrong for child in node.children for below in walk(child)
            ):
                continue
            around = metrics[above[node.id].id] if node.id in above else metrics[node.id]
            if is_noise(around.total_ms, around.total_share):
                continue
            ratio = estimate_error(node)
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=self._severity(ratio),
                message=(
                    f"{name_of(node)} was planned for {count(node.plan_rows)} rows and gave "
                    f"{count(node.actual_rows or 0)}: {count(ratio)} times off."
                ),
                remedy=_remedy(node, schema),
                share=metrics[node.id].total_share,
                fact="estimate",
                is_badge=ratio < self.warning_ratio,
            )

    def _is_off(self, node: PlanNode, above: dict[int, PlanNode]) -> bool:
        rows = node.actual_rows or 0.0
        if not is_executed(node) or node.node_type in _UNCOUNTED or rows < self.min_rows:
            return False
        if estimate_error(node) < self.min_ratio:
            return False
        return rows > node.plan_rows or not _may_stop_early(node, above)

    def _severity(self, ratio: float) -> Severity:
        if ratio >= self.error_ratio:
            return "error"
        return "warning" if ratio >= self.warning_ratio else "info"


def _may_stop_early(node: PlanNode, above: dict[int, PlanNode]) -> bool:
    """Below a LIMIT, a merge join, or a semi or anti join, rows that nobody asked for are not read."""
    if limit_above(node, above) is not None:
        return True
    parent = above.get(node.id)
    while parent is not None:
        if parent.node_type == "Merge Join" or parent.join_type in ("Semi", "Anti"):
            return True
        parent = above.get(parent.id)
    return False


def _remedy(node: PlanNode, schema: Schema) -> str:
    relation = node.relation_name
    if not relation:
        return "ANALYZE the tables below this node."
    table = schema.table(relation)
    if table is not None and table.rows < 0:
        return f"ANALYZE {relation}: PostgreSQL has no statistics on it."
    if " AND " in f"{node.filter} {node.index_cond}":
        return f"ANALYZE {relation}; if its columns depend on each other, CREATE STATISTICS on them."
    return f"ANALYZE {relation}, or raise the statistics target of the column."
