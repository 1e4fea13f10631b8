"""The edit of `get()` by key in a loop: `in_bulk()` in front of it, where that is certain to do the same."""

from __future__ import annotations

import ast

from queryscope.errors import EditRefusedError
from queryscope.fixes.asked import Asked
from queryscope.fixes.built import one_line
from queryscope.fixes.loops import Loop, bound_names, loop_around, names_read
from queryscope.fixes.naming import free_name, plural, snake
from queryscope.fixes.root import last_name
from queryscope.fixes.row_keys import keys_of
from queryscope.fixes.source import Replacement, Source
from queryscope.fixes.variables import function_around, variable_of
from queryscope.model import Model, Models

_KEYS = frozenset({"pk", "pk__exact", "id", "id__exact"})
_KEPT = frozenset({"all", "defer", "only", "prefetch_related", "select_related"})
# What a loop may call without changing rows, or what it looks up.
_HARMLESS = frozenset({
    "abs", "add", "append", "bool", "debug", "enumerate", "extend", "float", "format", "get", "info", "int",
    "items", "join", "len", "lower", "max", "min", "print", "repr", "round", "sorted", "str", "strip", "sum",
    "title", "upper", "write", "writerow", "zip",
})  # fmt: skip


def in_bulk_edit(asked: Asked, loop: Loop | None, model: Model, models: Models) -> list[Replacement]:
    """The rows before the loop, and one of them in place of each `get()`.

    Args:
        asked: the expression that asks.
        loop: that runs it.
        model: of the rows.
        models: the project's.

    Raises:
        EditRefusedError: why the loop might do something else then.
    """
    if loop is None or loop.source is not asked.source:
        raise EditRefusedError("the loop stands in another function.")
    source, value = asked.source, _key(asked, model)
    scope = function_around(source, asked.node)
    if scope is None or function_around(source, loop.statement) is not scope:
        raise EditRefusedError("the loop stands in another function.")
    if loop_around(source, loop.node) is not None:
        raise EditRefusedError("the loop stands in another one, which would look up in each round.")
    if not _is_plain(loop, asked):
        raise EditRefusedError("the code of the loop decides what is done where a key is missing.")
    _check_row(source, asked)
    keys = keys_of(source, value, loop, model, models)
    before = [link for link in asked.links[:-1] if link.name != "all"]
    rows = one_line(source, asked.root) + "".join(_said(source, each.call, each.name) for each in before)
    if bound_names(loop.node) & names_read(ast.parse(rows, mode="eval")):
        raise EditRefusedError("the queryset itself depends on the loop.")
    statement = loop.statement
    if not source.starts_line(statement) or not source.holds(asked.node):
        raise EditRefusedError("the loop is written in a way that no edit is safe for.")
    name = free_name(plural(snake(model.name)), source.names)
    at = source.start(statement)
    line = f"{name} = {rows}.in_bulk({keys})"
    return [
        Replacement(at, at, f"{line}{source.newline}{source.indent_of(statement.lineno)}"),
        Replacement(source.start(asked.node), source.end(asked.node), f"{name}[{source.text_of(value)}]"),
    ]


def _said(source: Source, call: ast.Call, name: str) -> str:
    parts = [one_line(source, each) for each in call.args]
    parts += [f"{each.arg}={one_line(source, each.value)}" for each in call.keywords if each.arg]
    return f".{name}({', '.join(parts)})"


def _key(asked: Asked, model: Model) -> ast.expr:
    """The key of `Model.objects.get(pk=key)`."""
    names = [link.name for link in asked.links]
    last = asked.links[-1].call if asked.links else None
    is_own = isinstance(asked.root, ast.Attribute) and last_name(asked.root.value) == model.name
    is_get = last is not None and names[-1] == "get" and asked.node is last
    if last is None or not is_get or not is_own or not set(names[:-1]) <= _KEPT:
        raise EditRefusedError("more is asked than a row by its key.")
    known = _KEYS | {model.primary_key}
    if last.args or len(last.keywords) != 1 or last.keywords[0].arg not in known:
        raise EditRefusedError("more is asked than a row by its key.")
    return last.keywords[0].value


def _is_plain(loop: Loop, asked: Asked) -> bool:
    """Whether every round asks, nobody waits for an exception, and nothing in the loop writes."""
    node, parents = loop.node, asked.source.parents
    if isinstance(node, ast.While | ast.AsyncFor | ast.GeneratorExp) or getattr(node, "orelse", None):
        return False
    current: ast.AST | None = asked.node
    while current is not None and current is not node:
        current = parents.get(current)
        if isinstance(
            current, ast.If | ast.IfExp | ast.BoolOp | ast.Match | ast.Await | ast.Lambda | ast.While
        ):
            return False
    around: ast.AST | None = asked.node
    while around is not None and not isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef):
        if isinstance(around, ast.Try | ast.With | ast.AsyncWith | ast.Lambda | ast.ClassDef):
            return False
        around = parents.get(around)
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp) and (
        len(node.generators) != 1 or node.generators[0].ifs or node.generators[0].is_async
    ):
        return False
    inside = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
    chain = {asked.node, *(link.call for link in asked.links)}
    others = [each for each in inside if each not in chain and not _is_in(each, loop.iterable)]
    return all(map(_is_harmless, others)) and not any(
        isinstance(each, ast.Break | ast.Return | ast.Continue | ast.Yield | ast.YieldFrom | ast.Delete)
        for each in ast.walk(node)
    )


def _is_harmless(call: ast.Call) -> bool:
    """Whether a call changes no row: `found.add(…)` of a set, not `order.lines.add(…)`."""
    name = last_name(call.func)
    is_lists = isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)
    return name in _HARMLESS and (name != "add" or is_lists)


def _is_in(node: ast.AST, around: ast.AST | None) -> bool:
    return around is not None and any(each is node for each in ast.walk(around))


def _check_row(source: Source, asked: Asked) -> None:
    """Accept a row of which only attributes are read: two rounds with one key share it now."""
    parent = source.parents.get(asked.node)
    if _is_read(source, asked.node):
        return
    if (
        isinstance(parent, ast.Assign)
        and len(parent.targets) == 1
        and isinstance(parent.targets[0], ast.Name)
    ):
        variable = variable_of(source, parent.targets[0])
        if (
            variable is not None
            and len(variable.values) == 1
            and all(_is_read(source, load) for load in variable.loads)
        ):
            return
    raise EditRefusedError("a row may be changed, or kept twice: in_bulk() gives one instance for each key.")


def _is_read(source: Source, node: ast.expr) -> bool:
    parent = source.parents.get(node)
    if not isinstance(parent, ast.Attribute) or not isinstance(parent.ctx, ast.Load):
        return False
    around = source.parents.get(parent)
    while isinstance(around, ast.Attribute):
        if not isinstance(around.ctx, ast.Load):
            return False
        parent, around = around, source.parents.get(around)
    return not (isinstance(around, ast.Call) and around.func is parent)
