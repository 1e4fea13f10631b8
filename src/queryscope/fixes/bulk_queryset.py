"""The edit where a whole loop becomes one call: of a queryset, or of a related manager."""

from __future__ import annotations

import ast

from queryscope.errors import EditRefusedError
from queryscope.fixes.certain import binding_of, is_whole, only_statement
from queryscope.fixes.loops import bound_names, function_around, names_in
from queryscope.fixes.root import last_name
from queryscope.fixes.scene import Rows, Scene, arguments, is_one_owner, look_up, names_in_arguments
from queryscope.fixes.source import Replacement


def delete_edit(rows: Rows, scene: Scene, loop: ast.For | ast.AsyncFor) -> list[Replacement]:
    source = scene.source
    only_statement(scene, loop)
    if isinstance(scene.receiver, ast.Call):
        return queryset_edit(rows, scene, loop)
    if not isinstance(scene.receiver, ast.Name) or not isinstance(loop.target, ast.Name):
        raise EditRefusedError("What is deleted isn't the row that the loop gives.")
    if scene.receiver.id != loop.target.id or scene.call.args or scene.call.keywords:
        raise EditRefusedError("What is deleted isn't the row that the loop gives.")
    chain = loop.iter
    if isinstance(chain, ast.Name):
        uses = [
            node
            for node in ast.walk(function_around(source, loop))
            if isinstance(node, ast.Name) and node.id == chain.id
        ]
        bound = binding_of(source, chain)
        if bound is None or len(uses) != 2:
            raise EditRefusedError(f"{chain.id} is used elsewhere, where it should still hold the rows.")
        if not is_whole(bound):
            raise EditRefusedError(f"Whether {chain.id} can be deleted as a whole isn't certain.")
    elif not is_whole(chain):
        raise EditRefusedError("Such a queryset can't be deleted as a whole: filter(pk__in=…) can.")
    method = "adelete" if scene.is_awaited else "delete"
    text = f"{'await ' if scene.is_awaited else ''}{source.text_of(chain)}.{method}()"
    return [Replacement(source.start(loop), source.end(loop), text)]


def queryset_edit(rows: Rows, scene: Scene, loop: ast.For | ast.AsyncFor) -> list[Replacement]:
    """`X.objects.filter(key=row).update(…)` with the same values for every row, or `.delete()`."""
    source, call = scene.source, scene.call
    only_statement(scene, loop)
    looked_up = look_up(scene)
    inner = scene.receiver
    if looked_up is None or not isinstance(inner, ast.Call) or not isinstance(inner.func, ast.Attribute):
        raise EditRefusedError("The rows are looked up in a way that no edit is certain for.")
    if isinstance(loop, ast.AsyncFor) or not isinstance(inner.func.value, ast.Attribute):
        raise EditRefusedError("The rows are looked up in a way that no edit is certain for.")
    given = [*call.args, *(each.value for each in call.keywords)]
    if any(isinstance(node, ast.Call) for each in given for node in ast.walk(each)) or (
        names_in_arguments(call) & bound_names(loop.target)
    ):
        raise EditRefusedError("Each row gets a value of its own.")
    manager = source.text_of(inner.func.value)
    if names_in(inner.func.value) & bound_names(loop.target):
        raise EditRefusedError("Each row has a manager of its own.")
    head = "await " if scene.is_awaited else ""
    text = f"{head}{manager}.filter({looked_up}).{last_name(call.func)}({arguments(source, call)})"
    return [Replacement(source.start(loop), source.end(loop), text)]


def add_edit(rows: Rows, scene: Scene, loop: ast.For | ast.AsyncFor) -> list[Replacement]:
    source = scene.source
    only_statement(scene, loop)
    if not is_one_owner(scene) or isinstance(loop, ast.AsyncFor) or scene.is_awaited:
        raise EditRefusedError(
            "Each row has a manager of its own: only the through table takes them at once."
        )
    argument = scene.call.args[0]
    over, manager = source.text_of(loop.iter), source.text_of(scene.receiver)
    given, target = source.text_of(argument), source.text_of(loop.target)
    text = f"*{over}" if given == target else f"*[{given} for {target} in {over}]"
    text = laid_out(scene, loop, f"{manager}.{rows.method}({text})")
    return [Replacement(source.start(loop), source.end(loop), text)]


def laid_out(scene: Scene, loop: ast.stmt, text: str) -> str:
    """A statement behind a loop, over several lines where the file's own lines are shorter."""
    source = scene.source
    is_async = scene.is_awaited
    if is_async:
        head, _, tail = text.rpartition(".bulk_")
        text = f"await {head}.abulk_{tail}"
    indent, newline = source.indent_of(loop.lineno), source.newline
    longest = max(88, *(len(line) for line in source.text.splitlines()))
    if len(indent) + len(text) <= longest or "\n" in text:
        return text
    head, _, inner = text.partition("(")
    step = "\t" if "\t" in indent else "    "
    return f"{head}({newline}{indent}{step}{inner.removesuffix(')')}{newline}{indent})"
