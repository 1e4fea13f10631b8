"""The edit that takes a write out of its loop; only where the loop is simple enough to be certain."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from queryscope.errors import EditRefusedError
from queryscope.fixes.bulk import (
    Rows,
    Scene,
    arguments,
    changed_fields,
    is_one_owner,
    is_own_manager,
    is_statement_of,
    look_up,
    names_in_arguments,
    over_of,
    plural,
    quoted_list,
    values,
)
from queryscope.fixes.chain import QUERYSET_METHODS, take_apart
from queryscope.fixes.loops import bound_names, function_around, loops_around, names_in
from queryscope.fixes.root import last_name
from queryscope.fixes.source import Replacement, Source

# What makes it matter when a row is written: the loop may end early, or somebody watches.
_UNSURE = (
    ast.Return, ast.Raise, ast.Try, ast.TryStar, ast.Yield, ast.YieldFrom, ast.With, ast.AsyncWith,
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Global, ast.Nonlocal, ast.While, ast.Match,
)  # fmt: skip
_UNCERTAIN = {
    "get_or_create": "Which rows exist already is known to the database only.",
    "update_or_create": "Whether a unique constraint covers what is looked up is yours to say.",
    "execute": "What each statement is given has to be collected first.",
}
_STREAMS = frozenset({"iterator", "aiterator"})
_KEEPS_ALL = frozenset(
    {"filter", "exclude", "all", "order_by", "select_related", "prefetch_related", "using"}
)


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
        "delete": _delete,
        "add": _add,
        "remove": _add,
        "update": _queryset,
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
    statement = _statement(scene)
    outermost = list(loops_around(scene.source, scene.call))[-1]
    if not isinstance(outermost, ast.For | ast.AsyncFor):
        raise EditRefusedError("A loop around it is no plain for loop.")
    _check_loop(scene, outermost)
    _check_last(scene, statement, loop)
    if rows.method == "create":
        manager, item = _manager(rows, scene), _made(rows, scene)
        over = over_of(scene)
        if over and outermost is loop and "#" not in scene.source.text_of(loop):
            text = _laid_out(scene, loop, f"{manager}.bulk_create([{item} {over}])")
            return [Replacement(scene.source.start(loop), scene.source.end(loop), text)]
    else:
        manager, item = (
            f"{_named(rows, scene)}.{rows.model.default_manager}",
            _saved(scene, loop, is_new=True),
        )
    return _collected(rows, scene, outermost, (item, f"{manager}.bulk_create", ""))


def _update(rows: Rows, scene: Scene, loop: ast.For | ast.AsyncFor) -> list[Replacement]:
    source = scene.source
    statement = _statement(scene)
    outermost = list(loops_around(source, scene.call))[-1]
    if not isinstance(outermost, ast.For | ast.AsyncFor):
        raise EditRefusedError("A loop around it is no plain for loop.")
    _check_loop(scene, outermost)
    _check_last(scene, statement, loop)
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
        text = _laid_out(scene, loop, f"{manager}.bulk_update({held}{listed})")
        first = source.offset(loop.lineno, 0)
        return [
            Replacement(first, first, f"{indent}{held} = {source.text_of(loop.iter)}{source.newline}"),
            Replacement(source.start(loop.iter), source.end(loop.iter), held),
            Replacement(source.offset(statement.lineno, 0), source.end(statement), indent + text),
        ]
    if is_simple and isinstance(loop.iter, ast.Name) and _is_kept(source, loop.iter):
        text = _laid_out(scene, loop, f"{manager}.bulk_update({loop.iter.id}{listed})")
        start = source.offset(statement.lineno, 0)
        return [Replacement(start, source.end(statement), source.indent_of(loop.lineno) + text)]
    if _streams(source, loop.iter):
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
    statement = _statement(scene)
    behind = _laid_out(scene, loop, f"{method}({held}{more})")
    start, end = source.offset(loop.lineno, 0), source.end(loop)
    last = source.line(loop.end_lineno or loop.lineno)
    line_end = source.offset(loop.end_lineno or loop.lineno, 0) + len(last.rstrip("\r\n"))
    return [
        Replacement(start, start, f"{indent}{held} = []{newline}"),
        Replacement(source.start(statement), source.end(statement), f"{held}.append({item})"),
        Replacement(max(line_end, end), max(line_end, end), f"{newline}{indent}{behind}"),
    ]


def _delete(rows: Rows, scene: Scene, loop: ast.For | ast.AsyncFor) -> list[Replacement]:
    source = scene.source
    _only_statement(scene, loop)
    if isinstance(scene.receiver, ast.Call):
        return _queryset(rows, scene, loop)
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
        bound = _bound(source, chain)
        if bound is None or len(uses) != 2:
            raise EditRefusedError(f"{chain.id} is used elsewhere, where it should still hold the rows.")
        if not _is_whole(bound):
            raise EditRefusedError(f"Whether {chain.id} can be deleted as a whole isn't certain.")
    elif not _is_whole(chain):
        raise EditRefusedError("Such a queryset can't be deleted as a whole: filter(pk__in=…) can.")
    method = "adelete" if scene.is_awaited else "delete"
    text = f"{'await ' if scene.is_awaited else ''}{source.text_of(chain)}.{method}()"
    return [Replacement(source.start(loop), source.end(loop), text)]


def _queryset(rows: Rows, scene: Scene, loop: ast.For | ast.AsyncFor) -> list[Replacement]:
    """`X.objects.filter(key=row).update(…)` with the same values for every row, or `.delete()`."""
    source, call = scene.source, scene.call
    _only_statement(scene, loop)
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


def _add(rows: Rows, scene: Scene, loop: ast.For | ast.AsyncFor) -> list[Replacement]:
    source = scene.source
    _only_statement(scene, loop)
    if not is_one_owner(scene) or isinstance(loop, ast.AsyncFor) or scene.is_awaited:
        raise EditRefusedError(
            "Each row has a manager of its own: only the through table takes them at once."
        )
    argument = scene.call.args[0]
    over, manager = source.text_of(loop.iter), source.text_of(scene.receiver)
    given, target = source.text_of(argument), source.text_of(loop.target)
    text = f"*{over}" if given == target else f"*[{given} for {target} in {over}]"
    text = _laid_out(scene, loop, f"{manager}.{rows.method}({text})")
    return [Replacement(source.start(loop), source.end(loop), text)]


def _statement(scene: Scene) -> ast.stmt:
    """The statement that is the write and nothing else."""
    node: ast.AST = scene.call
    while not isinstance(node, ast.stmt):
        node = scene.source.parents[node]
    if not is_statement_of(scene, node):
        raise EditRefusedError("The loop goes on with what the write returns.")
    if not scene.source.starts_line(node):
        raise EditRefusedError("The write shares its line with something else.")
    return node


def _only_statement(scene: Scene, loop: ast.For | ast.AsyncFor) -> None:
    if len(loop.body) != 1 or loop.body[0] is not _statement(scene) or loop.orelse:
        raise EditRefusedError("The loop does more than write.")
    if "#" in scene.source.text_of(loop):
        raise EditRefusedError("A comment stands in the loop: it would be lost.")
    if len(list(loops_around(scene.source, scene.call))) > 1:
        raise EditRefusedError("Another loop stands around this one.")


def _check_loop(scene: Scene, loop: ast.For | ast.AsyncFor) -> None:
    if loop.orelse:
        raise EditRefusedError("The loop has an else.")
    for part in loop.body:
        for node in ast.walk(part):
            if isinstance(node, _UNSURE):
                raise EditRefusedError(
                    f"The loop holds {type(node).__name__.lower()} at line {getattr(node, 'lineno', loop.lineno)}: "
                    "when each row is written may matter."
                )
            if isinstance(node, ast.Await) and node.value is not scene.call:
                raise EditRefusedError(
                    "The loop waits for something else: when each row is written may matter."
                )


def _check_last(scene: Scene, statement: ast.stmt, loop: ast.For | ast.AsyncFor) -> None:
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
    for node in ast.walk(function_around(scene.source, scene.call)):
        if isinstance(node, ast.ImportFrom) and any(
            (each.asname or each.name) == name for each in node.names
        ):
            return name
        if isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.value, ast.Name):
            return f"{node.value.id}.{name}"
    raise EditRefusedError(f"{name} isn't imported in this file.")


def _is_kept(source: Source, name: ast.Name) -> bool:
    """Whether a name holds rows that can be gone through again: a queryset that was bound once, or a list."""
    value = _bound(source, name)
    if value is None:
        return False
    if isinstance(value, ast.List | ast.ListComp):
        return True
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        return value.func.id in ("list", "sorted", "tuple")
    return _is_queryset(value)


def _is_queryset(value: ast.expr) -> bool:
    try:
        chain = take_apart(value)
    except EditRefusedError:
        return False
    names = [link.name for link in chain.links]
    if not names or not set(names) <= QUERYSET_METHODS - _STREAMS:
        return False
    return isinstance(chain.root, ast.Attribute)


def _is_whole(value: ast.expr) -> bool:
    """Whether a queryset can be deleted as it is: not sliced, not distinct, not streamed."""
    if not _is_queryset(value) or any(isinstance(node, ast.Subscript) for node in _spine(value)):
        return False
    return {link.name for link in take_apart(value).links} <= _KEEPS_ALL


def _spine(value: ast.expr) -> Iterator[ast.expr]:
    node: ast.expr | None = value
    while node is not None:
        yield node
        node = getattr(node, "func", None) or getattr(node, "value", None)


def _bound(source: Source, name: ast.Name) -> ast.expr | None:
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


def _streams(source: Source, iterable: ast.expr) -> bool:
    value = _bound(source, iterable) if isinstance(iterable, ast.Name) else iterable
    return value is not None and any(
        isinstance(node, ast.Attribute) and node.attr in _STREAMS for node in ast.walk(value)
    )


def is_free(scene: Scene, name: str) -> bool:
    """Whether the file uses a name for nothing yet."""
    return not any(
        name in (getattr(node, "id", None), getattr(node, "arg", None), getattr(node, "name", None))
        for node in ast.walk(scene.source.tree)
    )


def _free_name(scene: Scene, wanted: str, word: str) -> str:
    """A name that the file doesn't use yet."""
    for name in (wanted, word, f"{word}_{wanted}"):
        if is_free(scene, name):
            return name
    raise EditRefusedError("No name is free for the list of rows.")


def _is_inline(scene: Scene, loop: ast.For | ast.AsyncFor) -> bool:
    """Whether the loop runs over a queryset that is built in its head."""
    text = scene.source.text_of(loop.iter)
    return "\n" not in text and not isinstance(loop.iter, ast.Name) and _is_queryset(loop.iter)


def _laid_out(scene: Scene, loop: ast.stmt, text: str) -> str:
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
