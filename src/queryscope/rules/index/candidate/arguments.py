"""What the arguments of a function are given by those that call it, or by themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from queryscope.rules.index.candidate.named import Names

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Call = tuple[ast.Call, Names]
_FIRST = frozenset({"self", "cls"})


def seen_from_within(scopes: Sequence[ast.AST], names: Names) -> Iterator[tuple[ast.AST, Names]]:
    """Each of these functions with the names that it knows; what calls stands before what is called.

    Nothing is known of the arguments of the first one: who calls it isn't among them.
    """
    calls: dict[str, list[_Call]] = {}
    for at, scope in enumerate(scopes):
        given = _given(scope, calls, names) if at and isinstance(scope, _Function) else {}
        own = names.within(scope, given)
        yield scope, own
        for node in ast.walk(scope):
            if isinstance(node, ast.Call):
                calls.setdefault(_called(node), []).append((node, own))


def _called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _given(scope: _Function, calls: dict[str, list[_Call]], names: Names) -> dict[str, list[ast.expr]]:
    """All values of each argument, where all calls say one that stands in the source."""
    found: dict[str, list[ast.expr]] = {}
    own = calls.get(scope.name, [])
    handed = [_handed(scope, call) for call, _ in own]
    for name in {name for one in handed if one is not None for name in one}:
        every: list[ast.expr] = []
        for one, (_, caller) in zip(handed, own, strict=True):
            expression = one.get(name) if one is not None else None
            default = _defaults(scope).get(name) if one is not None else None
            values = _values(expression, caller) if expression is not None else _values(default, names)
            if values is None:
                break
            every += values
        else:
            found[name] = every
    return found


def _values(expression: ast.expr | None, names: Names) -> list[ast.expr] | None:
    if expression is None:
        return None
    lists = names.lists(expression)
    if lists is not None:
        return [ast.Tuple([ast.Constant(item) for item in one]) for one in lists]
    scalars = names.scalars(expression)
    return None if scalars is None else [ast.Constant(one) for one in scalars]


def _handed(scope: _Function, call: ast.Call) -> dict[str, ast.expr | None] | None:
    """Argument → what this call hands in, None for nothing; None where it hands in what isn't seen."""
    is_open = any(isinstance(one, ast.Starred) for one in call.args)
    if is_open or any(one.arg is None for one in call.keywords):
        return None
    arguments = scope.args
    plain = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    plain = plain[1:] if plain[:1] and plain[0] in _FIRST else plain
    found: dict[str, ast.expr | None] = dict.fromkeys((*plain, *(one.arg for one in arguments.kwonlyargs)))
    found |= dict(zip(plain, call.args, strict=False))
    found |= {one.arg: one.value for one in call.keywords if one.arg in found}
    if arguments.vararg is not None:
        found[arguments.vararg.arg] = ast.Tuple(call.args[len(plain) :])
    return found


def _defaults(scope: _Function) -> dict[str, ast.expr]:
    arguments = scope.args
    plain = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    found = dict(zip(reversed(plain), reversed(arguments.defaults), strict=False))
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return found | {one.arg: value for one, value in named if value is not None}
