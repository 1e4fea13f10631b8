"""Whether two frames speak of one queryset object: what the first loads, the second then finds."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from queryscope.fixes.chain import node_at
from queryscope.fixes.evaluated import evaluated
from queryscope.fixes.source import Source
from queryscope.fixes.sources import Sources
from queryscope.fixes.variables import function_around, variable_of
from queryscope.model import Frame, QueryGroup


def is_same_object(source: Source, receiver: ast.expr, rows: QueryGroup, sources: Sources) -> bool:
    """Whether the rows are loaded from the very object that a name reads.

    Args:
        source: the file of the name.
        receiver: the name.
        rows: the queries that load its rows.
        sources: the project's files.
    """
    if not isinstance(receiver, ast.Name) or rows.access is None or not is_bound_once(source, receiver):
        return False
    scope = function_around(source, receiver)
    if scope is None:
        return False
    for at, frame in enumerate(rows.stack):
        if frame.path != source.path or frame.is_template:
            continue
        node = _within(source, frame, scope)
        if node is None:
            continue
        if at == 0:
            return _is_name(evaluated(source, frame, rows.access.method), receiver.id)
        return _is_handed(node, receiver.id, scope) and _takes_as_it_is(rows.stack[at - 1], at, rows, sources)
    return False


def is_bound_once(source: Source, receiver: ast.Name) -> bool:
    """Whether a name means one object all the time: an argument, or given its value by one statement."""
    variable = variable_of(source, receiver)
    if variable is not None:
        return len(variable.values) == 1
    scope = function_around(source, receiver)
    if scope is None:
        return False
    arguments = [*scope.args.posonlyargs, *scope.args.args, *scope.args.kwonlyargs]
    stored = [
        each
        for each in ast.walk(scope)
        if isinstance(each, ast.Name) and each.id == receiver.id and not isinstance(each.ctx, ast.Load)
    ]
    return any(each.arg == receiver.id for each in arguments) and not stored


def _within(source: Source, frame: Frame, scope: ast.AST) -> ast.expr | None:
    node = node_at(source, frame)
    if node is None:  # the truth of a whole statement
        found = [
            each
            for each in ast.walk(scope)
            if isinstance(each, ast.If | ast.While | ast.Assert)
            and (each.lineno, each.col_offset, each.end_lineno) == (frame.line, frame.column, frame.end_line)
        ]
        return found[0].test if found else None
    return node if any(each is node for each in ast.walk(scope)) else None


def _is_name(node: ast.expr | None, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _is_handed(node: ast.expr, name: str, scope: ast.AST) -> bool:
    """Whether a call gets that name itself: alone, in a dict, list or tuple, or in a dict that holds it."""
    if not isinstance(node, ast.Call):
        return False
    waiting = [*node.args, *(keyword.value for keyword in node.keywords)]
    while waiting:
        each = waiting.pop()
        if _is_name(each, name):
            return True
        if isinstance(each, ast.Dict):
            waiting += each.values
        elif isinstance(each, ast.List | ast.Tuple):
            waiting += each.elts
        elif isinstance(each, ast.Name):
            waiting += [value for value in _put_into(scope, each.id) if not isinstance(value, ast.Name)]
            if any(_is_name(value, name) for value in _put_into(scope, each.id)):
                return True
    return False


def _put_into(scope: ast.AST, holder: str) -> Iterator[ast.expr]:
    """The values of `holder = {…}` and `holder["key"] = …`."""
    for node in ast.walk(scope):
        for target in node.targets if isinstance(node, ast.Assign) else ():
            assert isinstance(node, ast.Assign)
            if isinstance(target, ast.Name) and target.id == holder and isinstance(node.value, ast.Dict):
                yield from node.value.values
            elif isinstance(target, ast.Subscript) and _is_name(target.value, holder):
                yield node.value


def _takes_as_it_is(frame: Frame, at: int, rows: QueryGroup, sources: Sources) -> bool:
    """Whether what was handed on is loaded as it is: `for book in books`, not `books.all()`."""
    innermost = rows.stack[0]
    if innermost.is_template:
        return looped_name(innermost) != ""
    source = sources.around(frame)
    if at != 1 or source is None or rows.access is None:
        return False
    node = evaluated(source, frame, rows.access.method)
    return isinstance(node, ast.Name) and variable_of(source, node) is None and is_bound_once(source, node)


def looped_name(frame: Frame) -> str:
    """The name that a template loops over, `books` of `{% for book in books %}`; "" for anything more."""
    found = re.search(r"\bfor\b.*?\bin (\w+)(?:\|length_is\b)?(?: reversed)? *[-+]?%}", frame.source)
    return found[1] if found else ""
