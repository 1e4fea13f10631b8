"""How many rows of each table a plan needs, however many it reads to find them."""

from __future__ import annotations

from collections.abc import Iterator

from queryscope.model import Plan, PlanNode

_JOINS = frozenset({"Nested Loop", "Hash Join", "Merge Join"})
# They hand on the rows of a table as these come, or as many of them as are taken.
_PASSING = frozenset(
    {
        *("Limit", "Gather", "Gather Merge", "Sort", "Incremental Sort", "Hash", "Materialize", "Memoize"),
        *("Subquery Scan", "Append", "Merge Append", "LockRows", "Result"),
    }
)


def needed_rows(plan: Plan) -> dict[str, float]:
    """Relation → the rows that a scan of it gives each time, as far as joins keep and a LIMIT takes them.

    Of several scans of one table the least: an index may serve that one. Estimates where nothing was counted.
    """
    found: dict[str, float] = {}
    for node, above in _walk(plan.root, ()):
        if not node.relation_name or node.actual_loops == 0:
            continue
        rows = _rows(node)
        for parent in above:
            if parent.node_type in _JOINS or parent.node_type == "Limit":
                rows = min(rows, _rows(parent))
            elif parent.node_type not in _PASSING:
                break
        found[node.relation_name] = min(rows, found.get(node.relation_name, rows))
    return found


def _rows(node: PlanNode) -> float:
    if node.actual_rows is None:
        return node.plan_rows
    # What workers do side by side is done once.
    return node.actual_rows * ((node.actual_loops or 1.0) if node.parallel_aware else 1.0)


def _walk(node: PlanNode, above: tuple[PlanNode, ...]) -> Iterator[tuple[PlanNode, tuple[PlanNode, ...]]]:
    yield node, above
    for child in node.children:
        is_apart = child.parent_relationship in ("SubPlan", "InitPlan")
        yield from _walk(child, () if is_apart else (node, *above))
