"""What a rule is: one frozen class whose fields are its options. Protocols: a rule inherits nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Protocol, TypeGuard

from queryscope.model import (
    IndexAdvice,
    Insight,
    Models,
    Observation,
    Plan,
    QueryGroup,
    Refusal,
    Schema,
    Trace,
)
from queryscope.rules.remedy import Context, Gathered, Remedy
from queryscope.sql.statement import Statement


class TraceRule(Protocol):
    """Judges one unit of work."""

    name: ClassVar[str]

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """What this trace shows."""
        ...

    def message(self, observations: Sequence[Observation]) -> str:
        """One sentence for the finding that these observations of one site make; the worst comes first."""
        ...


class RunRule(Protocol):
    """Judges all units of work of a run together."""

    name: ClassVar[str]

    def check(self, traces: Sequence[Trace], models: Models) -> Iterator[Observation]:
        """What these traces show together: one observation for each trace that it shows in."""
        ...

    def message(self, observations: Sequence[Observation]) -> str:
        """One sentence for the finding that these observations of one site make; the worst comes first."""
        ...


class Confirming(Protocol):
    """A trace or run rule that asks the source text before it speaks."""

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Whether what the source says agrees with what the trace showed."""
        ...


class Placing(Protocol):
    """A trace rule whose observations were set off by a line that only the source tells: a loop's."""

    def placed(self, observation: Observation, context: Context) -> Observation:
        """The observation with that line as its trigger."""
        ...


class Weighing(Protocol):
    """A trace or run rule that leaves alone what spares too little for the change that it takes."""

    def weigh(self, found: Sequence[Observation], context: Context) -> Sequence[Observation]:
        """Which of the observations of a site are worth a finding; none where no finding is to be made."""
        ...


class Remedying(Protocol):
    """A trace or run rule that knows the edit. Of others `Observation.loads` become eager loading."""

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """One fix for all observations of a site; the worst comes first."""
        ...


class Gathering(Protocol):
    """A trace rule whose observations at several lines may be one finding: the source says which."""

    def gather(self, observation: Observation, context: Context) -> Gathered | None:
        """What an observation has in common with the others of its finding; None: the site, as elsewhere."""
        ...


class PlanRule(Protocol):
    """Judges one plan."""

    name: ClassVar[str]

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """What this plan shows."""
        ...


class IndexRule(Protocol):
    """Proposes indexes for one slow shape; proof comes later."""

    name: ClassVar[str]

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """Candidates, or the number that speaks against one."""
        ...


# By the class: asking an object whether it fulfils a Protocol takes longer than most rules.


def confirms(rule: object) -> TypeGuard[Confirming]:
    """Whether a rule asks the source before it speaks."""
    return _has(rule, "confirm")


def places(rule: object) -> TypeGuard[Placing]:
    """Whether a rule finds its trigger in the source."""
    return _has(rule, "placed")


def gathers(rule: object) -> TypeGuard[Gathering]:
    """Whether a rule may tell of several lines at once."""
    return _has(rule, "gather")


def weighs(rule: object) -> TypeGuard[Weighing]:
    """Whether a rule compares what is spared with the change."""
    return _has(rule, "weigh")


def remedies(rule: object) -> TypeGuard[Remedying]:
    """Whether a rule knows the edit."""
    return _has(rule, "remedy")


_known: dict[tuple[type, str], bool] = {}


def _has(rule: object, method: str) -> bool:
    key = (type(rule), method)
    if key not in _known:
        _known[key] = callable(getattr(type(rule), method, None))
    return _known[key]
