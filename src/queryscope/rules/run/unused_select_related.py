"""`unused-select-related`: rows are joined with related ones that nobody reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Models, Observation, Trace
from queryscope.rules.fates import Kind, unused
from queryscope.rules.passings import passings_by_site
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.run.wasted import confirm, message, observe, remedy

_METHOD: Kind = "select_related"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusedSelectRelated:
    """Joined relations that no instance of any unit of work read."""

    name: ClassVar[str] = "unused-select-related"
    # Different units of work that make it likely; one page shows one way through the code.
    likely_units: int = 2

    def check(self, traces: Sequence[Trace], models: Models) -> Iterator[Observation]:
        """One observation for each joined relation and each unit in which it was loaded in vain."""
        for passings in passings_by_site(traces).values():
            site = passings[0].site
            # A lock is on the joined rows too; the parts of a union have the same columns.
            if any(each.site.is_for_update or each.site.is_combined for each in passings):
                continue
            if "*" in site.select_related:
                continue  # without names nobody said that he wants this one
            found = unused(passings, _METHOD)
            yield from observe(self.name, _METHOD, passings, found, self.likely_units)

    def message(self, observations: Sequence[Observation]) -> str:
        """What was joined to how many rows, and how often that was looked at."""
        return message(observations, "joined", "but nothing read it")

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Whether the line itself joins the relation, and no branch that wasn't taken reads it."""
        return confirm(observation, context)

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """Join it no more."""
        return remedy(found, context)
