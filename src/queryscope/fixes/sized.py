"""`count()` and `exists()` in place of rows that are loaded and not read."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from queryscope.fixes.listed import find_listed, is_plainly_measured
from queryscope.fixes.source import Replacement, Source
from queryscope.fixes.sources import Sources
from queryscope.fixes.template_truth import find_handed, handed_name, handed_use, without_measure
from queryscope.fixes.templates import template_fix
from queryscope.fixes.unread import evaluations, unread_expression
from queryscope.fixes.variables import variable_of
from queryscope.model import Edit, Fix, Frame, QueryGroup

_REWRITE = ("rewrite",)
_ASKED = {"len": "count", "bool": "exists"}
_TITLES = {"len": "Let the database count", "bool": "Ask the database for one row"}


def sized_fix(group: QueryGroup, sources: Sources) -> Fix:
    """The fix for rows that are only counted, or asked for their truth."""
    method = group.access.method if group.access is not None else "len"
    place = group.stack[0]
    if method == "iterate":
        return _of_a_list(place, sources)
    called, title = _ASKED[method], _TITLES[method]
    if place.is_template:
        return _in_template(group, sources, title)
    source = sources.around(place)
    node = unread_expression(source, place, method) if source is not None else None
    if source is None or node is None:
        return _of_a_call(group, source, called, title)
    code = f"{_operand(source, node)}.{called}()"
    variable = variable_of(source, node)
    if variable is not None and len(evaluations(source, variable)) > 1:
        again = "its rows are asked for more than once: keep the answer in a variable"
        return Fix(kinds=_REWRITE, title=title, code=code, caveat=f"No diff: of {variable.name} {again}.")
    replaced = source.parents[node] if _is_wrapped(source, node) else node
    assert isinstance(replaced, ast.expr)
    text = code if _parses(code) else f"({code})"
    replacements = [Replacement(source.start(replaced), source.end(replaced), text)]
    around = (
        source.text[source.start(replaced) : source.start(node)]
        + source.text[source.end(node) : source.end(replaced)]
    )
    is_safe = source.holds(replaced) and "#" not in around  # a comment would be lost
    diff = source.diff(replacements) if is_safe else ""
    caveat = "" if diff else f"No diff: {source.path} is written in a way that no edit is safe for."
    edits = source.edits(replacements) if diff else ()
    return Fix(kinds=_REWRITE, title=title, code=code, diff=diff, edits=edits, caveat=caveat)


def _of_a_list(place: Frame, sources: Sources) -> Fix:
    """Rows that are put into a list only to measure it."""
    source = sources.around(place)
    listed = find_listed(source, place) if source is not None else None
    if source is None or listed is None:
        return Fix(
            kinds=_REWRITE, title=_TITLES["len"], code="….count()", caveat="No diff: the source changed."
        )
    title, code = _TITLES[listed.use], listed.code(source)
    caveat = "No diff: the list is measured more than once: keep the answer in a variable."
    diff = ""
    edits: tuple[Edit, ...] = ()
    if is_plainly_measured(source, listed):
        replacements = listed.replacements(source)
        diff = source.diff(replacements)
        edits = source.edits(replacements) if diff else ()
        caveat = "" if diff else f"No diff: {source.path} is written in a way that no edit is safe for."
    return Fix(kinds=_REWRITE, title=title, code=code, diff=diff, edits=edits, caveat=caveat)


def _of_a_call(group: QueryGroup, source: Source | None, called: str, title: str) -> Fix:
    """Rows that a function gives: it was observed that nobody reads them."""
    method = group.access.method if group.access is not None else "len"
    node = unread_expression(source, group.stack[0], method, is_seen=True) if source is not None else None
    shown = source.text_of(node) if source is not None and node is not None else "…"
    why = "No diff: the function that gives the queryset may keep it for somebody who reads its rows."
    return Fix(kinds=_REWRITE, title=title, code=f"{shown}.{called}()", caveat=why)


def _is_wrapped(source: Source, node: ast.expr) -> bool:
    """Whether `len(…)` or `bool(…)` around the queryset goes with it."""
    parent = source.parents.get(node)
    return isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name)


def _operand(source: Source, node: ast.expr) -> str:
    text = source.text_of(node)
    return f"({text})" if isinstance(node, ast.BinOp) else text


def _parses(code: str) -> bool:
    """Whether a chain over several lines stands without brackets around it."""
    try:
        ast.parse(code, mode="eval")
    except SyntaxError:
        return False
    return True


def _in_template(group: QueryGroup, sources: Sources, title: str) -> Fix:
    place = group.stack[0]
    built = group.site.frame if group.site is not None else None
    is_handed = built != place
    if is_handed and handed_use(place, group.stack, built, sources) == "len":
        return _number_of_handed(place, built, sources)
    if group.access is not None and group.access.method == "len":
        found = re.search(r"[\w.]+\.(?:all|distinct)\|length(?!_)\b", place.source)
        before = found[0] if found else ""
        after = before.replace(".all|length", ".count").replace("|length", ".count")
    elif name := handed_name(place):
        return _of_handed(group, name, sources, title)
    else:
        found = re.search(r"[\w.]+\.(?:all|distinct)(?= *%})", place.source)
        before = found[0] if found else ""
        after = before.removesuffix(".all") + ".exists"
    fix = template_fix(sources, place, before, after)
    return replace(fix, kinds=_REWRITE, title=title)


def _of_handed(group: QueryGroup, name: str, sources: Sources, title: str) -> Fix:
    """`{"waiting": waiting.exists()}`: the template may be another view's too, which hands a list over."""
    built = group.site.frame if group.site is not None else None
    source = sources.around(built)
    node = find_handed(source, built, name)
    if source is None or node is None or not source.holds(node):
        return Fix(kinds=_REWRITE, title=title, code=f"{name}.exists()", caveat="No diff: the view changed.")
    replacements = [Replacement(source.end(node), source.end(node), ".exists()")]
    diff = source.diff(replacements)
    text = source.text_of(node)
    return Fix(
        kinds=_REWRITE,
        title=title,
        code=f"{text}.exists()",
        diff=diff,
        edits=source.edits(replacements) if diff else (),
        caveat="" if diff else f"No diff: {source.path} is written in a way that no edit is safe for.",
    )


def _number_of_handed(place: Frame, built: Frame | None, sources: Sources) -> Fix:
    """`{"waiting": waiting.count()}`, and the template says `{{ waiting }}`."""
    name, source = handed_name(place), sources.around(built)
    node = find_handed(source, built, name)
    shown = source.text_of(node) if source is not None and node is not None else name
    lines = [f"{shown}.count()"]
    why = f"No diff: another view may hand a list to {place.path}. Here the number will do"
    told = without_measure(place.source, name)
    if told != place.source:
        lines.append(told)
        why += f", read without |length: {told}"
    return Fix(kinds=_REWRITE, title=_TITLES["len"], code="\n".join(lines), caveat=f"{why}.")
