"""`random-order`: a few rows by chance, for which all of them are read and sorted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.fixes.sampling import sample_fix
from queryscope.model import AccessKind, Models, Observation, QueryGroup, Trace
from queryscope.rules.attribution import is_asked_by_application
from queryscope.rules.holding import says_queryset
from queryscope.rules.observing import observe_group
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.size import reads_many
from queryscope.rules.words import spoken_place
from queryscope.sql.fingerprint import tables

_RANDOM = re.compile(
    r" ORDER BY (?:RANDOM|RAND)\(\)(?: (?:ASC|DESC))?(?: (?:LIMIT|OFFSET) %s)+$", re.IGNORECASE
)
# What belongs to one row is few; of all rows of a model nobody knows how many there will be.
_OF_ONE = frozenset({AccessKind.REVERSE, AccessKind.MANY_TO_MANY, AccessKind.GENERIC_RELATION})


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomOrder:
    """ORDER BY RANDOM() with a LIMIT: every row that meets the conditions is sorted for a few of them.

    The LIMIT hides how many rows are sorted: the size of the table decides, where nobody knows it the time.
    """

    name: ClassVar[str] = "random-order"
    # 1 000 rows are sorted in 0.2 ms, 10 000 in 1.4 ms, 100 000 in 15 to 40 ms.
    min_rows: int = 1_000
    # Where the catalog wasn't asked: 100 000 rows take as long, and no small query on a busy machine does.
    min_ms: float = 20.0

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each group of such queries."""
        for group in trace.groups:
            if group.kind != "select" or group.error is not None or not _RANDOM.search(group.sql):
                continue
            if not is_asked_by_application(group, models) or _is_narrow(group, models):
                continue
            yield observe_group(
                self.name,
                trace,
                group,
                confidence="likely",
                fact="time",
                rows=group.limit or 1,
                subject=group.site.model.rpartition(".")[2] if group.site else "",
            )

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Not of what a library asks for by itself, nor of a table that is small."""
        is_many = reads_many(observation, context, rows=self.min_rows, ms=self.min_ms)
        return is_many and says_queryset(observation, context)

    def message(self, observations: Sequence[Observation]) -> str:
        """What is sorted for how few."""
        worst = observations[0]
        rows = f"{worst.rows} rows" if worst.rows > 1 else "one row"
        what = f"{worst.subject} " if worst.subject else ""
        return (
            f"{spoken_place(worst)} sorts all {what}rows that meet its conditions to take {rows} by chance."
        )

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """Choose keys: said, not edited."""
        first = found[0]
        [group, *_] = context.groups(first)
        named = tables(group.sql)
        table = named[0] if named else ""
        model, source = context.models.get(first.model), context.sources.of(first.site)
        return Remedy(sample_fix(model, first.rows, table, site=first.site, source=source))


def _is_narrow(group: QueryGroup, models: Models) -> bool:
    """Whether few rows meet the conditions: all of them were given, or they belong to one row."""
    if group.rows is not None and group.limit is not None and group.rows < group.limit * group.count:
        return True
    if group.access is not None and group.access.kind in _OF_ONE:
        return True
    model = models.get(group.site.model) if group.site else None
    if group.site is None or model is None:
        return False
    for lookup in group.site.lookups:
        name, _, operator = lookup.rpartition("__")
        field = model.field(name)
        if operator == "exact" and field is not None and (field.is_unique or field.target is not None):
            return True
    return False
