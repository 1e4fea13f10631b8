"""The edit that takes a write out of its loop; only where the loop is simple enough to be certain."""

from __future__ import annotations

import ast

from queryscope.errors import EditRefusedError
from queryscope.fixes.bulk import quoted_list, values
from queryscope.fixes.bulk_queryset import add_edit, delete_edit, laid_out, queryset_edit
from queryscope.fixes.certain import (
    check_last,
    check_loop,
    is_free,
    is_kept,
    is_queryset,
    is_streamed,
    statement_of,
)
from queryscope.fixes.changed import changed_fields
from queryscope.fixes.loops import bound_names, function_around, loops_around
from queryscope.fixes.scene import Rows, Scene, arguments, is_own_manager, over_of, plural
from queryscope.fixes.source import Replacement

_UNCERTAIN = {
    "get_or_create": "Which rows exist already is known to the database only.",
    "update_or_create": "Whether a unique constraint covers what is looked up is yours to say.",
    "execute": "What each statement is given has to be collected first.",
}


def bulk_edit(rows: Rows, scene: Scene) -> tuple[list[Replacement], str]:
    """The replacements, and the statement that writes all rows in them.

    Raises:
        EditRefusedError: why there are none.
    """
    if rows.obstacle:
        raise EditRefusedError(rows.obstacle)
    if scene.loop is None or not scene.is_in_loop:
        raise EditRefusedError("The loop and the write stand in two functions: the write moves to the loop.")
    if isinstance(scene.loop.node, ast.ListComp) and rows.method == "create":
        found = _comprehension(rows, scene, scene.loop.node)
        return found, found[0].text
    if not isinstance(scene.loop.node, ast.For | ast.AsyncFor):
        raise EditRefusedError("What such a loop writes is collected first: how, depends on the code around.")
    edits = {
        "save": _append if rows.is_insert else _update,
        "create": _append,
        "delete": delete_edit,
        "add": add_edit,
        "remove": add_edit,
        "update": queryset_edit,
    }
    edit = edits.get(rows.method)
    if edit is None:
        raise EditRefusedError(_UNCERTAIN.get(rows.method, "What all rows together need is yours to say."))
    found = edit(rows, scene, scene.loop.node)
    return found, _statement_in(found)


def _statement_in(found: list[Replacement]) -> str:
    """The last thing that is put in, on one line."""
    lines = [line.strip() for line in max(found, key=lambda each: each.start).text.strip().splitlines()]
    text = lines[0]
    for line in lines[1:]:
        text += line if text.endswith(("(", "[")) or line.startswith((")", "]")) else " " + line
    return text


def _comprehension(rows: Rows, scene: Scene, loop: ast.ListComp) -> list[Replacement]:
    source, call = scene.source, scene.call
    manager = _manager(rows, scene)
    if loop.elt is not call or not source.holds(loop):
        raise EditRefusedError("The comprehension makes something else of each row.")
    rest = source.text[source.end(call) : source.end(loop)]
    text = f"{manager}.bulk_create([{_made(rows, scene)}{rest})"
    return [Replacement(source.start(loop), source.end(loop), text)]


def _append(rows: Rows, scene: Scene, loop: ast.For | ast.AsyncFor) -> list[Replacement]:
    """Collect the objects in the outermost loop of the function, and create them behind it."""
    statement = statement_of(scene)
    outermost = list(loops_around(scene.source, scene.call))[-1]
    if not isinstance(outermost, ast.For | ast.AsyncFor):
        raise EditRefusedError("A loop around it is no plain for loop.")
    check_loop(scene, outermost)
    check_last(scene, statement, loop)
    if rows.method == "create":
        manager, item = _manager(rows, scene), _made(rows, scene)
        over = over_of(scene)
        if over and outermost is loop and "#" not in scene.source.text_of(loop):
            text = laid_out(scene, loop, f"{manager}.bulk_create([{item} {over}])")
            return [Replacement(scene.source.start(loop), scene.source.end(loop), text)]
    else:
        manager, item = (
            f"{_named(rows, scene)}.{rows.model.default_manager}",
            _saved(scene, loop, is_new=True),
        )
    return _collected(rows, scene, outermost, (item, f"{manager}.bulk_create", ""))


def _update(rows: Rows, scene: Scene, loop: ast.For | ast.AsyncFor) -> list[Replacement]:
    source = scene.source
    statement = statement_of(scene)
    outermost = list(loops_around(source, scene.call))[-1]
    if not isinstance(outermost, ast.For | ast.AsyncFor):
        raise EditRefusedError("A loop around it is no plain for loop.")
    check_loop(scene, outermost)
    check_last(scene, statement, loop)
    name = _saved(scene, loop)
    fields = changed_fields(rows, scene)
    if not fields:
        raise EditRefusedError("Which fields change is not written out.")
    manager = f"{_named(rows, scene)}.{rows.model.default_manager}"
    listed = f", {quoted_list(fields, scene)}"
    is_simple = (
        outermost is loop
        and statement is loop.body[-1]
        and len(loop.body) > 1
        and bound_names(loop.target) == {name}
        and isinstance(loop.target, ast.Name)
        and not any(isinstance(node, ast.Continue | ast.Break) for node in ast.walk(loop))
    )
    held = plural(rows.model)
    if is_simple and _is_inline(scene, loop) and source.starts_line(loop) and is_free(scene, held):
        indent = source.indent_of(loop.lineno)
        text = laid_out(scene, loop, f"{manager}.bulk_update({held}{listed})")
        first = source.offset(loop.lineno, 0)
        return [
            Replacement(first, first, f"{indent}{held} = {source.text_of(loop.iter)}{source.newline}"),
            Replacement(source.start(loop.iter), source.end(loop.iter), held),
            Replacement(source.offset(statement.lineno, 0), source.end(statement), indent + text),
        ]
    if is_simple and isinstance(loop.iter, ast.Name) and is_kept(source, loop.iter):
        text = laid_out(scene, loop, f"{manager}.bulk_update({loop.iter.id}{listed})")
        start = source.offset(statement.lineno, 0)
        return [Replacement(start, source.end(statement), source.indent_of(loop.lineno) + text)]
    if is_streamed(source, loop.iter):
        raise EditRefusedError(
            "The rows are streamed: collect some hundred at a time, and bulk_update those."
        )
    return _collected(rows, scene, outermost, (name, f"{manager}.bulk_update", listed))


def _collected(
    rows: Rows, scene: Scene, loop: ast.For | ast.AsyncFor, how: tuple[str, str, str]
) -> list[Replacement]:
    """A list in front of the loop, `append` in it, the write behind it."""
    item, method, more = how
    source = scene.source
    held = _free_name(scene, plural(rows.model), "changed" if method.endswith("update") else "created")
    indent, newline = source.indent_of(loop.lineno), source.newline
    if not source.starts_line(loop):
        raise EditRefusedError("The loop shares its line with something else.")
    statement = statement_of(scene)
    behind = laid_out(scene, loop, f"{method}({held}{more})")
    start, end = source.offset(loop.lineno, 0), source.end(loop)
    last = source.line(loop.end_lineno or loop.lineno)
    line_end = source.offset(loop.end_lineno or loop.lineno, 0) + len(last.rstrip("\r\n"))
    return [
        Replacement(start, start, f"{indent}{held} = []{newline}"),
        Replacement(source.start(statement), source.end(statement), f"{held}.append({item})"),
        Replacement(max(line_end, end), max(line_end, end), f"{newline}{indent}{behind}"),
    ]


def _saved(scene: Scene, loop: ast.For | ast.AsyncFor, *, is_new: bool = False) -> str:
    """The name of the object whose save() is called."""
    call = scene.call
    if not isinstance(scene.receiver, ast.Name):
        raise EditRefusedError("What is saved has no name of its own.")
    if call.args or any(each.arg != "update_fields" for each in call.keywords):
        raise EditRefusedError("save() is called with arguments that no bulk method takes.")
    stored = bound_names(loop.target)
    if is_new:
        stored |= {
            node.id
            for part in loop.body
            for node in ast.walk(part)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
    if scene.receiver.id not in stored:
        raise EditRefusedError(f"{scene.receiver.id} may be the same row more than once.")
    return scene.receiver.id


def _made(rows: Rows, scene: Scene) -> str:
    """`Tag(name=name)` of `Tag.objects.create(name=name)`, `Line(order=order)` of `order.lines.create()`."""
    assert isinstance(scene.receiver, ast.Attribute)
    source, call = scene.source, scene.call
    if call.args or "#" in source.text_of(call):
        raise EditRefusedError("The call is written in a way that no edit is certain for.")
    if is_own_manager(rows, scene):
        model = source.text_of(scene.receiver.value)
        inner = source.text[source.text.index("(", source.end(call.func)) : source.end(call)]
        return f"{model}{inner}" if call.lineno == call.end_lineno else f"{model}({arguments(source, call)})"
    return f"{_named(rows, scene)}({values(rows, scene)})"


def _manager(rows: Rows, scene: Scene) -> str:
    """`Tag.objects`, for what create() is called on."""
    if is_own_manager(rows, scene):
        return scene.source.text_of(scene.receiver)
    if rows.owner_key and isinstance(scene.receiver, ast.Attribute):
        return f"{_named(rows, scene)}.{rows.model.default_manager}"
    raise EditRefusedError("create() of another manager sets something by itself.")


def _named(rows: Rows, scene: Scene) -> str:
    """The model, by a name that the file knows."""
    name = rows.model.name
    for node in scene.source.tree.body:
        if isinstance(node, ast.ImportFrom | ast.Import):
            if any((each.asname or each.name) == name for each in node.names):
                return name
        elif isinstance(node, ast.ClassDef) and node.name == name:
            return name
    for inner in ast.walk(function_around(scene.source, scene.call)):
        if isinstance(inner, ast.ImportFrom) and name in [each.asname or each.name for each in inner.names]:
            return name
        if isinstance(inner, ast.Attribute) and inner.attr == name and isinstance(inner.value, ast.Name):
            return f"{inner.value.id}.{name}"
    raise EditRefusedError(f"{name} isn't imported in this file.")


def _free_name(scene: Scene, wanted: str, word: str) -> str:
    """A name that the file doesn't use yet."""
    for name in (wanted, word, f"{word}_{wanted}"):
        if is_free(scene, name):
            return name
    raise EditRefusedError("No name is free for the list of rows.")


def _is_inline(scene: Scene, loop: ast.For | ast.AsyncFor) -> bool:
    """Whether the loop runs over a queryset that is built in its head."""
    text = scene.source.text_of(loop.iter)
    return "\n" not in text and not isinstance(loop.iter, ast.Name) and is_queryset(loop.iter)
