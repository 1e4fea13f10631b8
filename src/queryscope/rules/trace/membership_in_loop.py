"""`membership-in-loop`: whether a row is in a queryset is asked of the database for each row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.fixes.membership import membership_fix
from queryscope.model import RELATION_KINDS, AccessKind, Models, Observation, QueryGroup, Trace
from queryscope.rules.attribution import function_name
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.trace.loops import is_free_read, is_loop, observed, set_off_by_loop, visible_loop
from queryscope.rules.worth import spares_enough

_KINDS = RELATION_KINDS | {AccessKind.MANAGER}


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipInLoop:
    """`in`, `contains()` or `filter(pk=…).exists()` against one queryset, again in each round of a loop."""

    name: ClassVar[str] = "membership-in-loop"
    # The same queryset evaluated again for `in` is a loop's doing from the second time on.
    min_repeats: int = 2
    # Key by key nothing but the line connects them: three at one line are a loop.
    min_keys: int = 3
    # Without a diff: code that collects keys is worth writing for ten queries, or for
    # a quarter of what the page runs, or for more time than a small query takes on a busy machine.
    min_spared: int = 10
    min_share: float = 0.25
    min_ms: float = 50.0

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each line that asks one queryset again and again."""
        for group in trace.groups:
            access = group.access
            if access is None or access.kind not in _KINDS or group.site is None or not is_free_read(group):
                continue
            if self._evaluates_again(group) or self._asks_by_key(group, models):
                yield observed(self.name, group, trace)

    def _evaluates_again(self, group: QueryGroup) -> bool:
        is_in = group.stack[0].operation == "in" and group.count >= self.min_repeats
        return is_in and group.count >= 2 * group.distinct

    def _asks_by_key(self, group: QueryGroup, models: Models) -> bool:
        access, site = group.access, group.site
        assert access is not None
        assert site is not None
        if group.count < self.min_keys or group.owners > 1 or group.distinct < 2:
            return False
        if access.method == "contains":
            return True
        model = models.get(site.model)
        keys = {"id", "pk"} | ({field.name for field in model.fields if field.is_primary} if model else set())
        return access.method == "exists" and any(f"{key}__exact" in site.lookups for key in keys)

    def confirm(self, observation: Observation, context: Context) -> bool:
        """The source must show, or allow for, a loop."""
        if not is_loop(observation, context):
            return False
        trace = context.traces[observation.trace]
        if spares_enough(observation, trace, queries=self.min_spared, share=self.min_share, ms=self.min_ms):
            return True
        fix = self.remedy((observation,), context).fix
        return fix is not None and bool(fix.diff)

    def placed(self, observation: Observation, context: Context) -> Observation:
        """They are set off by the line whose loop asks."""
        return set_off_by_loop(observation, context)

    def message(self, observations: Sequence[Observation]) -> str:
        """How often."""
        worst = observations[0]
        place = function_name(worst.trigger) if worst.trigger else "The page"
        return f"{place} asked {worst.query_count} times whether a {worst.subject} is among others."

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """A set of keys, once."""
        group = context.groups(found[0])[0]
        return Remedy(membership_fix(group, visible_loop(group, context), context.models, context.sources))
