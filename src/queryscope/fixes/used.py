"""What becomes of a row or of rows where they are asked for, as far as the source tells."""

from __future__ import annotations

import ast

from queryscope.fixes.asked import Asked
from queryscope.fixes.root import last_name
from queryscope.model import Model

_READERS = frozenset((
    "all", "any", "enumerate", "frozenset", "iter", "join", "len", "list", "map", "max", "min", "reversed",
    "set", "sorted", "sum", "tuple", "zip",
))  # fmt: skip


def used_attribute(asked: Asked, target: Model) -> tuple[str, list[tuple[ast.AST, str]]] | None:
    """The only column that is read of the row asked for, and what to replace; `…` stands for the new name."""
    parents = asked.source.parents
    node: ast.AST = asked.node
    parent = parents.get(node)
    if _is_tried(asked):
        return None
    if isinstance(parent, ast.Await):
        node, parent = parent, parents.get(parent)
    if isinstance(parent, ast.Attribute):
        column = target.field(parent.attr)
        is_read = isinstance(parent.ctx, ast.Load) and column is not None and column.target is None
        return (parent.attr, [(parent, "…")]) if is_read else None
    if not isinstance(parent, ast.Assign) or len(parent.targets) != 1:
        return None
    name = parent.targets[0]
    scope: ast.AST = parent
    while not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
        scope = parents[scope]
    if not isinstance(name, ast.Name):
        return None
    return _uses(asked, name, parent, scope, target)


def _is_tried(asked: Asked) -> bool:
    """Whether a row that is missing may be an exception that somebody waits for."""
    node: ast.AST | None = asked.node
    while node is not None and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        if isinstance(node, ast.Try):
            return True
        node = asked.source.parents.get(node)
    return False


def _uses(
    asked: Asked, name: ast.Name, assigned: ast.Assign, scope: ast.AST, target: Model
) -> tuple[str, list[tuple[ast.AST, str]]] | None:
    parents = asked.source.parents
    every = [node for node in ast.walk(scope) if isinstance(node, ast.Name) and node.id == name.id]
    if sum(not isinstance(node.ctx, ast.Load) for node in every) != 1:
        return None
    replaced: dict[ast.AST, str] = {assigned: ""}
    columns = set()
    for use in [node for node in every if isinstance(node.ctx, ast.Load)]:
        parent = parents[use]
        around = parents[parent]
        if isinstance(parent, ast.IfExp) and use is parent.test:
            if not _is_none(parent.orelse) or not _reads(parent.body, name.id):
                return None
            replaced[parent] = "…"
        elif isinstance(parent, ast.Attribute) and isinstance(parent.ctx, ast.Load):
            columns.add(parent.attr)
            if not _is_guarded(around, parent, name.id):
                replaced[parent] = "…"
        else:
            return None
    column = target.field(next(iter(columns))) if len(columns) == 1 else None
    if column is None or column.target is not None:
        return None
    return column.name, list(replaced.items())


def _is_guarded(around: ast.AST, read: ast.expr, name: str) -> bool:
    """Whether it is the `row.title` of `row.title if row else None`."""
    if not isinstance(around, ast.IfExp) or around.body is not read:
        return False
    return isinstance(around.test, ast.Name) and around.test.id == name


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _reads(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name


def is_read_at_once(asked: Asked) -> bool:
    """Whether the rows are read where they are asked for, in a way that a list allows too."""
    parent = asked.source.parents.get(asked.node)
    if isinstance(parent, ast.For | ast.comprehension):
        return parent.iter is asked.node
    if isinstance(parent, ast.Call):
        return asked.node in parent.args and last_name(parent.func) in _READERS
    if isinstance(parent, ast.If | ast.IfExp | ast.While):
        return parent.test is asked.node
    is_not = isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not)
    return is_not or isinstance(parent, ast.Starred | ast.Compare)
