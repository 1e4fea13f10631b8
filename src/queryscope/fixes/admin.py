"""Edits of a ModelAdmin: `list_select_related` for what a changelist joins, `get_queryset` for the rest."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from queryscope.errors import EditRefusedError
from queryscope.fixes.arguments import extend, extended, literals, missing, quoted
from queryscope.fixes.chain import Chain, chain_from
from queryscope.fixes.change import Change, Plan
from queryscope.fixes.choices import add_method, edit_admin_choices, method_of
from queryscope.fixes.eager import edit_chain
from queryscope.fixes.holder import add_statement, assigned
from queryscope.fixes.root import Target, is_named
from queryscope.fixes.source import Replacement, Source
from queryscope.model import QuerySetSite

QUOTE = '"'


def edit_admin(
    source: Source,
    holder: ast.ClassDef,
    plan: Plan,
    *,
    site: QuerySetSite,
    target: Target,
    method: str = "",
) -> Change:
    """The change of a ModelAdmin whose rows should load `plan`.

    Raises:
        EditRefusedError: the class is another model's, or decides at run time.
    """
    owner = next((name for name, _, _ in target.fields if _is_about(source, holder, target.named(name))), "")
    is_about = _is_about(source, holder, target)
    # The choices of a form are read by iterator(), the rows of a changelist are not.
    if owner and (method == "iterator" or not is_about):
        return edit_admin_choices(source, holder, plan, target, owner)
    if not is_about:
        raise EditRefusedError(
            f"{holder.name} may not be the admin of {target.model.name}: load them where the rows come from."
        )
    own = own_queryset(source, holder)
    joins_there = own is not None and any(link.name == "select_related" for link in own.links)
    is_inline = _is_inline(holder)
    if is_inline or joins_there or not site.returns_many:
        if not is_inline and not joins_there:
            # Joins in get_queryset() would switch off what a changelist joins by itself.
            plan = plan.apart()
        return _edit_queryset(source, holder, own, plan)
    replacements, joined, apart = _edit_list(source, holder, plan, site, target)
    if not apart:
        return Change(replacements, plan, Plan(joined), holder, _list_code(joined))
    more = _edit_queryset(source, holder, own, Plan((), apart))
    if not joined:
        return more
    together = _together(source, holder, replacements, more.replacements)
    return Change(together, plan, Plan(joined, apart), holder, f"{_list_code(joined)}\n{more.code}")


def _list_code(paths: Sequence[str]) -> str:
    return f"list_select_related = [{quoted(paths, QUOTE)}]"


def _is_about(source: Source, holder: ast.ClassDef, target: Target) -> bool:
    """Whether the class is registered for that model here, names it, or is called after it."""
    model = assigned(holder, "model")
    if model is not None:
        return is_named(model[1], target)
    decorated = [each for each in holder.decorator_list if isinstance(each, ast.Call)]
    calls = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)]
    named = [call for call in calls if any(_is_id(item, holder.name) for item in call.args)]
    if decorated or named:
        return any(is_named(item, target) for call in (*decorated, *named) for item in call.args)
    return holder.name.startswith(target.model.name)


def _is_id(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _is_inline(holder: ast.ClassDef) -> bool:
    named = any("Inline" in ast.dump(base) for base in holder.bases)
    return named or assigned(holder, "model") is not None


def own_queryset(source: Source, holder: ast.ClassDef) -> Chain | None:
    """The only chain in the class's get_queryset() that starts at `super().get_queryset(...)`."""
    method = method_of(holder, "get_queryset")
    if method is None:
        return None
    inside = [node for node in ast.walk(method) if isinstance(node, ast.Call) and _is_super(node)]
    return chain_from(inside[0], source.parents) if len(inside) == 1 else None


def _is_super(call: ast.Call) -> bool:
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and function.attr == "get_queryset"
        and isinstance(function.value, ast.Call)
        and _is_id(function.value.func, "super")
    )


def _edit_queryset(source: Source, holder: ast.ClassDef, own: Chain | None, plan: Plan) -> Change:
    """Load in get_queryset(): in the one that is there, or in a new one at the end of the class."""
    if own is not None:
        change = edit_chain(source, own, plan)
        return replace(change, code=_method_code(change.final))
    if method_of(holder, "get_queryset") is not None:
        raise EditRefusedError(f"{holder.name}.get_queryset() builds its own queryset: add the call there.")
    lines = [
        "def get_queryset(self, request):",
        f"    return super().get_queryset(request){''.join(plan.calls())}",
    ]
    return Change([add_method(source, holder, lines)], plan, plan, holder, _method_code(plan))


def _method_code(plan: Plan) -> str:
    return f"def get_queryset(self, request): return super().get_queryset(request){''.join(plan.calls())}"


def _edit_list(
    source: Source, holder: ast.ClassDef, plan: Plan, site: QuerySetSite, target: Target
) -> tuple[list[Replacement], tuple[str, ...], tuple[str, ...]]:
    """Name the joins in list_select_related: (replacements, names afterwards, what is left to prefetch)."""
    wanted = plan.select_related
    if not wanted:
        return [], (), plan.prefetch_related
    if method_of(holder, "get_list_select_related") is not None:
        raise EditRefusedError(
            f"{holder.name}.get_list_select_related() decides at run time: add the names there."
        )
    found = assigned(holder, "list_select_related")
    if found is None:
        names = tuple(dict.fromkeys((*_joined_by_display(holder, site, target), *wanted)))
        line = f"list_select_related = [{quoted(names, source.quote)}]"
        return [_new_attribute(source, holder, line)], names, plan.prefetch_related
    value = found[1]
    if isinstance(value, ast.Constant) and value.value is True:
        # It joins every foreign key that isn't nullable; a list would take that away.
        return [], (), tuple(sorted({*wanted, *plan.prefetch_related}))
    if (isinstance(value, ast.Constant) and value.value is False) or _is_empty(value):
        text = f"[{quoted(wanted, source.quote)}]"
        return [Replacement(source.start(value), source.end(value), text)], wanted, plan.prefetch_related
    if not isinstance(value, ast.List | ast.Tuple) or len(literals(value.elts)) < len(value.elts):
        raise EditRefusedError(
            f"{holder.name}.list_select_related is computed: add the names where that is done."
        )
    if not missing(value.elts, wanted):
        raise EditRefusedError(f"{holder.name}.list_select_related names these relations already.")
    return extend(source, value.elts, wanted), extended(value.elts, wanted), plan.prefetch_related


def _is_empty(value: ast.expr) -> bool:
    return isinstance(value, ast.List | ast.Tuple) and not value.elts


def _joined_by_display(holder: ast.ClassDef, site: QuerySetSite, target: Target) -> list[str]:
    """Foreign keys in list_display: the admin joins all of them as long as nobody names any."""
    found = assigned(holder, "list_display")
    if found is None or "*" not in site.select_related or not isinstance(found[1], ast.List | ast.Tuple):
        return []
    relations = {relation.name for relation in target.model.relations if relation.kind == "forward"}
    return [name for name in literals(found[1].elts) if name in relations]


def _new_attribute(source: Source, holder: ast.ClassDef, line: str) -> Replacement:
    shown = assigned(holder, "list_display")
    plain = [item for item in holder.body if isinstance(item, ast.Assign | ast.AnnAssign)]
    if shown is not None or plain:
        return add_statement(source, holder, shown[0] if shown else plain[-1], line)
    first = holder.body[0]
    if isinstance(first, ast.Pass):
        return Replacement(source.start(first), source.end(first), line)
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):  # the docstring
        return add_statement(source, holder, first, line)
    top = first.decorator_list[0] if isinstance(first, ast.FunctionDef) and first.decorator_list else first
    at = source.offset(top.lineno, 0)
    return Replacement(at, at, f"{source.indent_of(top.lineno)}{line}{2 * source.newline}")


def _together(
    source: Source, holder: ast.ClassDef, first: list[Replacement], second: list[Replacement]
) -> list[Replacement]:
    """Two lists as one, of which no two start at the same character."""
    joined = {each.start: each for each in first}
    for each in second:
        known = joined.get(each.start)
        if known is None:
            joined[each.start] = each
            continue
        # Both in place of `pass`, or both behind the last attribute.
        indent = source.indent_of(holder.body[0].lineno)
        gap = 2 * source.newline + indent if each.end > each.start else ""
        joined[each.start] = Replacement(each.start, each.end, f"{known.text}{gap}{each.text}")
    return list(joined.values())
