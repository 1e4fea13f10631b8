"""`count-then-iterate`: a COUNT of rows that the same function loads anyway."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.fixes.counted import count_fix, is_count, is_limit
from queryscope.fixes.unread import is_only_measured
from queryscope.model import Models, Observation, QueryGroup, Trace
from queryscope.rules.attribution import function_name
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.selection import (
    LOADS_ALL,
    are_together,
    is_of_one_run,
    is_written_between,
    of_same_rows,
    same_rows,
)
from queryscope.rules.worth import spares_enough


@dataclass(frozen=True, slots=True, kw_only=True)
class CountThenIterate:
    """A `count()` beside the rows that it counts, all of them loaded: `len()` needs no query."""

    name: ClassVar[str] = "count-then-iterate"
    # A diff costs a glance. Without one, a query or two are worth nobody's time, unless they are one of ten
    # of the page, or take longer than any small query does on a busy machine.
    min_spared: int = 3
    min_share: float = 0.1
    min_ms: float = 50.0

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each COUNT whose rows are loaded by the same function."""
        for groups in same_rows(trace, models):
            for counted in groups:
                if counted.access is None or counted.access.method != "count":
                    continue
                if _rows_of(trace, counted) is not None:
                    yield self._observe(trace, counted)

    def _observe(self, trace: Trace, counted: QueryGroup) -> Observation:
        assert counted.site is not None
        return Observation(
            rule=self.name,
            trace=trace.id,
            model=counted.site.model,
            site=counted.site,
            trigger=counted.stack[0],
            groups=(counted.index,),
            fingerprints=(counted.fingerprint,),
            query_count=counted.count,
            avoidable_queries=counted.count,
            duration_ms=counted.total_ms,
            subject=counted.site.model.rpartition(".")[2],
        )

    def message(self, observations: Sequence[Observation]) -> str:
        """What was counted, and where."""
        worst = observations[0]
        place = worst.trigger
        function = function_name(place) if place else "The page"
        where = f" at {place.path}:{place.line}" if place else ""
        return f"{function} counts {worst.subject} rows{where} and loads them all too: len() needs no query."

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Where `count()` stands in the source, and doesn't decide whether the rows are loaded."""
        [counted] = context.groups(observation)
        rows = _rows_of(context.traces[observation.trace], counted)
        assert rows is not None
        assert rows.access is not None
        source = context.sources.around(rows.stack[0])
        if source is not None and is_only_measured(source, rows.stack[0], rows.access.method):
            return False  # rows that nobody reads are another matter
        if not is_of_one_run(counted, rows, context.sources):
            return False
        place = counted.stack[0]
        source = context.sources.around(place)
        if not is_count(source, place) or is_limit(source, place):
            return False
        return self._is_worth(observation, context)

    def _is_worth(self, observation: Observation, context: Context) -> bool:
        trace = context.traces[observation.trace]
        if spares_enough(observation, trace, queries=self.min_spared, share=self.min_share, ms=self.min_ms):
            return True
        fix = self.remedy((observation,), context).fix
        return fix is not None and bool(fix.diff)

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """`len()` in place of `count()`."""
        first = found[0]
        [counted] = context.groups(first)
        rows = _rows_of(context.traces[first.trace], counted)
        assert rows is not None
        return Remedy(count_fix(counted, rows, context.sources))


def _rows_of(trace: Trace, counted: QueryGroup) -> QueryGroup | None:
    """The queries that load what was counted."""
    same = of_same_rows(trace, counted)
    return next((each for each in same if _gives_all(trace, counted, each)), None)


def _gives_all(trace: Trace, counted: QueryGroup, rows: QueryGroup) -> bool:
    if rows.access is None or rows.access.method not in LOADS_ALL or rows.window != counted.window:
        return False
    if rows.site is None or not rows.stack:
        return False
    first, second = sorted((counted, rows), key=lambda each: each.first_index)
    return are_together(trace, counted, rows) and not is_written_between(trace, first, second)
