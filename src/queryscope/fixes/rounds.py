"""The loop around the expression that a frame executes, and what it says of queries in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from queryscope.fixes.chain import node_at
from queryscope.fixes.root import last_name
from queryscope.fixes.source import Source
from queryscope.model import Frame

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
_COUNTING = frozenset({"count", "cycle", "range", "repeat"})
_CACHES = re.compile(r"cache|memo", re.IGNORECASE)
_IN_PIECES = re.compile(r"batch|chunk|page|partition|piece|slice|split|window", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop of the source, the frame that runs in it, and the expression that this frame executes."""

    source: Source
    frame: Frame
    node: ast.AST  # For, AsyncFor, While or a comprehension
    inner: ast.AST

    @property
    def iterated(self) -> ast.expr | None:
        """What is looped over; None of a `while`."""
        if isinstance(self.node, ast.For | ast.AsyncFor):
            return self.node.iter
        return self.node.generators[-1].iter if isinstance(self.node, Comprehension) else None

    @property
    def target(self) -> ast.expr | None:
        """What takes the items."""
        if isinstance(self.node, ast.For | ast.AsyncFor):
            return self.node.target
        return self.node.generators[-1].target if isinstance(self.node, Comprehension) else None

    @property
    def statement(self) -> ast.stmt:
        """The statement that holds the loop."""
        node = self.node
        while not isinstance(node, ast.stmt):
            node = self.source.parents[node]
        return node


@lru_cache(maxsize=1024)
def loop_at(source: Source, frame: Frame) -> Loop | None:
    """The innermost loop of the frame's own function that repeats what it executes."""
    inner = node_at(source, frame) or _statement_at(source, frame)
    if inner is None:
        return None
    node = _around(source, inner)
    return Loop(source, frame, node, inner) if node is not None else None


def _statement_at(source: Source, frame: Frame) -> ast.AST | None:
    around = [
        node
        for node in ast.walk(source.tree)
        if isinstance(node, ast.stmt) and node.lineno <= frame.line <= (node.end_lineno or 0)
    ]
    return min(around, key=lambda node: (node.end_lineno or 0) - node.lineno, default=None)


def _around(source: Source, inner: ast.AST) -> ast.AST | None:
    child, parent = inner, source.parents.get(inner)
    once: ast.AST | None = None  # the part of a comprehension that is evaluated once, before it
    while parent is not None and not isinstance(parent, _Scope):
        if isinstance(parent, ast.For | ast.AsyncFor) and child in parent.body:
            return parent
        if isinstance(parent, ast.While) and (child in parent.body or child is parent.test):
            return parent
        if isinstance(parent, ast.comprehension) and child is parent.iter:
            once = parent
        if isinstance(parent, Comprehension) and not (once is child and parent.generators[0] is once):
            return parent
        child, parent = parent, source.parents.get(parent)
    return None


def function_at(source: Source, frame: Frame) -> _Function | None:
    """The function around a frame; None of a lambda, a module or a class body."""
    best: _Function | None = None
    for node in source.functions:
        if node.lineno <= frame.line <= (node.end_lineno or 0):
            best = node if best is None or node.lineno >= best.lineno else best
    return best


def names_in(node: ast.AST) -> set[str]:
    """The names that an expression reads."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and _is_read(each)}


def _is_read(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Load)


def bound_names(node: ast.AST) -> set[str]:
    """The names that are given a value inside of a node, arguments of its functions left out."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and not _is_read(each)}


def varies(loop: Loop) -> bool:
    """Whether what is executed reads something that the loop gives a value."""
    return bool(names_in(loop.inner) & bound_names(loop.node))


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


def _is_search(loop: Loop) -> bool:
    """Whether numbers are tried until one will do: a free name, another attempt."""
    iterated = loop.iterated
    is_counting = isinstance(iterated, ast.Call) and last_name(iterated.func) in _COUNTING
    return is_counting and any(isinstance(node, ast.Break | ast.Return) for node in ast.walk(loop.node))


def _carries(loop: Loop) -> bool:
    """Whether what one round found is what the next one asks with: pages by key, steps through a tree."""
    found: set[str] = set()
    while True:
        more = set(_given(loop, found)) - found
        if not more:
            break
        found |= more
    own = bound_names(loop.target) if loop.target is not None else set()
    return bool((found - own) & names_in(loop.inner))


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
        if names_in(value) & found or any(each is loop.inner for each in ast.walk(value)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                yield from bound_names(target)


def _is_written_out(loop: Loop) -> bool:
    """Whether the items stand in the source: as many tomorrow as today."""
    iterated = loop.iterated
    while isinstance(iterated, ast.Call) and iterated.args and last_name(iterated.func) == "enumerate":
        iterated = iterated.args[0]
    if isinstance(iterated, ast.Name):
        values = [
            node.value
            for node in ast.walk(loop.source.tree)
            if isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == iterated.id for target in node.targets)
        ]
        iterated = values[0] if len(values) == 1 and not _is_grown(loop.source, iterated.id) else None
    if not isinstance(iterated, ast.Tuple | ast.List | ast.Set) or not iterated.elts:
        return False
    return all(not isinstance(item, ast.Starred) for item in iterated.elts)


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
    iterated = loop.iterated
    if isinstance(iterated, ast.Call):
        name = last_name(iterated.func)
        if _IN_PIECES.search(name) or (name == "range" and len(iterated.args) == 3):
            return True
    if any(isinstance(node, ast.Slice) for node in ast.walk(loop.node)):
        return True
    target = bound_names(loop.target) if loop.target is not None else set()
    return any(
        isinstance(node, ast.Name) and node.id in target and not _is_owner(node, loop.source)
        for node in ast.walk(loop.inner)
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


def _is_stored(source: Source, inner: ast.AST) -> bool:
    """Whether the result is kept where it wasn't known: `if pk not in known: known[pk] = …`."""
    node: ast.AST | None = inner
    is_kept = False
    while node is not None and not isinstance(node, _Scope):
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
