"""A queryset as its source says it, with one condition more: for code that is told, not edited."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from queryscope.errors import EditRefusedError
from queryscope.fixes.built import find_built, one_line
from queryscope.fixes.chain import Chain
from queryscope.fixes.root import Target
from queryscope.fixes.source import Source
from queryscope.model import Model, QuerySetSite

# What is left out: the order, and what takes one row or a number.
_ENDS = frozenset({
    "afirst", "aget", "all", "count", "exists", "first", "get", "iterator", "last", "order_by", "reverse",
})  # fmt: skip


def narrowed(model: Model, condition: str, site: QuerySetSite | None, source: Source | None) -> str:
    """`Book.objects.filter(is_sold=True, pk__gt=last)`: one condition more, and no order.

    Args:
        model: of the queryset.
        condition: what goes into filter().
        site: where the queryset is built; None where nobody knows.
        source: the file of that place. What it doesn't say is `…`.
    """
    manager = f"{model.name}.{model.default_manager}"
    if site is None:
        return f"{manager}.filter({condition})"
    try:
        built = find_built(source, site, Target(model=model))
    except EditRefusedError:
        more = "…, " if site.lookups else ""
        return f"{manager}.filter({more}{condition})"
    assert source is not None
    chains = [built.first, *(each for each in built.chains[1:] if _belongs(source, each, built.name))]
    is_open = any(_is_conditional(source, each.node, built.scope) for each in chains[1:])
    calls = [call for each in chains for call in _calls(source, each)]
    last = max((at for at, (name, _) in enumerate(calls) if name == "filter"), default=None)
    conditions = ["…", condition] if is_open else [condition]
    if last is None or condition.startswith("Q("):  # no positional argument behind keywords
        calls.append(("filter", conditions))
    else:
        calls[last][1].extend(conditions)
    return manager + "".join(f".{name}({', '.join(parts)})" for name, parts in calls)


def _belongs(source: Source, chain: Chain, name: str) -> bool:
    """Whether a chain on the variable gives it another value, or is the one that is sorted."""
    statement = source.parents.get(chain.node)
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    if isinstance(target, ast.Name) and target.id == name:
        return True
    return any(link.name == "order_by" for link in chain.links) or isinstance(
        source.parents.get(chain.node), ast.Subscript
    )


def _is_conditional(source: Source, node: ast.AST, scope: ast.AST) -> bool:
    while node is not scope:
        node = source.parents[node]
        if isinstance(node, ast.If | ast.For | ast.While | ast.Try | ast.Match):
            return True
    return False


def _calls(source: Source, chain: Chain) -> Iterator[tuple[str, list[str]]]:
    """The calls that choose rows, and what is handed to each."""
    for link in chain.links:
        if link.name in _ENDS:
            continue
        parts = [one_line(source, each) for each in link.call.args]
        parts += [
            (f"{each.arg}=" if each.arg else "**") + one_line(source, each.value)
            for each in link.call.keywords
        ]
        yield link.name, parts
