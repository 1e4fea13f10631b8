"""Constants within an expression of the source: the 45 of `F("promised") + 45`."""

from __future__ import annotations

import ast
from datetime import timedelta

from queryscope.rules.index.candidate.named import Names, Scalar

_DEPTH = 8
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400, "weeks": 604_800}
_UNITS = frozenset(_SECONDS)
_MOST_SECONDS = 86_400 * 36_500
_BITS = frozenset({"bitand", "bitor", "bitxor"})


def operands(node: ast.expr, names: Names, depth: int = 0) -> tuple[Scalar, ...] | None:
    """Its values, if it is a sum of columns and constants and the source says each of them; none: ()."""
    if depth > _DEPTH:
        return None
    if isinstance(node, ast.BinOp) and names.value(node) is None:
        return _all([operands(side, names, depth + 1) for side in (node.left, node.right)])
    if isinstance(node, ast.Call):
        return _called(node, names, depth)
    value = names.value(node)
    if value is not None:
        return (value,)
    given = names.expressions(node)
    return operands(given[0], names, depth + 1) if len(given) == 1 else None


def duration(node: ast.expr, names: Names, depth: int = 0) -> timedelta | None:
    """`timedelta(minutes=90)`, or a name of it; whole seconds only."""
    if not isinstance(node, ast.Call):
        given = names.expressions(node) if depth <= _DEPTH else ()
        return duration(given[0], names, depth + 1) if len(given) == 1 else None
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    units = {keyword.arg: names.value(keyword.value) for keyword in node.keywords}
    units |= {"days": names.value(node.args[0])} if len(node.args) == 1 else {}
    if name != "timedelta" or len(node.args) > 1 or not units or not set(units) <= _UNITS:
        return None
    if any(type(value) is not int for value in units.values()):
        return None
    seconds = sum(_SECONDS[str(unit)] * int(value or 0) for unit, value in units.items())
    return timedelta(seconds=seconds) if abs(seconds) < _MOST_SECONDS else None


def _called(node: ast.Call, names: Names, depth: int) -> tuple[Scalar, ...] | None:
    """`F("a")`, `Value(3)`, `F("a").bitand(4)`, `Coalesce("a", Value(0))`."""
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if any(keyword.arg != "output_field" for keyword in node.keywords):
        return None
    if name in _BITS and isinstance(function, ast.Attribute):
        return _all([operands(one, names, depth + 1) for one in (function.value, *node.args)])
    if not name[:1].isupper():
        return None
    # Of an expression's class a text is the name of a column, but for Value().
    named = [
        name != "Value" and isinstance(one, ast.Constant) and isinstance(one.value, str) for one in node.args
    ]
    rest = [one for one, is_named in zip(node.args, named, strict=True) if not is_named]
    return _all([operands(one, names, depth + 1) for one in rest])


def _all(found: list[tuple[Scalar, ...] | None]) -> tuple[Scalar, ...] | None:
    known = [one for one in found if one is not None]
    return tuple(value for one in known for value in one) if len(known) == len(found) else None
