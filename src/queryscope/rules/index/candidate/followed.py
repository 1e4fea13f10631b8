"""What a function calls of the project: methods of querysets and managers, functions that make conditions."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

Function = ast.FunctionDef | ast.AsyncFunctionDef

_DEPTH = 3  # methods that call methods
_MOST = 30


def followed(scope: ast.AST, trees: Sequence[ast.Module]) -> tuple[Function, ...]:
    """The methods and functions that a function calls by name, and `get_queryset` of managers that it names.

    A method of another class with the same name comes along: what it says proves nothing by itself.
    """
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    functions = [node for tree in trees for node in tree.body if isinstance(node, Function)]
    found: list[Function] = []
    waiting: list[tuple[ast.AST, int]] = [(scope, 0)]
    while waiting and len(found) < _MOST:
        node, depth = waiting.pop(0)
        if depth == _DEPTH:
            continue
        for function in (*_called(node, classes), *_named(node, functions)):
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


def _named(scope: ast.AST, functions: Sequence[Function]) -> Iterator[Function]:
    """The functions of modules that are called: `filter(is_open())`, `annotate(digits=digits_of("x"))`."""
    called = {
        node.func.id
        for node in ast.walk(scope)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    return (function for function in functions if function.name in called)


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
