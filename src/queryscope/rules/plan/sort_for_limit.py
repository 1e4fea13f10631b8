"""sort-for-limit: many rows are sorted so that a LIMIT can take the first few."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.comparisons import read_comparisons
from queryscope.plans.metrics import measure, total_rows, walk
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, ms, percent
from queryscope.rules.plan.asked import asked_of, found_by, in_turn, order_of
from queryscope.rules.plan.sources import model_name

# They hand on the order of their first child.
_BETWEEN = frozenset({"Gather Merge", "LockRows", "Nested Loop", "Result", "Subquery Scan"})
# What sorts a computed set of rows: no index of a table has that order.
_COMPUTED = frozenset({"Aggregate", "WindowAgg", "Unique", "SetOp", "Append", "Function Scan", "CTE Scan"})
_ALIAS = re.compile(r'("[^"]+"|\w+)\.')


@dataclass(frozen=True, slots=True, kw_only=True)
class SortForLimit:
    """A Limit over the Sort of a table's rows, which an index could give in order."""

    name: ClassVar[str] = "sort-for-limit"

    min_rows: int = 10_000  # rows sorted
    min_ratio: float = 10.0  # rows sorted for each row given

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a sort that an index could replace; deep offsets are left to `offset-deep`."""
        metrics = measure(plan)
        for limit in walk(plan.root):
            sort = _sort_below(limit)
            if sort is None or not _is_order_of_a_table(sort):
                continue
            given, rows = total_rows(limit), sum(total_rows(child) for child in sort.children)
            if rows < self.min_rows or rows < given * self.min_ratio or _is_deep(limit, sort):
                continue
            spent = metrics[sort.id]
            if is_noise(spent.total_ms, spent.total_share):
                continue
            yield Insight(
                rule=self.name,
                node=sort.id,
                severity=severity_of(spent.total_share),
                message=(
                    f"Sort ordered {count(rows)} rows by {', '.join(sort.sort_key)} for a LIMIT that took "
                    f"{count(given)}: {ms(spent.total_ms)} with its input, "
                    f"{percent(spent.total_share)} of the query."
                ),
                remedy=_remedy(sort, models),
                share=spent.total_share,
                fact="order",
                explains=(("spill", sort.id),),
            )


def _remedy(sort: PlanNode, models: Models) -> str:
    scans = [node for node in walk(sort) if node.relation_name]
    alias = next(iter(_ALIAS.findall(sort.sort_key[0])), "").strip('"')
    scan = next((node for node in scans if alias in (node.alias, "") or node.relation_name == alias), None)
    order = order_of(sort.sort_key, scan.relation_name, models) if scan is not None else ()
    if scan is None or not order:
        return "Let an index give this order: columns tested for equality first, then the order."
    asked = asked_of(scan, models, (*found_by(scan), *read_comparisons(scan)))
    equal = [name for name in asked.equal if name not in order]
    model = model_name(scan.relation_name, models)
    return f"Let an index on {model} give this order: {in_turn([*equal, *order])}."


def _sort_below(limit: PlanNode) -> PlanNode | None:
    node: PlanNode | None = limit if limit.node_type == "Limit" else None
    while node is not None:
        node = next((child for child in node.children if child.parent_relationship != "InitPlan"), None)
        if node is None or node.node_type not in _BETWEEN:
            break
    return node if node is not None and node.node_type == "Sort" else None


def _is_order_of_a_table(sort: PlanNode) -> bool:
    keys = " ".join(sort.sort_key)
    if "random()" in keys or "SubPlan" in keys or len(set(_ALIAS.findall(keys))) > 1:
        return False
    node = sort
    while node.children:
        node = node.children[0]
        if node.node_type in _COMPUTED:
            return False
    return True


def _is_deep(limit: PlanNode, sort: PlanNode) -> bool:
    """Whether an OFFSET skipped them. A sort in workers, or below a join, gives some more than are taken."""
    rows = min(total_rows(node) for node in (sort, *limit.children) if node.parent_relationship != "InitPlan")
    return rows >= 1_000 and rows > 10 * total_rows(limit)
