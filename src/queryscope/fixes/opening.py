"""Which lines of the source open a transaction: `atomic()` itself, and what the project wraps around it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from queryscope.fixes.bound import Places
from queryscope.fixes.root import last_name
from queryscope.fixes.source import Source
from queryscope.fixes.sources import Sources

_Function = ast.FunctionDef | ast.AsyncFunctionDef
Block = ast.With | ast.AsyncWith | ast.FunctionDef | ast.AsyncFunctionDef
_ENTERS = ("__enter__", "__aenter__")
_MANAGERS = frozenset({"asynccontextmanager", "contextmanager"})


def is_atomic(node: ast.expr) -> bool:
    """`transaction.atomic()`, `atomic(using="other")`, as a decorator without a call, or of a method."""
    name = last_name(node.func if isinstance(node, ast.Call) else node)
    if name == "method_decorator" and isinstance(node, ast.Call) and node.args:
        return is_atomic(node.args[0])
    return name == "atomic"


def atomic_around(
    source: Source, node: ast.AST, stop: ast.AST | None = None, sources: Sources | None = None
) -> Block | None:
    """The `with atomic():`, or the function that is decorated so, around a node and within `stop`.

    With the project's files a `with` of a context manager of its own, which opens a transaction, is one too.
    """
    current: ast.AST | None = node
    while current is not None and current is not stop:
        if isinstance(current, ast.With | ast.AsyncWith):
            entered = [item.context_expr for item in current.items]
            if any(is_atomic(each) or _is_own_atomic(source, each, sources) for each in entered):
                return current
        if isinstance(current, _Function):
            return current if any(map(is_atomic, current.decorator_list)) else None
        current = source.parents.get(current)
    return None


def _is_own_atomic(source: Source, entered: ast.expr, sources: Sources | None) -> bool:
    """Whether a context manager of the project's own opens a transaction: a class, or a function."""
    called = entered.func if isinstance(entered, ast.Call) else None
    if sources is None or not isinstance(called, ast.Name | ast.Attribute):
        return False
    places = Places(sources)
    found = places.of(source, called)
    if found is None:
        return False
    where, node = found
    if isinstance(node, ast.ClassDef):
        return _class_opens(places, where, node)
    return isinstance(node, _Function) and _function_opens(node)


def _class_opens(places: Places, source: Source, node: ast.ClassDef, depth: int = 3) -> bool:
    methods = [each for each in node.body if isinstance(each, _Function)]
    if any(each.name in _ENTERS for each in methods):
        return any(_calls_atomic(each) for each in methods)
    for base in node.bases:
        if last_name(base) == "Atomic":
            return True
        found = places.of(source, base) if isinstance(base, ast.Name | ast.Attribute) else None
        if found is not None and isinstance(found[1], ast.ClassDef) and depth:
            return _class_opens(places, found[0], found[1], depth - 1)
    return False


def _function_opens(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    if any(last_name(each) in _MANAGERS for each in node.decorator_list):
        return any(isinstance(each, ast.Yield) and _is_within(each, node) for each in ast.walk(node))
    returned = [each.value for each in ast.walk(node) if isinstance(each, ast.Return)]
    return any(isinstance(each, ast.Call) and is_atomic(each) for each in returned)


def _is_within(inner: ast.AST, node: ast.AST) -> bool:
    """Whether a `with atomic()` stands around a node."""
    return any(
        isinstance(each, ast.With | ast.AsyncWith)
        and any(is_atomic(item.context_expr) for item in each.items)
        and any(below is inner for below in ast.walk(each))
        for each in ast.walk(node)
    )


def _calls_atomic(node: ast.AST) -> bool:
    calls: Iterator[ast.Call] = (each for each in ast.walk(node) if isinstance(each, ast.Call))
    return any(is_atomic(each) for each in calls)
