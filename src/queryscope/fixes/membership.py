"""The remedy of membership asked row by row: a set of keys, once."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from queryscope.errors import EditRefusedError
from queryscope.fixes.asked import asked_of_model
from queryscope.fixes.chain import node_at
from queryscope.fixes.loops import Loop, bound_names, function_at, names_read
from queryscope.fixes.naming import free_name, singular
from queryscope.fixes.source import Replacement, Source
from queryscope.fixes.sources import Sources
from queryscope.model import Fix, Model, Models, QueryGroup

_WRITES = frozenset((
    "aadd", "acreate", "add", "adelete", "asave", "bulk_create", "clear", "create", "delete", "get_or_create",
    "remove", "save", "set", "update", "update_or_create",
))  # fmt: skip
_TITLE = "Make a set of keys, once, and ask that"


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked whether it is in what."""

    node: ast.expr  # to be replaced
    base: str  # source of the queryset, without what the question adds
    key: str  # source of the key that is looked for; "" where it can't be told
    row: ast.expr  # what the key is read from
    is_negated: bool = False
    is_whole: bool = False  # the whole table: its keys need not all be loaded
    is_by_key: bool = False  # the query looks for one key: those of a set may be many more than are asked for


def membership_fix(group: QueryGroup, loop: Loop | None, models: Models, sources: Sources) -> Fix:
    """The set, and the edit that uses it where that is safe."""
    assert group.site is not None
    model = models.get(group.site.model) or Model(label=group.site.model, table="")
    frame = group.stack[0]
    source = sources.around(frame)
    question = _question(source, group) if source is not None else None
    if source is None or question is None:
        code = f'set({model.name}.{model.default_manager}.values_list("pk", flat=True))'
        return _fix(code, "No diff: the expression is not where the query runs.")
    made = _made(question)
    said = _made(replace(question, is_whole=question.is_whole or question.is_by_key))
    if loop is None or loop.source is not source or question.is_whole:
        return _fix(said, "No diff: make the set before the loop, and hand it to the code that asks.")
    try:
        replacements = _replacements(source, question, made, loop, model)
    except EditRefusedError as refusal:
        return _fix(said, str(refusal))
    diff = source.diff(replacements)
    edits = source.edits(replacements) if diff else ()
    return Fix(kinds=("rewrite",), title=_TITLE, code=made, diff=diff, edits=edits)


def _fix(code: str, caveat: str) -> Fix:
    return Fix(kinds=("rewrite",), title=_TITLE, code=code, caveat=caveat)


def _made(question: _Question) -> str:
    base = f"{question.base}.filter(pk__in=keys)" if question.is_whole else question.base
    return f'set({base}.values_list("pk", flat=True))'


def _question(source: Source, group: QueryGroup) -> _Question | None:
    node = node_at(source, group.stack[0])
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.In | ast.NotIn):
        base = source.text_of(node.comparators[0]).removesuffix(".all()")
        key = f"{source.text_of(node.left)}.pk" if isinstance(node.left, ast.Name) else ""
        return _Question(node, base, key, node.left, isinstance(node.ops[0], ast.NotIn))
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    if node.func.attr in ("contains", "acontains") and len(node.args) == 1:
        base = source.text_of(node.func.value).removesuffix(".all()")
        row = node.args[0]
        key = f"{source.text_of(row)}.pk" if isinstance(row, ast.Name) else ""
        return _Question(node, base, key, row, is_by_key=True)
    asked = asked_of_model(source, group.stack[0])
    if asked is None or not asked.links or asked.method not in ("exists", "aexists"):
        return None
    base, value = source.text_of(asked.root), None
    for link in asked.links[:-1]:
        keys = [each for each in link.call.keywords if each.arg in ("pk", "id", "pk__exact", "id__exact")]
        rest = [source.text_of(each) for each in link.call.args]
        rest += [
            f"{each.arg}={source.text_of(each.value)}" for each in link.call.keywords if each not in keys
        ]
        value = keys[0].value if keys else value
        if rest or (not keys and link.name != "all"):
            base += f".{link.name}({', '.join(rest)})"
    if value is None:
        return None
    key = source.text_of(value) if isinstance(value, ast.Attribute) else ""
    row = value.value if isinstance(value, ast.Attribute) else value
    is_whole = base.endswith(".objects") and group.access is not None and not group.access.attribute
    return _Question(asked.node, base, key, row, is_whole=is_whole, is_by_key=True)


def _replacements(
    source: Source, question: _Question, made: str, loop: Loop, model: Model
) -> list[Replacement]:
    bound = bound_names(loop.node)
    target = bound_names(loop.target) if loop.target is not None else set()
    if not question.key or not isinstance(question.row, ast.Name) or question.row.id not in target:
        raise EditRefusedError("No diff: the key of what is looked for can't be told from here.")
    base_names = {node.id for node in ast.walk(ast.parse(made, mode="eval")) if isinstance(node, ast.Name)}
    if base_names & bound:
        raise EditRefusedError("No diff: the queryset itself depends on the loop.")
    if any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _WRITES
        for node in ast.walk(loop.node)
    ):
        raise EditRefusedError("No diff: the loop writes, and the set would have to follow.")
    statement = loop.statement
    is_ahead = source.starts_line(statement) and not source.text_of(statement).startswith(("elif", "while"))
    if not is_ahead or not source.holds(question.node) or "\n" in made:
        raise EditRefusedError("No diff: the loop is written in a way that no edit is safe for.")
    function = function_at(source, loop.frame)
    if isinstance(source.parents.get(question.node), ast.Await):
        raise EditRefusedError("No diff: it is asked in a coroutine, where the set is made by an async for.")
    taken = names_read(source.tree) | (bound_names(function) if function is not None else set())
    name = free_name(f"{singular(model.name.lower())}_keys", taken)
    made = made.replace('"', source.quote) if source.quote != '"' else made
    at = source.start(statement)
    line = f"{name} = {made}{source.newline}{source.indent_of(statement.lineno)}"
    asks = f"{question.key} {'not in' if question.is_negated else 'in'} {name}"
    parent = source.parents.get(question.node)
    if isinstance(parent, ast.UnaryOp | ast.BinOp | ast.Compare | ast.Attribute):
        asks = f"({asks})"
    return [
        Replacement(at, at, line),
        Replacement(source.start(question.node), source.end(question.node), asks),
    ]
