"""Methods of the project's querysets and managers that a function calls: their filters are its filters."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

Function = ast.FunctionDef | ast.AsyncFunctionDef

_DEPTH = 3  # methods that call methods
_MOST = 30


def followed(scope: ast.AST, trees: Sequence[ast.Module]) -> tuple[Function, ...]:
    """The methods called in a function, by name, and `get_queryset` of the managers that it names.

    A method of another class with the same name comes along: what it says proves nothing by itself.
    """
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    found: list[Function] = []
    waiting: list[tuple[ast.AST, int]] = [(scope, 0)]
    while waiting and len(found) < _MOST:
        node, depth = waiting.pop(0)
        if depth == _DEPTH:
            continue
        for function in _called(node, classes):
            if function is not scope and function not in found:
                found.append(function)
                waiting.append((function, depth + 1))
    return tuple(found)


def _called(scope: ast.AST, classes: Sequence[ast.ClassDef]) -> Iterator[Function]:
    names = {node.func.attr for node in ast.walk(scope) if _is_method_call(node)}  # type: ignore[attr-defined]
    named = {node.attr for node in ast.walk(scope) if isinstance(node, ast.Attribute)}
    managers = {name for owner in classes for name in _managers(owner, named)}
    for owner in classes:
        for node in owner.body:
            if isinstance(node, Function) and (
                node.name in names or (node.name == "get_queryset" and owner.name in managers)
            ):
                yield node


def _is_method_call(node: ast.AST) -> bool:
    """`get_queryset` is known by its manager alone: every view has one."""
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return is_method and node.func.attr != "get_queryset"  # type: ignore[attr-defined]


def _managers(owner: ast.ClassDef, named: set[str]) -> Iterator[str]:
    """Classes whose instances a model has under one of these names: `alive = AliveManager()`."""
    for node in owner.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        if any(isinstance(target, ast.Name) and target.id in named for target in node.targets):
            yield from (part.id for part in ast.walk(node.value) if isinstance(part, ast.Name))
