"""`exists-then-get`: whether a row exists is asked before the row itself is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.fixes.existing import exists_fix, is_exists, is_first_item
from queryscope.fixes.unread import is_only_measured
from queryscope.model import Models, Observation, QueryGroup, Trace
from queryscope.rules.attribution import function_name
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.selection import (
    LOADS_ALL,
    are_together,
    is_locking,
    is_of_one_run,
    is_written_between,
    of_same_rows,
    same_rows,
)
from queryscope.rules.worth import spares_enough

_ONE = frozenset({"get", "first", "last", "earliest", "latest"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistsThenGet:
    """An `exists()` before the same function loads the same rows: the row, or none, tells as much."""

    name: ClassVar[str] = "exists-then-get"
    # A diff costs a glance. Without one, a query or two are worth nobody's time, unless they are one of ten
    # of the page, or take longer than any small query does on a busy machine.
    min_spared: int = 3
    min_share: float = 0.1
    min_ms: float = 50.0

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each EXISTS whose rows the same function loads afterwards."""
        for groups in same_rows(trace, models):
            for asked in groups:
                if asked.access is None or asked.access.method != "exists":
                    continue
                if _rows_of(trace, asked) is not None:
                    yield self._observe(trace, asked)

    def _observe(self, trace: Trace, asked: QueryGroup) -> Observation:
        assert asked.site is not None
        return Observation(
            rule=self.name,
            trace=trace.id,
            model=asked.site.model,
            site=asked.site,
            trigger=asked.stack[0],
            groups=(asked.index,),
            fingerprints=(asked.fingerprint,),
            query_count=asked.count,
            avoidable_queries=asked.count,
            duration_ms=asked.total_ms,
            subject=asked.site.model.rpartition(".")[2],
        )

    def message(self, observations: Sequence[Observation]) -> str:
        """What was asked first, and where."""
        worst = observations[0]
        place = worst.trigger
        function = function_name(place) if place else "The page"
        where = f" at {place.path}:{place.line}" if place else ""
        return f"{function} asks whether {worst.subject} rows exist{where} before it loads them: ask once."

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Where `exists()` stands in the source: Django's own validation asks too."""
        [asked] = context.groups(observation)
        place = asked.stack[0]
        if not is_exists(context.sources.around(place), place):
            return False
        rows = _rows_of(context.traces[observation.trace], asked)
        assert rows is not None
        assert rows.access is not None
        source = context.sources.around(rows.stack[0])
        if source is not None and is_only_measured(source, rows.stack[0], rows.access.method):
            return False  # rows that nobody reads are another matter
        if not is_of_one_run(asked, rows, context.sources):
            return False
        if rows.window != asked.window and source is not None and not is_first_item(source, rows):
            return False
        return self._is_worth(observation, context)

    def _is_worth(self, observation: Observation, context: Context) -> bool:
        trace = context.traces[observation.trace]
        if spares_enough(observation, trace, queries=self.min_spared, share=self.min_share, ms=self.min_ms):
            return True
        fix = self.remedy((observation,), context).fix
        return fix is not None and bool(fix.diff)

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """The row itself, asked once."""
        first = found[0]
        [asked] = context.groups(first)
        rows = _rows_of(context.traces[first.trace], asked)
        assert rows is not None
        return Remedy(exists_fix(asked, rows, context.sources))


def _rows_of(trace: Trace, asked: QueryGroup) -> QueryGroup | None:
    """The queries that load afterwards what was asked for."""
    same = of_same_rows(trace, asked)
    return next((each for each in same if _is_loaded(trace, asked, each)), None)


def _is_loaded(trace: Trace, asked: QueryGroup, rows: QueryGroup) -> bool:
    if rows.access is None or rows.site is None or not rows.stack or rows.error is not None:
        return False
    method = rows.access.method
    is_item = method == "iterate" and rows.stack[0].operation == "subscript"
    if method not in _ONE and not is_item and not (method in LOADS_ALL and rows.window == 0):
        return False
    # One that asks more often than rows are loaded waits for them.
    if rows.first_index < asked.first_index or asked.count > rows.count:
        return False
    if is_locking(rows) or (asked.site is not None and asked.site.is_sliced):
        return False
    return are_together(trace, asked, rows) and not is_written_between(trace, asked, rows)
