"""`expensive-count`: a COUNT that takes long, as a paginator runs one for every page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.fixes.cheaper_count import cheaper_count_fix, needless
from queryscope.model import Models, Observation, QueryGroup, Trace
from queryscope.rules.attribution import first_python, function_name, is_application
from queryscope.rules.observing import observe_group
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.size import reads_many
from queryscope.rules.words import spoken_place
from queryscope.sql.fingerprint import tables

_UNATTENDED = frozenset({"command", "task"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpensiveCount:
    """A COUNT that is slow, or outweighs the page that it is for; dropped if its plan shows otherwise."""

    name: ClassVar[str] = "expensive-count"
    # As for any other query: the one number that says what slow means in this project.
    slow_ms: float = 100.0
    # 300 000 rows are counted in 10 to 20 ms. 30 000 take 1 ms, which any query takes on a busy machine.
    min_ms: float = 10.0
    # Where something else takes more time, that is what to begin with.
    min_share: float = 0.5
    # Of the table, by the catalog. A busy machine makes any query wait, so that time alone proves nothing.
    min_rows: int = 100_000

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each such COUNT that a queryset of the application ran."""
        for group in trace.groups:
            if group.error is not None or not _is_count(group):
                continue
            is_slow = group.max_ms >= self.slow_ms
            if not is_slow and not self._outweighs(group, trace):
                continue
            site = group.site
            place = first_python(group.stack)
            if site is None or (site.frame is None and site.holder is None):
                continue
            if any(frame is not None and not is_application(frame) for frame in (place, site.frame)):
                continue
            yield observe_group(
                self.name,
                trace,
                group,
                severity="warning" if is_slow else "info",
                confidence="likely",
                fact="time",
                duration_ms=group.max_ms,
                method=needless(group.sql),
            )

    def _outweighs(self, group: QueryGroup, trace: Trace) -> bool:
        """Whether most of the database time of a page goes into the number of its rows, and not a little."""
        if group.total_ms / group.count < self.min_ms or trace.origin.kind in _UNATTENDED:
            return False
        total_ms = sum(each.total_ms for each in trace.groups)
        return group.total_ms >= self.min_share * total_ms and _is_of_page(group, trace)

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Whether its table is big; where nobody knows, whether it was slow."""
        return reads_many(observation, context, rows=self.min_rows, ms=self.slow_ms)

    def message(self, observations: Sequence[Observation]) -> str:
        """How long, over what."""
        worst = max(observations, key=lambda each: each.duration_ms)
        function = function_name(worst.trigger) if worst.trigger else spoken_place(worst)
        behind = f", with {worst.method} that it may not need" if worst.method else ""
        return f"{function} waited {worst.duration_ms:.0f} ms for the number of {worst.subject} rows{behind}."

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """An estimate, a number that is kept, or a simpler COUNT."""
        [group] = context.groups(found[0])
        model = context.models.get(found[0].model)
        table = model.table if model is not None else next(iter(tables(group.sql)), "")
        return Remedy(cheaper_count_fix(group, table, context.sources))


def _is_of_page(group: QueryGroup, trace: Trace) -> bool:
    """Whether a page of the counted rows was loaded too; a number alone may be all that is wanted."""
    model = group.site.model if group.site is not None else ""
    return any(
        each.limit is not None and bool(each.rows) and each.site is not None and each.site.model == model
        for each in trace.groups
        if each.kind == "select" and not _is_count(each)
    )


def _is_count(group: QueryGroup) -> bool:
    return group.access is not None and group.access.method == "count" and group.kind == "select"
