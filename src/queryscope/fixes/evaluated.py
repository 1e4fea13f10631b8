"""Which expression was evaluated at a frame: what was counted, iterated, or asked for its truth."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from queryscope.fixes.chain import SHORTCUTS, node_at
from queryscope.fixes.root import last_name
from queryscope.fixes.source import Source
from queryscope.model import Frame

# Functions that go through all that they are given first.
TAKES_ALL = frozenset((
    "all", "any", "dict", "enumerate", "filter", "frozenset", "list", "map", "max", "min", "reversed", "set",
    "sorted", "sum", "tuple", "zip",
))  # fmt: skip
_Tested = ast.If | ast.While | ast.IfExp | ast.Assert


def evaluated(source: Source, frame: Frame, method: str) -> ast.expr | None:
    """The queryset's expression: `books` of `len(books)`, `books.count()`, `for book in books`.

    Args:
        source: the file.
        frame: where the query ran.
        method: how, as `Access.method` says it.
    """
    if method == "bool":
        found = list(tested(source, frame))
        return found[0] if len(found) == 1 else None
    node = node_at(source, frame)
    if isinstance(node, ast.Call):
        return _of_call(node, method)
    if method == "len":
        return None
    if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice):
        return node.value
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return node.generators[0].iter
    return node.value if isinstance(node, ast.Starred) else node


def _of_call(node: ast.Call, method: str) -> ast.expr | None:
    if isinstance(node.func, ast.Attribute):
        called = node.func.attr
        if called in (method, f"a{method}"):
            return node.func.value
        return node if method in ("iterate", "iterator") else None
    name, first = last_name(node.func), node.args[0] if node.args else None
    if name == "len" and method == "len":
        return first
    if method in ("iterate", "iterator", "len") and name in TAKES_ALL and name != "len":
        # A mapped function comes before what it is called with.
        at = 1 if name in ("filter", "map") else 0
        return _first_iterated(node.args[at]) if len(node.args) > at else None
    if method in ("get", "iterate") and name in SHORTCUTS:
        return first
    return node if method == "iterate" else None


def _first_iterated(node: ast.expr) -> ast.expr | None:
    if isinstance(node, ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp):
        return node.generators[0].iter
    return node


def tested(source: Source, frame: Frame) -> Iterator[ast.expr]:
    """The expressions whose truth may have been asked at a frame.

    Before Python 3.12 a jump stands at the whole statement, not at what it tests.
    """
    if frame.column is None or frame.end_line is None:
        return
    start, end = (frame.line, frame.column), (frame.end_line, frame.end_column)
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.expr | _Tested):
            continue
        if (node.lineno, node.col_offset) == start and (node.end_lineno, node.end_col_offset) == end:
            if isinstance(node, ast.Call) and last_name(node.func) == "bool" and node.args:
                yield from _operands(node.args[0])
            else:
                yield from _operands(node.test if isinstance(node, _Tested) else node)
            return


def _operands(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield from _operands(node.operand)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            if not isinstance(value, ast.Compare | ast.Constant | ast.Attribute):
                yield from _operands(value)
    else:
        yield node
