"""Reads EXPLAIN (FORMAT JSON) of PostgreSQL 14 to 18 into frozen nodes, without the values in it."""

from __future__ import annotations

import json
from itertools import count
from typing import Any, Never, TypeVar

from queryscope.errors import PlanError
from queryscope.model import Jit, Plan, Planning, PlanNode, Serialization, TriggerTime
from queryscope.plans.fields import (
    LONGEST_NAME,
    NODE,
    Table,
    list_of,
    name_of,
    number_of,
    read_fields,
    record_of,
    table_of,
)
from queryscope.plans.patterns import find_patterns

# Deeper or larger documents are not plans that PostgreSQL made of a query of Django's.
_DEEPEST = 150
_MOST_NODES = 20_000
_LONGEST = 16_000_000  # characters

_PLANNING = table_of(Planning)
_SERIALIZATION = table_of(Serialization)
_TRIGGER = table_of(TriggerTime)

_Part = TypeVar("_Part", Planning, Serialization, TriggerTime)


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
    try:
        return _plan(_top(document), fingerprint=fingerprint, server_version=server_version, note=note)
    except RecursionError:
        raise PlanError("The document is nested deeper than any plan.") from None


def _plan(top: dict[str, Any], *, fingerprint: str, server_version: int | None, note: str) -> Plan:
    root = _node(top["Plan"], numbers=count(), depth=0)
    jit = _jit(record_of("JIT", top["JIT"])) if "JIT" in top else None
    triggers = tuple(
        _part(TriggerTime, _TRIGGER, "Triggers", trigger)
        for trigger in list_of("Triggers", top.get("Triggers", []))
    )
    return Plan(
        fingerprint=fingerprint,
        root=root,
        is_analyzed=root.actual_loops is not None,
        planning_time_ms=_optional(top, "Planning Time"),
        execution_time_ms=_optional(top, "Execution Time"),
        settings=_settings(top),
        jit_ms=jit.total_ms if jit is not None else None,
        trigger_ms=sum(trigger.time_ms for trigger in triggers),
        jit=jit,
        planning=_part(Planning, _PLANNING, "Planning", top["Planning"]) if "Planning" in top else None,
        serialization=_part(Serialization, _SERIALIZATION, "Serialization", top["Serialization"])
        if "Serialization" in top
        else None,
        triggers=triggers,
        query_identifier=_identifier(top.get("Query Identifier")),
        server_version=server_version,
        note=note,
    )


def _top(document: str | list[Any] | dict[str, Any]) -> dict[str, Any]:
    if isinstance(document, str):
        document = _load(document)
    if isinstance(document, list):
        document = document[0] if document else {}
    if not isinstance(document, dict) or not isinstance(document.get("Plan"), dict):
        raise PlanError("The document has no key 'Plan'; EXPLAIN needs FORMAT JSON.")
    return document


def _load(text: str) -> Any:
    if len(text) > _LONGEST:
        raise PlanError(f"The plan has {len(text)} characters, more than {_LONGEST}.")
    try:
        return json.loads(text, parse_constant=_refuse, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise PlanError(f"The plan is not JSON: {type(error).__name__}.") from None


def _refuse(constant: str) -> Never:
    raise PlanError(f"The plan is not JSON: {constant} is no number.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise PlanError("The plan has a key twice in one object.")
    return found


def _node(raw: dict[str, Any], *, numbers: count[int], depth: int) -> PlanNode:
    number = next(numbers)
    if depth > _DEEPEST or number >= _MOST_NODES:
        raise PlanError(f"The plan is deeper than {_DEEPEST} or larger than {_MOST_NODES} nodes.")
    if not raw.get("Node Type"):
        raise PlanError(f"Node {number} has no 'Node Type'.")
    values, extra = read_fields(raw, NODE)
    children = raw.get("Plans") or []
    if not isinstance(children, list) or not all(isinstance(child, dict) for child in children):
        raise PlanError(f"'Plans' of node {number} is not a list of nodes.")
    nested = tuple([_node(child, numbers=numbers, depth=depth + 1) for child in children])
    patterns = find_patterns(raw["Filter"]) if "filter" in values else ()
    return PlanNode(id=number, patterns=patterns, extra=extra, children=nested, **values)


def _part(model: type[_Part], table: Table, key: str, value: Any) -> _Part:
    values, extra = read_fields(record_of(key, value), table)
    return model(extra=extra, **values)


def _settings(top: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    settings = record_of("Settings", top.get("Settings", {}))
    return tuple((name_of("Settings", name), str(value)[:LONGEST_NAME]) for name, value in settings.items())


def _jit(raw: dict[str, Any]) -> Jit:
    """The options and times of JIT; since PostgreSQL 17 the generation is told in parts."""
    options = record_of("Options", raw.get("Options", {}))
    timing = dict(record_of("Timing", raw.get("Timing", {})))
    if isinstance(timing.get("Generation"), dict):
        timing["Generation"] = timing["Generation"].get("Total", 0)
    return Jit(
        functions=int(number_of("Functions", raw.get("Functions", 0))),
        inlining=options.get("Inlining") is True,
        optimization=options.get("Optimization") is True,
        expressions=options.get("Expressions") is True,
        deforming=options.get("Deforming") is True,
        generation_ms=_optional(timing, "Generation") or 0.0,
        inlining_ms=_optional(timing, "Inlining") or 0.0,
        optimization_ms=_optional(timing, "Optimization") or 0.0,
        emission_ms=_optional(timing, "Emission") or 0.0,
        total_ms=_optional(timing, "Total") or 0.0,
    )


def _identifier(value: Any) -> int | None:
    """A hash of 64 bits with a sign."""
    if value is None:
        return None
    if type(value) is not int or not -(2**63) <= value < 2**63:
        raise PlanError("'Query Identifier' is no integer of 64 bits.")
    return value


def _optional(values: dict[str, Any], key: str) -> float | None:
    return float(number_of(key, values[key])) if key in values else None
