"""Names of constants: `Order.Status.PENDING`, a tuple of such, what a function gives a name once."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TypeVar

Scalar = str | int | float | bool
Value = Scalar | timedelta | tuple[Scalar, ...]
_Any = TypeVar("_Any")

_MOST_VALUES = 20  # of a list: a longer one is data
_DEPTH = 5  # names that stand for names
_CONTAINERS = frozenset({"tuple", "list", "set", "frozenset", "sorted"})
_MOST_BITS = 64
_WHOLE: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
}
_OWN = ("self.model.", "self.", "cls.")


@dataclass(frozen=True, slots=True)
class _Given:
    """What a name is given, and the classes that it stands in: `Order.`."""

    expression: ast.expr
    prefix: str
    is_choice: bool = False  # of an enumeration: PENDING = "pending", "Waiting"


class Names:
    """The constants of some files, and those of one function."""

    def __init__(self, trees: Sequence[ast.Module]) -> None:
        self._named: dict[str, list[_Given]] = {}
        self._attributes: dict[str, list[_Given]] = {}
        self._local: dict[str, list[_Given]] = {}
        self._last: set[str] = set()
        for tree in trees:
            for path, given in _assignments(tree.body, ""):
                parts = path.split(".")
                self._last.add(parts[-1])
                for start in range(max(1, len(parts) - 1)):
                    self._named.setdefault(".".join(parts[start:]), []).append(given)
                if len(parts) > 1:
                    self._attributes.setdefault(parts[-1], []).append(given)

    def has(self, name: str) -> bool:
        """Whether the files give anything of this name a value."""
        return name in self._last

    def within(self, scope: ast.AST, given: Mapping[str, Sequence[ast.expr]] | None = None) -> Names:
        """The same, seen from inside of a function; `given`: all that its arguments may be, where known."""
        inner = copy(self)
        inner._local = _locals(scope, given or {})
        return inner

    def value(self, node: ast.expr) -> Scalar | None:
        """The one value of an expression; None where the source doesn't say it."""
        return _only(self.scalars(node))

    def values(self, node: ast.expr) -> tuple[Scalar, ...] | None:
        """The values of a list, in its order; None where the source doesn't say all of them."""
        return _only(self.lists(node))

    def scalars(self, node: ast.expr, prefix: str = "", depth: int = 0) -> frozenset[Scalar] | None:
        """All values that an expression may have; None where the source doesn't say each of them."""
        if isinstance(node, ast.Constant):
            return frozenset([node.value]) if isinstance(node.value, str | int | float) else None
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            inner = _only(self.scalars(node.operand, prefix, depth))
            is_number = isinstance(inner, int | float) and not isinstance(inner, bool)
            return frozenset([-inner]) if is_number and isinstance(inner, int | float) else None
        if depth > _DEPTH:
            return None
        if isinstance(node, ast.BinOp):
            sides = [_only(self.scalars(side, prefix, depth + 1)) for side in (node.left, node.right)]
            return _some(_computed(node.op, *sides))
        if isinstance(node, ast.IfExp):
            return _all([self.scalars(side, prefix, depth + 1) for side in (node.body, node.orelse)])
        return _all([self._first(given, depth) for given in self._said(node, prefix)])

    def lists(self, node: ast.expr, prefix: str = "", depth: int = 0) -> frozenset[tuple[Scalar, ...]] | None:
        """All lists that an expression may be; None where the source doesn't say each of them whole."""
        if depth > _DEPTH:
            return None
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return _some(self._elements(node.elts, prefix, depth))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.BitOr):
            parts = [_only(self.lists(side, prefix, depth + 1)) for side in (node.left, node.right)]
            return None if None in parts else _some(_limited([one for part in parts for one in part or ()]))
        if isinstance(node, ast.Call):
            is_container = isinstance(node.func, ast.Name) and node.func.id in _CONTAINERS
            is_plain = is_container and len(node.args) == 1 and not node.keywords
            return self.lists(node.args[0], prefix, depth + 1) if is_plain else None
        if isinstance(node, ast.IfExp):
            return _all([self.lists(side, prefix, depth + 1) for side in (node.body, node.orelse)])
        given = [one for one in self._said(node, prefix) if not one.is_choice]
        return _all([self.lists(one.expression, one.prefix, depth + 1) for one in given])

    def expressions(self, node: ast.expr) -> tuple[ast.expr, ...]:
        """All that the files give a name."""
        return tuple(one.expression for one in self._said(node, ""))

    def _first(self, given: _Given, depth: int) -> frozenset[Scalar] | None:
        """Of Django's choices the value, without its label."""
        node = given.expression
        if isinstance(node, ast.Tuple) and node.elts:
            node = node.elts[0]
        return self.scalars(node, given.prefix, depth + 1)

    def _elements(self, nodes: Sequence[ast.expr], prefix: str, depth: int) -> tuple[Scalar, ...] | None:
        found: list[Scalar] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                several = _only(self.lists(node.value, prefix, depth + 1))
                if several is None:
                    return None
                found += several
                continue
            value = _only(self.scalars(node, prefix, depth))
            if value is None:
                return None
            found.append(value)
        return _limited(found)

    def _said(self, node: ast.expr, prefix: str) -> list[_Given]:
        """What the files give this name, without the None that a base class leaves for others to fill."""
        return [one for one in self._given(node, prefix) if ast.unparse(one.expression) != "None"]

    def _given(self, node: ast.expr, prefix: str) -> Sequence[_Given]:
        """What the files give this name; a local one hides those of modules."""
        path = ast.unparse(node) if isinstance(node, ast.Attribute | ast.Name) else ""
        path = path.removesuffix(".value")
        if "." not in path and path in self._local and not prefix:
            return self._local[path]
        own = next((path.removeprefix(start) for start in _OWN if path.startswith(start)), "")
        if own and "." not in own and own not in self._named:
            return self._attributes.get(own, ())
        path = own or path
        if prefix and prefix + path in self._named:
            return self._named[prefix + path]
        while path:
            if path in self._named:
                return self._named[path]
            _, dot, path = path.partition(".")
            if dot and "." not in path:  # a bare name could be anything
                return ()
        return ()


@lru_cache(maxsize=16)
def names_of(trees: tuple[ast.Module, ...]) -> Names:
    """The constants of these files; the trees of a project are read again for each of its slow queries."""
    return Names(trees)


def _only(found: frozenset[_Any] | None) -> _Any | None:
    return next(iter(found)) if found is not None and len(found) == 1 else None


def _computed(sign: ast.operator, left: Scalar | None, right: Scalar | None) -> int | None:
    """`1 << 3`, `60 * 24`, `READ | WRITE`."""
    if type(left) is not int or type(right) is not int:
        return None
    if isinstance(sign, ast.LShift):
        return left << right if 0 <= right < _MOST_BITS else None
    found = _WHOLE.get(type(sign))
    return found(left, right) if found is not None else None


def _all(found: Sequence[frozenset[_Any] | None]) -> frozenset[_Any] | None:
    """What each of them may be; None where one isn't known, or there is none."""
    known = [one for one in found if one is not None]
    return frozenset().union(*known) if known and len(known) == len(found) else None


def _some(found: _Any | None) -> frozenset[_Any] | None:
    return None if found is None else frozenset([found])


def _limited(found: Sequence[Scalar]) -> tuple[Scalar, ...] | None:
    values = tuple(dict.fromkeys(found))
    return values if 0 < len(values) <= _MOST_VALUES else None


def _assignments(
    body: Sequence[ast.stmt], prefix: str, *, is_choice: bool = False
) -> Iterator[tuple[str, _Given]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            bases = [ast.unparse(base) for base in node.bases]
            is_enumeration = any(base.endswith(("Choices", "Enum")) for base in bases)
            yield from _assignments(node.body, f"{prefix}{node.name}.", is_choice=is_enumeration)
        given = _assigned(node)
        if given is not None:
            yield prefix + given[0], _Given(given[1], prefix, is_choice)


def _assigned(node: ast.AST) -> tuple[str, ast.expr] | None:
    """`NAME = …` and `NAME: Final = …`."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id, node.value
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
        return node.target.id, node.value
    return None


def _locals(scope: ast.AST, given: Mapping[str, Sequence[ast.expr]]) -> dict[str, list[_Given]]:
    """Names that a function binds; nothing is known of other arguments, nor of what it binds twice."""
    found: dict[str, list[_Given]] = {}
    if not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
        return found
    bound: dict[str, int] = {}
    for node in ast.walk(scope):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound[node.id] = bound.get(node.id, 0) + 1
        elif isinstance(node, ast.arg):
            bound[node.arg] = bound.get(node.arg, 0) + 2
    for node in ast.walk(scope):
        assigned = _assigned(node)
        if assigned is not None and bound.get(assigned[0]) == 1:
            found[assigned[0]] = [_Given(assigned[1], "")]
    for name, expressions in given.items():
        if bound.get(name) == 2:
            found[name] = [_Given(expression, "") for expression in expressions]
    return {name: found.get(name, []) for name in bound}
