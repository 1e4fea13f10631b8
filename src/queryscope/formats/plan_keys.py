"""A plan in PostgreSQL's own keys, as EXPLAIN (FORMAT JSON) prints it, so that other readers take it."""

from __future__ import annotations

from dataclasses import MISSING, fields
from math import isfinite
from typing import Any

from queryscope.model import (
    GroupingSet,
    Jit,
    Plan,
    Planning,
    PlanNode,
    Serialization,
    SortGroups,
    SortSpace,
    TargetTable,
    TriggerTime,
    Worker,
)
from queryscope.plans.keys import key_of

_ALWAYS = frozenset({"startup_cost", "total_cost", "plan_rows", "plan_width"})
_APART = frozenset({"id", "node_type", "patterns", "extra", "children"})


def _fields(model: type) -> tuple[tuple[str, str, Any], ...]:
    """Of every field its name, PostgreSQL's key, and the value that says nothing."""
    return tuple(
        (entry.name, key_of(entry.name), entry.default)
        for entry in fields(model)
        if entry.name not in _APART and entry.default is not MISSING
    )


_NODE = _fields(PlanNode)
_PARTS = (Worker, SortGroups, SortSpace, GroupingSet, TargetTable, Planning, Serialization, TriggerTime)
_RECORDS = {model: _fields(model) for model in _PARTS}


def node_keys(node: PlanNode) -> dict[str, Any]:
    """One node and what is below it; fields that PostgreSQL leaves out when empty are left out."""
    found: dict[str, Any] = {"Node Type": node.node_type}
    for name, key, default in _NODE:
        value = getattr(node, name)
        if name in _ALWAYS or value != default:
            found[key] = _plain(value)
    if node.workers_planned and node.actual_loops is not None:
        found["Workers Launched"] = node.workers_launched  # none is news
    for key, value in node.extra.items():
        found.setdefault(key, _plain(value))
    if node.children:
        found["Plans"] = [node_keys(child) for child in node.children]
    return found


def plan_keys(plan: Plan) -> dict[str, Any]:
    """The whole plan: `Plan`, and what PostgreSQL tells of it beside its nodes."""
    found: dict[str, Any] = {"Plan": node_keys(plan.root)}
    if plan.settings:
        found["Settings"] = dict(plan.settings)
    if plan.planning_time_ms is not None:
        found["Planning Time"] = _finite(plan.planning_time_ms)
    if plan.execution_time_ms is not None:
        found["Execution Time"] = _finite(plan.execution_time_ms)
    if plan.query_identifier is not None:
        found["Query Identifier"] = plan.query_identifier
    for key, part in (("Planning", plan.planning), ("Serialization", plan.serialization)):
        if part is not None:
            found[key] = _plain(part)
    if plan.triggers:
        found["Triggers"] = _plain(plan.triggers)
    if plan.jit is not None:
        found["JIT"] = _jit_keys(plan.jit)
    return found


def _jit_keys(jit: Jit) -> dict[str, Any]:
    options = ("inlining", "optimization", "expressions", "deforming")
    times = ("generation_ms", "inlining_ms", "optimization_ms", "emission_ms", "total_ms")
    return {
        "Functions": jit.functions,
        "Options": {key_of(name): getattr(jit, name) for name in options},
        "Timing": {key_of(name): _finite(getattr(jit, name)) for name in times},
    }


def _record_keys(record: Any) -> dict[str, Any]:
    """A part of a plan that is no node."""
    found = {
        key: _plain(value)
        for name, key, default in _RECORDS[type(record)]
        if (value := getattr(record, name)) != default or name == "worker_number"
    }
    return found | {key: _plain(value) for key, value in record.extra.items() if key not in found}


def _finite(value: Any) -> Any:
    return 0.0 if isinstance(value, float) and not isfinite(value) else value


def _plain(value: Any) -> Any:
    if type(value) in _RECORDS:
        return _record_keys(value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return _finite(value)
    return str(value)
