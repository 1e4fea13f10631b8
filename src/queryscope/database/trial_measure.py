"""Runs a SELECT under EXPLAIN ANALYZE, read-only and rolled back, for its time and buffers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from queryscope.database.sandbox import READ_ONLY, SERIAL, below_savepoint, set_limits
from queryscope.model import Measure

EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) "
PLAN = "EXPLAIN (FORMAT JSON) "
TURN_OFF = "SELECT set_config(%s, 'off', true)"
BLOCK_KEYS = ("Shared Hit Blocks", "Shared Read Blocks", "Local Hit Blocks", "Local Read Blocks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """A SELECT as the application sent it."""

    sql: str
    params: Any = None
    is_serial: bool = False  # it is the search of a write, and those never use parallel workers


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One run."""

    measure: Measure
    indexes: frozenset[str]  # that the plan used
    alone: frozenset[str] = frozenset()  # indexes of index-only scans
    heap_fetches: int = 0  # of those, for rows that the visibility map doesn't vouch for
    is_cut_off: bool = False  # it took at least so long
    scans: tuple[str, ...] = ()  # the table of each scan


def plan_once(cursor: Any, select: Select, *, off: Sequence[str] = ()) -> dict[str, Any]:
    """The root of the plan, of which nothing runs; with these settings of the planner turned off."""
    with below_savepoint(cursor):
        cursor.execute(READ_ONLY)
        if select.is_serial:
            cursor.execute(SERIAL)
        for name in off:
            cursor.execute(TURN_OFF, [name])
        cursor.execute(PLAN + select.sql, select.params)
        plan: dict[str, Any] = _document(cursor)["Plan"]
    return plan


def planned_indexes(cursor: Any, select: Select) -> frozenset[str]:
    """The indexes that the plan uses, of which nothing runs."""
    return frozenset(node["Index Name"] for node in _nodes(plan_once(cursor, select)) if "Index Name" in node)


def run_once(cursor: Any, select: Select, *, lock_ms: float, statement_ms: float) -> Timing:
    """One run; the driver's error passes through, with the surrounding block usable again."""
    with below_savepoint(cursor):
        cursor.execute(READ_ONLY)
        if select.is_serial:
            cursor.execute(SERIAL)
        set_limits(cursor, lock_ms=lock_ms, statement_ms=statement_ms)
        cursor.execute(EXPLAIN + select.sql, select.params)
        top = _document(cursor)
    plan = top["Plan"]
    blocks = sum(int(plan.get(key, 0)) for key in BLOCK_KEYS)
    return Timing(
        measure=Measure(queries=1, ms=float(top["Execution Time"]), blocks=blocks),
        indexes=frozenset(node["Index Name"] for node in _nodes(plan) if "Index Name" in node),
        alone=frozenset(
            node["Index Name"] for node in _nodes(plan) if node["Node Type"] == "Index Only Scan"
        ),
        heap_fetches=sum(
            int(node.get("Heap Fetches", 0) * node.get("Actual Loops", 1)) for node in _nodes(plan)
        ),
        scans=tuple(node["Relation Name"] for node in _nodes(plan) if "Relation Name" in node),
    )


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _document(cursor: Any) -> dict[str, Any]:
    document = cursor.fetchone()[0]
    top: dict[str, Any] = (json.loads(document) if isinstance(document, str) else document)[0]
    return top
