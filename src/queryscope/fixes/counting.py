"""Whether sums are the same, whatever their names stand for: `page * n + n` and `(page + 1) * n`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from queryscope.errors import EditRefusedError

# Polynomials that agree at that many points of large numbers are the same one (Schwartz 1980, Zippel 1979).
_POINTS = 8
_PRIME = 1_000_003
Numbers = dict[str, int]


def atoms_of(node: ast.expr) -> Iterator[ast.expr]:
    """The names, attributes, items and numbers that a sum is made of.

    Raises:
        EditRefusedError: something else is in it.
    """
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult):
        yield from atoms_of(node.left)
        yield from atoms_of(node.right)
    elif _is_atom(node):
        yield node
    else:
        raise EditRefusedError(f"where the slices begin and end, {ast.unparse(node)} says in its own way.")


def _is_atom(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return type(node.value) is int
    while isinstance(node, ast.Attribute) or (
        isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)
    ):
        node = node.value
    return isinstance(node, ast.Name)


def points(*nodes: ast.expr) -> Iterator[Numbers]:
    """Numbers for all names in some sums, again and again others."""
    names = sorted({ast.unparse(each) for node in nodes for each in atoms_of(node)})
    for point in range(1, _POINTS + 1):
        yield {name: pow(7919 + 104_729 * at, point + 1, _PRIME) for at, name in enumerate(names)}


def value_of(node: ast.expr, numbers: Mapping[str, int]) -> int:
    """What a sum comes to."""
    if isinstance(node, ast.BinOp):
        left, right = value_of(node.left, numbers), value_of(node.right, numbers)
        if isinstance(node.op, ast.Mult):
            return left * right
        return left + right if isinstance(node.op, ast.Add) else left - right
    if isinstance(node, ast.Constant):
        assert isinstance(node.value, int)
        return node.value
    return numbers[ast.unparse(node)]
