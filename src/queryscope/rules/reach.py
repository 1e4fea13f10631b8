"""Whether places that ask for the same could share one answer by an edit of a few lines."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.model import Frame, QueryGroup, Trace
from queryscope.rules.selection import are_in_threads, place_of

# Calls of one module between the place that would keep the answer and the query: a reader follows three.
_MOST_CALLS = 3
_MOST_PLACES = 50  # compared with each other


def nearest_of(groups: Sequence[QueryGroup], trace: Trace) -> list[QueryGroup]:
    """The most executions that one place could share, in order: those that some group of them is beside."""
    several = groups[:_MOST_PLACES]
    found = [
        [each for each in several if each is first or are_beside(first, each, trace)] for first in several
    ]
    return max(found, key=lambda near: sum(each.count for each in near))


def are_beside(first: QueryGroup, second: QueryGroup, trace: Trace) -> bool:
    """Whether one function, or one template, asks both times, with few calls between it and the query."""
    if are_in_threads(trace, first, second) or _have_two_owners(first, second, trace):
        return False
    here, there = _parting(first.stack, second.stack)
    if place_of(first.stack[here]) != place_of(second.stack[there]):
        return False
    return is_in_reach(first.stack, here) and is_in_reach(second.stack, there)


def is_in_reach(stack: tuple[Frame, ...], at: int) -> bool:
    """Whether the code at a frame holds the answer to a query, or a few calls of one module give it.

    Templates hold what the view gives them: they don't count. Nor does the tag or method that a template
    calls: whatever stands behind it, the template can keep what it gives.
    """
    own = place_of(stack[at])
    inner = [frame for frame in stack[:at] if not frame.is_template and place_of(frame) != own]
    if stack[at].is_template:
        inner = inner[:-1]
    places = {place_of(frame) for frame in inner}
    return len(places) <= _MOST_CALLS and len({path for path, _ in places}) <= 1


def inside_of(first: tuple[Frame, ...], second: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """The frames of the first of two stacks that run below the place where they part."""
    return first[: _parting(first, second)[0]]


def _parting(first: tuple[Frame, ...], second: tuple[Frame, ...]) -> tuple[int, int]:
    """Where two stacks part, seen from outside; the innermost frames where one is all of the other."""
    here, there = len(first) - 1, len(second) - 1
    while here > 0 and there > 0 and first[here] == second[there]:
        here, there = here - 1, there - 1
    return here, there


def _have_two_owners(first: QueryGroup, second: QueryGroup, trace: Trace) -> bool:
    """Whether the queries belong to two instances of one row, which two queries loaded."""
    owners = [group.access.owner_group if group.access is not None else None for group in (first, second)]
    if None in owners:
        return False
    if owners[0] != owners[1]:
        return True
    assert owners[0] is not None
    loaded = trace.groups[owners[0]]
    return loaded.count > 1 and loaded.distinct < loaded.count
