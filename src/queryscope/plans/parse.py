"""Reads EXPLAIN (FORMAT JSON) of PostgreSQL 14 to 18 into frozen nodes, without the values in it."""

from __future__ import annotations

import json
import math
from dataclasses import fields
from itertools import count
from typing import Any

from queryscope.errors import PlanError
from queryscope.model import Plan, PlanNode
from queryscope.plans.redact import redact, redact_value

# Deeper or larger documents are not plans that PostgreSQL made of a query of Django's.
_DEEPEST = 150
_MOST_NODES = 20_000

# Keys whose name is not that of the field in capitals: "Plan Rows" is plan_rows by itself.
_RENAMED = {
    "Actual Startup Time": "actual_startup_time_ms",
    "Actual Total Time": "actual_total_time_ms",
    "Sort Space Used": "sort_space_used_kb",
}
_NOT_KEYS = frozenset({"id", "extra", "children"})
_FIELDS = {field.name: str(field.type) for field in fields(PlanNode) if field.name not in _NOT_KEYS}
_NAMES = frozenset(
    {
        "node_type",
        "parent_relationship",
        "subplan_name",
        "relation_name",
        "schema",
        "alias",
        "index_name",
        "cte_name",
        "join_type",
        "sort_method",
        "sort_space_type",
    }
)


def parse_plan(
    document: str | list[Any] | dict[str, Any],
    *,
    fingerprint: str,
    server_version: int | None,
    note: str = "",
) -> Plan:
    """The plan in a document of EXPLAIN (FORMAT JSON).

    Raises:
        PlanError: the document is no plan: cut off, malformed, or larger than any plan.
    """
    top = _top(document)
    root = _node(top["Plan"], numbers=count(), depth=0)
    jit = top.get("JIT")
    timing = jit.get("Timing") if isinstance(jit, dict) else None
    triggers = top.get("Triggers")
    settings = top.get("Settings")
    return Plan(
        fingerprint=fingerprint,
        root=root,
        is_analyzed=root.actual_loops is not None,
        planning_time_ms=_optional(top, "Planning Time"),
        execution_time_ms=_optional(top, "Execution Time"),
        settings=tuple((str(name), str(value)) for name, value in settings.items())
        if isinstance(settings, dict)
        else (),
        jit_ms=_jit_total(timing),
        trigger_ms=sum(
            _optional(trigger, "Time") or 0.0
            for trigger in (triggers if isinstance(triggers, list) else ())
            if isinstance(trigger, dict)
        ),
        server_version=server_version,
        note=note,
    )


def _top(document: str | list[Any] | dict[str, Any]) -> dict[str, Any]:
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except (ValueError, RecursionError) as error:
            raise PlanError(f"The plan is not JSON: {type(error).__name__}.") from None
    if isinstance(document, list):
        document = document[0] if document else {}
    if not isinstance(document, dict) or not isinstance(document.get("Plan"), dict):
        raise PlanError("The document has no key 'Plan'; EXPLAIN needs FORMAT JSON.")
    return document


def _node(raw: dict[str, Any], *, numbers: count[int], depth: int) -> PlanNode:
    number = next(numbers)
    if depth > _DEEPEST or number >= _MOST_NODES:
        raise PlanError(f"The plan is deeper than {_DEEPEST} or larger than {_MOST_NODES} nodes.")
    if not raw.get("Node Type") or not isinstance(raw["Node Type"], str):
        raise PlanError(f"Node {number} has no 'Node Type'.")
    values: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for key, value in raw.items():
        name = _RENAMED.get(key) or key.lower().replace(" ", "_").replace("-", "_")
        if key == "Plans":
            continue
        if name in _FIELDS and name not in values:
            values[name] = _value(key, name, value)
        else:
            extra[key] = redact_value(value)
    children = raw.get("Plans") or []
    if not isinstance(children, list) or not all(isinstance(child, dict) for child in children):
        raise PlanError(f"'Plans' of node {number} is not a list of nodes.")
    nested = tuple(_node(child, numbers=numbers, depth=depth + 1) for child in children)
    return PlanNode(id=number, extra=extra, children=nested, **values)


def _value(key: str, name: str, value: Any) -> Any:
    kind = _FIELDS[name]
    if kind == "bool" and isinstance(value, bool):
        return value
    if kind == "str" and isinstance(value, str):
        return value if name in _NAMES else redact(value)
    if kind.startswith("tuple") and isinstance(value, list):
        return tuple(redact(str(item)) for item in value)
    if kind.startswith(("int", "float")):
        number = _number(key, value)
        return int(number) if kind == "int" else float(number)
    raise PlanError(f"{key!r} is a {type(value).__name__}.")


def _number(key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PlanError(f"{key!r} is a {type(value).__name__}, not a number.")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or number < 0:
        raise PlanError(f"{key!r} is not a number of zero or more.")
    return value


def _optional(values: dict[str, Any], key: str) -> float | None:
    return float(_number(key, values[key])) if key in values else None


def _jit_total(timing: Any) -> float | None:
    return _optional(timing, "Total") if isinstance(timing, dict) else None
