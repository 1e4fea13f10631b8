"""Whether a loop is simple enough that a write may be taken out of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from queryscope.errors import EditRefusedError
from queryscope.fixes.chain import QUERYSET_METHODS, take_apart
from queryscope.fixes.loops import function_around, loops_around
from queryscope.fixes.scene import Scene, is_statement_of
from queryscope.fixes.source import Source

# What makes it matter when a row is written: the loop may end early, or somebody watches.
_UNSURE = (
    ast.Return, ast.Raise, ast.Try, ast.TryStar, ast.Yield, ast.YieldFrom, ast.With, ast.AsyncWith,
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Global, ast.Nonlocal, ast.While, ast.Match,
)  # fmt: skip

_STREAMS = frozenset({"iterator", "aiterator"})

_KEEPS_ALL = frozenset(
    {"filter", "exclude", "all", "order_by", "select_related", "prefetch_related", "using"}
)


def statement_of(scene: Scene) -> ast.stmt:
    """The statement that is the write and nothing else."""
    node: ast.AST = scene.call
    while not isinstance(node, ast.stmt):
        node = scene.source.parents[node]
    if not is_statement_of(scene, node):
        raise EditRefusedError("The loop goes on with what the write returns.")
    if not scene.source.starts_line(node):
        raise EditRefusedError("The write shares its line with something else.")
    return node


def only_statement(scene: Scene, loop: ast.For | ast.AsyncFor) -> None:
    if len(loop.body) != 1 or loop.body[0] is not statement_of(scene) or loop.orelse:
        raise EditRefusedError("The loop does more than write.")
    if "#" in scene.source.text_of(loop):
        raise EditRefusedError("A comment stands in the loop: it would be lost.")
    if len(list(loops_around(scene.source, scene.call))) > 1:
        raise EditRefusedError("Another loop stands around this one.")


def check_loop(scene: Scene, loop: ast.For | ast.AsyncFor) -> None:
    if loop.orelse:
        raise EditRefusedError("The loop has an else.")
    for part in loop.body:
        for node in ast.walk(part):
            if isinstance(node, _UNSURE):
                line, what = getattr(node, "lineno", loop.lineno), type(node).__name__.lower()
                raise EditRefusedError(f"Line {line} holds {what}: when each row is written may matter.")
            if isinstance(node, ast.Await) and node.value is not scene.call:
                raise EditRefusedError(
                    "The loop waits for something else: when each row is written may matter."
                )


def check_last(scene: Scene, statement: ast.stmt, loop: ast.For | ast.AsyncFor) -> None:
    """The write ends its block, and every block up to the loop."""
    node: ast.AST = statement
    while node is not loop:
        parent = scene.source.parents[node]
        blocks = [getattr(parent, name, []) for name in ("body", "orelse")]
        block = next((each for each in blocks if node in each), None)
        if block is None or block[-1] is not node:
            raise EditRefusedError(
                "The loop goes on behind the write, perhaps because the row is there then."
            )
        node = parent


def is_kept(source: Source, name: ast.Name) -> bool:
    """Whether a name holds rows that can be gone through again: a queryset that was bound once, or a list."""
    value = binding_of(source, name)
    if value is None:
        return False
    if isinstance(value, ast.List | ast.ListComp):
        return True
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        return value.func.id in ("list", "sorted", "tuple")
    return is_queryset(value)


def is_queryset(value: ast.expr) -> bool:
    try:
        chain = take_apart(value)
    except EditRefusedError:
        return False
    names = [link.name for link in chain.links]
    if not names or not set(names) <= QUERYSET_METHODS - _STREAMS:
        return False
    return isinstance(chain.root, ast.Attribute)


def is_whole(value: ast.expr) -> bool:
    """Whether a queryset can be deleted as it is: not sliced, not distinct, not streamed."""
    if not is_queryset(value) or any(isinstance(node, ast.Subscript) for node in _spine(value)):
        return False
    return {link.name for link in take_apart(value).links} <= _KEEPS_ALL


def _spine(value: ast.expr) -> Iterator[ast.expr]:
    node: ast.expr | None = value
    while node is not None:
        yield node
        node = getattr(node, "func", None) or getattr(node, "value", None)


def binding_of(source: Source, name: ast.Name) -> ast.expr | None:
    """What a name was bound to, if it is bound once in its function."""
    function = function_around(source, name)
    found: list[ast.expr | None] = []
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id == name.id and isinstance(node.ctx, ast.Store):
            parent = source.parents.get(node)
            is_plain = isinstance(parent, ast.Assign) and parent.targets == [node]
            found.append(parent.value if is_plain and isinstance(parent, ast.Assign) else None)
        elif isinstance(node, ast.arg) and node.arg == name.id:
            found.append(None)
    return found[0] if len(found) == 1 else None


def is_streamed(source: Source, iterable: ast.expr) -> bool:
    value = binding_of(source, iterable) if isinstance(iterable, ast.Name) else iterable
    return value is not None and any(
        isinstance(node, ast.Attribute) and node.attr in _STREAMS for node in ast.walk(value)
    )


def is_free(scene: Scene, name: str) -> bool:
    """Whether the file uses a name for nothing yet."""
    return name not in scene.source.names
