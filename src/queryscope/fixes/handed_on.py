"""A related manager's rows that one function narrows and hands on: what is asked of them in the end."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from queryscope.errors import EditRefusedError
from queryscope.fixes.additions import addition_of
from queryscope.fixes.asked import Asked
from queryscope.fixes.chain import Link
from queryscope.fixes.conditions import Way
from queryscope.fixes.question import FILTERS, Addition, Surroundings
from queryscope.fixes.root import last_name

_ROWS = frozenset({"bool", "iterate", "iterator", "len"})
_CALLS = frozenset({"count", "exists", "first", "last"})


def addition_of_handed(asked: Asked, way: Way, around: Surroundings, method: str, lookups: int) -> Addition:
    """The addition for rows that are asked by somebody else than the function that narrows them.

    Args:
        asked: the expression that the function gives back.
        way: how the root queryset leads to the rows.
        around: what the addition has to live with.
        method: how they are asked in the end, as `Access.method` says it.
        lookups: how many conditions the query has beside the relation's own.

    Raises:
        EditRefusedError: more is asked than the function says, or something that it doesn't tell.
    """
    if asked.method in _CALLS or method not in _ROWS | _CALLS:
        raise EditRefusedError(f"{method}() is asked of rows that come from elsewhere.")
    if sum(1 for _ in _conditions(asked)) != lookups:
        raise EditRefusedError("Conditions are added where the rows are used.")
    ended = asked
    if method in _CALLS:
        name = ast.Attribute(value=asked.node, attr=method, ctx=ast.Load())
        call = ast.Call(func=name, args=[], keywords=[])
        ended = replace(asked, links=(*asked.links, Link(method, call, name)))
    found = addition_of(ended, way, around)
    reason = "The rows are handed on before they are asked: read what is added where they are used."
    return replace(found, access="", more=(), reason=found.reason or reason)


def _conditions(asked: Asked) -> Iterator[ast.keyword]:
    """All that filter() and exclude() name, within Q() too.

    Raises:
        EditRefusedError: some are given by an expression.
    """
    for call in [link.call for link in asked.links if link.name in FILTERS]:
        yield from _named(call)


def _named(call: ast.Call) -> Iterator[ast.keyword]:
    waiting: list[ast.expr] = list(call.args)
    yield from _told(call)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.UnaryOp):
            waiting.append(node.operand)
        elif isinstance(node, ast.BinOp):
            waiting += [node.left, node.right]
        elif isinstance(node, ast.Call) and last_name(node.func) == "Q":
            yield from _told(node)
            waiting += node.args
        else:
            raise EditRefusedError("A condition is given by an expression.")


def _told(call: ast.Call) -> Iterator[ast.keyword]:
    for keyword in call.keywords:
        if keyword.arg is None:
            raise EditRefusedError("Conditions are given by a dictionary.")
        if not keyword.arg.endswith("__isnull"):
            yield keyword
