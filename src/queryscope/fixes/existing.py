"""The row itself in place of an EXISTS that asks whether it is there."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from textwrap import dedent

from queryscope.fixes.chain import SHORTCUTS, call_of, node_at
from queryscope.fixes.evaluated import evaluated
from queryscope.fixes.root import last_name
from queryscope.fixes.same import is_same_object, looped_name
from queryscope.fixes.source import Replacement, Source
from queryscope.fixes.sources import Sources
from queryscope.fixes.templates import template_fix
from queryscope.fixes.variables import function_around, is_truth
from queryscope.model import Fix, Frame, QueryGroup

_ASKS = frozenset({"exists", "aexists"})
_ASKED = re.compile(r"([\w.]+)\.exists\b")
_LEAVES = ast.Raise | ast.Return | ast.Continue | ast.Break
_REUSE = ("reuse",)
_RATHER = "Ask the rows that are loaded instead of exists()"
_SEVERAL = "get() raises MultipleObjectsReturned where several rows match; first() takes the first of them."


@dataclass(frozen=True, slots=True)
class _Pair:
    """`if rows.exists():` and the assignment that loads the row."""

    branch: ast.If
    statement: ast.Assign
    name: str
    is_negated: bool


def is_exists(source: Source | None, frame: Frame) -> bool:
    """Whether the line says `exists` itself."""
    if frame.is_template:
        return bool(_ASKED.search(frame.source))
    return source is None or call_of(source, frame, _ASKS) is not None


def is_first_item(source: Source, rows: QueryGroup) -> bool:
    """Whether one row that is loaded is the first, `rows[0]`, or any other than by its number."""
    node = node_at(source, rows.stack[0])
    if not isinstance(node, ast.Subscript):
        return True
    return isinstance(node.slice, ast.Constant) and node.slice.value == 0


def exists_fix(asked: QueryGroup, rows: QueryGroup, sources: Sources) -> Fix:
    """The fix for an EXISTS before its rows."""
    place = asked.stack[0]
    if place.is_template:
        return _in_template(asked, rows, sources)
    source = sources.around(place)
    call = call_of(source, place, _ASKS)
    if source is None or call is None or not isinstance(call.func, ast.Attribute):
        return _advice("rows", f"No diff: {place.path}:{place.line} can't be read here.")
    receiver = call.func.value
    where = rows.stack[0]
    other = sources.around(where)
    node = node_at(other, where) if other is not None else None
    method = rows.access.method if rows.access is not None else ""
    if method in ("iterate", "len", "bool") and not isinstance(node, ast.Subscript):
        return _truth_fix(source, call, receiver, rows, sources)
    if other is source and node is not None:
        pair = _pair(source, call, node)
        if pair is not None and (fix := _row_fix(source, call, pair, node)) is not None:
            return fix
    caveat = f"No diff: exists() and the row at {where.path}:{where.line} don't follow each other plainly."
    return _advice(_row_or_none(other, node, asked), caveat)


def _row_or_none(source: Source | None, node: ast.expr | None, asked: QueryGroup) -> str:
    """The code that loads the row and finds out whether it is there."""
    shown = _asked_once(source, node) if source is not None and node is not None else "rows.first()"
    if shown:
        return f"row = {shown}\nif row is not None:"
    assert source is not None
    assert node is not None
    text = f"await {source.text_of(node)}" if _is_awaited(source, node) else source.text_of(node)
    if isinstance(node, ast.Call) and last_name(node.func) in SHORTCUTS:
        return f"row = {text}"  # it answers 404 by itself
    model = asked.site.model.rpartition(".")[2] if asked.site is not None else "Model"
    return f"try:\n    row = {text}\nexcept {model}.DoesNotExist:\n    row = None"


def _is_awaited(source: Source, node: ast.expr) -> bool:
    return isinstance(source.parents.get(node), ast.Await)


def _truth_fix(source: Source, call: ast.Call, receiver: ast.expr, rows: QueryGroup, sources: Sources) -> Fix:
    """Rows that are loaded anyway tell by themselves whether there are any."""
    text = source.text_of(receiver)
    is_async = _is_awaited(source, call)
    if not is_async and is_same_object(source, receiver, rows, sources) and source.holds(call):
        after = text if is_truth(source, call) else f"bool({text})"
        replacements = [Replacement(source.start(call), source.end(call), after)]
        diff = source.diff(replacements)
        edits = source.edits(replacements) if diff else ()
        code = f"if {text}:" if after == text else after
        return Fix(kinds=_REUSE, title=_RATHER, code=code, diff=diff, edits=edits)
    where = rows.stack[0]
    other = sources.around(where)
    node = None
    if other is not None and rows.access is not None and not rows.asked_through:
        node = evaluated(other, where, rows.access.method)
    shown = other.text_of(node) if other is not None and node is not None else text
    name = text if isinstance(receiver, ast.Name) else "rows"
    return _advice(
        f"{name} = list({shown})\nif {name}:",
        f"No diff: the rows at {where.path}:{where.line} are loaded from another queryset.",
    )


def _pair(source: Source, call: ast.Call, node: ast.expr) -> _Pair | None:
    """The branch and the assignment, where one follows the other."""
    test = source.parents.get(call)
    is_negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    branch = source.parents.get(test) if is_negated and test is not None else test
    statement = source.parents.get(node)
    if not isinstance(branch, ast.If) or branch.test not in (call, test):
        return None
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    target = statement.targets[0]
    if not isinstance(target, ast.Name) or statement.value is not node:
        return None
    if not source.starts_line(branch) or source.text[source.start(branch) :].startswith("elif"):
        return None
    pair = _Pair(branch, statement, target.id, is_negated)
    return pair if _follows(source, pair) and _is_alone(source, pair) else None


def _follows(source: Source, pair: _Pair) -> bool:
    """Whether the row is loaded first thing behind the question."""
    branch = pair.branch
    if not pair.is_negated:
        return branch.body[0] is pair.statement and len(branch.body) > 1
    if branch.orelse or not isinstance(branch.body[-1], _LEAVES):
        return False
    above = source.parents.get(branch)
    for block in ("body", "orelse", "finalbody"):
        statements = getattr(above, block, None)
        if isinstance(statements, list) and branch in statements:
            at = statements.index(branch) + 1
            return at < len(statements) and statements[at] is pair.statement
    return False


def _is_alone(source: Source, pair: _Pair) -> bool:
    """Whether nothing else is called by the row's name up to here, and its line holds nothing else."""
    scope = function_around(source, pair.branch) or source.tree
    for node in ast.walk(scope):
        if not isinstance(node, ast.Name) or node.id != pair.name or node is pair.statement.targets[0]:
            continue
        parent = source.parents.get(node)
        value = parent.value if isinstance(parent, ast.Assign) else None
        is_none = isinstance(value, ast.Constant) and value.value is None
        if not isinstance(node.ctx, ast.Load) and not is_none:
            return False
        if isinstance(node.ctx, ast.Load) and node.lineno <= pair.statement.lineno:
            return False
    line_end = source.text[source.end(pair.statement) :].partition("\n")[0]
    return source.starts_line(pair.statement) and not line_end.strip()


def _row_fix(source: Source, call: ast.Call, pair: _Pair, node: ast.expr) -> Fix | None:
    branch, statement = pair.branch, pair.statement
    loaded = _asked_once(source, node)
    if not loaded or not source.holds(node) or not source.holds(call):
        return None
    start, end = source.start(statement), source.end(statement)
    before, behind = source.text[start : source.start(node)], source.text[source.end(node) : end]
    inner, outer = source.indent_of(statement.lineno), source.indent_of(branch.lineno)
    text = dedent(f"{inner}{before}{loaded}{behind}").replace("\n", f"\n{outer}")
    test = f"{pair.name} is None" if pair.is_negated else f"{pair.name} is not None"
    first_line = start - len(inner)
    after = source.text.find("\n", end)
    last_line = len(source.text) if after < 0 else after + 1
    at = source.start(branch)
    replacements = [
        Replacement(at, at, f"{text}{source.newline}{outer}"),
        Replacement(source.start(branch.test), source.end(branch.test), test),
        Replacement(first_line, last_line, ""),
    ]
    diff = source.diff(replacements)
    return Fix(
        kinds=_REUSE,
        title="Load the row once instead of exists(), and see whether it is there",
        code=f"{dedent(text)}\nif {test}:",
        diff=diff,
        edits=source.edits(replacements) if diff else (),
        caveat=_SEVERAL if isinstance(node, ast.Call) and last_name(node.func) == "get" else "",
    )


def _asked_once(source: Source, node: ast.expr) -> str:
    """The expression that gives the row or None: `rows.filter(…).first()` of `rows.get(…)`."""
    text = source.text_of(node)
    if isinstance(node, ast.Subscript):
        is_sliced = any(isinstance(each, ast.Slice) for each in ast.walk(node.value))
        return "" if is_sliced else f"{source.text_of(node.value)}.first()"
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return ""
    called = node.func.attr
    wait, prefix = ("await ", "a") if _is_awaited(source, node) else ("", "")
    if called in (f"{prefix}first", f"{prefix}last"):
        return wait + text
    if called != f"{prefix}get":
        return ""
    before = text[: source.end(node.func) - source.start(node) - len(called)]
    if not node.args and not node.keywords:
        return f"{wait}{before}{prefix}first()"
    return f"{wait}{before}filter{text[len(before) + len(called) :]}.{prefix}first()"


def _advice(code: str, caveat: str) -> Fix:
    title = "Load the rows once instead of exists(), and see whether they are there"
    return Fix(kinds=_REUSE, title=title, code=code, caveat=caveat)


def _in_template(asked: QueryGroup, rows: QueryGroup, sources: Sources) -> Fix:
    place = asked.stack[0]
    found = _ASKED.search(place.source)
    name = found[1] if found else "rows"
    looped = next((looped_name(frame) for frame in rows.stack if frame.is_template), "")
    if looped == name:
        fix = template_fix(sources, place, f"{name}.exists", name)
        return replace(fix, kinds=_REUSE, title=_RATHER)
    last = name.rpartition(".")[2]
    where = rows.stack[0]
    return _advice(
        f"{{% with {last}={name}.all %}}{{% if {last} %}} … {{% for … in {last} %}}{{% endwith %}}",
        f"No diff: the rows at {where.path}:{where.line} come from another queryset.",
    )
