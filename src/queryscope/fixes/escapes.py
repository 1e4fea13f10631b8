"""Whether rows are read in other ways than those that are known: seen from the function that loads them."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from queryscope.fixes.reread import Read
from queryscope.fixes.source import Source
from queryscope.model import Model

_COUNTED = frozenset({"bool", "len"})


def is_read_otherwise(source: Source, chain: ast.expr, reads: Sequence[Read], owner: Model) -> bool:
    """Whether anything but `reads` may read the relation of rows that a chain gives.

    Sure is only a function that loops over the rows and reads their columns: rows that are handed on, to a
    template for example, may be read there.
    """
    managers = {id(read.manager) for read in reads}
    if any(read.source is not source for read in reads):
        return True
    function = _function(source, chain)
    if function is None:
        return True
    rows = _row_names(source, chain, function)
    if not rows:
        return True
    columns = {"pk", *(field.name for field in owner.fields if field.target is None)}
    columns |= {f"{field.name}_id" for field in owner.fields if field.target is not None}
    for node in ast.walk(function):
        if not isinstance(node, ast.Name) or node.id not in rows or not isinstance(node.ctx, ast.Load):
            continue
        parent = source.parents.get(node)
        if not isinstance(parent, ast.Attribute) or (
            id(parent) not in managers and parent.attr not in columns
        ):
            return True
    return False


def _function(source: Source, node: ast.AST) -> ast.AST | None:
    while node is not None and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        parent = source.parents.get(node)
        if parent is None:
            return None
        node = parent
    return node


def _row_names(source: Source, chain: ast.expr, function: ast.AST) -> set[str]:
    """The variables of all loops over the rows; none where the rows go anywhere else."""
    found: set[str] = set()
    waiting: list[ast.expr] = [chain]
    while waiting:
        node = waiting.pop()
        parent = source.parents.get(node)
        if isinstance(parent, ast.For | ast.AsyncFor | ast.comprehension) and parent.iter is node:
            if not isinstance(parent.target, ast.Name):
                return set()
            found.add(parent.target.id)
        elif isinstance(parent, ast.Call) and getattr(parent.func, "id", "") in ("list", *_COUNTED):
            waiting += [parent] if getattr(parent.func, "id", "") == "list" else []
        elif isinstance(parent, ast.Assign) and len(parent.targets) == 1:
            name = parent.targets[0]
            uses = _uses(function, name.id) if isinstance(name, ast.Name) else None
            if uses is None:
                return set()
            waiting += uses
        elif not (isinstance(parent, ast.If | ast.IfExp) and parent.test is node):
            return set()
    return found


def _uses(function: ast.AST, name: str) -> list[ast.expr] | None:
    """Where a variable is read; None where it is given a value more than once."""
    named = [node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == name]
    read: list[ast.expr] = [node for node in named if isinstance(node.ctx, ast.Load)]
    return read if len(named) - len(read) == 1 else None
