"""Constants within an expression of the source: the 45 of `F("promised") + 45`."""

from __future__ import annotations

import ast

from queryscope.rules.index.candidate.named import Names, Scalar

_DEPTH = 8
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
