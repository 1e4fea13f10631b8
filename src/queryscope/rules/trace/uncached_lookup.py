"""`uncached-lookup`: a loop looks up the same few rows again and again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from queryscope.fixes.lookups import look_up_fix
from queryscope.fixes.rounds import varies
from queryscope.model import Models, Observation, Trace
from queryscope.rules.attribution import function_name
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.trace.loops import (
    is_look_up,
    is_loop,
    observed,
    set_off_by_loop,
    takes_pages,
    visible_loop,
)
from queryscope.rules.worth import spares_enough


@dataclass(frozen=True, slots=True, kw_only=True)
class UncachedLookup:
    """Look-ups at one line whose parameters repeat: a dictionary before the loop would do."""

    name: ClassVar[str] = "uncached-lookup"
    # Rows that meet the same key by chance are no pattern: four, with two keys at most.
    min_repeats: int = 4
    # Below twice for each key, most of the look-ups are needed: that is a matter of query-in-loop.
    min_ratio: float = 2.0
    # Nothing is edited here: code that collects keys before the loop is worth writing for ten queries, or for
    # a quarter of what the page runs, or for more time than a small query takes on a busy machine.
    min_spared: int = 10
    min_share: float = 0.25
    min_ms: float = 50.0

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each line that looks up few keys many times."""
        for group in trace.groups:
            if group.count < self.min_repeats or group.count < self.min_ratio * group.distinct:
                continue
            if is_look_up(group) and not takes_pages(group):
                yield observed(self.name, group, trace, keys=group.distinct)

    def confirm(self, observation: Observation, context: Context) -> bool:
        """The source must show, or allow for, a loop; of a single key, that it comes from the loop."""
        if not is_loop(observation, context) or not self._is_worth(observation, context):
            return False
        if observation.owner_rows > 1:
            return True
        loop = visible_loop(context.groups(observation)[0], context)
        return loop is not None and varies(loop)

    def _is_worth(self, observation: Observation, context: Context) -> bool:
        trace = context.traces[observation.trace]
        return spares_enough(
            observation, trace, queries=self.min_spared, share=self.min_share, ms=self.min_ms
        )

    def placed(self, observation: Observation, context: Context) -> Observation:
        """They are set off by the line whose loop asks."""
        return set_off_by_loop(observation, context)

    def message(self, observations: Sequence[Observation]) -> str:
        """How often, for how many keys."""
        worst = observations[0]
        place = function_name(worst.trigger) if worst.trigger else "The page"
        keys = f"{worst.owner_rows} keys" if worst.owner_rows > 1 else "one key"
        return f"{place} looked up {worst.subject} {worst.query_count} times for {keys}."

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """One query before the loop, and a dictionary in it."""
        group = context.groups(found[0])[0]
        loop = visible_loop(group, context)
        fix = look_up_fix(group, loop, context.models, context.sources)
        caveat = f"{fix.caveat} Where no loop is in sight, functools.cache on the helper does it too."
        fix = fix if loop is not None else replace(fix, caveat=caveat.strip())
        return Remedy(fix)
