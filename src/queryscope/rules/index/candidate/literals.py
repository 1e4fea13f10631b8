"""Literals of the project's source around the lines that build and run a queryset: what may be told of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from queryscope.rules.index.candidate.followed import followed
from queryscope.rules.index.candidate.imported import parsed
from queryscope.rules.index.candidate.named import Names, names_of

Literal: TypeAlias = "str | int | float"


def read_literals(
    places: Sequence[tuple[str, int]], *, definitions: Sequence[str] = ()
) -> frozenset[Literal]:
    """Texts and numbers in the functions around these (source, line); names of constants are looked up there.

    So are functions and expressions (`class Tail(Func)`) that these call, there and in `definitions`, further
    files of the project.

    A keyword like `data__status` and a text like it count by their parts too: each is part of a lookup.
    """
    found: set[Literal] = set()
    others = [other for text in dict.fromkeys(definitions) if (other := parsed(text)) is not None]
    for source, line in places:
        tree = parsed(source)
        scope = _scope(tree, line) if tree is not None else None
        if tree is not None and scope is not None:
            around = list(dict.fromkeys([tree, *others]))
            names = names_of(tuple(around))
            for one in (scope, *followed(scope, around), *_expressions(scope, around)):
                found.update(_literals(one, _assigned(tree)))
                found.update(_named(one, names))
    return frozenset(found)


def _expressions(scope: ast.AST, trees: Sequence[ast.Module]) -> Iterator[ast.ClassDef]:
    """The classes called in a function that say how SQL is made: by template, function or `as_sql`."""
    calls = [node.func for node in ast.walk(scope) if isinstance(node, ast.Call)]
    called = {node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in calls}
    for tree in trees:
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and node.name in called and _is_expression(node):
                yield node


def _is_expression(node: ast.ClassDef) -> bool:
    assigned = (one.targets for one in node.body if isinstance(one, ast.Assign))
    names = {target.id for targets in assigned for target in targets if isinstance(target, ast.Name)}
    methods = {one.name for one in node.body if isinstance(one, ast.FunctionDef)}
    return bool(names & {"template", "function"} or "as_sql" in methods)


def _scope(tree: ast.Module, line: int) -> ast.AST | None:
    """The outermost function around a line, or the innermost statement in a class or module."""
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    functions = [node for node in around if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    if functions:
        return min(functions, key=lambda node: node.lineno)
    plain = [node for node in around if not isinstance(node, ast.ClassDef)]
    return max(plain, key=lambda node: node.lineno, default=None)


def _literals(scope: ast.AST, named: dict[str, list[ast.expr]]) -> Iterator[Literal]:
    for node in ast.walk(scope):
        yield from _of(node)
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        for value in named.get(name, ()):
            for inner in ast.walk(value):
                yield from _of(inner)


def _named(scope: ast.AST, names: Names) -> Iterator[Literal]:
    """Numbers that constants of other files and enumerations name, and such as are computed of them."""
    for node in ast.walk(scope):
        name = node.value if isinstance(node, ast.Attribute) and node.attr == "value" else node
        own = name.id if isinstance(name, ast.Name) else name.attr if isinstance(name, ast.Attribute) else ""
        if isinstance(node, ast.BinOp) or (isinstance(node, ast.Attribute | ast.Name) and names.has(own)):
            yield from (one for one in names.scalars(node) or () if type(one) in (int, float))


def _of(node: ast.AST) -> Iterator[Literal]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float):
        yield node.value
        if isinstance(node.value, str):
            yield from node.value.split("__")
            if "%(expressions)s" in node.value:  # a template: its SQL may hold numbers and texts
                yield from (int(number) for number in re.findall(r"\b\d{1,9}\b", node.value))
                yield from re.findall(r"'([^'%]*)'", node.value)
    elif isinstance(node, ast.keyword) and node.arg is not None:
        yield from node.arg.split("__")


def _assigned(tree: ast.Module) -> dict[str, list[ast.expr]]:
    """Constants of the module and its classes by their own names."""
    found: dict[str, list[ast.expr]] = {}
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.ClassDef):
            waiting += node.body
        elif (
            isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
        ):
            found.setdefault(node.targets[0].id, []).append(node.value)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            found.setdefault(node.target.id, []).append(node.value)
    return found
