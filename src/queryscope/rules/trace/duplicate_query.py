"""`duplicate-query`: the same SELECT with the same parameters runs again in one unit of work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import AccessKind, Frame, Models, Observation, QueryGroup, Repeat, Trace
from queryscope.rules.attribution import first_python, is_application
from queryscope.sql.fingerprint import tables

# Django looks these up by itself and caches them as it sees fit.
_FRAMEWORK = ("auth.", "contenttypes.", "sessions.", "sites.", "admin.")
_OWN_KINDS = frozenset({AccessKind.MANAGER, AccessKind.REVERSE, AccessKind.MANY_TO_MANY, AccessKind.RAW})


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateQuery:
    """Identical reads whose result could have been passed on; never reads around a write of their table."""

    name: ClassVar[str] = "duplicate-query"
    min_repeats: int = 2
    pause_ms: float = 50.0  # one line that waits this long between its queries is polling

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each repeated statement that the application itself asked for."""
        written = {table for group in trace.groups if _writes(group) for table in tables(group.sql)}
        for repeat in trace.repeats:
            groups = [trace.groups[index] for index in repeat.groups]
            if repeat.count < self.min_repeats or not all(_is_own(group) for group in groups):
                continue
            if len(groups) == 1 and _is_paced(groups[0], trace, self.pause_ms):
                continue
            if written.intersection(tables(groups[0].sql)):
                continue
            yield self._observe(repeat, groups, trace)

    def _observe(self, repeat: Repeat, groups: list[QueryGroup], trace: Trace) -> Observation:
        first = groups[0]
        each_ms = sum(group.total_ms for group in groups) / sum(group.count for group in groups)
        return Observation(
            rule=self.name,
            trace=trace.id,
            model=first.site.model if first.site else "",
            site=first.site,
            trigger=groups[-1].stack[-1] if len(groups) == 1 else _first_difference(first, groups[-1]),
            groups=repeat.groups,
            fingerprints=(repeat.fingerprint,),
            query_count=repeat.count,
            avoidable_queries=repeat.count - 1,
            duration_ms=each_ms * repeat.count,
            subject=first.site.model.rpartition(".")[2] if first.site else "",
        )

    def message(self, observations: Sequence[Observation]) -> str:
        """How often, and where again."""
        worst = observations[0]
        function = worst.site.frame.function if worst.site and worst.site.frame else "The page"
        again = f", again at {worst.trigger.path}:{worst.trigger.line}" if worst.trigger else ""
        return f"{function} ran the same {worst.subject} query {worst.query_count} times{again}."


def _writes(group: QueryGroup) -> bool:
    return group.kind in ("insert", "update", "delete", "other")


def _is_own(group: QueryGroup) -> bool:
    if group.site is None or group.site.frame is None or group.error is not None:
        return False
    if group.site.is_for_update or group.site.model.startswith(_FRAMEWORK):
        return False
    access = group.access
    if access is None or access.kind not in _OWN_KINDS:
        return False
    if group.distinct > 1:
        return False  # a look-up in a loop, for which passing on is no remedy
    loop = first_python(group.stack)
    return is_application(group.site.frame) and is_application(loop) and not group.site.frame.is_template


def _first_difference(first: QueryGroup, last: QueryGroup) -> Frame:
    pairs = zip(first.stack, last.stack, strict=False)
    return next((there for here, there in pairs if here != there), last.stack[0])


def _is_paced(group: QueryGroup, trace: Trace, pause_ms: float) -> bool:
    """Whether one line asks again and again with pauses between: it polls."""
    ends: float | None = None
    gaps = []
    for query in trace.queries:
        if query.group == group.index:
            if ends is not None:
                gaps.append(query.started_ms - ends)
            ends = query.started_ms + query.duration_ms
    return bool(gaps) and min(gaps) >= pause_ms
