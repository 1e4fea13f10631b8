"""`unused-prefetch-related`: related rows are fetched that nobody reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Models, Observation, Trace
from queryscope.rules.fates import Kind, unused
from queryscope.rules.passings import passings_by_site
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.run.wasted import confirm, message, observe, remedy

_METHOD: Kind = "prefetch_related"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusedPrefetchRelated:
    """Prefetched relations that no instance of any unit of work read."""

    name: ClassVar[str] = "unused-prefetch-related"
    # Different units of work that make it likely; one page shows one way through the code.
    likely_units: int = 2

    def check(self, traces: Sequence[Trace], models: Models) -> Iterator[Observation]:
        """One observation for each prefetched relation and each unit in which it was loaded in vain."""
        for passings in passings_by_site(traces).values():
            found = unused(passings, _METHOD)
            yield from observe(self.name, _METHOD, passings, found, self.likely_units)

    def message(self, observations: Sequence[Observation]) -> str:
        """What was fetched for how many rows, and how often that was looked at."""
        return message(observations, "prefetched", "but nothing read it")

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Whether the line itself prefetches the relation, and no branch that wasn't taken reads it."""
        return confirm(observation, context)

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """Prefetch it no more."""
        return remedy(found, context)
