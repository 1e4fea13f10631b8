"""`query-in-loop`: a count, a look-up or filtered rows, asked again for each row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.fixes.lookups import look_up_fix
from queryscope.model import (
    RELATION_KINDS,
    Access,
    Frame,
    Models,
    Observation,
    QueryGroup,
    Trace,
)
from queryscope.rules.attribution import function_name, is_looped_by_application
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.trace.loops import (
    is_free_read,
    is_look_up,
    is_loop,
    observed,
    set_off_by_loop,
    takes_pages,
    visible_loop,
)
from queryscope.rules.trace.paths import Root
from queryscope.rules.trace.related import nearest_root, related_remedy
from queryscope.rules.worth import in_each_unit, spares_enough

_NUMBERS = frozenset(
    {"aaggregate", "acontains", "acount", "aexists", "aggregate", "contains", "count", "exists"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryInLoop:
    """Queries that differ in one key only, one for each row, where one query could answer for all rows."""

    name: ClassVar[str] = "query-in-loop"
    # Two owners of one queryset are enough: owner and queryset are known, not guessed.
    min_owners: int = 2
    # Nothing but the line connects look-ups: two may be chance, three at one line are a loop.
    min_repeats: int = 3
    # Without a diff: code that collects keys before the loop is worth writing for ten queries, or for a
    # quarter of what the page runs, or for more time than a small query takes on a busy machine.
    min_spared: int = 10
    min_share: float = 0.25
    min_ms: float = 50.0

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each line that asks row by row."""
        for group in trace.groups:
            access = group.access
            if access is not None and access.kind in RELATION_KINDS:
                if not access.is_plain and is_free_read(group):
                    yield from self._of_owners(group, access, trace, models)
            elif group.count < self.min_repeats or group.distinct == 1:
                continue
            elif is_look_up(group) and not takes_pages(group):
                yield observed(self.name, group, trace)

    def _of_owners(
        self, group: QueryGroup, access: Access, trace: Trace, models: Models
    ) -> Iterator[Observation]:
        if group.owners < self.min_owners:
            return
        root = nearest_root(group, trace, models)
        if root is not None and root.gives_many:
            if is_looped_by_application(root.group, group):
                yield self._related(group, root, access, trace)
        elif group.owners >= self.min_repeats:
            yield observed(self.name, group, trace)

    def _related(self, group: QueryGroup, root: Root, access: Access, trace: Trace) -> Observation:
        # Rows are prefetched by one query for each time that their owners are loaded; numbers need none.
        left = 0 if access.method in _NUMBERS else root.group.count
        return Observation(
            rule=self.name,
            trace=trace.id,
            model=root.site.model,
            site=root.site,
            trigger=group.stack[0] if group.stack else None,
            groups=(group.index,),
            fingerprints=(group.fingerprint,),
            query_count=group.count,
            avoidable_queries=max(group.count - left, 0),
            duration_ms=group.total_ms,
            owner_rows=group.owners,
            loads=(root.load,),
            subject=f"{access.model.rpartition('.')[2]}.{access.attribute}",
            method=access.method,
        )

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Of look-ups the source must show, or allow for, a loop whose rounds don't need each other."""
        return bool(observation.loads) or is_loop(observation, context)

    def placed(self, observation: Observation, context: Context) -> Observation:
        """Look-ups are set off by the line whose loop asks."""
        return observation if observation.loads else set_off_by_loop(observation, context)

    def weigh(self, found: Sequence[Observation], context: Context) -> Sequence[Observation]:
        """All where that spares enough or one edit does it; else those for which there is an edit."""
        # What rows are asked at several lines, their queryset brings along at once; look-ups stand alone.
        for each in in_each_unit(found) if found[0].loads else found:
            trace = context.traces[each.trace]
            if spares_enough(each, trace, queries=self.min_spared, share=self.min_share, ms=self.min_ms):
                return found
        if self._has_edit(found, context):
            return found
        by_line: dict[tuple[str, Frame | None], list[Observation]] = {}
        for each in found:
            by_line.setdefault((each.subject, each.trigger), []).append(each)
        return [each for same in by_line.values() if self._has_edit(same, context) for each in same]

    def _has_edit(self, found: Sequence[Observation], context: Context) -> bool:
        """Whether there is a diff; of look-ups, or a word where the rows are loaded."""
        fix = self.remedy(found, context).fix
        if fix is None:
            return False
        return bool(fix.diff) or (not found[0].loads and "prefetch_related" in fix.kinds)

    def message(self, observations: Sequence[Observation]) -> str:
        """How many queries, of what, one for each row."""
        worst = observations[0]
        count = sum(each.query_count for each in observations if each.trace == worst.trace)
        if not worst.loads:
            place = function_name(worst.trigger) if worst.trigger else "The page"
            what = "SQL queries" if worst.subject == "SQL" else f"{worst.subject} queries"
            return f"{place} ran {count} {what} in a loop that differ in one key only."
        frame = worst.site.frame if worst.site is not None else None
        holder = worst.site.holder if worst.site is not None else None
        place = function_name(frame) if frame else holder.name if holder else "The page"
        asked = sorted({_asked(each) for each in observations if each.trace == worst.trace})
        return f"{place} ran {count} queries for {' and '.join(asked)}, one per row."

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """What the rows' own query can bring along; for look-ups, one query before the loop."""
        if found[0].loads:
            return related_remedy(found, context)
        group = context.groups(found[0])[0]
        return Remedy(look_up_fix(group, visible_loop(group, context), context.models, context.sources))


def _asked(observation: Observation) -> str:
    method = observation.method
    return (
        f"{observation.subject}.{method}()"
        if method not in ("iterate", "len", "bool")
        else observation.subject
    )
