"""What a loop does with a row once it is written: goes on with it, or makes the next one from it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from queryscope.fixes.loops import names_in
from queryscope.fixes.scene import Scene, called, is_statement_of

_MAKING = frozenset({"save", "create", "get_or_create", "update_or_create"})


def is_handed_on(scene: Scene) -> bool:
    """Whether the loop goes on with what the write returns: `order = Order.objects.create(…)`."""
    return scene.is_in_loop and not is_statement_of(scene, _statement(scene))


def is_chained(scene: Scene) -> bool:
    """Whether each row is made from the one before, so that no statement can write them all.

    `parent = Node.objects.create(parent=parent)`, or `node = Node(parent=last); node.save(); last = node`.
    """
    loop = scene.loop
    if loop is None or not scene.is_in_loop or not isinstance(loop.node, ast.For | ast.AsyncFor | ast.While):
        return False
    row = _row(scene) if called(scene) in _MAKING else None
    if row is None:
        return False
    passed = {row} | {
        target
        for target, value in _bindings(loop.node)
        if row in names_in(value) and not any(node is scene.call for node in ast.walk(value))
    }
    is_saved = isinstance(scene.receiver, ast.Name) and scene.receiver.id == row and called(scene) == "save"
    made = list(_makings(loop.node, row)) if is_saved else [scene.call]
    return any(passed & names_in(each) for each in made)


def _statement(scene: Scene) -> ast.stmt:
    node: ast.AST = scene.call
    while not isinstance(node, ast.stmt):
        node = scene.source.parents[node]
    return node


def _row(scene: Scene) -> str | None:
    """The name of the row: what the call's result is bound to, or what is saved."""
    if isinstance(scene.receiver, ast.Name) and called(scene) == "save":
        return scene.receiver.id
    statement = _statement(scene)
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        value = statement.value.value if isinstance(statement.value, ast.Await) else statement.value
        if isinstance(target, ast.Tuple) and target.elts:
            target = target.elts[0]  # of get_or_create()
        if value is scene.call and isinstance(target, ast.Name):
            return target.id
    return None


def _bindings(loop: ast.For | ast.AsyncFor | ast.While) -> Iterator[tuple[str, ast.expr]]:
    for part in loop.body:
        for node in ast.walk(part):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        yield target.id, node.value


def _makings(loop: ast.For | ast.AsyncFor | ast.While, row: str) -> Iterator[ast.Call]:
    """The calls that the row's name is bound to in the loop: `Node(parent=last)`."""
    for name, value in _bindings(loop):
        if name == row and isinstance(value, ast.Call):
            yield value
