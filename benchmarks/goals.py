"""A measured number beside its goal, and how a module of benchmarks tells its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, kw_only=True)
class Number:
    """One number; a goal is the most that it may be."""

    what: str
    value: float
    unit: str
    goal: float | None = None

    @property
    def is_met(self) -> bool:
        """Whether the goal is reached; without one there is nothing to miss."""
        return self.goal is None or self.value <= self.goal


def table(numbers: Iterable[Number]) -> str:
    """The numbers as a table in Markdown."""
    lines = ["| | measured | goal | |", "|---|---|---|---|"]
    for number in numbers:
        goal = "" if number.goal is None else f"≤ {shown(number.goal)} {number.unit}".rstrip()
        verdict = "" if number.goal is None else ("met" if number.is_met else "**not met**")
        value = f"{shown(number.value)} {number.unit}".rstrip()
        lines.append(f"| {number.what} | {value} | {goal} | {verdict} |")
    return "\n".join(lines)


def shown(value: float) -> str:
    """Three significant digits, no more than a measurement is worth."""
    if value == 0 or abs(value) >= 1000:
        return f"{value:.0f}"
    return f"{float(f'{value:.3g}'):g}"


def tell(numbers: Iterable[Number]) -> None:
    """Print the table, or with --json what `overhead.py` reads."""
    found = list(numbers)
    print(json.dumps([asdict(number) for number in found]) if "--json" in sys.argv else table(found))
