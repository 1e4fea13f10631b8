"""Code of the bounds of a day or a month: from midnight to midnight in the current time zone."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from datetime import date, timedelta

from queryscope.errors import EditRefusedError
from queryscope.fixes.date_conditions import Condition
from queryscope.fixes.dates import is_date, is_moment
from queryscope.fixes.imports import Imports
from queryscope.fixes.source import Replacement, Source

# (lookup, whether it is the midnight after that day) of `__date`, `__date__gte` …
BOUNDS = {
    "": (("gte", False), ("lt", True)),
    "gte": (("gte", False),),
    "gt": (("gte", True),),
    "lt": (("lt", False),),
    "lte": (("lt", True),),
}
_NO_DATE = "whether the day is a date, and not a text, the source doesn't tell."
_DAYS = ("day", "on_day", "wanted_day")
_FIRSTS = ("first", "first_day", "month_start")
_FOLLOWING = ("following", "next_month", "month_end")
_SIMPLE = ast.Assign | ast.AnnAssign | ast.Return | ast.Expr | ast.AugAssign
_DEFERRED = ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp | ast.IfExp | ast.BoolOp
_NO_MONTH = "whether there is such a month, the source doesn't tell."


def written_midnight(datetime: str, timedelta: str, timezone: str, day: str, *, is_next: bool) -> str:
    """Code of the midnight at which a day begins, or the one at which it ends.

    Args:
        datetime: how the file names the class.
        timedelta: likewise.
        timezone: Django's module; "" without time zones.
        day: code of the day.
        is_next: whether the end is meant.
    """
    at = f"{day} + {timedelta}(days=1)" if is_next else day
    text = f"{datetime}.combine({at}, {datetime}.min.time())"
    return f"{timezone}.make_aware({text})" if timezone else text


class Names:
    """How the file says what the bounds of a field need; what isn't asked for isn't imported."""

    def __init__(self, source: Source, imports: Imports, *, has_time: bool, is_aware: bool) -> None:
        """
        Args:
            source: the file.
            imports: of it.
            has_time: whether the field is a timestamp.
            is_aware: whether timestamps have time zones.
        """
        self._imports = imports
        self._is_aware = is_aware
        self.has_time = has_time
        top = [alias for node in source.tree.body if isinstance(node, ast.Import) for alias in node.names]
        self._whole = next((alias.asname or alias.name for alias in top if alias.name == "datetime"), "")

    def of(self, name: str) -> str:
        """How `datetime.<name>` is written in this file.

        Raises:
            EditRefusedError: the file uses that name for something else.
        """
        return f"{self._whole}.{name}" if self._whole else self._imports.of_django(name, "datetime")

    @property
    def _timezone(self) -> str:
        return self._imports.of_django("timezone", "django.utils") if self._is_aware else ""

    def midnight(self, day: str, *, is_next: bool = False) -> str:
        """Of a timestamp the moment at which a day begins, or ends."""
        timedelta = self.of("timedelta") if is_next else ""
        return written_midnight(self.of("datetime"), timedelta, self._timezone, day, is_next=is_next)

    def start_of(self, day: date) -> str:
        """The first value of a certain day."""
        numbers = f"({day.year}, {day.month}, {day.day})"
        if not self.has_time:
            return self.of("date") + numbers
        text = self.of("datetime") + numbers
        return f"{self._timezone}.make_aware({text})" if self._timezone else text


def ranges(
    source: Source, scope: ast.AST, each: Condition, names: Names
) -> tuple[list[tuple[str, str]], list[Replacement]]:
    """The lookups of a range with code for their values, and what has to be said before it.

    Raises:
        EditRefusedError: the source doesn't tell that these are dates.
    """
    if each.way in ("month", "day"):
        return _of_parts(source, scope, each, names)
    [keyword] = each.keywords
    if not names.has_time:
        raise EditRefusedError("no filter() at that line says which date is meant.")
    if each.way == "range":
        value = keyword.value
        if not isinstance(value, ast.Tuple | ast.List) or len(value.elts) != 2:
            raise EditRefusedError("whether the days are dates, the source doesn't tell.")
        if not all(is_date(day, scope) for day in value.elts):
            raise EditRefusedError("whether the days are dates, the source doesn't tell.")
        first, last = map(source.text_of, value.elts)
        return [
            ("gte", names.midnight(first)),
            ("lt", names.midnight(last, is_next=True)),
        ], []
    if each.way:  # one bound: the day stands there once
        if not is_date(keyword.value, scope):
            raise EditRefusedError(_NO_DATE)
        [(way, late)] = BOUNDS[each.way]
        return [(way, names.midnight(source.text_of(keyword.value), is_next=late))], []
    day, before = _day(source, keyword.value, scope)
    return [(way, names.midnight(day, is_next=late)) for way, late in BOUNDS[each.way]], before


def _of_parts(
    source: Source, scope: ast.AST, each: Condition, names: Names
) -> tuple[list[tuple[str, str]], list[Replacement]]:
    """The month, or the day, that two or three keywords ask for."""
    values = {(keyword.arg or "").rpartition("__")[2]: keyword.value for keyword in each.keywords}
    numbers = {
        part: value.value
        for part, value in values.items()
        if isinstance(value, ast.Constant) and type(value.value) is int
    }
    if len(numbers) == len(values):
        return _of_numbers(numbers, names), []
    owners = [
        value.value
        for part, value in values.items()
        if isinstance(value, ast.Attribute) and value.attr == part and isinstance(value.value, ast.Name)
    ]
    if len(owners) != len(values) or len({each.id for each in owners}) > 1:
        raise EditRefusedError(_NO_MONTH)
    day, owner = owners[0], owners[0].id
    is_known = is_date(day, scope) or (names.has_time and is_moment(day, scope))
    if not is_known or (not names.has_time and each.way == "day"):
        raise EditRefusedError(_NO_MONTH)
    if each.way == "day":
        return [(way, names.midnight(owner, is_next=late)) for way, late in BOUNDS[""]], []
    step = names.of("timedelta")
    first, following = (_free(source, wanted) for wanted in (_FIRSTS, _FOLLOWING))
    lines = [
        f"{first} = {owner}.replace(day=1)",
        f"{following} = ({first} + {step}(days=32)).replace(day=1)",
    ]
    bounds = [(way, names.midnight(at) if names.has_time else at)
              for way, at in (("gte", first), ("lt", following))]  # fmt: skip
    return bounds, [_before(source, each.keywords[0].value, scope, lines)]


def _of_numbers(numbers: dict[str, int], names: Names) -> list[tuple[str, str]]:
    """`created__year=2024, created__month=2`."""
    year, month, day = numbers["year"], numbers["month"], numbers.get("day")
    try:
        start = date(year, month, day or 1)
        end = start + timedelta(days=1) if day else date(year + month // 12, month % 12 + 1, 1)
    except (ValueError, OverflowError):
        raise EditRefusedError("there is no such day.") from None
    return [("gte", names.start_of(start)), ("lt", names.start_of(end))]


def _day(source: Source, value: ast.expr, scope: ast.AST) -> tuple[str, list[Replacement]]:
    """Code of the day that may stand twice, and what has to be said before it."""
    if not is_date(value, scope):
        raise EditRefusedError(_NO_DATE)
    if isinstance(value, ast.Name):
        return value.id, []
    name = _free(source, _DAYS)
    return name, [_before(source, value, scope, [f"{name} = {source.text_of(value)}"])]


def _free(source: Source, wanted: Sequence[str]) -> str:
    name = next((each for each in wanted if each not in source.names), "")
    if not name:
        raise EditRefusedError("there is no line before it on which the day could get a name.")
    return name


def _before(source: Source, value: ast.expr, scope: ast.AST, lines: Sequence[str]) -> Replacement:
    """Lines before the statement of a value."""
    statement: ast.AST = value
    while not isinstance(statement, ast.stmt):
        statement = source.parents[statement]
        if isinstance(statement, _DEFERRED):
            raise EditRefusedError("the day is worked out within a part of the statement.")
    is_plain = isinstance(statement, _SIMPLE) and source.starts_line(statement)
    if not is_plain or not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
        raise EditRefusedError("there is no line before it on which the day could get a name.")
    at = source.start(statement)
    indent = source.indent_of(statement.lineno)
    return Replacement(at, at, "".join(f"{line}{source.newline}{indent}" for line in lines))
