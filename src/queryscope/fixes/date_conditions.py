"""What a queryset asks of dates, and of months of a year: in filter(), get(), exclude() and Q()."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from queryscope.errors import EditRefusedError
from queryscope.fixes.built import Built
from queryscope.fixes.root import last_name
from queryscope.model import Field

_LOOKUP = re.compile(r"^(?P<path>\w+?)__date(?:__(?P<way>gte|gt|lte|lt|range))?$")
_OF_DAY = re.compile(r"^(?P<name>\w+?)(?:__(?P<way>gte|gt|lte|lt|range))?$")
_PART = re.compile(r"^(?P<path>\w+?)__(?P<part>year|month|day)$")
_POSITIVE = frozenset({"filter", "get", "aget"})
_ANNOTATING = frozenset({"alias", "annotate"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Keywords of one call, side by side, that give way to a range."""

    call: ast.Call
    keywords: tuple[ast.keyword, ...]
    path: str  # of the field: "order__created"
    is_named: bool = False  # by an annotation
    way: str  # "", "gte", "gt", "lte", "lt", "range" of dates; "month" or "day" of a year

    @property
    def others(self) -> frozenset[str]:
        """What the same call asks for beside it."""
        return frozenset(each.arg or "" for each in self.call.keywords if each not in self.keywords)


@dataclass(frozen=True, slots=True)
class Asking:
    """A call whose keywords are conditions, and whether rows that meet them are left out."""

    call: ast.Call
    is_negated: bool


def asking_calls(built: Built) -> Iterator[Asking]:
    """filter(), get() and exclude() of a queryset, and each Q() within them."""
    for link in built.links:
        if link.name in _POSITIVE or link.name == "exclude":
            is_negated = link.name == "exclude"
            yield Asking(link.call, is_negated)
            for argument in link.call.args:
                yield from _within(argument, is_negated=is_negated)


def _within(node: ast.expr, *, is_negated: bool) -> Iterator[Asking]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr | ast.BitXor):
        yield from _within(node.left, is_negated=is_negated)
        yield from _within(node.right, is_negated=is_negated)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
        yield from _within(node.operand, is_negated=True)
    elif isinstance(node, ast.Call) and last_name(node.func) == "Q" and not _is_connected(node):
        is_turned = any(each.arg == "_negated" for each in node.keywords)
        yield Asking(node, is_negated or is_turned)
        for argument in node.args:
            yield from _within(argument, is_negated=is_negated or is_turned)


def _is_connected(q: ast.Call) -> bool:
    """Whether a Q() may take its keywords for alternatives: `Q(a=1, b=2, _connector=Q.OR)`."""
    return any(each.arg in ("_connector", None) for each in q.keywords)


def date_conditions(built: Built, fields: Mapping[str, Field]) -> list[Condition]:
    """What a queryset asks of the dates of these fields.

    Args:
        built: the queryset.
        fields: by their names.

    Raises:
        EditRefusedError: a range might leave out other rows than the date does.
    """
    days = dict(_named_days(built))
    found = []
    for asking in asking_calls(built):
        for each in [*_dates(asking.call, days), *_parts(asking.call)]:
            if each.path.rpartition("__")[2] not in fields:
                continue
            if asking.is_negated and each.path not in fields:
                raise EditRefusedError("rows are left out by related ones, of which a range may find others.")
            # Of a field that may be NULL, exclude() keeps those rows; of an annotation it drops them.
            if asking.is_negated and each.is_named and fields[each.path].is_null:
                raise EditRefusedError(f"{each.path} may be NULL, for which exclude() of a field does more.")
            found.append(each)
    return found


def _named_days(built: Built) -> Iterator[tuple[str, str]]:
    """`annotate(day=TruncDate("created"))`: a name for the date of a field, in the current time zone."""
    for link in built.links:
        for keyword in link.call.keywords if link.name in _ANNOTATING else ():
            call = keyword.value
            if not isinstance(call, ast.Call) or last_name(call.func) != "TruncDate" or call.keywords:
                continue
            [argument] = call.args if len(call.args) == 1 else [None]
            if isinstance(argument, ast.Call) and last_name(argument.func) == "F" and argument.args:
                argument = argument.args[0]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and keyword.arg:
                yield keyword.arg, argument.value


def _dates(call: ast.Call, days: Mapping[str, str]) -> Iterator[Condition]:
    for keyword in call.keywords:
        name = keyword.arg or ""
        match = _LOOKUP.match(name)
        path, is_named = match["path"] if match is not None else "", match is None
        if match is None and (match := _OF_DAY.match(name)) is not None:
            path = days.get(match["name"], "")
        if match is not None and path:
            yield Condition(
                call=call, keywords=(keyword,), path=path, way=match["way"] or "", is_named=is_named
            )


def _parts(call: ast.Call) -> Iterator[Condition]:
    """`created__year=…, created__month=…`, and perhaps the day."""
    found: dict[str, dict[str, ast.keyword]] = {}
    for keyword in call.keywords:
        if match := _PART.match(keyword.arg or ""):
            found.setdefault(match["path"], {})[match["part"]] = keyword
    for path, parts in found.items():
        if {"year", "month"} <= set(parts):
            keywords = tuple(each for each in call.keywords if each in parts.values())
            at = [call.keywords.index(each) for each in keywords]
            if at != list(range(at[0], at[0] + len(at))):
                raise EditRefusedError("the year and the month don't stand side by side.")
            way = "day" if "day" in parts else "month"
            yield Condition(call=call, keywords=keywords, path=path, way=way)
