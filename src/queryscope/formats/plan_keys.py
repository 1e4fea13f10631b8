"""A plan in PostgreSQL's own keys, as EXPLAIN (FORMAT JSON) prints it, so that other readers take it."""

from __future__ import annotations

from dataclasses import MISSING, fields
from math import isfinite
from typing import Any

from queryscope.model import Plan, PlanNode

# Keys that don't follow from the field's name by capitals.
_KEYS = {
    "subplan_name": "Subplan Name",
    "cte_name": "CTE Name",
    "actual_startup_time_ms": "Actual Startup Time",
    "actual_total_time_ms": "Actual Total Time",
    "rows_removed_by_filter": "Rows Removed by Filter",
    "rows_removed_by_join_filter": "Rows Removed by Join Filter",
    "rows_removed_by_index_recheck": "Rows Removed by Index Recheck",
    "sort_space_used_kb": "Sort Space Used",
}
_ALWAYS = frozenset({"startup_cost", "total_cost", "plan_rows", "plan_width"})
_APART = frozenset({"id", "node_type", "extra", "children"})


def _key(name: str) -> str:
    return _KEYS.get(name) or name.replace("_", " ").title()


_FIELDS = tuple(
    (entry.name, _key(entry.name), entry.default)
    for entry in fields(PlanNode)
    if entry.name not in _APART and entry.default is not MISSING
)


def node_keys(node: PlanNode) -> dict[str, Any]:
    """One node and what is below it; fields that PostgreSQL leaves out when empty are left out."""
    found: dict[str, Any] = {"Node Type": node.node_type}
    for name, key, default in _FIELDS:
        value = getattr(node, name)
        if name in _ALWAYS or value != default:
            found[key] = list(value) if isinstance(value, tuple) else _finite(value)
    for key, value in node.extra.items():
        found.setdefault(key, _plain(value))
    if node.children:
        found["Plans"] = [node_keys(child) for child in node.children]
    return found


def plan_keys(plan: Plan) -> dict[str, Any]:
    """The whole plan: `Plan`, `Planning Time`, `Execution Time`, `Settings`."""
    found: dict[str, Any] = {"Plan": node_keys(plan.root)}
    if plan.settings:
        found["Settings"] = dict(plan.settings)
    if plan.planning_time_ms is not None:
        found["Planning Time"] = _finite(plan.planning_time_ms)
    if plan.execution_time_ms is not None:
        found["Execution Time"] = _finite(plan.execution_time_ms)
    return found


def _finite(value: Any) -> Any:
    return 0.0 if isinstance(value, float) and not isfinite(value) else value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return _finite(value)
    return str(value)
