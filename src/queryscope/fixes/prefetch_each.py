"""`prefetch_related_objects([row], …)` for each row: once, with the list, in front of the loop."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from queryscope.fixes.chain import node_at
from queryscope.fixes.names import only_value
from queryscope.fixes.root import last_name
from queryscope.fixes.source import Replacement, Source
from queryscope.model import Fix, Frame

FUNCTIONS = frozenset({"aprefetch_related_objects", "prefetch_related_objects"})
_LISTS = frozenset({"list", "sorted"})
_WRITES = frozenset((
    "add", "aadd", "acreate", "adelete", "asave", "bulk_create", "bulk_update", "clear", "create", "delete",
    "get_or_create", "remove", "save", "set", "update", "update_or_create",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Each:
    """A call that prefetches for one row, and the row."""

    call: ast.Call
    items: ast.expr  # the list of one, as it is written
    row: ast.expr


def find_each(source: Source, frame: Frame) -> Each | None:
    """The call at a frame, if it prefetches for a list of one that is written out."""
    call = node_at(source, frame)
    if not isinstance(call, ast.Call) or not call.args or _function(source, call) not in FUNCTIONS:
        return None
    items: ast.expr | None = call.args[0]
    if isinstance(items, ast.Name):
        items = only_value(source, call, items.id)
    if not isinstance(items, ast.List | ast.Tuple | ast.Set) or len(items.elts) != 1:
        return None
    row = items.elts[0]
    return None if isinstance(row, ast.Starred) else Each(call, call.args[0], row)


def _function(source: Source, call: ast.Call) -> str:
    """The name of the function, also where it was imported under another one."""
    name = last_name(call.func)
    for node in ast.walk(source.tree):
        for alias in node.names if isinstance(node, ast.ImportFrom) else ():
            if alias.asname == name:
                return alias.name
    return name


def once_fix(source: Source | None, frame: Frame) -> Fix:
    """The call with the list. There is a diff where the loop's list is in sight."""
    each = find_each(source, frame) if source is not None else None
    rows, rest = "rows", "…"
    caveat = "No diff: collect the rows in a list first, then prefetch for all of them at once."
    replacements: list[Replacement] = []
    if source is not None and each is not None:
        rest = ", ".join(source.text_of(argument) for argument in each.call.args[1:])
        loop = _loop(source, each)
        if loop is not None and isinstance(loop.iter, ast.Name):
            rows = loop.iter.id
            replacements = _hoisted(source, each, loop)
    name = last_name(each.call.func) if each is not None else "prefetch_related_objects"
    diff = source.diff(replacements) if source is not None and replacements else ""
    return Fix(
        kinds=("rewrite",),
        title="Prefetch once, for all rows",
        code=f"{name}({rows}, {rest})",
        diff=diff,
        edits=source.edits(replacements) if source is not None and diff else (),
        caveat="" if diff else caveat,
    )


def _loop(source: Source, each: Each) -> ast.For | None:
    """The loop whose first statement the call is, if nothing else in it could change what is prefetched."""
    statement = source.parents.get(each.call)
    if isinstance(statement, ast.Await):
        statement = source.parents.get(statement)
    loop = source.parents.get(statement) if isinstance(statement, ast.Expr) else None
    if not isinstance(loop, ast.For) or loop.body[0] is not statement or loop.orelse or loop.type_comment:
        return None
    if not isinstance(loop.target, ast.Name) or not isinstance(each.row, ast.Name):
        return None
    if loop.target.id != each.row.id or not isinstance(loop.iter, ast.Name):
        return None
    value = only_value(source, loop, loop.iter.id)
    rest = [*each.call.args[1:], *each.call.keywords]
    uses = {node.id for item in rest for node in ast.walk(item) if isinstance(node, ast.Name)}
    writes = {node.attr for node in ast.walk(loop) if isinstance(node, ast.Attribute)} & _WRITES
    is_safe = _is_list(value) and each.items is each.call.args[0] and not uses and not writes
    return loop if is_safe and not isinstance(each.items, ast.Name) else None


def _is_list(value: ast.expr | None) -> bool:
    if isinstance(value, ast.List | ast.ListComp):
        return True
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in _LISTS


def _hoisted(source: Source, each: Each, loop: ast.For) -> list[Replacement]:
    """The call in front of the loop, with the list; alone in it, it takes the loop's place."""
    statement = loop.body[0]
    start, end = source.start(statement), source.end(statement)
    inner = (source.start(each.items) - start, source.end(each.items) - start)
    text = source.text[start:end]
    text = f"{text[: inner[0]]}{source.text_of(loop.iter)}{text[inner[1] :]}"
    if len(loop.body) == 1:
        return [Replacement(source.start(loop), source.end(loop), text)]
    if loop.body[1].lineno == statement.end_lineno or statement.lineno == loop.lineno or "\n" in text:
        return []
    line = source.offset(statement.lineno, 0)
    following = source.offset((statement.end_lineno or statement.lineno) + 1, 0)
    if "#" in source.text[end:following]:
        return []
    at = source.offset(loop.lineno, 0)
    indent = source.indent_of(loop.lineno)
    return [Replacement(at, at, f"{indent}{text}{source.newline}"), Replacement(line, following, "")]


def in_bulk_fix(model_name: str, manager: str, lookups: tuple[str, ...], field: str) -> Fix:
    """All rows with their prefetches, by their keys, in as many queries as one row takes."""
    named = ", ".join(f'"{lookup}"' for lookup in lookups)
    keys = "ids" if field in ("id", "pk") else f'{field}s, field_name="{field}"'
    return Fix(
        kinds=("in_bulk",),
        title="Fetch all rows at once, with their prefetches",
        code=f"{model_name}.{manager}.prefetch_related({named}).in_bulk({keys})",
        caveat="No diff: collect the keys in front of the loop, and take each row from the dictionary.",
    )
