"""Whether a change spares enough to be worth somebody's time: queries, their share of the unit, or time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from queryscope.model import Observation, Trace
from queryscope.rules.once import executions, once
from queryscope.rules.remedy import Context, Remedy


class Bounded(Protocol):
    """A rule with bounds of what is worth telling."""

    @property
    def min_spared(self) -> float:
        """Queries."""

    @property
    def min_share(self) -> float:
        """Of all queries of the unit."""

    @property
    def min_ms(self) -> float:
        """Milliseconds."""

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """What to do."""


def is_worth(rule: Bounded, observation: Observation, context: Context) -> bool:
    """Whether enough is spared, or an edit costs no more than a glance."""
    trace = context.traces[observation.trace]
    if spares_enough(observation, trace, queries=rule.min_spared, share=rule.min_share, ms=rule.min_ms):
        return True
    fix = rule.remedy((observation,), context).fix
    return fix is not None and bool(fix.diff)


def spares_enough(observation: Observation, trace: Trace, *, queries: float, share: float, ms: float) -> bool:
    """Whether one of three bounds is reached.

    Args:
        observation: of queries that need not run.
        trace: where they ran.
        queries: that many are spared.
        share: or that part of all that the unit ran. A test that calls a function by itself runs little else:
            of it the share tells nothing.
        ms: or that much time, counted with the fastest of them: what one waits for by chance isn't spared.
    """
    spared = observation.avoidable_queries
    if spared <= 0:
        return False
    if spared >= queries or spared * fastest_ms(observation.groups, trace) >= ms:
        return True
    return trace.origin.kind != "test" and spared >= share * queries_of(trace)


def in_each_unit(found: Sequence[Observation]) -> Iterator[Observation]:
    """What was observed of one site, as one observation for each unit of work."""
    by_trace: dict[str, list[Observation]] = {}
    for each in found:
        by_trace.setdefault(each.trace, []).append(each)
    for same in by_trace.values():
        yield replace(
            same[0],
            groups=tuple(group for each in same for group in each.groups),
            query_count=sum(each.query_count for each in same),
            avoidable_queries=sum(each.avoidable_queries for each in same),
            owner_rows=sum(each.owner_rows for each in same),
        )


def fastest_ms(groups: tuple[int, ...], trace: Trace) -> float:
    """The time of the fastest execution that was held, of some groups."""
    held = executions(trace)
    times = [query.duration_ms for index in groups for query in held.get(index, ())]
    if times:
        return min(times)
    return min((trace.groups[index].total_ms / trace.groups[index].count for index in groups), default=0.0)


@once
def queries_of(trace: Trace) -> int:
    """How many queries the unit ran; transactions are none."""
    return sum(group.count for group in trace.groups if group.kind != "transaction")
