"""What a rule is: one frozen class whose fields are its options. Protocols: a rule inherits nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Protocol

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
