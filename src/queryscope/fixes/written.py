"""Where a queryset's eager loading is written: the calls, or the list of a ModelAdmin, with its names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from queryscope.errors import EditRefusedError
from queryscope.fixes.admin import own_queryset
from queryscope.fixes.arguments import is_within
from queryscope.fixes.chain import Chain, Link, Shortcut, chain_from, find_chain, take_apart
from queryscope.fixes.holder import assigned, find_class
from queryscope.fixes.root import Target, last_name
from queryscope.fixes.source import Source
from queryscope.model import QuerySetSite

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Written:
    """Names of relations as they stand in the source."""

    items: tuple[ast.expr, ...]
    link: Link | None = None  # the call, in its chain
    chain: Chain | None = None
    statement: ast.stmt | None = None  # `list_select_related = …` of a class
    holder: ast.ClassDef | None = None


def find_written(source: Source, site: QuerySetSite, target: Target, method: str) -> list[Written]:
    """The calls of `method` on the queryset of a site; none where they stand elsewhere, or can't be told."""
    try:
        if site.frame is not None:
            found = find_chain(source, site.frame, target)
            return [] if isinstance(found, Shortcut) else list(_calls(source, found, method))
        return list(_of_holder(source, site, method))
    except EditRefusedError:
        return []


def name_of(item: ast.expr) -> str:
    """The path that an item loads, as a prefetch is known by; "" where it can't be told."""
    if isinstance(item, ast.Constant):
        return item.value if isinstance(item.value, str) else ""
    if not isinstance(item, ast.Call) or last_name(item.func) not in ("Prefetch", "GenericPrefetch"):
        return ""
    given = {keyword.arg: keyword.value for keyword in item.keywords}
    lookup = item.args[0] if item.args else given.get("lookup")
    renamed = item.args[2] if len(item.args) > 2 else given.get("to_attr")
    if not isinstance(lookup, ast.Constant) or not isinstance(lookup.value, str):
        return ""
    if renamed is None:
        return lookup.value
    if not isinstance(renamed, ast.Constant) or not isinstance(renamed.value, str):
        return ""
    before, _, _ = lookup.value.rpartition("__")
    return f"{before}__{renamed.value}" if before else renamed.value


def names_path(written: Written, path: str) -> bool:
    """Whether the items name that relation, or one behind it."""
    return any(is_within(path, name) for name in map(name_of, written.items))


def _calls(source: Source, chain: Chain, method: str) -> Iterator[Written]:
    for link in chain.links:
        if link.name == method:
            yield Written(tuple(link.call.args), link, chain)
    for call in _of_variable(source, chain, method):
        whole = _chain_around(source, call)
        link = next(each for each in whole.links if each.call is call)
        yield Written(tuple(call.args), link, whole)


def _of_variable(source: Source, chain: Chain, method: str) -> Iterator[ast.Call]:
    """Calls on the variable that holds the chain, in the same function."""
    statement = source.parents.get(chain.node)
    if not isinstance(statement, ast.Assign | ast.AnnAssign | ast.NamedExpr):
        return
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    names = {each.id for each in targets if isinstance(each, ast.Name)}
    scope: ast.AST = statement
    while not isinstance(scope, _Function | ast.Module | ast.ClassDef):
        scope = source.parents[scope]
    for node in ast.walk(scope):
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if isinstance(node, ast.Call) and is_call and last_name(node.func) == method:
            root = _root(node)
            if isinstance(root, ast.Name) and root.id in names:
                yield node


def _root(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Call | ast.Attribute | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node


def _chain_around(source: Source, call: ast.Call) -> Chain:
    first = call
    while isinstance(first.func, ast.Attribute) and isinstance(first.func.value, ast.Call):
        if not isinstance(first.func.value.func, ast.Attribute):
            break
        first = first.func.value
    return chain_from(first, source.parents)


def _of_holder(source: Source, site: QuerySetSite, method: str) -> Iterator[Written]:
    holder = find_class(source, site.holder) if site.holder is not None else None
    if holder is None or site.holder is None:
        return
    if site.holder.kind == "admin":
        found = assigned(holder, "list_select_related")
        if method == "select_related" and found and isinstance(found[1], ast.List | ast.Tuple):
            yield Written(tuple(found[1].elts), statement=found[0], holder=holder)
    own = own_queryset(source, holder)  # get_queryset()
    if own is not None:
        yield from _calls(source, own, method)
    found = assigned(holder, "queryset")
    if found is not None and site.holder.kind != "admin":
        chain = take_apart(found[1])
        for link in chain.links:
            if link.name == method:
                yield Written(tuple(link.call.args), link, chain)
