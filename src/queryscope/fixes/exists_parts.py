"""Conditions on related rows within `Q()`: the parts of an OR that each ask of one related row."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from queryscope.errors import EditRefusedError
from queryscope.fixes.root import last_name

_Hop = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Part:
    """The largest part of an argument of filter() whose conditions are all on rows of one relation."""

    node: ast.expr
    hop: str
    keywords: tuple[ast.keyword, ...]

    @property
    def is_single(self) -> bool:
        """Whether it is one `Q()`, whose conditions stand as well without it."""
        return isinstance(self.node, ast.Call)


def parts_of(argument: ast.expr, hop_of: _Hop) -> list[Part]:
    """The parts of `Q(reviews__stars=5) | Q(title="x")` that speak of related rows.

    Args:
        argument: of filter().
        hop_of: the relation to many rows that a lookup goes through; "" for none.

    Raises:
        EditRefusedError: what it asks can't be said part by part.
    """
    found = list(_parts(argument, hop_of))
    if len({part.hop for part in found}) < len(found):
        raise EditRefusedError("conditions that one related row has to meet stand in several parts of a Q.")
    return found


def _parts(node: ast.expr, hop_of: _Hop) -> Iterator[Part]:
    keywords = list(_keywords(node, hop_of))
    hops = {hop_of(keyword.arg or "") for keyword in keywords}
    if not hops - {""}:
        return
    if len(hops) == 1:
        yield Part(node, hops.pop(), tuple(keywords))
    elif isinstance(node, ast.BinOp):
        yield from _parts(node.left, hop_of)
        yield from _parts(node.right, hop_of)
    else:
        raise EditRefusedError("a Q has conditions on related rows beside others.")


def _keywords(node: ast.expr, hop_of: _Hop) -> Iterator[ast.keyword]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
        yield from _keywords(node.left, hop_of)
        yield from _keywords(node.right, hop_of)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
        found = list(_keywords(node.operand, hop_of))
        if any(hop_of(keyword.arg or "") for keyword in found):
            raise EditRefusedError("what a Q excludes by related rows is another question.")
        yield from found
    elif isinstance(node, ast.Call) and last_name(node.func) == "Q":
        if node.args or any(keyword.arg is None for keyword in node.keywords):
            raise EditRefusedError("conditions are handed over that may join too.")
        yield from node.keywords
    elif not (isinstance(node, ast.Call) and last_name(node.func) == "Exists"):
        raise EditRefusedError("conditions are handed over that may join too.")
