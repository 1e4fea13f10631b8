"""Find the loop that runs a line again and again: on that line's own stack, from the inside out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from queryscope.fixes.chain import node_at
from queryscope.fixes.source import Source
from queryscope.fixes.sources import Sources
from queryscope.model import Frame

Function = ast.FunctionDef | ast.AsyncFunctionDef
LoopNode = ast.For | ast.AsyncFor | ast.While | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_FOR = re.compile(r"{%-?\s*for\s")
_END_FOR = re.compile(r"{%-?\s*endfor\b")
_MAPPING = frozenset({"map", "starmap"})  # not a pool's: there each piece of work stands for itself


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop, and the expression in it that was under execution."""

    source: Source
    node: LoopNode
    inside: ast.expr | None  # None: the frame tells the line only
    frame: Frame
    depth: int  # of the frame on its stack: 0 is the innermost

    @property
    def iterable(self) -> ast.expr | None:
        """What the loop runs over; None for `while`."""
        if isinstance(self.node, ast.While):
            return None
        return (
            self.node.iter if isinstance(self.node, ast.For | ast.AsyncFor) else self.node.generators[0].iter
        )

    @property
    def target(self) -> ast.expr | None:
        """What the loop binds; None for `while`."""
        if isinstance(self.node, ast.While):
            return None
        each = self.node if isinstance(self.node, ast.For | ast.AsyncFor) else self.node.generators[0]
        return each.target


def find_loop(stack: Sequence[Frame], sources: Sources) -> Loop | None:
    """The innermost loop on a stack."""
    for depth, frame in enumerate(stack):
        source = sources.around(frame)
        if source is None:
            continue
        inside = node_at(source, frame)
        node = loop_around(source, inside) if inside is not None else _loop_at(source, frame.line)
        if node is not None:
            return Loop(source, node, inside, frame, depth)
    return None


def may_loop(stack: Sequence[Frame], sources: Sources) -> bool:
    """Whether a loop may be where the source shows none: a recursion, `map()`, a file that can't be read."""
    places = [(frame.path, frame.function) for frame in stack if not frame.is_template]
    if len(set(places)) < len(places):
        return True
    for frame in stack:
        if frame.is_template:
            if _loops_in_template(sources.text(frame.path), frame.line):
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
    while (parent := source.parents.get(node)) is not None and not isinstance(parent, _SCOPES):
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


def bound_names(target: ast.AST | None) -> frozenset[str]:
    """The names that an assignment's or loop's target binds."""
    if target is None:
        return frozenset()
    return frozenset(node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def names_in(node: ast.AST) -> frozenset[str]:
    """All names that a node speaks of."""
    return frozenset(each.id for each in ast.walk(node) if isinstance(each, ast.Name))


def _loops_in_template(text: str | None, line: int) -> bool:
    """Whether a line of a template stands within a `for`."""
    before = "\n".join((text or "").splitlines()[:line])
    return len(_FOR.findall(before)) > len(_END_FOR.findall(before))


def _is_head(loop: LoopNode, node: ast.AST) -> bool:
    """Whether a node stands where it runs once: what is looped over, or what comes behind the loop."""
    if isinstance(loop, ast.For | ast.AsyncFor):
        return node is loop.iter or node is loop.target or node in loop.orelse
    return isinstance(loop, ast.While) and node in loop.orelse


def _loop_at(source: Source, line: int) -> LoopNode | None:
    """The innermost loop statement in whose body a line stands."""
    found: LoopNode | None = None
    for node in ast.walk(source.tree):
        if isinstance(node, ast.For | ast.AsyncFor | ast.While) and node.body:
            is_inside = node.body[0].lineno <= line <= (node.body[-1].end_lineno or 0)
            if is_inside and (found is None or node.lineno >= found.lineno):
                found = node
        elif isinstance(node, Function) and found is not None and found.lineno < node.lineno <= line:
            found = None if line <= (node.end_lineno or 0) else found
    return found
