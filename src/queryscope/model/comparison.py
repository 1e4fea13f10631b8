"""What is different between two reports: data, not prose."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitChange:
    """A unit of work that runs another number of queries now."""

    label: str
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundChange:
    """A finding that only one of the reports has."""

    is_new: bool
    id: str
    rule: str
    place: str  # "shop/views.py:14", "" where there is none
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPair:
    """One statement that was explained in both."""

    fingerprint: str
    sql: str
    is_same_shape: bool
    before_ms: float | None  # execution time; None where it was planned only
    after_ms: float | None
    changes: tuple[str, ...] = ()  # sentences, the whole first


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two reports side by side. Times are told, and never judged: another machine has others."""

    units: tuple[UnitChange, ...] = ()
    units_alike: int = 0
    units_gone: tuple[str, ...] = ()
    units_new: tuple[str, ...] = ()
    findings: tuple[FoundChange, ...] = ()
    findings_alike: int = 0
    plans: tuple[PlanPair, ...] = ()
