"""`deep-offset`: a page far behind the first one, for which all rows before it are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.fixes.keyset import EXPLAINED, TITLE, keyset_fix
from queryscope.model import Fix, Models, Observation, QueryGroup, Trace
from queryscope.rules.attribution import is_asked_by_application
from queryscope.rules.holding import says_queryset
from queryscope.rules.observing import observe_group
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.trace.page_order import order_of
from queryscope.rules.words import spoken_place

_MANY_TIMES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepOffset:
    """A large OFFSET: the database reads the rows before the page and throws them away."""

    name: ClassVar[str] = "deep-offset"
    # As of the plan rule offset-deep: below, an index leaves nothing that could be felt.
    min_offset: int = 1_000

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each group of pages; behind the last row nobody knows how many were read."""
        for group in trace.groups:
            if group.kind != "select" or group.error is not None or group.offset < self.min_offset:
                continue
            if not group.rows or not is_asked_by_application(group, models) or _is_admins(group):
                continue
            yield observe_group(
                self.name,
                trace,
                group,
                confidence="likely",
                severity="warning" if group.offset >= _MANY_TIMES * self.min_offset else "info",
                fact="time",
                rows=group.offset,
            )

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Not of what a library asks for by itself."""
        return says_queryset(observation, context)

    def message(self, observations: Sequence[Observation]) -> str:
        """How many rows were read for nothing."""
        worst = max(observations, key=lambda each: each.rows)
        most = f"up to {worst.rows:,}" if worst.query_count > 1 else f"{worst.rows:,}"
        return f"{spoken_place(worst)} skipped {most} {worst.subject} rows by OFFSET."

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """The queryset of the next page: an edit in a loop over all pages, else said."""
        first = found[0]
        model = context.models.get(first.model)
        [group, *_] = context.groups(first)
        if model is None or first.site is None:
            return Remedy(
                Fix(
                    kinds=("keyset",),
                    title=TITLE,
                    code=f"WHERE id > %s ORDER BY id LIMIT {group.limit or 20}",
                    caveat=EXPLAINED,
                )
            )
        source = context.sources.of(first.site)
        order = order_of(group, model, context.traces[first.trace])
        return Remedy(keyset_fix(first.site, model, context.models, group.limit, source, order=order))


def _is_admins(group: QueryGroup) -> bool:
    """Whether it is a changelist, which knows pages by number only."""
    return group.site is not None and group.site.holder is not None and group.site.holder.kind == "admin"
