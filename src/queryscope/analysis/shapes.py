"""Query shapes and plans over the whole run."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.model import Capture, Example, Plan, QueryGroup, Shape, Trace
from queryscope.sql.fingerprint import tables

NOT_QUERIES = frozenset({"transaction"})  # savepoints and transaction bounds are recorded, never counted


def query_count(trace: Trace) -> int:
    """The application's queries of one unit of work."""
    return sum(group.count for group in trace.groups if group.kind not in NOT_QUERIES)


def shapes_of(traces: Sequence[Trace]) -> tuple[Shape, ...]:
    """One entry for each fingerprint, the costliest first."""
    found: dict[str, list[tuple[Trace, QueryGroup]]] = {}
    for trace in traces:
        for group in trace.groups:
            found.setdefault(group.fingerprint, []).append((trace, group))
    shapes = [_shape(fingerprint, places) for fingerprint, places in found.items()]
    return tuple(sorted(shapes, key=lambda shape: (-shape.total_ms, shape.fingerprint)))


def _shape(fingerprint: str, places: list[tuple[Trace, QueryGroup]]) -> Shape:
    trace, slowest = max(places, key=lambda place: place[1].max_ms)
    return Shape(
        fingerprint=fingerprint,
        sql=slowest.sql,
        count=sum(group.count for _, group in places),
        total_ms=sum(group.total_ms for _, group in places),
        max_ms=slowest.max_ms,
        relations=tables(slowest.sql),
        example=Example(trace=trace.id, index=slowest.first_index, stack=slowest.stack),
    )


def merge_plans(captures: Sequence[Capture]) -> tuple[Plan, ...]:
    """One plan for each shape: analyzed before estimated, then the slowest."""
    best: dict[str, Plan] = {}
    for capture in captures:
        for plan in capture.plans:
            known = best.get(plan.fingerprint)
            if known is None or _weight(plan) > _weight(known):
                best[plan.fingerprint] = plan
    return tuple(sorted(best.values(), key=lambda plan: (-(plan.execution_time_ms or 0), plan.fingerprint)))


def _weight(plan: Plan) -> tuple[bool, float]:
    return (plan.is_analyzed, plan.execution_time_ms or 0.0)
