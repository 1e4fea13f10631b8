"""What is asked at a line: the whole expression of a queryset or a related manager, with its conditions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from queryscope.fixes.chain import QUERYSET_METHODS, SHORTCUTS, Link, node_at
from queryscope.fixes.root import last_name
from queryscope.fixes.source import Source
from queryscope.model import Frame

_CONDITIONS = frozenset({"aget", "filter", "get"})


@dataclass(frozen=True, slots=True)
class Asked:
    """`Book.objects.filter(author=author).count()`: root, calls, and what stands behind them."""

    source: Source
    root: ast.expr  # `Book.objects`; of a related manager `author.books`
    links: tuple[Link, ...]
    node: ast.expr  # the whole, with subscripts behind the last call
    shortcut: ast.Call | None = None

    @property
    def method(self) -> str:
        """The last call."""
        return self.links[-1].name if self.links else ""

    @property
    def subscript(self) -> ast.expr | None:
        """What stands in brackets at the very end."""
        return self.node.slice if isinstance(self.node, ast.Subscript) else None

    def conditions(self) -> Iterator[ast.keyword]:
        """The keywords that rows must fulfil."""
        if self.shortcut is not None:
            yield from self.shortcut.keywords
        for link in self.links:
            if link.name in _CONDITIONS:
                yield from link.call.keywords

    @property
    def is_plain(self) -> bool:
        """Whether all conditions are keywords that are written out."""
        calls = [link.call for link in self.links if link.name in _CONDITIONS]
        if any(link.name in ("exclude", "complex_filter", "extra") for link in self.links):
            return False
        if self.shortcut is not None and len(self.shortcut.args) > 1:
            return False
        return not any(call.args for call in calls) and all(each.arg for each in self.conditions())


def asked_of_model(source: Source, frame: Frame) -> Asked | None:
    """The expression around a frame that asks a manager or a queryset."""
    node = node_at(source, frame)
    if isinstance(node, ast.Call) and last_name(node.func) in SHORTCUTS and node.args:
        return Asked(source, node.args[0], (), node, node)
    if not isinstance(node, ast.Call):
        node = node if isinstance(node, ast.Attribute | ast.Subscript) else None
    while isinstance(node, ast.Call) and not isinstance(node.func, ast.Attribute):
        node = node.args[0] if len(node.args) == 1 else None  # list(...), len(...)
    if node is None:
        return None
    root: ast.expr = node
    while isinstance(root, ast.Call | ast.Subscript | ast.Attribute):
        if isinstance(root, ast.Call) and isinstance(root.func, ast.Attribute):
            if root.func.attr not in QUERYSET_METHODS and last_name(root.func.value) in ("super", ""):
                break
            root = root.func.value
        elif isinstance(root, ast.Subscript):
            root = root.value
        else:
            break
    return Asked(source, root, *_climb(source, root))


def asked_of_owner(source: Source, frame: Frame, accessor: str) -> Asked | None:
    """The only expression around a frame that asks a related manager of that name."""
    node = node_at(source, frame)
    if node is None:
        return None
    found = [each for each in _down(node) if isinstance(each, ast.Attribute) and each.attr == accessor]
    if not found:
        inside = [
            each for each in ast.walk(node) if isinstance(each, ast.Attribute) and each.attr == accessor
        ]
        found = inside if len(inside) == 1 else []
    return Asked(source, found[0], *_climb(source, found[0])) if found else None


def _down(node: ast.expr) -> Iterator[ast.expr]:
    current: ast.expr | None = node
    while current is not None:
        yield current
        if isinstance(current, ast.Call):
            current = current.func
        elif isinstance(current, ast.Attribute | ast.Subscript | ast.Await):
            current = current.value
        else:
            current = None


def _climb(source: Source, root: ast.expr) -> tuple[tuple[Link, ...], ast.expr]:
    """The calls on a root, as far as they are queryset's, with a subscript behind them."""
    links: list[Link] = []
    node = root
    while True:
        parent = source.parents.get(node)
        call = source.parents.get(parent) if isinstance(parent, ast.Attribute) else None
        if isinstance(parent, ast.Attribute) and isinstance(call, ast.Call) and call.func is parent:
            if links and parent.attr not in QUERYSET_METHODS:
                break  # a method of what came out
            links.append(Link(parent.attr, call, parent))
            node = call
        elif isinstance(parent, ast.Subscript) and parent.value is node and links:
            node = parent
            if not isinstance(parent.slice, ast.Slice):
                break
        else:
            break
    return tuple(links), node
