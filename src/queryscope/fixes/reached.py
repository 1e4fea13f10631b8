"""Whether an object certainly is a row of one queryset: back through loops, variables, private helpers."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from queryscope.fixes.source import Source

# Functions whose result holds what their first argument holds.
_PASSING = frozenset({"enumerate", "iter", "list", "next", "reversed", "set", "sorted", "tuple"})
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Scope = _Function | ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_DEEPEST = 12


def comes_only_from(source: Source, node: ast.AST | None, built: ast.expr, depth: int = _DEEPEST) -> bool:
    """Whether an expression gives a queryset, its rows, or what they lead to, and nothing else.

    Args:
        source: the file of both.
        node: the expression.
        built: the queryset's whole chain.
        depth: how many steps may be followed.
    """
    if node is built:
        return True
    if depth == 0:
        return False
    if isinstance(node, ast.Name):
        return _is_bound_to(source, node, built, depth - 1)
    if isinstance(node, ast.Attribute | ast.Subscript | ast.Await | ast.Starred):
        return comes_only_from(source, node.value, built, depth - 1)
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute):
            return comes_only_from(source, node.func.value, built, depth - 1)
        first = node.args[:1] if getattr(node.func, "id", "") in _PASSING else []
        return bool(first) and comes_only_from(source, first[0], built, depth - 1)
    return False


def _is_bound_to(source: Source, name: ast.Name, built: ast.expr, depth: int) -> bool:
    """Whether every value of a variable, in the innermost scope that gives it one, comes from there."""
    scope: ast.AST | None = source.parents.get(name)
    while scope is not None:
        values = list(_values(source, scope, name.id)) if isinstance(scope, _Scope) else []
        given = list(_arguments(source, scope, name.id)) if isinstance(scope, _Function | ast.Lambda) else []
        if values or given:
            # What is made of the variable itself comes from where that comes from.
            others = [*given, *(value for value in values if not _is_made_of(value, name.id))]
            return bool(others) and all(comes_only_from(source, each, built, depth) for each in others)
        scope = source.parents.get(scope)
    return False


def _is_made_of(value: ast.AST | None, name: str) -> bool:
    while isinstance(value, ast.Attribute | ast.Subscript | ast.Call):
        value = value.func if isinstance(value, ast.Call) else value.value
    return isinstance(value, ast.Name) and value.id == name


def _values(source: Source, scope: ast.AST, name: str) -> Iterator[ast.AST | None]:
    """What a scope binds to a name; None where that can't be told."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load):
            yield _value_of(source, node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if node.name == name:
                yield None
        elif not isinstance(node, _Scope):
            waiting.extend(ast.iter_child_nodes(node))


def _value_of(source: Source, target: ast.AST) -> ast.AST | None:
    """The expression that a target is bound to; of a loop what it goes over."""
    parent = source.parents.get(target)
    while isinstance(parent, ast.Tuple | ast.List | ast.Starred):
        target, parent = parent, source.parents.get(parent)
    if isinstance(parent, ast.Assign | ast.AnnAssign | ast.NamedExpr):
        return None if isinstance(target, ast.Tuple | ast.List) else parent.value
    return parent.iter if isinstance(parent, ast.For | ast.AsyncFor | ast.comprehension) else None


def _arguments(
    source: Source, scope: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, name: str
) -> Iterator[ast.AST | None]:
    """What a function is called with; told of private functions of a module: their callers are in sight."""
    arguments = scope.args
    every = [*arguments.posonlyargs, *arguments.args]
    beside = [*arguments.kwonlyargs, *filter(None, (arguments.vararg, arguments.kwarg))]
    if any(argument.arg == name for argument in beside):
        yield None
    position = next((at for at, argument in enumerate(every) if argument.arg == name), None)
    if position is None:
        return
    own = getattr(scope, "name", "")
    if not own.startswith("_") or not isinstance(source.parents.get(scope), ast.Module):
        yield None
        return
    uses = [node for node in ast.walk(source.tree) if isinstance(node, ast.Name) and node.id == own]
    if not uses:
        yield None
    for use in uses:
        call = source.parents.get(use)
        is_call = isinstance(call, ast.Call) and call.func is use and len(call.args) > position
        yield call.args[position] if isinstance(call, ast.Call) and is_call else None
