"""A condition on the date of a timestamp as a range of the timestamp, which an index of the column serves."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from queryscope.sql.date_parts import PARTS, Bounds, midnight, part_bounds, zone_of

# As Django writes `created__date=…`: the time zone is a parameter, and not there without USE_TZ.
_CONDITION = re.compile(
    r'\((?P<operand>(?:(?P<table>"[^"]+"|\w+)\.)?"(?P<column>[^"]+)")(?P<zone> AT TIME ZONE %s)?\)::date'
    r" (?:(?P<operator><=|>=|=|<|>) %s|BETWEEN %s AND %s)"
)
_Read = Callable[[re.Match[str], Sequence[Any]], Bounds | None]
_PLACEHOLDER = re.compile(r"%%|%s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """A statement with its parameters, and the columns that it now compares as they are."""

    sql: str
    params: tuple[Any, ...]
    columns: tuple[tuple[str, str], ...]  # qualifier as written, without quotes, and column
    has_months: bool = False  # whether a month of a year was one of the conditions


def by_range(sql: str, params: Any) -> Rewritten | None:
    """The statement that finds the same rows by half-open ranges; None where it compares no date.

    `("created" AT TIME ZONE zone)::date = day` holds from midnight of that day in the zone up to midnight of
    the next: https://www.postgresql.org/docs/current/functions-datetime.html#FUNCTIONS-DATETIME-ZONECONVERT.
    NULL stays NULL, so the two agree below NOT as well. Python and PostgreSQL read the same tz database.
    A year with a month, and a day of it, are such a range too.
    """
    if not isinstance(params, list | tuple):
        return None
    days = _replaced(sql, tuple(params), _CONDITION, _day_bounds)
    if days is None:
        return None
    months = _replaced(days.sql, days.params, PARTS, part_bounds)
    if months is None or not (columns := days.columns + months.columns):
        return None
    return Rewritten(sql=months.sql, params=months.params, columns=columns, has_months=bool(months.columns))


def _replaced(sql: str, params: tuple[Any, ...], pattern: re.Pattern[str], read: _Read) -> Rewritten | None:
    """Each condition as a range; None where one isn't understood."""
    pieces: list[str] = []
    values: list[Any] = []
    columns = []
    at = taken = 0
    for match in pattern.finditer(sql):
        before = count_placeholders(sql[at : match.start()])
        own = count_placeholders(match.group())
        bounds = read(match, params[taken + before : taken + before + own])
        if bounds is None and pattern is PARTS:
            continue  # perhaps a month of each year
        if bounds is None:
            return None
        has_value = " IS NOT NULL" in match.group()  # false for NULL, and NOT of it true
        pieces += [sql[at : match.start()], _written(match["operand"], bounds, has_value=has_value)]
        values += [*params[taken : taken + before], *(value for _, value in bounds)]
        columns.append(((match["table"] or "").strip('"'), match["column"]))
        at, taken = match.end(), taken + before + own
    return Rewritten(
        sql="".join([*pieces, sql[at:]]), params=(*values, *params[taken:]), columns=tuple(columns)
    )


def _day_bounds(match: re.Match[str], values: Sequence[Any]) -> Bounds | None:
    return _bounds(match["operator"] or "between", values, has_zone=match["zone"] is not None)


def count_placeholders(text: str) -> int:
    """How many parameters a text takes."""
    return sum(each == "%s" for each in _PLACEHOLDER.findall(text))


def _written(operand: str, bounds: Bounds, *, has_value: bool) -> str:
    parts = [f"{operand} {operator} %s" for operator, _ in bounds]
    return f"({' AND '.join([*parts, f'{operand} IS NOT NULL'] if has_value else parts)})"


def _bounds(operator: str, values: Sequence[Any], *, has_zone: bool) -> Bounds | None:
    zone: tzinfo | None = None
    if has_zone:
        name, *values = values
        zone = zone_of(name)
        if zone is None:
            return None
    if any(type(value) is not date for value in values):
        return None
    try:
        return _compared(operator, [midnight(value, zone) for value in values],
                         [midnight(value + timedelta(days=1), zone) for value in values])  # fmt: skip
    except OverflowError:  # the last day that Python knows
        return None


def _compared(operator: str, starts: list[datetime], ends: list[datetime]) -> Bounds:
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
