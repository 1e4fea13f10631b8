"""Numbers of a plan as messages print them, and what is said where there is none."""

from __future__ import annotations

TIME_USED_UP = "the time for EXPLAIN is used up"
# Of all reasons to plan only, the one that says nothing about the statement.
PLANNED_FOR_TIME = f"Only planned: {TIME_USED_UP}."


def count(number: float) -> str:
    """`178 000`."""
    return f"{number:,.0f}".replace(",", " ")


def percent(share: float) -> str:
    """`79 %`; never rounded up to all of it."""
    value = share * 100
    if 99 <= value < 100:
        return f"{int(value * 10) / 10:.1f} %"
    return f"{value:.0f} %"


def ms(value: float) -> str:
    """`0.27 ms`, `7.8 ms`, `131 ms`."""
    digits = 0 if value >= 100 else 1 if value >= 1 else 2
    return f"{value:.{digits}f} ms"


def kilobytes(value: float) -> str:
    """`840 kB`, `41 MB`."""
    return f"{value:.0f} kB" if value < 10_000 else f"{value / 1024:.0f} MB"
