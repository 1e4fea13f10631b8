"""What several rules look up of a trace, read once: they ask for one trace after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import ParamSpec, TypeVar

from queryscope.model import Query, Trace

P = ParamSpec("P")
T = TypeVar("T")


def once(make: Callable[P, T]) -> Callable[P, T]:
    """Keep what was made last, for the same arguments: by identity, so that nothing is compared or hashed."""
    latest: list[tuple[tuple[object, ...], T]] = []

    @wraps(make)
    def known(*args: P.args, **kwargs: P.kwargs) -> T:
        for held, value in latest:
            if len(held) == len(args) and all(one is other for one, other in zip(held, args, strict=True)):
                return value
        value = make(*args, **kwargs)
        latest[:] = [(args, value)]
        return value

    return known


@once
def executions(trace: Trace) -> Mapping[int, list[Query]]:
    """The queries of the sample by their groups, each in order of their starts."""
    found: dict[int, list[Query]] = {}
    for query in trace.queries:
        found.setdefault(query.group, []).append(query)
    for queries in found.values():
        queries.sort(key=_start)
    return found


def _start(query: Query) -> float:
    return query.started_ms
