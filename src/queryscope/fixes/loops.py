"""Find the loop that runs a line again and again: on that line's own stack, from the inside out."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from queryscope.fixes.chain import node_at
from queryscope.fixes.looping import is_in_for
from queryscope.fixes.source import Source
from queryscope.fixes.sources import Sources
from queryscope.model import Frame

Function = ast.FunctionDef | ast.AsyncFunctionDef
_For = ast.For | ast.AsyncFor
LoopNode = ast.For | ast.AsyncFor | ast.While | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_MAPPING = frozenset({"map", "starmap"})  # not a pool's: there each piece of work stands for itself


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop, the frame that runs in it, and what in it was under execution."""

    source: Source
    node: LoopNode
    inner: ast.AST  # the expression; where the frame tells the line only, its statement
    frame: Frame
    depth: int = 0  # of the frame on its stack: 0 is the innermost

    @property
    def iterable(self) -> ast.expr | None:
        """What the loop runs over, of several `for` the innermost; None for `while`."""
        if isinstance(self.node, ast.While):
            return None
        return self.node.iter if isinstance(self.node, _For) else self.node.generators[-1].iter

    @property
    def target(self) -> ast.expr | None:
        """What the loop binds; None for `while`."""
        if isinstance(self.node, ast.While):
            return None
        return self.node.target if isinstance(self.node, _For) else self.node.generators[-1].target

    @property
    def statement(self) -> ast.stmt:
        """The statement that holds the loop."""
        node: ast.AST = self.node
        while not isinstance(node, ast.stmt):
            node = self.source.parents[node]
        return node


def find_loop(stack: Sequence[Frame], sources: Sources) -> Loop | None:
    """The innermost loop on a stack."""
    for depth, frame in enumerate(stack):
        source = sources.around(frame)
        loop = loop_at(source, frame) if source is not None else None
        if loop is not None:
            return replace(loop, depth=depth)
    return None


@lru_cache(maxsize=1024)  # the same lines are asked about in every trace of a run
def loop_at(source: Source, frame: Frame) -> Loop | None:
    """The innermost loop of the frame's own function that repeats what it executes."""
    inner = node_at(source, frame) or _statement_at(source, frame)
    node = loop_around(source, inner) if inner is not None else None
    return Loop(source, node, inner, frame) if node is not None and inner is not None else None


def _statement_at(source: Source, frame: Frame) -> ast.AST | None:
    """The smallest statement that a line belongs to."""
    around = [
        node
        for node in ast.walk(source.tree)
        if isinstance(node, ast.stmt) and node.lineno <= frame.line <= (node.end_lineno or 0)
    ]
    return min(around, key=lambda node: (node.end_lineno or 0) - node.lineno, default=None)


def may_loop(stack: Sequence[Frame], sources: Sources) -> bool:
    """Whether a loop may be where the source shows none: a recursion, `map()`, a file that can't be read."""
    places = [(frame.path, frame.function) for frame in stack if not frame.is_template]
    if len(set(places)) < len(places):
        return True
    for frame in stack:
        if frame.is_template:
            if is_in_for(sources.text(frame.path) or "", frame):
                return True
            continue
        source = sources.around(frame)
        if source is None:
            return True
        node = node_at(source, frame)
        if node is not None and any(
            isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id in _MAPPING
            for each in ast.walk(node)
        ):
            return True
    return False


def loop_around(source: Source, node: ast.AST) -> LoopNode | None:
    """The loop that runs a node again, in its own function."""
    while (parent := source.parents.get(node)) is not None and not isinstance(parent, SCOPES):
        if isinstance(parent, _LOOPS) and not _is_head(parent, node):
            return parent
        if isinstance(parent, ast.comprehension):
            # The first iterable is evaluated once; conditions and further iterables again and again.
            holder = source.parents[parent]
            is_first = getattr(holder, "generators", [None])[0] is parent
            if not (is_first and node is parent.iter) and isinstance(holder, _LOOPS):
                return holder
            node = holder
            continue
        node = parent
    return None


def loops_around(source: Source, node: ast.AST) -> Iterator[LoopNode]:
    """All loops that run a node again, the innermost first."""
    found = loop_around(source, node)
    while found is not None:
        yield found
        found = loop_around(source, found)


def function_around(source: Source, node: ast.AST) -> Function | ast.Module:
    """The function in which a node stands, or the module."""
    current: ast.AST | None = node
    while current is not None and not isinstance(current, Function | ast.Module):
        current = source.parents.get(current)
    return current if isinstance(current, Function | ast.Module) else source.tree


def function_at(source: Source, frame: Frame) -> Function | None:
    """The function that a frame runs in, by its name; None in a module or class body, or if that changed."""
    best: Function | None = None
    names = frame.function.split(".")
    for node in source.functions:
        # A function that is only named, not met running, is so by its first line: that of its decorator.
        first = min((each.lineno for each in node.decorator_list), default=node.lineno)
        if node.name in names and first <= frame.line <= (node.end_lineno or 0):
            best = node if best is None or node.lineno >= best.lineno else best
    return best


def bound_names(node: ast.AST | None) -> frozenset[str]:
    """The names that are given a value in a node, as a loop's target is; arguments of functions left out."""
    every = [each for each in ast.walk(node) if isinstance(each, ast.Name)] if node is not None else []
    return frozenset(each.id for each in every if not isinstance(each.ctx, ast.Load))


def names_read(node: ast.AST) -> frozenset[str]:
    """The names whose value a node reads."""
    every = [each for each in ast.walk(node) if isinstance(each, ast.Name)]
    return frozenset(each.id for each in every if isinstance(each.ctx, ast.Load))


def names_in(node: ast.AST) -> frozenset[str]:
    """All names that a node speaks of."""
    return frozenset(each.id for each in ast.walk(node) if isinstance(each, ast.Name))


def _is_head(loop: LoopNode, node: ast.AST) -> bool:
    """Whether a node stands where it runs once: what is looped over, or what comes behind the loop."""
    if isinstance(loop, ast.For | ast.AsyncFor):
        return node is loop.iter or node is loop.target or node in loop.orelse
    return isinstance(loop, ast.While) and node in loop.orelse
