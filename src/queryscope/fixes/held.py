"""What kind of value a name certainly holds in a function."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Sequence

IsIt = Callable[[ast.expr | None], bool]


def holds(name: str, scope: ast.AST, is_it: IsIt, annotations: Collection[str]) -> bool:
    """Whether every value that a function gives a name is of one kind.

    Args:
        name: of a variable or an argument.
        scope: the function.
        is_it: whether an expression is of that kind.
        annotations: of arguments that are.
    """
    values = list(_values(name, scope, is_it, annotations))
    return bool(values) and all(values)


def _values(name: str, scope: ast.AST, is_it: IsIt, annotations: Collection[str]) -> Iterator[bool]:
    for node in ast.walk(scope):
        if isinstance(node, ast.arg) and node.arg == name:
            annotation = ast.unparse(node.annotation) if node.annotation is not None else ""
            yield annotation.strip("'\"") in annotations
        elif isinstance(node, ast.arguments):
            yield from (is_it(default) for default in _defaults(node, name))
        elif isinstance(node, ast.Assign) and any(_is_named(each, name) for each in node.targets):
            is_plain = len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
            yield is_plain and not _is_named(node.value, name) and is_it(node.value)
        elif isinstance(node, ast.AnnAssign) and _is_named(node.target, name):
            yield node.value is not None and not _is_named(node.value, name) and is_it(node.value)
        elif isinstance(node, ast.AugAssign | ast.NamedExpr | ast.For | ast.AsyncFor | ast.comprehension):
            if _is_named(node.target, name):
                yield False
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            if _is_named(node.optional_vars, name):
                yield False
        elif name in _told(node):
            yield False


def _defaults(node: ast.arguments, name: str) -> Iterator[ast.expr]:
    positional = [*node.posonlyargs, *node.args]
    behind = positional[len(positional) - len(node.defaults) :]
    pairs = [*zip(behind, node.defaults, strict=True), *zip(node.kwonlyargs, node.kw_defaults, strict=True)]
    return (default for argument, default in pairs if argument.arg == name and default is not None)


def _told(node: ast.AST) -> Sequence[str | None]:
    """The names that other statements give, take, or share."""
    if isinstance(node, ast.Delete):
        return [each.id for each in node.targets if isinstance(each, ast.Name)]
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        return [node.name]
    return node.names if isinstance(node, ast.Global | ast.Nonlocal) else []


def _is_named(target: ast.AST, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(target))
