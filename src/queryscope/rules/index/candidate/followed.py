"""What a function calls of the project: methods of querysets and managers, functions that make conditions."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from queryscope.rules.index.candidate.family import Classes, classes_of

Function = ast.FunctionDef | ast.AsyncFunctionDef

_DEPTH = 3  # methods that call methods
_MOST = 30
_OWN = frozenset({"self", "cls", "super"})


def followed(scope: ast.AST, trees: Sequence[ast.Module]) -> tuple[ast.AST, ...]:
    """The methods and functions that a function calls by name, and `get_queryset` of managers that it names.

    So are the querysets that its class holds, or one that inherits from it or the other way, under the name
    of an attribute of `self`. A method of another class with the same name comes along: what it says proves
    nothing by itself. What calls stands before what is called.
    """
    classes = classes_of(tuple(trees))
    functions = [node for tree in trees for node in tree.body if isinstance(node, Function)]
    found: list[ast.AST] = []
    waiting: list[tuple[ast.AST, int]] = [(scope, 0)]
    while waiting and len(found) < _MOST:
        node, depth = waiting.pop(0)
        if depth == _DEPTH:
            continue
        for inner in (*_called(node, classes), *_named(node, functions), *_own(node, classes)):
            if inner is not scope and inner not in found:
                found.append(inner)
                waiting.append((inner, depth + 1))
    return tuple(found)


def _called(scope: ast.AST, classes: Classes) -> Iterator[Function]:
    names = {node.func.attr for node in ast.walk(scope) if _is_method_call(node)}  # type: ignore[attr-defined]
    named = {node.attr for node in ast.walk(scope) if isinstance(node, ast.Attribute)}
    managers = {name for owner in classes.every for name in _managers(owner, named)}
    for owner in classes.every:
        for node in owner.body:
            if isinstance(node, Function) and (
                node.name in names or (node.name == "get_queryset" and owner.name in managers)
            ):
                yield node


def _named(scope: ast.AST, functions: Sequence[Function]) -> Iterator[Function]:
    """The functions of modules that are called: `filter(is_open())`, `annotate(digits=digits_of("x"))`.

    A module may be named before them: `selectors.open_orders()`.
    """
    called = {
        node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        for node in ast.walk(scope)
        if isinstance(node, ast.Call)
        and (
            isinstance(node.func, ast.Name)
            or (isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name))
        )
    }
    return (function for function in functions if function.name in called)


def _own(scope: ast.AST, classes: Classes) -> Iterator[ast.AST]:
    """What the class around a function, and its family, have under the names that it asks `self` for."""
    read = {node.attr for node in ast.walk(scope) if isinstance(node, ast.Attribute) and _is_own(node.value)}
    for owner in classes.family_of(scope) if read else ():
        for node in owner.body:
            if isinstance(node, Function) and node.name in read and (_is_property(node) or _is_rows(node)):
                yield node
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _names(node) & read:
                yield node.value


def _is_own(node: ast.expr) -> bool:
    """`self`, `cls` or `super()`."""
    node = node.func if isinstance(node, ast.Call) else node
    return isinstance(node, ast.Name) and node.id in _OWN


def _is_property(node: Function) -> bool:
    names = {part.id for one in node.decorator_list for part in ast.walk(one) if isinstance(part, ast.Name)}
    return bool(names & {"property", "cached_property"})


def _is_rows(node: Function) -> bool:
    return node.name == "get_queryset"


def _is_method_call(node: ast.AST) -> bool:
    """`get_queryset` is known by its manager alone: every view has one."""
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return is_method and node.func.attr != "get_queryset"  # type: ignore[attr-defined]


def _names(node: ast.Assign) -> set[str]:
    return {target.id for target in node.targets if isinstance(target, ast.Name)}


def _managers(owner: ast.ClassDef, named: set[str]) -> Iterator[str]:
    """Classes whose instances a model has under one of these names: `alive = AliveManager()`."""
    for node in owner.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        if _names(node) & named:
            yield from (part.id for part in ast.walk(node.value) if isinstance(part, ast.Name))
