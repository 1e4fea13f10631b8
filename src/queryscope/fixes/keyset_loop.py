"""A loop over slices of a queryset as one that goes on behind the last key: the same rows, each read once."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from queryscope.errors import EditRefusedError
from queryscope.fixes.built import find_built
from queryscope.fixes.cutting import cut_statement
from queryscope.fixes.imports import Imports
from queryscope.fixes.loops import bound_names, names_read
from queryscope.fixes.naming import free_name, plural, snake
from queryscope.fixes.pages import find_pages
from queryscope.fixes.root import Target, last_name
from queryscope.fixes.slice_fetch import Fetch, in_front
from queryscope.fixes.slices import Slices, find_slices
from queryscope.fixes.source import Replacement, Source
from queryscope.fixes.steady import Order, check_steady
from queryscope.fixes.variables import variable_of
from queryscope.model import Model, Models, QuerySetSite

# What stands in a condition and asks or changes nothing by itself.
_PLAIN_CALLS = frozenset({
    "Exists", "F", "OuterRef", "Prefetch", "Q", "Subquery", "Value", "date", "datetime", "timedelta",
})  # fmt: skip


def keyset_loop_edits(
    source: Source | None, site: QuerySetSite, model: Model, models: Models, order: Order | str
) -> list[Replacement] | None:
    """The edits that make a loop go on by key; None where no loop takes slices there.

    Args:
        source: the file in which the queryset is built.
        site: where.
        model: of its rows.
        models: of the project.
        order: of the rows; a text says why that is no key.

    Raises:
        EditRefusedError: the loop might give other rows, or do something else; the text says what.
    """
    try:
        built = find_built(source, site, Target(model=model))
    except EditRefusedError:
        return None
    assert source is not None
    slices = find_slices(source, built) or find_pages(source, built)
    if slices is None:
        return None
    if isinstance(order, str):
        raise EditRefusedError(order)
    check_steady(slices, site, order, models)
    return list(_edits(slices, model, order))


def _edits(slices: Slices, model: Model, order: Order) -> Iterator[Replacement]:
    source, loop = slices.source, slices.loop
    fetch = Fetch.of(slices)
    if not source.starts_line(loop) or not source.starts_line(fetch.statement):
        raise EditRefusedError("the loop shares its line with something else.")
    rows, before, more = _queryset(slices, model, order)
    yield from more
    taken = set(source.names) | {rows}
    rest, batch = free_name("rest", taken), fetch.name or free_name("batch", taken)
    before.append(f"{rest} = {rows}[{slices.first}:]" if slices.first else f"{rest} = {rows}")
    yield in_front(source, loop, before)
    imports = Imports(source)
    behind = _behind(order, rows, rest, batch, imports, free_name("last", taken))
    yield from fetch.edits(f"{rest}[:{_spaced(slices.size)}]", batch, behind)
    yield from imports.replacements()
    yield from _counter(slices)


def _spaced(size: str) -> str:
    return size if size.replace("_", "").isalnum() else f" {size}"


def _queryset(slices: Slices, model: Model, order: Order) -> tuple[str, list[str], list[Replacement]]:
    """The name of the whole queryset, the statements before the loop that make it, and its own edits."""
    source, base = slices.source, slices.base
    sorts = [link.call for link in slices.links if link.name == "order_by"]
    if not isinstance(base, ast.Name):
        _check_movable(slices, base)
        text = source.text_of(base)
        if order.is_changed:
            text = _sorted(source, base, sorts, _ordering(source, order))
        name = free_name(plural(snake(model.name)), source.names)
        if slices.paginator is None:
            return name, [f"{name} = {text}"], []
        handed = Replacement(source.start(base), source.end(base), name)
        return name, [], [in_front(source, slices.paginator, [f"{name} = {text}"]), handed]
    if base.id in bound_names(slices.loop):
        raise EditRefusedError(f"{base.id} is made anew in each round.")
    if any(_is_cut(chain.node, slices.node) for chain in slices.chains):
        raise EditRefusedError("the queryset is a slice itself.")
    if not order.is_changed:
        return base.id, [], []
    variable = variable_of(source, base)
    if variable is None or any(
        load is not base and load.lineno >= slices.loop.lineno for load in variable.loads
    ):
        raise EditRefusedError(f"{base.id}, whose rows need an order, is used in other ways too.")
    others = slices.built.chains[1:]
    if len(sorts) == 1 and all(each.links[-1].name in ("count", "exists") for each in others):
        opening = source.end(sorts[0].func)
        return base.id, [], [Replacement(opening, source.end(sorts[0]), f"({_ordering(source, order)})")]
    return base.id, [f"{base.id} = {base.id}.order_by({_ordering(source, order)})"], []


def _ordering(source: Source, order: Order) -> str:
    return ", ".join(f"{source.quote}{each}{source.quote}" for each in order.written)


def _is_cut(node: ast.expr, own: ast.expr) -> bool:
    return any(
        isinstance(each, ast.Subscript) and isinstance(each.slice, ast.Slice) and each is not own
        for each in ast.walk(node)
    )


def _sorted(source: Source, base: ast.expr, sorts: Sequence[ast.Call], ordering: str) -> str:
    """The code of a queryset with that order in place of its own."""
    if not sorts:
        return f"{source.text_of(base)}.order_by({ordering})"
    if len(sorts) > 1:
        raise EditRefusedError("the order is given at several places.")
    [call] = sorts
    before = source.text[source.start(base) : source.end(call.func)]
    return f"{before}({ordering}){source.text[source.end(call) : source.end(base)]}"


def _check_movable(slices: Slices, base: ast.expr) -> None:
    """Accept a queryset that means the same in front of the loop."""
    own = {link.call for link in slices.links}
    is_asked = any(
        isinstance(each, ast.Call) and each not in own and last_name(each.func) not in _PLAIN_CALLS
        for each in ast.walk(base)
    )
    text = slices.source.text_of(base)
    if is_asked or names_read(base) & bound_names(slices.loop) or "\n" in text or "#" in text:
        raise EditRefusedError("the queryset is made anew in each round.")


def _behind(order: Order, rows: str, rest: str, batch: str, imports: Imports, last: str) -> list[str]:
    """The statements that make the rest of what comes behind the last row."""
    if len(order.keys) == 1:
        [(name, is_falling)] = order.keys
        return [f"{rest} = {rows}.filter({name}__{'lt' if is_falling else 'gt'}={batch}[-1].{name})"]
    q, branches = imports.of_django("Q"), []
    for at, (name, is_falling) in enumerate(order.keys):
        parts = [f"{each}={last}.{each}" for each, _ in order.keys[:at]]
        parts.append(f"{name}__{'lt' if is_falling else 'gt'}={last}.{name}")
        branches.append(f"{q}({', '.join(parts)})")
    name, is_falling = order.keys[0]
    # Of an OR alone PostgreSQL makes no range of an index: the bound of the first key does.
    bound = f"{name}__{'lte' if is_falling else 'gte'}={last}.{name}"
    return [f"{last} = {batch}[-1]", f"{rest} = {rows}.filter({' | '.join(branches)}, {bound})"]


def _counter(slices: Slices) -> Iterator[Replacement]:
    """The counter goes where nobody reads it any more."""
    source, loop, counter = slices.source, slices.loop, slices.counter
    own = {id(each) for each in ast.walk(slices.node)}
    own |= {id(each) for each in ast.walk(slices.increment)} if slices.increment is not None else set()
    loads = [
        each
        for each in ast.walk(slices.scope)
        if isinstance(each, ast.Name) and each.id == counter and isinstance(each.ctx, ast.Load)
    ]
    is_read = any(id(each) not in own for each in loads)
    if is_read or re.search(rf"\b{counter}\b", slices.size) or slices.first == counter:
        return
    if isinstance(loop, ast.For):
        if "_" not in source.names:
            yield Replacement(source.start(loop.target), source.end(loop.target), "_")
    elif slices.increment is not None and slices.opening is not None:
        yield _without(source, slices.increment)
        yield _without_first(source, slices.opening, counter)


def _without(source: Source, statement: ast.stmt) -> Replacement:
    return cut_statement(source, statement, getattr(source.parents[statement], "body", [statement] * 2))


def _without_first(source: Source, statement: ast.Assign, counter: str) -> Replacement:
    """`size = 100` of `start, size = 0, 100`."""
    target, value = statement.targets[0], statement.value
    if not isinstance(target, ast.Tuple) or not isinstance(value, ast.Tuple):
        return _without(source, statement)
    kept = [at for at, each in enumerate(target.elts) if getattr(each, "id", "") != counter]
    sides = (", ".join(source.text_of(each.elts[at]) for at in kept) for each in (target, value))
    return Replacement(source.start(statement), source.end(statement), " = ".join(sides))
