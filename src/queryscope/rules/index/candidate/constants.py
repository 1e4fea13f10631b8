"""Constants of the project's source: `filter(status="pending")`. Only they may reach an artefact."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from queryscope.model import Model
from queryscope.sql.statement import Statement

FILTERS = frozenset({"filter", "get", "afilter", "aget", "Q", "get_object_or_404", "get_list_or_404"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A field compared with a literal in the code that builds a queryset."""

    field: str  # "status"
    value: str | int | bool


def read_constants(source: str, *, line: int, definitions: Sequence[str] = ()) -> tuple[Constant, ...]:
    """Constants in the function (or statement) around a line; a field that gets other values too is left out.

    `definitions` are further files of the project, in which `Order.Status.PENDING` may be spelled out.
    """
    tree = _parsed(source)
    scope = _scope(tree, line) if tree is not None else None
    if tree is None or scope is None:
        return ()
    named = _named_values([tree, *(other for text in definitions if (other := _parsed(text)) is not None)])
    found: dict[str, set[str | int | bool | None]] = {}
    for field, node in _comparisons(scope):
        found.setdefault(field, set()).add(_value(node, named))
    constants = []
    for field, values in found.items():
        value = next(iter(values))
        if len(values) == 1 and value is not None:
            constants.append(Constant(field=field, value=value))
    return tuple(constants)


def with_constants(statement: Statement, constants: Sequence[Constant], *, model: Model | None) -> Statement:
    """The statement with constants of the source as literals; literals of its own text are dropped."""
    literals = {}
    for constant in constants:
        field = model.field(constant.field) if model is not None else None
        if field is not None:
            literals[field.column] = sql_literal(constant.value)
    predicates = tuple(
        replace(
            predicate,
            literal=literals.get(predicate.column, "")
            if model is not None and predicate.table == model.table and predicate.operator == "="
            else "",
        )
        for predicate in statement.predicates
    )
    return replace(statement, predicates=predicates)


def sql_literal(value: str | int | bool) -> str:
    """The value in SQL."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int):
        return str(value)
    return "'" + value.replace("'", "''") + "'"


def python_literal(sql: str) -> str:
    """What `sql_literal` made, in Python."""
    if not sql.startswith("'"):
        return sql.capitalize()
    return json.dumps(sql[1:-1].replace("''", "'"), ensure_ascii=False)


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


def _comparisons(scope: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """Field and value of every `filter(field=value)`; None for a value where the sense is turned round."""
    for node in ast.walk(scope):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for keyword in node.keywords:
            if keyword.arg is None or (name not in FILTERS and name != "exclude"):
                continue
            field = keyword.arg.removesuffix("__exact")
            yield field, keyword.value if name in FILTERS else None


def _value(node: ast.expr | None, named: dict[str, set[str | int | bool]]) -> str | int | bool | None:
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
