"""Captures of a run, and the report that is drawn from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from queryscope.model.advice import IndexAdvice, IndexRemoval, Refusal
from queryscope.model.allow import AllowedFinding
from queryscope.model.finding import Finding
from queryscope.model.models import Models
from queryscope.model.plan import Plan, SkippedPlan
from queryscope.model.query import Frame
from queryscope.model.schema import Schema
from queryscope.model.trace import Trace

Verdict = Literal["pass", "fail", "incomplete", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """All that is known of one unit of work: this is what crosses a process boundary."""

    trace: Trace
    plans: tuple[Plan, ...] = ()
    skipped_plans: tuple[SkippedPlan, ...] = ()
    schema: Schema | None = None
    models: Models | None = None
    indexes: tuple[IndexAdvice, ...] = ()  # tried here, evidence inside
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What ran."""

    queryscope: str
    python: str
    django: str
    postgresql: str  # "18.0"; "" without a PostgreSQL
    root: str
    verdict: Verdict = "none"
    gate: tuple[str, ...] = ()  # what was asked for: "certain", names of rules
    breached: tuple[str, ...] = ()  # those of them that failed
    tests: int = 0  # tests that ran, those without queries too; 0 where it was no test run
    missing: tuple[str, ...] = ()  # what could not be seen or judged, in words
    notes: tuple[str, ...] = ()  # what to tidy up: allows that nothing needs, comments that nobody can obey
    redaction: str = "shapes"  # "shapes": no values are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Where a shape was met: the slowest execution."""

    trace: str
    index: int
    stack: tuple[Frame, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A query shape over the whole run."""

    fingerprint: str
    sql: str
    count: int
    total_ms: float
    max_ms: float
    relations: tuple[str, ...] = ()  # tables
    example: Example | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything a format may show."""

    generated_at: str  # ISO 8601, UTC
    run: Run
    traces: tuple[Trace, ...] = ()
    shapes: tuple[Shape, ...] = ()
    findings: tuple[Finding, ...] = ()  # ranked
    allowed: tuple[AllowedFinding, ...] = ()  # left out of them
    plans: tuple[Plan, ...] = ()
    skipped_plans: tuple[SkippedPlan, ...] = ()
    indexes: tuple[IndexAdvice, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    removals: tuple[IndexRemoval, ...] = ()  # indexes of the database that can go
