"""Constants of the project's source: `filter(status="pending")`. Only they may reach an artefact."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

FILTERS = frozenset({"filter", "get", "afilter", "aget", "Q", "get_object_or_404", "get_list_or_404"})
EXCLUDES = frozenset({"exclude", "aexclude"})
LOOKUPS = frozenset({"exact", "in", "lt", "lte", "gt", "gte"})

Value = str | int | bool | tuple[str | int | bool, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A field compared with a literal in the code that builds a queryset."""

    field: str  # "status", or the path of a related one: "order__status"
    value: Value  # of "in" a tuple
    lookup: str = "exact"
    is_excluded: bool = False  # by `exclude()` or `~Q()`


def read_constants(source: str, *, line: int, definitions: Sequence[str] = ()) -> tuple[Constant, ...]:
    """Constants in the function (or statement) around a line; a field that gets other values too is left out.

    `definitions` are further files of the project, in which `Order.Status.PENDING` may be spelled out.
    """
    tree = _parsed(source)
    scope = _scope(tree, line) if tree is not None else None
    if tree is None or scope is None:
        return ()
    named = _named_values([tree, *(other for text in definitions if (other := _parsed(text)) is not None)])
    found: dict[tuple[str, str, bool], set[Value | None]] = {}
    for keyword, is_excluded in _comparisons(scope, is_excluded=False):
        field, lookup = _path(keyword.arg or "")
        found.setdefault((field, lookup, is_excluded), set()).add(_values(keyword.value, lookup, named))
    constants = []
    for (field, lookup, is_excluded), values in found.items():
        value = next(iter(values))
        if len(values) == 1 and value is not None:
            constants.append(Constant(field=field, value=value, lookup=lookup, is_excluded=is_excluded))
    return tuple(constants)


def _path(keyword: str) -> tuple[str, str]:
    """`order__status__in` → `order__status`, `in`."""
    field, _, last = keyword.rpartition("__")
    return (field, last) if field and last in LOOKUPS else (keyword, "exact")


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _scope(tree: ast.Module, line: int) -> ast.AST | None:
    """The innermost function around a line, else the innermost plain statement."""
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    functions = [node for node in around if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    plain = [node for node in around if not isinstance(node, ast.ClassDef)]
    return max(functions or plain, key=lambda node: node.lineno, default=None)


def _comparisons(node: ast.AST, *, is_excluded: bool) -> Iterator[tuple[ast.keyword, bool]]:
    """The keywords of every `filter()`, and whether their sense is turned round.

    Of `exclude(a=1, b=2)` neither stands by itself: its keywords are told only where there is one.
    """
    inner = is_excluded
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
        inner = not is_excluded
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        is_turned = name in EXCLUDES
        inside = is_excluded != is_turned
        for keyword in node.keywords:
            is_alone = len(node.keywords) + len(node.args) == 1
            if keyword.arg is not None and (name in FILTERS or is_turned) and (is_alone or not inside):
                yield keyword, inside
            yield from _comparisons(keyword.value, is_excluded=inside)
        for argument in node.args:
            yield from _comparisons(argument, is_excluded=inside)
        yield from _comparisons(node.func, is_excluded=is_excluded)
        return
    for child in ast.iter_child_nodes(node):
        yield from _comparisons(child, is_excluded=inner)


def _values(node: ast.expr, lookup: str, named: dict[str, set[str | int | bool]]) -> Value | None:
    if lookup != "in":
        return _value(node, named)
    if not isinstance(node, ast.List | ast.Tuple | ast.Set):
        return None
    values = [_value(each, named) for each in node.elts]
    known = tuple(value for value in values if value is not None)
    return known if known and len(known) == len(values) else None


def _value(node: ast.expr, named: dict[str, set[str | int | bool]]) -> str | int | bool | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str | int | bool) else None
    path = ast.unparse(node) if isinstance(node, ast.Attribute | ast.Name) else ""
    path = path.removesuffix(".value").removeprefix("self.").removeprefix("cls.")
    while path:
        exact = named.get(path) or set()
        if exact:
            return next(iter(exact)) if len(exact) == 1 else None
        _, dot, path = path.partition(".")
        if dot and "." not in path:  # a bare name could be anything
            return None
    return None


def _named_values(trees: Sequence[ast.Module]) -> dict[str, set[str | int | bool]]:
    """`Order.Status.PENDING` and its tails → the values given to them in these files."""
    named: dict[str, set[str | int | bool]] = {}
    for tree in trees:
        for path, value in _assignments(tree.body, ""):
            parts = path.split(".")
            for start in range(max(1, len(parts) - 1)):
                named.setdefault(".".join(parts[start:]), set()).add(value)
    return named


def _assignments(body: Sequence[ast.stmt], prefix: str) -> Iterator[tuple[str, str | int | bool]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _assignments(node.body, f"{prefix}{node.name}.")
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            # Django's choices: PENDING = "pending", "Waiting"
            value = (
                node.value.elts[0] if isinstance(node.value, ast.Tuple) and node.value.elts else node.value
            )
            if isinstance(value, ast.Constant) and isinstance(value.value, str | int | bool):
                yield prefix + node.targets[0].id, value.value
