"""`unbounded-result`: a list without a limit put very many rows into memory at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.fixes.bounded import page_fix, stream_fix, writes_out
from queryscope.model import AccessKind, Fix, Models, Observation, QueryGroup, Trace
from queryscope.rules.attribution import is_asked_by_application
from queryscope.rules.eager import target_of
from queryscope.rules.holding import says_queryset
from queryscope.rules.observing import observe_group
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.size import is_narrow
from queryscope.rules.words import spoken_place

_MANY_TIMES = 10
_METHODS = frozenset({"iterate", "len", "bool", "in_bulk", ""})
_UNATTENDED = frozenset({"command", "task"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UnboundedResult:
    """A queryset without a limit whose rows were many; never one that streams or asks for given keys."""

    name: ClassVar[str] = "unbounded-result"
    # 1 000 instances of eight columns take 13 ms and 0.9 MB, and grow; no reader of a page needs as many.
    min_rows: int = 1_000
    # Nobody waits for a command, and it has the process to itself: below 9 MB a stream gains nothing.
    min_unattended_rows: int = 10_000
    # 10 000 keys take 2.3 ms and 0.45 MB, pairs of a key and a short text 2.7 ms: less than 1 000 instances.
    min_narrow_rows: int = 10_000

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each group whose queries gave that many rows."""
        is_unattended = trace.origin.kind in _UNATTENDED
        for group in trace.groups:
            least = self.min_unattended_rows if is_unattended else self.min_rows
            if is_narrow(group, models):
                least = max(least, self.min_narrow_rows)
            rows = _rows_at_once(group, models, is_unattended=is_unattended)
            if rows < max(least, 1) or not is_asked_by_application(group, models):
                continue
            if _is_prefetch(group) and rows < max(self.min_unattended_rows, self.min_rows):
                continue  # as many as belong to the rows that asked
            yield observe_group(
                self.name,
                trace,
                group,
                confidence="likely",
                severity="warning" if rows >= _MANY_TIMES * least else "info",
                fact="rows",
                rows=rows,
            )

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Not of what a library asks for by itself."""
        return says_queryset(observation, context)

    def message(self, observations: Sequence[Observation]) -> str:
        """How many rows at once."""
        worst = max(observations, key=lambda each: each.rows)
        return f"{spoken_place(worst)} loaded {worst.rows:,} {worst.subject} rows at once, without a limit."

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """Pages for who waits for the answer, a stream for what handles all rows."""
        first = found[0]
        if first.site is None or context.models.get(first.model) is None:
            return Remedy(
                _plain_fix("Say LIMIT, or read with a server-side cursor.", "how many rows are needed")
            )
        target, source = target_of(first.model, context.models), context.sources.of(first.site)
        [group, *_] = context.groups(first)
        if _is_prefetch(group):
            name = f"{target.model.name}.{target.model.default_manager}"
            code = f'Prefetch(…, queryset={name}.order_by("-pk")[:10])'
            return Remedy(_plain_fix(code, "how many of them each row needs"))
        is_unattended = context.traces[first.trace].origin.kind in _UNATTENDED
        if is_unattended or writes_out(source, first.site, target):
            return Remedy(stream_fix(first.site, target, source))
        return Remedy(page_fix(first.site, target, source))


def _is_prefetch(group: QueryGroup) -> bool:
    return group.access is not None and group.access.kind is AccessKind.PREFETCH


def _plain_fix(code: str, unknown: str) -> Fix:
    return Fix(
        kinds=("limit",),
        title="Ask for as many rows as are needed",
        code=code,
        caveat=f"No diff: {unknown} isn't in the trace.",
    )


def _rows_at_once(group: QueryGroup, models: Models, *, is_unattended: bool) -> int:
    """The rows of one execution, on average; 0 for what is bounded, streams, or isn't a list of rows."""
    if group.kind != "select" or group.error is not None or not group.rows:
        return 0
    site, access = group.site, group.access
    if group.limit is not None or (access is not None and access.method not in _METHODS):
        return 0
    if site is not None:
        is_grouped = " GROUP BY " in group.sql
        if site.is_sliced or (site.is_values and (is_unattended or is_grouped)) or _names_keys(group, models):
            return 0
    elif " GROUP BY " in group.sql or " LIMIT " in group.sql:
        return 0
    return group.rows // group.count


def _names_keys(group: QueryGroup, models: Models) -> bool:
    """Whether the rows were asked for by a list of keys: it is as long as the program made it."""
    assert group.site is not None
    model = models.get(group.site.model)
    names = {"pk", model.primary_key if model else "id"}
    names |= {field.name for field in model.fields if field.is_unique} if model else set()
    return " IN (…)" in group.sql and any(f"{name}__in" in group.site.lookups for name in names)
