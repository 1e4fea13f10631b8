"""From a queryset site and the relations it should load to a Fix: code and diff, or why there is no diff."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from queryscope.fixes.chain import Chain, find_chain
from queryscope.fixes.eager import Plan, call_text, edit_chain, merge
from queryscope.fixes.holder import admin_code, edit_holder, find_class
from queryscope.fixes.source import Replacement, Source
from queryscope.model import EagerLoad, Edit, Fix, Location, Model, QuerySetSite

_BUILT_AT_RUN_TIME = "The queryset is built where this line calls; add the call there."


@dataclass(frozen=True, slots=True)
class Composed:
    """A fix, and the place that it speaks of (the frame's own line if no chain was found)."""

    fix: Fix
    location: Location | None
    paths: tuple[str, ...]


def compose(
    loads: tuple[EagerLoad, ...], site: QuerySetSite, source: Source | None, model: Model
) -> Composed:
    """One combined fix for all relations of a queryset.

    Args:
        loads: what should be loaded with it, in any order.
        site: where it is built.
        source: the file of that place; None if it cannot be read.
        model: the queryset's model.
    """
    plan = _joinable(merge(loads), site)
    paths = tuple(sorted({*plan.select_related, *plan.prefetch_related}))
    edited = _edit(plan, site, source, model) if source is not None and not site.is_combined else None
    if edited is None:
        caveat = _why_no_diff(site)
        return Composed(_fix(plan, plan, model, site, caveat=caveat), _plain_location(site), paths)
    replacements, final, location = edited
    assert source is not None
    diff = source.diff(replacements)
    fix = _fix(plan, final, model, site, diff=diff, edits=source.edits(replacements) if diff else ())
    return Composed(fix, location, paths)


def _joinable(plan: Plan, site: QuerySetSite) -> Plan:
    """select_related of a column that only() leaves out raises FieldError: say prefetch_related instead."""
    apart = [path for path in plan.select_related if _is_deferred(path.partition("__")[0], site)]
    if not apart:
        return plan
    joined = tuple(path for path in plan.select_related if path not in apart)
    return Plan(joined, tuple(sorted({*plan.prefetch_related, *apart})))


def _is_deferred(name: str, site: QuerySetSite) -> bool:
    return name in site.defer or (bool(site.only) and name not in site.only)


def _edit(
    plan: Plan, site: QuerySetSite, source: Source, model: Model
) -> tuple[list[Replacement], Plan, Location] | None:
    if site.frame is None or site.frame.is_template:
        return _edit_class(plan, site, source, model)
    found = find_chain(source, site.frame, model.name)
    if found is None:
        return _edit_class(plan, site, source, model)
    if isinstance(found, ast.Call):  # get_object_or_404(Book, …)
        first = found.args[0]
        end = source.end(first)
        text = f".{model.default_manager}{_calls(plan, source.quote)}"
        return [Replacement(end, end, text)], plan, _location(source, found, site.frame.function)
    replacements, final = edit_chain(source, found, plan)
    return replacements, final, _chain_location(source, found, site.frame.function)


def _edit_class(
    plan: Plan, site: QuerySetSite, source: Source, model: Model
) -> tuple[list[Replacement], Plan, Location] | None:
    if site.holder is None or source.path != site.holder.path:
        return None
    holder = find_class(source, site.holder)
    edited = edit_holder(source, holder, site.holder.kind, plan, model) if holder else None
    if edited is None:
        return None
    replacements, final, statement = edited
    if statement is holder:  # a new attribute: the class line is the place
        location = Location(
            path=source.path, line=site.holder.line, end_line=site.holder.line, function=site.holder.name
        )
    else:
        location = _location(source, statement, site.holder.name)
    return replacements, final, location


def _chain_location(source: Source, chain: Chain, function: str) -> Location:
    return _location(source, chain.node, function)


def _location(source: Source, node: ast.expr | ast.stmt, function: str) -> Location:
    return Location(
        path=source.path, line=node.lineno, end_line=node.end_lineno or node.lineno, function=function
    )


def _plain_location(site: QuerySetSite) -> Location | None:
    if site.frame is not None:
        frame = site.frame
        end = frame.end_line or frame.line
        return Location(path=frame.path, line=frame.line, end_line=end, function=frame.function)
    if site.holder is not None:
        return Location(
            path=site.holder.path, line=site.holder.line, end_line=site.holder.line, function=site.holder.name
        )
    return None


def _calls(plan: Plan, quote: str = '"') -> str:
    calls = ""
    if plan.select_related:
        calls += call_text("select_related", plan.select_related, quote)
    if plan.prefetch_related:
        calls += call_text("prefetch_related", plan.prefetch_related, quote)
    return calls


def _fix(
    plan: Plan,
    final: Plan,
    model: Model,
    site: QuerySetSite,
    *,
    diff: str = "",
    edits: tuple[Edit, ...] = (),
    caveat: str = "",
) -> Fix:
    kinds = tuple(method for method in ("select_related", "prefetch_related") if plan.paths(method))
    code, title = f"{model.name}.{model.default_manager}{_calls(final)}", f"Add {_calls(plan)}"
    if site.frame is None and site.holder is not None and site.holder.kind == "admin":
        code = admin_code(final)
        title = f"Add {code}" if "\n" not in code else f"Let {site.holder.name} load the relations"
    return Fix(kinds=kinds, title=title, code=code, diff=diff, edits=edits, caveat=caveat)


def _why_no_diff(site: QuerySetSite) -> str:
    if site.is_combined:
        return "The queryset is combined from several: each part has to load the relations itself."
    if site.frame is not None and site.frame.is_template:
        return "The queryset is built in a template, where no argument can be given: build it in the view."
    if site.holder is not None and site.holder.kind in ("form", "serializer"):
        return f"{site.holder.name} builds this queryset: give its field one that loads the relations."
    return _BUILT_AT_RUN_TIME
