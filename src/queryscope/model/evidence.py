"""What a trial showed, never overstated."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """The evidence ladder, strongest first."""

    RERUN = "re-run"  # the same request or test again, with the change applied
    TIMED = "timed"  # the index was built, the query timed, all rolled back
    PLANNED = "planned"  # the planner would choose it at production size
    USABLE = "usable"  # it can serve this query at all
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One side of a comparison."""

    queries: int | None = None
    ms: float | None = None
    blocks: int | None = None  # shared buffers hit or read


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How far a change was proved."""

    level: Level = Level.NONE
    before: Measure | None = None
    after: Measure | None = None
    note: str = ""
