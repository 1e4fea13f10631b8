"""Parts of moments: TruncDate, TruncMonth, ExtractHour …, each in the time zone of the query."""

from __future__ import annotations

from dataclasses import dataclass

from queryscope.rules.index.candidate.operand import (
    LOCAL,
    ZONED,
    Expression,
    ObstacleError,
    Read,
    constant,
    unknown,
    volatile,
)
from queryscope.sql.date_parts import zone_of
from queryscope.sql.scalar import Node

_TRUNCATIONS = frozenset({"year", "quarter", "month", "week", "day", "hour", "minute", "second"})
_EXTRACTS = {
    "year": "ExtractYear",
    "isoyear": "ExtractIsoYear",
    "month": "ExtractMonth",
    "day": "ExtractDay",
    "week": "ExtractWeek",
    "quarter": "ExtractQuarter",
    "isodow": "ExtractIsoWeekDay",
    "hour": "ExtractHour",
    "minute": "ExtractMinute",
}
_TIMELESS = frozenset({LOCAL, "date", "time without time zone"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    """A column, in a time zone or without one."""

    inner: Expression
    sql: str
    type: str
    arguments: str  # of Django's transform


def read_moment(node: Node, read: Read) -> Expression | None:
    """The expression, or None where the node is no part of a moment.

    Raises:
        ObstacleError: it depends on the session's time zone, or there is no transform of Django's.
    """
    if node.kind == "cast" and node.text in ("date", "time"):
        return _cast(node, read)
    if node.kind == "call" and node.text == "date_trunc" and len(node.args) == 2:
        return _truncated(node, read)
    if node.kind == "operator" and node.text == "+" and node.args[1:] == (Node("value", "1"),):
        extract = node.args[0]
        is_week_day = extract.kind == "call" and extract.text == "extract" and extract.args[0].text == "dow"
        return _extracted(extract.args[1], "dow", read, is_week_day=True) if is_week_day else None
    if node.kind == "call" and node.text == "extract" and len(node.args) == 2:
        return _extracted(node.args[1], node.args[0].text, read)
    return None


def _moment(node: Node, read: Read) -> _Moment:
    if node.kind == "operator" and node.text == "at time zone":
        inner, zone = read(node.args[0]), constant(node.args[1])
        if zone is None or inner.type != ZONED:
            raise unknown()
        sql = f"{inner.sql} AT TIME ZONE {zone.sql}"
        return _Moment(inner=inner, sql=sql, type=LOCAL, arguments=inner.argument + _zone(node.args[1]))
    inner = read(node)
    return _Moment(inner=inner, sql=inner.sql, type=inner.type, arguments=inner.argument)


def _zone(node: Node) -> str:
    """The time zone as an argument: the project's own is the default.

    A migration that is written by hand holds any ZoneInfo. `makemigrations` writes one from Django 6.0 on,
    and `datetime.timezone.utc` never.

    Raises:
        ObstacleError: it goes by no name, as offsets don't.
    """
    if node.kind == "setting":
        return ""
    name = node.text[1:-1]
    if zone_of(name) is None:
        raise ObstacleError("unknown-expression", "its time zone has no name that Python knows")
    return f', tzinfo=zoneinfo.ZoneInfo("{name}")'


def _cast(node: Node, read: Read) -> Expression | None:
    """`(… AT TIME ZONE …)::date`; a plain cast of something else is no moment's."""
    is_zoned = node.args[0].kind == "operator" and node.args[0].text == "at time zone"
    moment = _moment(node.args[0], read) if is_zoned else None
    if moment is None:
        inner = read(node.args[0])
        if inner.type == ZONED:
            raise volatile(f"the {node.text} of {inner.sql} depends on the session's time zone")
        if inner.type != LOCAL:
            return None
        moment = _Moment(inner=inner, sql=inner.sql, type=inner.type, arguments=inner.argument)
    name = "TruncDate" if node.text == "date" else "TruncTime"
    result = "date" if node.text == "date" else "time without time zone"
    return Expression(sql=f"({moment.sql})::{node.text}", django=f"{name}({moment.arguments})", type=result)


def _truncated(node: Node, read: Read) -> Expression:
    unit, moment = constant(node.args[0]), _moment(node.args[1], read)
    name = unit.sql.strip("'") if unit is not None else ""
    if moment.type in (ZONED, "date"):
        raise volatile(f"date_trunc() of {moment.inner.sql} depends on the session's time zone")
    if name not in _TRUNCATIONS or moment.type != LOCAL:
        raise unknown()
    return Expression(
        sql=f"DATE_TRUNC('{name}', {moment.sql})",
        django=f"Trunc{name.title()}({moment.arguments})",
        type=LOCAL,
    )


def _extracted(node: Node, part: str, read: Read, *, is_week_day: bool = False) -> Expression:
    if part == "second":
        return _second(node, read)
    moment = _moment(node, read)
    if moment.type == ZONED:
        raise volatile(f"a part of {moment.inner.sql} depends on the session's time zone")
    name = "ExtractWeekDay" if is_week_day else _EXTRACTS.get(part)
    if name is None or moment.type not in _TIMELESS:
        raise unknown()
    sql = f"EXTRACT({part.upper()} FROM {moment.sql})"
    return Expression(
        sql=f"{sql} + 1" if is_week_day else sql, django=f"{name}({moment.arguments})", type="numeric"
    )


def _second(node: Node, read: Read) -> Expression:
    """Django leaves fractions out first: EXTRACT(SECOND FROM DATE_TRUNC('second', …))."""
    is_truncated = node.kind == "call" and node.text == "date_trunc" and len(node.args) == 2
    unit = constant(node.args[0]) if is_truncated else None
    if unit is None or unit.sql != "'second'":
        raise unknown()
    moment = _moment(node.args[1], read)
    if moment.type != LOCAL:
        raise volatile(f"a part of {moment.inner.sql} depends on the session's time zone")
    sql = f"EXTRACT(SECOND FROM DATE_TRUNC('second', {moment.sql}))"
    return Expression(sql=sql, django=f"ExtractSecond({moment.arguments})", type="numeric")
