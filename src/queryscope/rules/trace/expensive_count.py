"""`expensive-count`: a COUNT that takes long, as a paginator runs one for every page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.fixes.cheaper_count import cheaper_count_fix, needless
from queryscope.model import Models, Observation, QueryGroup, Trace
from queryscope.rules.attribution import first_python, function_name, is_application
from queryscope.rules.remedy import Context, Remedy
from queryscope.sql.fingerprint import tables


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpensiveCount:
    """A COUNT at or above a duration; dropped again if its plan or an index shows otherwise."""

    name: ClassVar[str] = "expensive-count"
    # As for any other query: the one number that says what slow means in this project.
    slow_ms: float = 100.0

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each slow COUNT that a queryset of the application ran."""
        for group in trace.groups:
            if group.max_ms < self.slow_ms or group.error is not None or not _is_count(group):
                continue
            site = group.site
            place = first_python(group.stack)
            if site is None or (site.frame is None and site.holder is None):
                continue
            if any(frame is not None and not is_application(frame) for frame in (place, site.frame)):
                continue
            yield Observation(
                rule=self.name,
                trace=trace.id,
                model=site.model,
                confidence="likely",
                site=site,
                trigger=group.stack[0] if group.stack else None,
                fact="time",
                groups=(group.index,),
                fingerprints=(group.fingerprint,),
                query_count=group.count,
                duration_ms=group.max_ms,
                subject=site.model.rpartition(".")[2],
                method=needless(group.sql),
            )

    def message(self, observations: Sequence[Observation]) -> str:
        """How long, over what."""
        worst = max(observations, key=lambda each: each.duration_ms)
        function = function_name(worst.trigger) if worst.trigger else "The page"
        behind = f", with {worst.method} that it may not need" if worst.method else ""
        return f"{function} waited {worst.duration_ms:.0f} ms for the number of {worst.subject} rows{behind}."

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """An estimate, a number that is kept, or a simpler COUNT."""
        [group] = context.groups(found[0])
        model = context.models.get(found[0].model)
        table = model.table if model is not None else next(iter(tables(group.sql)), "")
        return Remedy(cheaper_count_fix(group, table, context.sources))


def _is_count(group: QueryGroup) -> bool:
    return group.access is not None and group.access.method == "count" and group.kind == "select"
