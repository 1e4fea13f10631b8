"""`len-instead-of-count`: rows are loaded to be counted, and none of them is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.fixes.sized import sized_fix
from queryscope.model import Models, Observation, Trace
from queryscope.rules.attribution import function_name
from queryscope.rules.remedy import Context, Gathered, Remedy
from queryscope.rules.unread import gathered_by_line, is_certainly_unread, unread_groups


@dataclass(frozen=True, slots=True, kw_only=True)
class LenInsteadOfCount:
    """A `len()` of rows that nobody reads: `count()` lets the database count them."""

    name: ClassVar[str] = "len-instead-of-count"
    # The first row is one too many: count() loads none, and the same line loads more as the table grows.
    min_rows: int = 1

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each queryset that was loaded by `len()`."""
        yield from unread_groups(trace, models, rule=self.name, method="len", min_rows=self.min_rows)

    def message(self, observations: Sequence[Observation]) -> str:
        """How many rows, for what."""
        worst = observations[0]
        function = function_name(worst.trigger) if worst.trigger else "The page"
        rows = f"{worst.owner_rows} {worst.subject} row" + ("" if worst.owner_rows == 1 else "s")
        return f"{function} loads {rows} to count them, and reads none: count() loads no row."

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Where the source or the reads show that no row is read."""
        return is_certainly_unread(observation, context, "len")

    def gather(self, observation: Observation, context: Context) -> Gathered | None:
        """Querysets that one line is given."""
        return gathered_by_line(observation)

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """`count()` in place of `len()`."""
        [group] = context.groups(found[0])
        return Remedy(sized_fix(group, context.sources))
