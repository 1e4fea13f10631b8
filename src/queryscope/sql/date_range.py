"""A condition on the date of a timestamp as a range of the timestamp, which an index of the column serves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

# As Django writes `created__date=…`: the time zone is a parameter, and not there without USE_TZ.
_CONDITION = re.compile(
    r'\((?P<operand>(?:(?P<table>"[^"]+"|\w+)\.)?"(?P<column>[^"]+)")(?P<zone> AT TIME ZONE %s)?\)::date'
    r" (?:(?P<operator><=|>=|=|<|>) %s|BETWEEN %s AND %s)"
)
_PLACEHOLDER = re.compile(r"%%|%s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """A statement with its parameters, and the columns that it now compares as they are."""

    sql: str
    params: tuple[Any, ...]
    columns: tuple[tuple[str, str], ...]  # qualifier as written, without quotes, and column


def by_range(sql: str, params: Any) -> Rewritten | None:
    """The statement that finds the same rows by half-open ranges; None where it compares no date.

    `("created" AT TIME ZONE zone)::date = day` holds from midnight of that day in the zone up to midnight of
    the next: https://www.postgresql.org/docs/current/functions-datetime.html#FUNCTIONS-DATETIME-ZONECONVERT.
    NULL stays NULL, so the two agree below NOT as well. Python and PostgreSQL read the same tz database.
    """
    if not isinstance(params, list | tuple):
        return None
    pieces: list[str] = []
    values: list[Any] = []
    columns = []
    at = taken = 0
    for match in _CONDITION.finditer(sql):
        before = count_placeholders(sql[at : match.start()])
        own = count_placeholders(match.group())
        day = params[taken + before : taken + before + own]
        bounds = _bounds(match["operator"] or "between", day, has_zone=match["zone"] is not None)
        if bounds is None:
            return None
        pieces += [sql[at : match.start()], _written(match["operand"], bounds)]
        values += [*params[taken : taken + before], *(value for _, value in bounds)]
        columns.append(((match["table"] or "").strip('"'), match["column"]))
        at, taken = match.end(), taken + before + own
    if not columns:
        return None
    return Rewritten(
        sql="".join([*pieces, sql[at:]]), params=(*values, *params[taken:]), columns=tuple(columns)
    )


def count_placeholders(text: str) -> int:
    """How many parameters a text takes."""
    return sum(each == "%s" for each in _PLACEHOLDER.findall(text))


def _written(operand: str, bounds: Sequence[tuple[str, Any]]) -> str:
    return f"({' AND '.join(f'{operand} {operator} %s' for operator, _ in bounds)})"


def _bounds(operator: str, values: Sequence[Any], *, has_zone: bool) -> list[tuple[str, Any]] | None:
    zone: tzinfo | None = None
    if has_zone:
        name, *values = values
        try:
            zone = ZoneInfo(name)
        except (TypeError, ValueError, OSError, KeyError):  # an offset, or a zone that isn't known here
            return None
    if any(type(value) is not date for value in values):
        return None
    try:
        return _compared(operator, [_midnight(value, zone) for value in values],
                         [_midnight(value + timedelta(days=1), zone) for value in values])  # fmt: skip
    except OverflowError:  # the last day that Python knows
        return None


def _compared(operator: str, starts: list[datetime], ends: list[datetime]) -> list[tuple[str, Any]]:
    if operator == "=":
        return [(">=", starts[0]), ("<", ends[0])]
    if operator == "between":
        return [(">=", starts[0]), ("<", ends[1])]
    return {
        ">=": [(">=", starts[0])],
        ">": [(">=", ends[0])],
        "<": [("<", starts[0])],
        "<=": [("<", ends[0])],
    }[operator]


def _midnight(day: date, zone: tzinfo | None) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)
