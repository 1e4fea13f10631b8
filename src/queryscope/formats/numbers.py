"""Numbers as every format prints them: thin spaces between thousands, minus signs as minus signs."""

from __future__ import annotations

from math import isfinite

THIN_SPACE = "\u202f"  # narrow and without a break: a number never falls apart at a line's end
MINUS = "\u2212"
_UNITS = ("kB", "MB", "GB", "TB")


def count(value: float) -> str:
    """`104212` as `104 212`."""
    if not isfinite(value):
        return "–"
    text = f"{abs(round(value)):,}".replace(",", THIN_SPACE)
    return MINUS + text if round(value) < 0 else text


def milliseconds(value: float) -> str:
    """`0.42 ms`, `9.1 ms`, `131 ms`, `41.8 s`: three digits, no more."""
    size = abs(value)
    if not isfinite(value):
        return "–"
    sign = MINUS if value < 0 else ""
    if size >= 9_999.5:
        return f"{sign}{size / 1000:.1f} s" if size < 99_950 else f"{sign}{count(size / 1000)} s"
    if size >= 99.5:
        return f"{sign}{count(size)} ms"
    return f"{sign}{size:.1f} ms" if size >= 0.995 or size == 0 else f"{sign}{size:.2f} ms"


def size(value: int) -> str:
    """Bytes in the unit that leaves one to four digits: `8 kB`, `3.1 MB`."""
    if value < 1024:
        return f"{count(value)} B"
    amount, power = value / 1024, 0
    while amount >= 1024 and power < len(_UNITS) - 1:
        amount, power = amount / 1024, power + 1
    number = f"{amount:.1f}" if power and amount < 100 else count(amount)
    return f"{number} {_UNITS[power]}"


def percent(share: float) -> str:
    """`0.614` as `61 %`; never 100 where something is left, never 0 where something is there."""
    value = round(share * 100)
    if share > 0 and value == 0:
        return f"<{THIN_SPACE}1{THIN_SPACE}%"
    if share < 1 and value == 100:
        return f">{THIN_SPACE}99{THIN_SPACE}%"
    return f"{value}{THIN_SPACE}%"


def plural(value: int, word: str, words: str = "") -> str:
    """`1 query`, `2 queries`."""
    return f"{count(value)} {word if value == 1 else words or word + 's'}"


def queries(value: int) -> str:
    """`1 query`, `80 queries`."""
    return plural(value, "query", "queries")
