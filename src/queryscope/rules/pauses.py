"""Waits between the queries of one line: where it polls, they are its purpose."""

from __future__ import annotations

from itertools import pairwise

from queryscope.model import QueryGroup, Trace
from queryscope.rules.once import executions


def pauses(trace: Trace, group: QueryGroup) -> list[float]:
    """The times between its queries in ms, the shortest first, as far as the sample holds them."""
    return sorted(
        after.started_ms - before.started_ms - before.duration_ms
        for before, after in pairwise(executions(trace).get(group.index, ()))
    )


def is_paced(trace: Trace, group: QueryGroup, pause_ms: float) -> bool:
    """Whether it waits at least so long each time."""
    found = pauses(trace, group)
    return bool(found) and found[0] >= pause_ms


def is_mostly_paced(trace: Trace, group: QueryGroup, pause_ms: float) -> bool:
    """Whether it waits so long more often than not: what is slow isn't the database."""
    found = pauses(trace, group)
    return bool(found) and found[len(found) // 2] >= pause_ms
