"""From a queryset site and the relations it should load to a Fix: code and diff, or why there is no diff."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from queryscope.errors import EditRefusedError
from queryscope.fixes.admin import edit_admin
from queryscope.fixes.arguments import is_within, literals
from queryscope.fixes.chain import Chain, Shortcut, chains_of, find_chain
from queryscope.fixes.change import METHODS, Change, Plan, merge
from queryscope.fixes.choices import ChoicesRefusedError, edit_form_choices
from queryscope.fixes.eager import edit_chain
from queryscope.fixes.holder import edit_holder, find_class
from queryscope.fixes.library import library_fix
from queryscope.fixes.placing import site_location
from queryscope.fixes.root import Target
from queryscope.fixes.source import Replacement, Source
from queryscope.model import AccessKind, EagerLoad, Edit, Fix, Frame, Location, QuerySetSite

_COMBINING = frozenset({"union", "intersection", "difference"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What should be loaded with the rows of one queryset, and what the trace knows of it."""

    loads: tuple[EagerLoad, ...]
    site: QuerySetSite
    target: Target
    method: str = ""  # how its rows are read: "iterate", "iterator", "get" …
    obstacle: str = ""  # why no edit of that place would be safe


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A fix, and the place that it speaks of (the frame's own line if no chain was found)."""

    fix: Fix
    location: Location | None
    paths: tuple[str, ...]


def compose(wish: Wish, source: Source | None) -> Composed:
    """One combined fix for all relations of a queryset.

    Args:
        wish: what to load, and where the queryset is built.
        source: the file of that place; None if it cannot be read or parsed.
    """
    plan = possible(merge(wish.loads), wish)
    paths = tuple(sorted({*plan.select_related, *plan.prefetch_related}))
    if wish.site.is_built_by_library:
        fix = library_fix(plan.apart().prefetch_related, wish.target.model.name)
        return Composed(fix=fix, location=site_location(wish.site, source), paths=paths)
    try:
        change = _change(plan, wish, source)
    except EditRefusedError as refusal:
        known = refusal.change if isinstance(refusal, ChoicesRefusedError) else None
        return Composed(
            fix=_fix(known or Change([], plan, plan, ast.Pass()), wish, caveat=str(refusal)),
            location=site_location(wish.site, source),
            paths=paths,
        )
    assert source is not None
    diff = source.diff(change.replacements)
    edits = source.edits(change.replacements) if diff else ()
    caveat = "" if diff else f"{source.path} is written in a way that no edit is safe for."
    fix = _fix(change, wish, diff=diff, edits=edits, caveat=caveat)
    return Composed(fix=fix, location=_location(source, change.node, wish.site), paths=paths)


def possible(plan: Plan, wish: Wish) -> Plan:
    """The plan as this queryset can carry it out."""
    is_admin = wish.site.holder is not None and wish.site.holder.kind == "admin"
    if "*" in wish.site.select_related and not is_admin:
        # select_related() without names joins every foreign key; naming one would take the others away.
        return plan.apart()
    needed = [hop for path in plan.select_related for hop in _hops(path) if _is_left_out(hop, wish)]
    needed += [hop for path in plan.prefetch_related if _is_left_out(hop := path.partition("__")[0], wish)]
    return replace(plan, only=tuple(dict.fromkeys(needed)))


def _hops(path: str) -> list[str]:
    names = path.split("__")
    return ["__".join(names[: end + 1]) for end in range(len(names))]


def _is_left_out(hop: str, wish: Wish) -> bool:
    """Whether only() leaves out the column of a relation: joining it raises FieldError."""
    parent, _, name = hop.rpartition("__")
    relation = wish.target.model.relation(name) if not parent else None
    if relation is not None and relation.kind != AccessKind.FORWARD:
        return False
    beside = [each for each in wish.site.only if not parent or each.startswith(parent + "__")]
    return bool(beside) and not any(is_within(hop, each) or each == f"{hop}_id" for each in beside)


def _check_deferred(plan: Plan, site: QuerySetSite) -> None:
    for path in (*plan.select_related, *plan.prefetch_related):
        for hop in _hops(path):
            if {hop, f"{hop}_id"}.intersection(site.defer):
                raise EditRefusedError(f'defer() leaves out the column of "{hop}": take it out there first.')


def _change(plan: Plan, wish: Wish, source: Source | None) -> Change:
    site = wish.site
    if wish.obstacle:
        raise EditRefusedError(wish.obstacle)
    if site.is_combined:
        raise EditRefusedError(
            "The queryset is combined from several: each part has to load the relations itself."
        )
    if site.frame is not None and site.frame.is_template:
        raise EditRefusedError(
            "The queryset is built in a template, which gives no arguments: build it in the view."
        )
    if site.frame is None and site.holder is None:
        raise EditRefusedError("No line of the application builds this queryset.")
    _check_deferred(plan, site)
    if source is None:
        raise EditRefusedError("The file of this line can't be read or parsed here.")
    if site.frame is not None:
        return _change_chain(plan, wish, site.frame, source)
    assert site.holder is not None
    holder = find_class(source, site.holder)
    if holder is None:
        raise EditRefusedError(f"{source.path} has changed since: it holds no class {site.holder.name}.")
    if site.holder.kind == "admin":
        return edit_admin(source, holder, plan, site=site, target=wish.target, method=wish.method)
    if site.holder.kind == "form" and not any(chains_of(source, holder, wish.target)):
        change = edit_form_choices(source, holder, plan, wish.target)
        if change is not None:
            return change
    return edit_holder(source, holder, site.holder.kind, plan, wish.target)


def _change_chain(plan: Plan, wish: Wish, frame: Frame, source: Source) -> Change:
    found = find_chain(source, frame, wish.target)
    if isinstance(found, Shortcut):
        end = source.end(found.model)
        text = f".{wish.target.model.default_manager}{''.join(plan.calls(source.quote))}"
        return Change([Replacement(end, end, text)], plan, plan, found.call)
    if _is_combined_later(source, found.node):
        # Parts of a union must have the same columns.
        plan = plan.apart()
    _check_order(plan, wish.site, found)
    return edit_chain(source, found, plan, method=wish.method)


def _is_combined_later(source: Source, node: ast.AST) -> bool:
    """Whether the function around a node combines querysets."""
    scope: ast.AST = node
    while not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
        scope = source.parents[scope]
    return any(isinstance(each, ast.Attribute) and each.attr in _COMBINING for each in ast.walk(scope))


def _check_order(plan: Plan, site: QuerySetSite, chain: Chain) -> None:
    """A path below a prefetch that has a queryset of its own must be named behind it, or Django raises."""
    items = [item for link in chain.links if link.name == "prefetch_related" for item in link.call.args]
    is_open = any(not isinstance(item, ast.Constant) for item in items)
    for path in plan.prefetch_related:
        for known in site.prefetch_related:
            here = is_open or any(is_within(known, name) for name in literals(items))
            if is_within(known, path) and not here:
                raise EditRefusedError(
                    f'prefetch_related("{known}") is added elsewhere: name "{path}" behind it.'
                )


def _location(source: Source, node: ast.AST, site: QuerySetSite) -> Location:
    function = _function(site)
    if isinstance(node, ast.ClassDef):  # a new attribute: the class line is the place
        return Location(path=source.path, line=node.lineno, end_line=node.lineno, function=function)
    assert isinstance(node, ast.expr | ast.stmt)
    end = node.end_lineno or node.lineno
    return Location(path=source.path, line=node.lineno, end_line=end, function=function)


def _function(site: QuerySetSite) -> str:
    if site.frame is not None:
        return site.frame.function
    return site.holder.name if site.holder else ""


def _calls(change: Change) -> str:
    """What the chain calls afterwards, with its Prefetch objects."""
    named = [f'"{path}"' for path in change.final.prefetch_related]
    apart = [*named, *change.prefetches]
    rest = "".join(replace(change.final, prefetch_related=()).calls())
    return rest + (f".prefetch_related({', '.join(apart)})" if apart else "")


def _added(change: Change) -> str:
    calls = "".join(replace(change.added, only=()).calls())
    return " and ".join(filter(None, (calls, ", ".join(change.prefetches))))


def _fix(
    change: Change, wish: Wish, *, diff: str = "", edits: tuple[Edit, ...] = (), caveat: str = ""
) -> Fix:
    model = wish.target.model
    kinds = tuple(name for name in METHODS if change.final.paths(name))
    if change.prefetches:
        kinds = tuple(dict.fromkeys((*kinds, "prefetch_related")))
    code = change.code or f"{model.name}.{model.default_manager}{_calls(change)}"
    title = f"Add {change.code or _added(change)}"
    if "\n" in title and wish.site.holder is not None:
        title = f"Let {wish.site.holder.name} load the relations"
    return Fix(kinds=kinds, title=title, code=code, diff=diff, edits=edits, caveat=caveat)
