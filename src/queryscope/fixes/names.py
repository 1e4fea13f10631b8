"""What a name in a function stands for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from queryscope.fixes.source import Source

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def only_value(source: Source, node: ast.AST, name: str) -> ast.expr | None:
    """What a name is bound to in the function around a node, if it is bound once and by an assignment."""
    scope: ast.AST = node
    while not isinstance(scope, _Function | ast.Module):
        scope = source.parents[scope]
    stores = [
        each
        for each in ast.walk(scope)
        if isinstance(each, ast.Name) and each.id == name and isinstance(each.ctx, ast.Store)
    ]
    values = [value for target, value in _assignments(scope) if target == name]
    return values[0] if len(stores) == len(values) == 1 else None


def _assignments(scope: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and isinstance(node.target, ast.Name):
            yield from [(node.target.id, node.value)] if node.value is not None else ()
