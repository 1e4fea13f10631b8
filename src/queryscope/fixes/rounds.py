"""What the source of a loop says of queries in it: whether its rounds could be asked at once."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from queryscope.fixes.chain import node_at
from queryscope.fixes.loops import SCOPES, Loop, bound_names, function_at, names_read
from queryscope.fixes.root import last_name
from queryscope.fixes.source import Source
from queryscope.model import Frame

# As many tomorrow as today, and the code knows each of them. Of more than these one query is shorter.
_FEW_ITEMS = 9
_COUNTING = frozenset({"count", "cycle", "range", "repeat"})
_CACHES = re.compile(r"cache|memo", re.IGNORECASE)
_IN_PIECES = re.compile(r"batch|chunk|page|partition|piece|slice|split|window", re.IGNORECASE)


def varies(loop: Loop) -> bool:
    """Whether what is executed reads something that the loop gives a value."""
    return bool(names_read(loop.inner) & bound_names(loop.node))


def has_other_way(loop: Loop, lookups: tuple[str, ...]) -> bool:
    """Whether one query for all rounds would not do: each needs the one before, or takes a part of many."""
    return (
        isinstance(loop.node, ast.While)
        or _is_search(loop)
        or _carries(loop)
        or _is_written_out(loop)
        or (any(name.endswith("__in") for name in lookups) and _is_in_pieces(loop))
    )


def sleeps(loop: Loop) -> bool:
    """Whether the loop waits on purpose."""
    return any(isinstance(node, ast.Call) and last_name(node.func) == "sleep" for node in ast.walk(loop.node))


def tries_each(loop: Loop) -> bool:
    """Whether an error of one round is caught, and the loop goes on."""
    around = _try_around(loop)
    return around is not None and any(not _raises(each) for each in around.handlers)


def is_retried(loop: Loop) -> bool:
    """Whether rounds are attempts: the first that doesn't fail ends the loop."""
    around = _try_around(loop)
    if around is None or not tries_each(loop):
        return False
    goes_well = [*around.body, *around.orelse]
    return any(isinstance(node, ast.Break | ast.Return) for part in goes_well for node in ast.walk(part))


def _try_around(loop: Loop) -> ast.Try | None:
    """The `try` within the loop whose body holds what is executed."""
    node: ast.AST | None = loop.inner
    while node is not None and node is not loop.node:
        parent = loop.source.parents.get(node)
        if isinstance(parent, ast.Try) and node in parent.body and parent.handlers:
            return parent
        node = parent
    return None


def _raises(handler: ast.ExceptHandler) -> bool:
    return isinstance(handler.body[-1], ast.Raise)


def _is_search(loop: Loop) -> bool:
    """Whether numbers are tried until one will do: a free name, another attempt."""
    iterable = loop.iterable
    is_counting = isinstance(iterable, ast.Call) and last_name(iterable.func) in _COUNTING
    return is_counting and any(isinstance(node, ast.Break | ast.Return) for node in ast.walk(loop.node))


def _carries(loop: Loop) -> bool:
    """Whether what one round found is what the next one asks with: pages by key, steps through a tree."""
    own = bound_names(loop.target) if loop.target is not None else set()
    return bool((found_in(loop) - own) & names_read(loop.inner))


def found_in(loop: Loop) -> set[str]:
    """The names that get their value from what a round found."""
    found: set[str] = set()
    while more := set(_given(loop, found)) - found:
        found |= more
    return found


def _given(loop: Loop, found: set[str]) -> Iterator[str]:
    """Names that get their value from the query, or from one of the names found already."""
    for node in ast.walk(loop.node):
        if node is loop.node:
            continue
        value = node.iter if isinstance(node, ast.For | ast.AsyncFor) else getattr(node, "value", None)
        if not isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.NamedExpr | ast.For) or (
            value is None
        ):
            continue
        if names_read(value) & found or any(each is loop.inner for each in ast.walk(value)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                yield from bound_names(target)


def _is_written_out(loop: Loop) -> bool:
    """Whether a few items stand in the source: as many tomorrow as today."""
    iterable = loop.iterable
    while isinstance(iterable, ast.Call) and iterable.args and last_name(iterable.func) == "enumerate":
        iterable = iterable.args[0]
    if isinstance(iterable, ast.Name):
        values = [
            node.value
            for node in ast.walk(loop.source.tree)
            if isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == iterable.id for target in node.targets)
        ]
        iterable = values[0] if len(values) == 1 and not _is_grown(loop.source, iterable.id) else None
    if not isinstance(iterable, ast.Tuple | ast.List | ast.Set):
        return False
    if not 0 < len(iterable.elts) <= _FEW_ITEMS:
        return False
    return all(not isinstance(item, ast.Starred) for item in iterable.elts)


def _is_grown(source: Source, name: str) -> bool:
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("add", "append", "extend", "insert", "update")
        and last_name(node.func.value) == name
        for node in ast.walk(source.tree)
    )


def _is_in_pieces(loop: Loop) -> bool:
    """Whether each round takes a slice of many keys."""
    iterable = loop.iterable
    if isinstance(iterable, ast.Call):
        name = last_name(iterable.func)
        if _IN_PIECES.search(name) or (name == "range" and len(iterable.args) == 3):
            return True
    if any(isinstance(node, ast.Slice) for node in ast.walk(loop.node)):
        return True
    if _has_named_lists(loop):
        return False
    target = bound_names(loop.target) if loop.target is not None else set()
    return any(
        isinstance(node, ast.Name) and node.id in target and not _is_owner(node, loop.source)
        for node in ast.walk(loop.inner)
    )


def _has_named_lists(loop: Loop) -> bool:
    """Whether each round's keys belong to something: those of a mapping, or what is found is kept by name."""
    iterable, target = loop.iterable, loop.target
    if iterable is None or _IN_PIECES.search(loop.source.text_of(iterable)):
        return False
    if isinstance(iterable, ast.Call) and isinstance(iterable.func, ast.Attribute):
        return iterable.func.attr in ("items", "values") and not iterable.args
    if isinstance(iterable, ast.Call) or not isinstance(target, ast.Tuple):
        return False
    first = target.elts[0]
    return isinstance(first, ast.Name) and any(
        isinstance(node, ast.Subscript)
        and not isinstance(node.ctx, ast.Load)
        and isinstance(node.slice, ast.Name)
        and node.slice.id == first.id
        for node in ast.walk(loop.node)
    )


def _is_owner(name: ast.Name, source: Source) -> bool:
    """Whether an attribute of it is read: then it is a row, and no list of keys."""
    return isinstance(source.parents.get(name), ast.Attribute | ast.Subscript)


def is_cached(source: Source, frame: Frame) -> bool:
    """Whether the code around a frame keeps what it has found: it asks once for each key."""
    function = function_at(source, frame)
    if function is not None:
        names = [last_name(getattr(each, "func", each)) for each in function.decorator_list]
        if any(_CACHES.search(name) and "property" not in name for name in names):
            return True
    scope: ast.AST = function if function is not None else source.tree
    for node in ast.walk(scope):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr in ("set", "aset", "get_or_set") and _CACHES.search(last_name(node.func.value)):
            return True
    inner = node_at(source, frame)
    return inner is not None and _is_stored(source, inner)


def is_kept_by_instance(source: Source, frame: Frame) -> bool:
    """Whether the function at a frame is a `cached_property`."""
    function = function_at(source, frame)
    decorators = function.decorator_list if function is not None else []
    return any(last_name(getattr(each, "func", each)) == "cached_property" for each in decorators)


def _is_stored(source: Source, inner: ast.AST) -> bool:
    """Whether the result is kept where it wasn't known: `if pk not in known: known[pk] = …`."""
    node: ast.AST | None = inner
    is_kept = False
    while node is not None and not isinstance(node, SCOPES):
        if isinstance(node, ast.Assign):
            is_kept = any(isinstance(target, ast.Subscript) for target in node.targets)
        if isinstance(node, ast.If) and is_kept and _asks_absence(node.test):
            return True
        if isinstance(node, ast.ExceptHandler) and is_kept and "KeyError" in ast.dump(node.type or node):
            return True
        node = source.parents.get(node)
    return False


def _asks_absence(test: ast.expr) -> bool:
    compared = [node for node in ast.walk(test) if isinstance(node, ast.Compare)]
    return any(isinstance(node.ops[0], ast.NotIn | ast.Is) for node in compared)
