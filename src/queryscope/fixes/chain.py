"""Find the queryset expression that a frame was executing: its root, its calls, its end."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from queryscope.fixes.source import Source
from queryscope.model import Frame

SHORTCUTS = frozenset({"get_object_or_404", "get_list_or_404", "aget_object_or_404", "aget_list_or_404"})
# QuerySet methods that a manager passes on: eager loading may stand before them.
QUERYSET_METHODS = frozenset((
    "aaggregate", "aall", "abulk_create", "acontains", "acount", "aearliest", "aexists", "afirst",
    "aget", "aggregate", "ain_bulk", "aiterator", "alast", "alatest", "alias", "all", "annotate",
    "complex_filter", "contains", "count", "dates", "datetimes", "defer", "distinct", "earliest",
    "exclude", "exists", "extra", "fetch_mode", "filter", "first", "get", "in_bulk", "iterator",
    "last", "latest", "only", "order_by", "prefetch_related", "reverse", "select_for_update",
    "select_related", "using",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """One `.name` or `.name(...)` of a chain."""

    name: str
    call: ast.Call | None
    node: ast.expr  # the expression up to and including this link


@dataclass(frozen=True, slots=True)
class Chain:
    """A queryset expression: `Book.objects.filter(...)[:10]` is a base and its links."""

    base: ast.expr
    links: tuple[Link, ...]
    node: ast.expr  # the whole expression

    @property
    def calls(self) -> tuple[Link, ...]:
        """The links that are called."""
        return tuple(link for link in self.links if link.call is not None)


def find_chain(source: Source, frame: Frame, model_name: str) -> Chain | ast.Call | None:
    """The chain that was executing at `frame`; the call itself where it is a shortcut like get_object_or_404.

    Where the frame stands on another expression (a serializer that evaluates what it was given), the only
    `Model.objects` chain of the enclosing function is taken; None if there are several or none.
    """
    parents = _parents(source.tree)
    node = _node_at(source, frame)
    if isinstance(node, ast.Call) and _called_name(node) in SHORTCUTS and node.args:
        first = node.args[0]
        return node if _last_name(first) == model_name else _outermost(first, parents)
    if node is not None:
        chain = _outermost(node, parents)
        if chain is not None and _is_queryset_chain(chain, model_name):
            return chain
    return _only_chain(source, frame, model_name, parents)


def _parents(tree: ast.AST) -> dict[ast.AST, ast.AST]:
    return {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}


def _node_at(source: Source, frame: Frame) -> ast.expr | None:
    if frame.column is None or frame.end_line is None:
        return None
    wanted = (frame.line, frame.column, frame.end_line, frame.end_column)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.expr) and wanted == _span(node):
            return node
    return None


def _span(node: ast.expr) -> tuple[int, int, int | None, int | None]:
    return (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)


def _outermost(node: ast.expr, parents: dict[ast.AST, ast.AST]) -> Chain | None:
    """The whole chain around a node that is part of it."""
    while True:
        parent = parents.get(node)
        if (isinstance(parent, ast.Attribute | ast.Subscript) and parent.value is node) or (
            isinstance(parent, ast.Call) and parent.func is node
        ):
            node = parent
        else:
            break
    return take_apart(node)


def take_apart(node: ast.expr) -> Chain | None:
    """Base and links of a chained expression."""
    links: list[Link] = []
    current = node
    while True:
        if isinstance(current, ast.Subscript):
            current = current.value
        elif isinstance(current, ast.Call) and isinstance(current.func, ast.Attribute):
            links.append(Link(current.func.attr, current, current))
            current = current.func.value
        elif isinstance(current, ast.Attribute):
            links.append(Link(current.attr, None, current))
            current = current.value
        else:
            break
    return Chain(current, tuple(reversed(links)), node) if links else None


def _is_queryset_chain(chain: Chain, model_name: str) -> bool:
    names = {link.name for link in chain.links}
    if isinstance(chain.base, ast.Name) and chain.base.id == model_name:
        return True
    if model_name in names or isinstance(chain.base, ast.Call):
        return bool(names & QUERYSET_METHODS or "get_queryset" in names)
    return any(link.name in QUERYSET_METHODS for link in chain.calls)


def _only_chain(
    source: Source, frame: Frame, model_name: str, parents: dict[ast.AST, ast.AST]
) -> Chain | None:
    scope = _enclosing_function(source.tree, frame.line)
    found = list(chains_of(scope, model_name, parents))
    return found[0] if len(found) == 1 else None


def chains_of(
    scope: ast.AST, model_name: str, parents: dict[ast.AST, ast.AST] | None = None
) -> Iterator[Chain]:
    """The chains in a scope that start at that model: `Book.objects…`, `models.Book.objects…`."""
    parents = parents if parents is not None else _parents(scope)
    for node in ast.walk(scope):
        if isinstance(node, ast.Attribute) and _last_name(node.value) == model_name:
            chain = _outermost(node, parents)
            if chain is not None and chain.calls:
                yield chain


def _enclosing_function(tree: ast.AST, line: int) -> ast.AST:
    best: ast.AST = tree
    for node in ast.walk(tree):
        is_scope = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if is_scope and node.lineno <= line <= (node.end_lineno or 0):
            best = node
    return best


def _called_name(call: ast.Call) -> str:
    return _last_name(call.func)


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""
