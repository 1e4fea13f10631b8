"""Names of constants: `Order.Status.PENDING`, a tuple of such, what a function gives a name once."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass

Scalar = str | int | bool
Value = Scalar | tuple[Scalar, ...]

_MOST_VALUES = 20  # of a list: a longer one is data
_DEPTH = 5  # names that stand for names
_CONTAINERS = frozenset({"tuple", "list", "set", "frozenset", "sorted"})
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
        for tree in trees:
            for path, given in _assignments(tree.body, ""):
                parts = path.split(".")
                for start in range(max(1, len(parts) - 1)):
                    self._named.setdefault(".".join(parts[start:]), []).append(given)
                if len(parts) > 1:
                    self._attributes.setdefault(parts[-1], []).append(given)

    def within(self, scope: ast.AST) -> Names:
        """The same, seen from inside of a function."""
        inner = copy(self)
        inner._local = _locals(scope)
        return inner

    def value(self, node: ast.expr, prefix: str = "", depth: int = 0) -> Scalar | None:
        """The one value of an expression; None where the source doesn't say it."""
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str | int | bool) else None
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            inner = self.value(node.operand, prefix, depth)
            return -inner if isinstance(inner, int) and not isinstance(inner, bool) else None
        if depth > _DEPTH:
            return None
        found = {self._first(given, depth) for given in self._given(node, prefix)}
        return found.pop() if len(found) == 1 else None

    def values(self, node: ast.expr, prefix: str = "", depth: int = 0) -> tuple[Scalar, ...] | None:
        """The values of a list, in its order; None where the source doesn't say all of them."""
        if depth > _DEPTH:
            return None
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return self._elements(node.elts, prefix, depth)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.BitOr):
            parts = [self.values(side, prefix, depth + 1) for side in (node.left, node.right)]
            return None if None in parts else _limited([one for part in parts for one in part or ()])
        if isinstance(node, ast.Call):
            is_container = isinstance(node.func, ast.Name) and node.func.id in _CONTAINERS
            is_plain = is_container and len(node.args) == 1 and not node.keywords
            return self.values(node.args[0], prefix, depth + 1) if is_plain else None
        given = [one for one in self._given(node, prefix) if not one.is_choice]
        found = {self.values(one.expression, one.prefix, depth + 1) for one in given}
        return found.pop() if len(found) == 1 else None

    def _first(self, given: _Given, depth: int) -> Scalar | None:
        """Of Django's choices the value, without its label."""
        node = given.expression
        if isinstance(node, ast.Tuple) and node.elts:
            node = node.elts[0]
        return self.value(node, given.prefix, depth + 1)

    def _elements(self, nodes: Sequence[ast.expr], prefix: str, depth: int) -> tuple[Scalar, ...] | None:
        found: list[Scalar] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                several = self.values(node.value, prefix, depth + 1)
                if several is None:
                    return None
                found += several
                continue
            value = self.value(node, prefix, depth)
            if value is None:
                return None
            found.append(value)
        return _limited(found)

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


def _locals(scope: ast.AST) -> dict[str, list[_Given]]:
    """Names that a function binds; nothing is known of arguments, and of what it binds more than once."""
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
        given = _assigned(node)
        if given is not None and bound.get(given[0]) == 1:
            found[given[0]] = [_Given(given[1], "")]
    return {name: found.get(name, []) for name in bound}
