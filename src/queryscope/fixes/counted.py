"""`len()` in place of a COUNT of rows that are loaded anyway."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from queryscope.fixes.chain import call_of
from queryscope.fixes.evaluated import evaluated
from queryscope.fixes.same import is_same_object, looped_name
from queryscope.fixes.source import Replacement, Source
from queryscope.fixes.sources import Sources
from queryscope.fixes.templates import template_fix
from queryscope.fixes.variables import variable_of
from queryscope.model import Fix, Frame, QueryGroup

COUNTS = frozenset({"count", "acount"})
_COUNTED = re.compile(r"([\w.]+)\.count\b")
_COMPARED = re.compile(r"\.count\s*(?:==|!=|[<>]=?)\s*(?![01]\b)")
_REUSE = ("reuse",)


def is_count(source: Source | None, frame: Frame) -> bool:
    """Whether the line says `count` itself: what a paginator counts is not the line's."""
    if frame.is_template:
        return bool(_COUNTED.search(frame.source))
    return source is None or call_of(source, frame, COUNTS) is not None


def is_limit(source: Source | None, frame: Frame) -> bool:
    """Whether the number may decide that the rows are too many to be loaded: it is held against a bound."""
    if frame.is_template:
        return bool(_COMPARED.search(frame.source))
    call = call_of(source, frame, COUNTS)
    if source is None or call is None:
        return False
    node = _awaited(source, call)
    parent = source.parents.get(node)
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1:
        variable = variable_of(source, parent.targets[0])
        return variable is not None and any(_is_bounded(source, load) for load in variable.loads)
    if isinstance(parent, ast.NamedExpr):
        return _is_bounded(source, parent)
    return _is_bounded(source, node)


def _awaited(source: Source, node: ast.expr) -> ast.expr:
    parent = source.parents.get(node)
    return parent if isinstance(parent, ast.Await) else node


def _is_bounded(source: Source, node: ast.expr) -> bool:
    parent = source.parents.get(node)
    if not isinstance(parent, ast.Compare):
        return False
    others = [each for each in (parent.left, *parent.comparators) if each is not node]
    if all(isinstance(each, ast.Constant) and each.value in (0, 1) for each in others):
        return False
    test: ast.AST | None = parent
    while isinstance(test, ast.expr):
        above = source.parents.get(test)
        if isinstance(above, ast.If | ast.While | ast.Assert | ast.IfExp) and above.test is test:
            return True
        test = above
    return False


def count_fix(counted: QueryGroup, rows: QueryGroup, sources: Sources) -> Fix:
    """The fix for a COUNT beside its rows."""
    place = counted.stack[0]
    if place.is_template:
        return _in_template(counted, rows, sources)
    source = sources.around(place)
    call = call_of(source, place, COUNTS)
    if source is None or call is None or not isinstance(call.func, ast.Attribute):
        return _advice("rows", f"No diff: {place.path}:{place.line} can't be read here.")
    receiver = call.func.value
    text = source.text_of(receiver)
    is_async = isinstance(source.parents.get(call), ast.Await)
    if not is_async and is_same_object(source, receiver, rows, sources):
        replacements = [Replacement(source.start(call), source.end(call), f"len({text})")]
        diff = source.diff(replacements) if source.holds(call) else ""
        edits = source.edits(replacements) if diff else ()
        title = f"Count the rows that are loaded: len({text})"
        return Fix(kinds=_REUSE, title=title, code=f"len({text})", diff=diff, edits=edits)
    return _advice(*_kept(source, receiver, rows, sources))


def _kept(source: Source, receiver: ast.expr, rows: QueryGroup, sources: Sources) -> tuple[str, str]:
    """What to keep in a variable, and why no edit does it."""
    place = rows.stack[0]
    other = sources.around(place)
    node = None
    if other is not None and rows.access is not None and not rows.asked_through:
        node = evaluated(other, place, rows.access.method)
    if isinstance(receiver, ast.Attribute) and (node is None or ast.dump(node) == ast.dump(receiver)):
        why = f"that {place.path}:{place.line} loads the rows of the same object is not seen"
        return f"len({source.text_of(receiver)})", f"No diff: {why}."
    if isinstance(receiver, ast.Name) and (node is None or _is_all_of(node, receiver.id)):
        why = f"it is loaded at {place.path}:{place.line} in a way that may query again, as .all() does"
        return f"{receiver.id} = list({receiver.id})\nlen({receiver.id})", f"No diff: {why}."
    shown = other.text_of(node) if other is not None and node is not None else source.text_of(receiver)
    name = shown if isinstance(node, ast.Name) else "rows"
    lines = f"len({name})" if isinstance(node, ast.Name) else f"rows = list({shown})\nlen(rows)"
    return lines, f"No diff: count() and the rows at {place.path}:{place.line} start from two querysets."


def _is_all_of(node: ast.expr, name: str) -> bool:
    """Whether an expression is that name, or `name.all()`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "all":
        node = node.func.value
    return isinstance(node, ast.Name) and node.id == name


def _advice(code: str, caveat: str) -> Fix:
    return Fix(kinds=_REUSE, title="Count the rows that are loaded", code=code, caveat=caveat)


def _in_template(counted: QueryGroup, rows: QueryGroup, sources: Sources) -> Fix:
    place = counted.stack[0]
    found = _COUNTED.search(place.source)
    name = found[1].removesuffix(".all") if found else "rows"
    looped = next((looped_name(frame) for frame in rows.stack if frame.is_template), "")
    if looped == name:
        fix = template_fix(sources, place, f"{found[1] if found else name}.count", f"{name}|length")
        title = f"Count the rows that are loaded: {name}|length"
        return replace(fix, kinds=_REUSE, title=title)
    last = name.rpartition(".")[2]
    code = f"{{% with {last}={name}.all %}}{{{{ {last}|length }}}} … {{% for … in {last} %}}{{% endwith %}}"
    where = rows.stack[0]
    return _advice(
        code, f"No diff: the rows at {where.path}:{where.line} come from another queryset than the count."
    )
