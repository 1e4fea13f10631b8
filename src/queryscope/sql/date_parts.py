"""A year and a month of a column, and perhaps a day of it, as a range of the column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

Bounds = list[tuple[str, Any]]  # operator and value

_OPERAND = r'(?P<operand>(?:(?P<table>"[^"]+"|\w+)\.)?"(?P<column>[^"]+)")'
# As Django writes `created__year=…, created__month=…`: the year is a range by itself.
# https://docs.djangoproject.com/en/stable/ref/models/querysets/#year
_PART = (
    r"(?:EXTRACT\((?:MONTH|DAY) FROM (?P=operand)(?: AT TIME ZONE %s)?\) = %s"
    r"|(?P=operand) BETWEEN %s AND %s)"
)
_HAS_VALUE = r"(?P=operand) IS NOT NULL"  # beside each of what exclude() leaves out
PARTS = re.compile(
    rf'(?<![\w".])(?=(?:EXTRACT\((?:MONTH|DAY) FROM )?{_OPERAND}[ )])'
    rf"{_PART}(?:(?: AND {_HAS_VALUE})? AND {_PART}){{1,2}}"
)
_EACH = re.compile(r"EXTRACT\((?P<unit>MONTH|DAY) FROM [^()]*?(?P<zone> AT TIME ZONE %s)?\) = %s|BETWEEN")


def part_bounds(match: re.Match[str], values: Sequence[Any]) -> Bounds | None:
    """The range of a match of `PARTS`, whose parameters are the values; None where it is none."""
    found: dict[str, Any] = {}
    zones = set()
    taken = 0
    for part in _EACH.finditer(match.group()):
        unit = part["unit"] or "YEAR"
        if unit in found:
            return None
        if part["zone"]:
            zones.add(values[taken])
            taken += 1
        width = 2 if unit == "YEAR" else 1
        found[unit] = values[taken : taken + width]
        taken += width
    zone = zone_of(next(iter(zones))) if zones else None
    if not {"YEAR", "MONTH"} <= set(found) or len(zones) > 1 or (zones and zone is None):
        return None
    year = _year(found["YEAR"], zone)
    [month], [day] = found["MONTH"], found.get("DAY", [None])
    if year is None or any(each is not None and not isinstance(each, int) for each in (month, day)):
        return None
    return _range(year, int(month), None if day is None else int(day), found["YEAR"][0], zone)


def _year(bounds: Sequence[Any], zone: tzinfo | None) -> int | None:
    """The year of which two bounds are the first and the last moment, or day."""
    first, last = bounds
    if type(first) is not type(last) or not isinstance(first, date):
        return None
    if isinstance(first, datetime):
        start = datetime(first.year, 1, 1, tzinfo=zone)
        end = datetime(first.year, 12, 31, 23, 59, 59, 999_999, tzinfo=zone)
        if (first.tzinfo is None) is not (zone is None):
            return None
        return first.year if (first, last) == (start, end) else None
    return first.year if (first, last) == (date(first.year, 1, 1), date(first.year, 12, 31)) else None


def _range(year: int, month: int, day: int | None, like: Any, zone: tzinfo | None) -> Bounds | None:
    try:
        start = date(year, month, day or 1)
        end = start + timedelta(days=1)
        if day is None:
            end = date(year + month // 12, month % 12 + 1, 1)
    except (ValueError, OverflowError):  # no such day, or the last that Python knows
        return None
    if not isinstance(like, datetime):
        return [(">=", start), ("<", end)]
    return [(">=", midnight(start, zone)), ("<", midnight(end, zone))]


def zone_of(name: Any) -> tzinfo | None:
    """The time zone of a name; None of an offset, or a zone that isn't known here."""
    try:
        return ZoneInfo(name)
    except (TypeError, ValueError, OSError, KeyError):
        return None


def midnight(day: date, zone: tzinfo | None) -> datetime:
    """When a day begins; where clocks skip midnight, the moment at which they do."""
    return datetime(day.year, day.month, day.day, tzinfo=zone)
