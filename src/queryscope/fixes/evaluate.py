"""Evaluate a queryset once where it is built, and use its rows from then on."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import replace

from queryscope.errors import EditRefusedError
from queryscope.fixes.chain import Chain, chain_from, node_at
from queryscope.fixes.evaluated import evaluated
from queryscope.fixes.source import Replacement, Source
from queryscope.fixes.sources import Sources
from queryscope.fixes.templates import template_diff, template_fix
from queryscope.fixes.variables import Variable, use_of, variable_of
from queryscope.model import Fix, Frame, QueryGroup

_REUSE = ("reuse",)
_TITLE = "Evaluate once where the queryset is built"
_AS_LIST = frozenset({"iterate", "len", "truth", "item"})
_ALL = re.compile(r"\b([\w.]+)\.all\b")


def evaluate_fix(
    built: Frame, groups: Sequence[QueryGroup], sources: Sources, *, rows: int | None = None
) -> Fix:
    """The fix for a queryset whose rows are loaded again.

    Args:
        built: where the queryset is built.
        groups: the queries.
        sources: the project's files.
        rows: how many of the first rows are wanted; None for all.
    """
    source = sources.around(built)
    chain = _chain(source, built) if source is not None else None
    if source is None or chain is None:
        return Fix(kinds=_REUSE, title=_TITLE, code="rows = list(…)", caveat="No diff: the line has changed.")
    cut = "" if rows is None else f"[:{rows}]"
    shown = source.text_of(chain.node) + cut
    variable = _variable(source, chain)
    name = variable.name if variable is not None else "rows"
    code = f"{name} = list({shown})"
    if variable is not None and isinstance(variable.scope, ast.AsyncFunctionDef):
        code = f"{name} = [row async for row in {shown}]"
        why = "No diff: in a coroutine the rows have to be awaited, and what follows may not."
        return Fix(kinds=_REUSE, title=_TITLE, code=code, caveat=why)
    if any(group.access is not None and group.access.method == "iterator" for group in groups):
        why = "No diff: iterator() keeps no rows. Where they are few, make a list; else do all in one loop."
        return Fix(kinds=_REUSE, title=_TITLE, code=code, caveat=why)
    in_template = _in_template(groups, sources)
    if in_template is not None:
        return in_template
    try:
        if variable is None:
            raise EditRefusedError("the queryset is not kept in a variable where it is built.")
        if rows is not None:
            _check_items(source, variable, rows)
        replacements = _as_list(source, chain, variable, groups, cut)
    except EditRefusedError as refusal:
        fix = _without_all(source, variable, groups) if variable is not None else None
        return fix or Fix(kinds=_REUSE, title=_TITLE, code=code, caveat=f"No diff: {refusal}")
    diff = source.diff(replacements)
    edits = source.edits(replacements) if diff else ()
    return Fix(kinds=_REUSE, title=_TITLE, code=code, diff=diff, edits=edits)


def _chain(source: Source, built: Frame) -> Chain | None:
    node = node_at(source, built)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return chain_from(node, source.parents)
    return None if node is None else Chain(node, (), node)


def _variable(source: Source, chain: Chain) -> Variable | None:
    """The variable that keeps the queryset, if it keeps nothing else."""
    statement = source.parents.get(chain.node)
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    target = statement.targets[0]
    variable = variable_of(source, target)
    return variable if variable is not None and len(variable.values) == 1 else None


def _check_items(source: Source, variable: Variable, rows: int) -> None:
    """Refuse what needs more than the first rows."""
    for load in variable.loads:
        around = source.parents[load]
        index = around.slice if isinstance(around, ast.Subscript) and around.value is load else None
        number = index.value if isinstance(index, ast.Constant) else None
        if not isinstance(number, int) or number >= rows:
            raise EditRefusedError(f"line {load.lineno} may need other rows of {variable.name}.")


def _as_list(
    source: Source, chain: Chain, variable: Variable, groups: Sequence[QueryGroup], cut: str
) -> list[Replacement]:
    """The replacements that make the variable a list.

    Raises:
        EditRefusedError: something is done with it that a list can't do, or that is not seen.
    """
    if not source.holds(chain.node):
        raise EditRefusedError("the line can't be cut at its positions.")
    start, end = source.start(chain.node), source.end(chain.node)
    found = [Replacement(start, start, "list("), Replacement(end, end, f"{cut})")]
    is_ordered = all(group.site is not None and bool(group.site.ordering) for group in groups)
    for load in variable.loads:
        use = use_of(source, load)
        if use in _AS_LIST:
            continue
        call = source.parents[source.parents[load]]
        assert isinstance(call, ast.expr) or use == ""
        if use == "" or not isinstance(call, ast.Call) or call.args or call.keywords:
            raise EditRefusedError(
                f"{variable.name} is handed on in line {load.lineno}: see what is done there."
            )
        if use == "all" and use_of(source, call) in _AS_LIST:
            found.append(Replacement(source.end(load), source.end(call), ""))
        elif use == "first" and is_ordered:
            text = f"({variable.name}[0] if {variable.name} else None)"
            found.append(Replacement(source.start(call), source.end(call), text))
        elif use == "count":
            found.append(Replacement(source.start(call), source.end(call), f"len({variable.name})"))
        elif use == "exists":
            found.append(Replacement(source.start(call), source.end(call), f"bool({variable.name})"))
        else:
            raise EditRefusedError(f"{variable.name}.{use}() in line {load.lineno} asks the database again.")
    return found


def _without_all(source: Source, variable: Variable, groups: Sequence[QueryGroup]) -> Fix | None:
    """A queryset keeps its rows: without `all()` the second loop finds them."""
    found = []
    for group in groups:
        place = group.stack[0]
        if place.path != source.path or place.is_template or group.access is None:
            return None
        node = evaluated(source, place, group.access.method)
        if isinstance(node, ast.Name) and any(node is load for load in variable.loads):
            continue
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.args:
            return None
        if node.func.attr != "all" or not any(node.func.value is load for load in variable.loads):
            return None
        found.append(Replacement(source.end(node.func.value), source.end(node), ""))
    if not found:
        return None
    diff = source.diff(found)
    edits = source.edits(found) if diff else ()
    title = f"Use the rows that {variable.name} keeps"
    return Fix(kinds=_REUSE, title=title, code=variable.name, diff=diff, edits=edits)


def _in_template(groups: Sequence[QueryGroup], sources: Sources) -> Fix | None:
    """A template that loops over `books.all`: without `all` the queryset keeps its rows."""
    places = [group.stack[0] for group in groups]
    if not all(place.is_template for place in places) or len({place.path for place in places}) != 1:
        return None
    fixes = []
    for place in dict.fromkeys(places):
        found = _ALL.search(place.source)
        if found is not None and "." not in found[1]:
            fixes.append(template_fix(sources, place, found[0], found[1]))
        elif found is not None:
            return None
    if not fixes or not all(fix.edits for fix in fixes):
        return None
    text = sources.text(places[0].path)
    edits = tuple(edit for fix in fixes for edit in fix.edits)
    diff = template_diff(places[0].path, text or "", edits)
    return replace(
        fixes[0], kinds=_REUSE, title="Use the rows that the queryset keeps", diff=diff, edits=edits
    )
