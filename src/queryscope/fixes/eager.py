"""Write select_related, prefetch_related and what they need into a chain."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from queryscope.errors import EditRefusedError
from queryscope.fixes.arguments import extend, extended, missing
from queryscope.fixes.chain import QUERYSET_METHODS, Chain, Link
from queryscope.fixes.change import METHODS, Change, Plan, call_text
from queryscope.fixes.inner import Inner, inner_chains
from queryscope.fixes.iterator import chunked
from queryscope.fixes.layout import before, behind
from queryscope.fixes.source import Replacement, Source
from queryscope.fixes.verify import check_chain


def edit_chain(source: Source, chain: Chain, plan: Plan, *, method: str = "") -> Change:
    """The change that makes a chain load `plan`.

    Args:
        source: the file.
        chain: the queryset expression in it.
        plan: what should be loaded.
        method: how the rows are read, as the trace knows it: "iterator" needs more than one edit.

    Raises:
        EditRefusedError: no edit is safe, or there is nothing left to add.
    """
    if not source.holds(chain.node):
        raise EditRefusedError(f"{source.path}:{chain.node.lineno} can't be cut at its positions.")
    within = [_inner_change(source, inner) for inner in inner_chains(source, chain, plan.inner)]
    left = _without(plan, within)
    outer = _edit_calls(source, chain, left, method) if left.calls() or not within else None
    return Change(
        [*(outer.replacements if outer else ()), *(each for inner in within for each in inner.replacements)],
        left,
        outer.final if outer else Plan(),
        chain.node,
        prefetches=tuple(code for inner in within for code in inner.prefetches),
    )


def _inner_change(source: Source, inner: Inner) -> Change:
    """The join in the queryset of a Prefetch."""
    change = edit_chain(source, inner.chain, Plan(inner.joined))
    added = Plan((), tuple(load.path for load in inner.loads))
    return replace(change, added=added, prefetches=(inner.code(source),))


def _without(plan: Plan, within: Sequence[Change]) -> Plan:
    """What is left to do in the chain itself."""
    done = {path for inner in within for path in inner.added.prefetch_related}
    return replace(plan, prefetch_related=tuple(path for path in plan.prefetch_related if path not in done))


def _edit_calls(source: Source, chain: Chain, plan: Plan, method: str) -> Change:
    replacements: list[Replacement] = []
    final: dict[str, tuple[str, ...]] = {}
    added: dict[Link | None, list[str]] = {}  # new calls by the link behind which they go; None: at the root
    for name in METHODS:
        paths = plan.paths(name)
        if not paths:
            continue
        link, last = _extendable(chain, name), _last_reset(chain, name)
        if name == "only" and link is None:
            raise EditRefusedError("only() leaves out the column of a relation: add it there.")
        if link is None:
            added.setdefault(last, []).append(call_text(name, paths, quote_for(source, chain.node)))
            final[name] = paths
        elif link.call is not None:
            items = link.call.args
            in_place = name == "select_related" or all(isinstance(item, ast.Constant) for item in items)
            if missing(items, paths):
                replacements += extend(source, items, paths, in_place=in_place and name != "only")
            final[name] = extended(items, paths)
    replacements += [add_calls(source, chain, link, pieces) for link, pieces in added.items()]
    if not replacements:
        raise EditRefusedError("The chain names these relations already: they are lost behind it.")
    if plan.prefetch_related:
        replacements += chunked(source, chain, method)
    check_chain(source, chain.node, replacements, {name: plan.paths(name) for name in METHODS})
    joined, apart, only = (final.get(name, ()) for name in METHODS)
    return Change(replacements, plan, Plan(joined, apart, only), chain.node)


def quote_for(source: Source, node: ast.expr) -> str:
    """The quotation mark for new strings at a node: inside an f-string the other one."""
    parent: ast.AST | None = node
    while parent is not None and not isinstance(parent, ast.stmt):
        if isinstance(parent, ast.JoinedStr):
            return "'" if source.quote_of(parent)[:1] == '"' else '"'
        parent = source.parents.get(parent)
    return source.quote


def _extendable(chain: Chain, method: str) -> Link | None:
    """The last call of that name whose arguments can simply be added to."""
    for link in reversed(chain.links):
        if link.name != method:
            continue
        items = link.call.args
        if not items or link.call.keywords or _is_reset(link):
            return None
        # A lone variable may hold None, which would mean a reset: leave that call as it is.
        return link if all(_is_plain(item) for item in items) else None
    return None


def _is_plain(item: ast.expr) -> bool:
    if isinstance(item, ast.Constant):
        return isinstance(item.value, str)
    return isinstance(item, ast.Starred | ast.Call)


def _is_reset(link: Link) -> bool:
    items = link.call.args
    return len(items) == 1 and isinstance(items[0], ast.Constant) and items[0].value is None


def _last_reset(chain: Chain, method: str) -> Link | None:
    """The last call of that name that can't be extended: new calls go behind it."""
    return next((link for link in reversed(chain.links) if link.name == method), None)


def add_calls(source: Source, chain: Chain, link: Link | None, pieces: list[str]) -> Replacement:
    """New calls behind a link, or behind the root, where an empty `.all()` gives way to them."""
    if link is not None:
        return behind(source, chain, link, pieces)
    if not chain.links:
        end = source.end(chain.node)
        return Replacement(end, end, "".join(pieces))
    first = chain.links[0]
    if first.name not in QUERYSET_METHODS:
        # A method of the user's manager, get_queryset() or raw(): what it returns is the queryset.
        return behind(source, chain, first, pieces)
    return before(source, first, pieces, gives_way=_is_empty_all(first))


def _is_empty_all(link: Link) -> bool:
    return link.name == "all" and not link.call.args and not link.call.keywords
