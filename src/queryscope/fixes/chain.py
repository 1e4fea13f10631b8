"""Find the queryset expression that a frame was executing: its root, its calls, its end."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from queryscope.errors import EditRefusedError
from queryscope.fixes.root import Target, check_root, last_name, names_model
from queryscope.fixes.source import Source
from queryscope.model import Frame

SHORTCUTS = frozenset({"get_object_or_404", "get_list_or_404", "aget_object_or_404", "aget_list_or_404"})
# Methods that every manager passes on to its queryset: eager loading may stand before them.
QUERYSET_METHODS = frozenset((
    "acontains", "acount", "aearliest", "aexists", "afirst", "aget", "aggregate", "aaggregate", "aiterator",
    "ain_bulk", "alast", "alatest", "alias", "all", "annotate", "complex_filter", "contains", "count",
    "dates", "datetimes", "defer", "difference", "distinct", "earliest", "exclude", "exists", "extra",
    "fetch_mode", "filter", "first", "get", "in_bulk", "intersection", "iterator", "last", "latest", "none",
    "only", "order_by", "prefetch_related", "reverse", "select_for_update", "select_related", "union",
    "using", "values", "values_list",
))  # fmt: skip
_COMBINED = frozenset({"union", "intersection", "difference"})
# What comes out of these is no row of the model, or not one that was loaded.
_NO_ROWS = frozenset((
    "aaggregate", "abulk_create", "abulk_update", "acontains", "acount", "acreate", "adelete", "aexists",
    "aggregate", "aupdate", "bulk_create", "bulk_update", "contains", "count", "create", "dates",
    "datetimes", "delete", "exists", "explain", "aexplain", "update", "values", "values_list",
))  # fmt: skip
_SINGLE = frozenset({"get", "first", "last", "earliest", "latest", "in_bulk", "iterator"})
_ENDS = _NO_ROWS | _SINGLE | {f"a{name}" for name in _SINGLE}


@dataclass(frozen=True, slots=True)
class Link:
    """One `.name(...)` of a chain."""

    name: str
    call: ast.Call
    attribute: ast.Attribute


@dataclass(frozen=True, slots=True)
class Chain:
    """A queryset expression: in `Book.objects.filter(...)[:10]` the root is `Book.objects`."""

    root: ast.expr
    links: tuple[Link, ...]
    node: ast.expr  # the whole expression


@dataclass(frozen=True, slots=True)
class Shortcut:
    """`get_object_or_404(Book, …)`: the queryset is built inside, from the model."""

    call: ast.Call
    model: ast.expr


def find_chain(source: Source, frame: Frame, target: Target) -> Chain | Shortcut:
    """The chain that was executing at `frame`.

    Where the frame stands on another expression (a serializer that evaluates what it was given), the only
    chain of that model in the enclosing function is taken.

    Raises:
        EditRefusedError: there is none that is certainly the model's; the text says why.
    """
    node = node_at(source, frame)
    if node is None:
        if frame.column is not None:
            raise EditRefusedError(
                f"{frame.path} has changed since: line {frame.line} no longer holds that expression."
            )
        return _only_chain(source, frame, target)
    if isinstance(node, ast.Call):
        return _chain_of_call(source, node, frame, target)
    return _only_chain(source, frame, target)


def node_at(source: Source, frame: Frame) -> ast.expr | None:
    """The expression at a frame's position; of an await what is awaited."""
    if frame.column is None or frame.end_line is None:
        return None
    start, end = (frame.line, frame.column), (frame.end_line, frame.end_column or 0)
    found = [
        # Before Python 3.12 the call of __iter__() stands at the whole loop.
        node if isinstance(node, ast.expr) else node.iter
        for node in source.ending.get(end, ())
        if start in _starts(node)
    ]
    if not found:
        return None
    node = next((each for each in found if isinstance(each, ast.Call)), found[0])
    return node.value if isinstance(node, ast.Await) else node


def _starts(node: ast.expr | ast.stmt) -> Iterator[tuple[int, int]]:
    yield (node.lineno, node.col_offset)
    # Python says of a call whose method stands on another line than its object that it starts at that name.
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name = node.func
        yield (name.end_lineno or 0, (name.end_col_offset or 0) - len(name.attr))


def lines_of(source: Source | None, frame: Frame) -> tuple[int, int]:
    """From the start of the expression at a frame to the end of its chain; without it the frame's lines."""
    node = node_at(source, frame) if source is not None and not frame.is_template else None
    if node is None:
        return frame.line, frame.end_line or frame.line
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and source is not None:
        node = chain_from(node, source.parents).node
    return node.lineno, node.end_lineno or node.lineno


def call_of(source: Source | None, frame: Frame, names: Collection[str]) -> ast.Call | None:
    """The call of a method of these names at a frame: the `….count()`."""
    node = node_at(source, frame) if source is not None else None
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    return node if node.func.attr in names else None


def called_name(source: Source, frame: Frame) -> str:
    """The last name of what is called at a frame: `refresh_from_db` of `book.refresh_from_db()`."""
    node = node_at(source, frame)
    return last_name(node.func) if isinstance(node, ast.Call) else ""


def _chain_of_call(source: Source, node: ast.Call, frame: Frame, target: Target) -> Chain | Shortcut:
    if last_name(node.func) in SHORTCUTS and node.args:
        first = node.args[0]
        if last_name(first) == target.model.name:
            return Shortcut(node, first)
        if is_manager(first, target):
            return Chain(first, (), first)
    if isinstance(node.func, ast.Attribute):
        is_method = node.func.attr in QUERYSET_METHODS
        if is_method:
            check_root(source, node.func.value, target)
        if is_method or names_model(source, node.func.value, target):
            return _usable(chain_from(node, source.parents))
    handed = [each for each in node.args if is_manager(each, target)]
    if len(handed) == 1:
        return Chain(handed[0], (), handed[0])
    return _only_chain(source, frame, target)


def is_manager(node: ast.expr, target: Target) -> bool:
    """Whether that is the model's manager itself: `Book.objects`, `order.lines`."""
    if not isinstance(node, ast.Attribute):
        return False
    managers = {"objects", "_default_manager", target.model.default_manager}
    owner = last_name(node.value)
    return target.owns(owner, node.attr) or (node.attr in managers and owner == target.model.name)


def chain_from(first: ast.Call, parents: dict[ast.AST, ast.AST]) -> Chain:
    """The chain whose first call that is, up to where it no longer is a queryset."""
    assert isinstance(first.func, ast.Attribute)
    links = [Link(first.func.attr, first, first.func)]
    node: ast.expr = first
    while links[-1].name not in _ENDS:
        parent = parents.get(node)
        call = parents.get(parent) if isinstance(parent, ast.Attribute) else None
        if isinstance(parent, ast.Attribute) and isinstance(call, ast.Call) and call.func is parent:
            links.append(Link(parent.attr, call, parent))
            node = call
        elif isinstance(parent, ast.Subscript) and parent.value is node:
            node = parent
            if not isinstance(parent.slice, ast.Slice):
                break
        else:
            break
    return Chain(first.func.value, tuple(links), node)


def take_apart(node: ast.expr) -> Chain:
    """Root and calls of a whole expression, as a class attribute holds it."""
    links: list[Link] = []
    current = node
    while True:
        if isinstance(current, ast.Call) and isinstance(current.func, ast.Attribute):
            links.append(Link(current.func.attr, current, current.func))
            current = current.func.value
        elif isinstance(current, ast.Subscript):
            current = current.value
        else:
            return _usable(Chain(current, tuple(reversed(links)), node))


def _usable(chain: Chain) -> Chain:
    """That chain, if its rows are rows of the model."""
    names = {link.name for link in chain.links}
    if names & _COMBINED:
        raise EditRefusedError(
            "The queryset is combined from several: each part has to load the relations itself."
        )
    if names & _NO_ROWS:
        last = next(link.name for link in chain.links if link.name in _NO_ROWS)
        raise EditRefusedError(
            f"The queryset at this line ends in {last}(), which gives no rows to load for."
        )
    return chain


def _only_chain(source: Source, frame: Frame, target: Target) -> Chain:
    scope = _scope(source, frame)
    found = {id(chain.node): chain for chain in chains_of(source, scope, target)}
    if len(found) == 1:
        return next(iter(found.values()))
    many = f"{len(found)} querysets" if found else "no queryset"
    name = target.model.name
    raise EditRefusedError(f"{frame.function} holds {many} of {name}: add the call where the rows come from.")


def chains_of(source: Source, scope: ast.AST, target: Target) -> Iterator[Chain]:
    """The chains in a scope that start at that model and give its rows: `Book.objects…`."""
    for node in _inside(scope):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        manager = node.func.value
        if not isinstance(manager, ast.Attribute) or last_name(manager.value) != target.model.name:
            continue
        if not is_manager(manager, target) and node.func.attr not in QUERYSET_METHODS:
            continue
        try:
            yield _usable(chain_from(node, source.parents))
        except EditRefusedError:
            continue


def _inside(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope, without those of functions in it."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        yield node
        waiting.extend(ast.iter_child_nodes(node))


def _scope(source: Source, frame: Frame) -> ast.AST:
    """The function around a frame; its name must still be the frame's."""
    best: ast.AST = source.tree
    for node in source.functions:
        if node.lineno <= frame.line <= (node.end_lineno or 0):
            best = node
    name = getattr(best, "name", "")
    if name and name not in frame.function.split("."):
        raise EditRefusedError(f"{frame.path} has changed since: line {frame.line} is in {name} now.")
    return best
