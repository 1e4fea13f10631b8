"""Reads an operand of a condition as an expression that an index may hold, or says what stands against it.

PostgreSQL indexes only what is immutable: the same row gives the same value in every session, for ever.
"""

from __future__ import annotations

import re

from queryscope.fixes.index_code import quote
from queryscope.model import Model, Table
from queryscope.rules.index.candidate import functions
from queryscope.rules.index.candidate.lengths import read_length
from queryscope.rules.index.candidate.moments import read_moment
from queryscope.rules.index.candidate.operand import (
    LOCAL,
    ZONED,
    Expression,
    Obstacle,
    ObstacleError,
    constant,
    type_name,
    unknown,
    volatile,
)
from queryscope.rules.index.candidate.texts import read_concat, read_search_vector
from queryscope.rules.index.candidate.types import is_text
from queryscope.sql.scalar import Node

_ARITHMETIC = {"+": "+", "-": "-", "*": "*", "/": "/", "%": "%", "^": "**"}
_BITS = {"&": "bitand", "|": "bitor", "#": "bitxor"}
_WHOLE = ("smallint", "integer", "bigint")
_MOMENTS = frozenset(
    {
        ZONED,
        "timestamp without time zone",
        "date",
        "time with time zone",
        "time without time zone",
        "interval",
    }
)
_TEXTS = ("text", "character varying")
_FIELDS = {
    "smallint": "models.SmallIntegerField()",
    "integer": "models.IntegerField()",
    "bigint": "models.BigIntegerField()",
    "boolean": "models.BooleanField()",
    "double precision": "models.FloatField()",
    "text": "models.TextField()",
    "date": "models.DateField()",
    "uuid": "models.UUIDField()",
    "jsonb": "models.JSONField()",
}
_JSON_TYPES = {"->": "jsonb", "#>": "jsonb", "->>": "text", "#>>": "text"}


def read_expression(node: Node, *, table: Table, model: Model) -> Expression | Obstacle:
    """The expression, or what stands against it."""
    try:
        return _Reader(table, model).read(node)
    except ObstacleError as error:
        return error.obstacle
    except RecursionError:
        return Obstacle(kind="unknown-expression", reason="it is nested too deeply")


class _Reader:
    """Reads operands of one table."""

    def __init__(self, table: Table, model: Model) -> None:
        self.table = table
        self.model = model

    def read(self, node: Node) -> Expression:
        for special in (read_moment, read_search_vector, read_concat, read_length):
            found = special(node, self.read)
            if found is not None:
                return found
        if node.kind in ("value", "hidden"):
            return constant(node) or _fail()
        if node.kind == "column":
            return self.column(node)
        if node.kind == "cast":
            return self.cast(node)
        if node.kind == "call":
            return self.call(node)
        if node.kind == "operator" and len(node.args) == 2:
            return self.operator(node)
        raise unknown()

    def column(self, node: Node) -> Expression:
        column, field = self.table.column(node.text), self.model.field(node.text)
        if column is None or field is None or field.column != node.text:
            raise unknown()
        return Expression(
            sql=quote(column.name), django=field.name, type=type_name(column.type), column=column.name
        )

    def cast(self, node: Node) -> Expression:
        literal = constant(node)
        if literal is not None:
            return literal
        inner, wanted = self.read(node.args[0]), type_name(node.text)
        if wanted == inner.type or (wanted in _TEXTS and is_text(inner.type) and inner.type != "citext"):
            return inner  # a lookup casts each text to text, which an index needs no word for
        _check_cast(inner.type, wanted)
        field = _field(node.text, wanted)
        return Expression(
            sql=f"({inner.sql})::{node.text}", django=f"Cast({inner.argument}, {field})", type=wanted
        )

    def operator(self, node: Node) -> Expression:
        operator, right = node.text, node.args[1]
        left = self.read(node.args[0])
        if operator == "collate":
            django = f'Collate({left.argument}, "{right.text}")'
            return Expression(sql=f"{left.sql} COLLATE {quote(right.text)}", django=django, type=left.type)
        if operator == "->" and left.type == "hstore":
            return _hstore_key(left, right)
        if operator in _JSON_TYPES:
            return self.json_key(left, operator, right)
        if operator == "[]" and left.type.endswith("[]") and left.column:
            return self.element(left, right)
        if operator in _BITS and left.type in _WHOLE:
            return _masked(operator, left, self.read(right))
        if operator in _ARITHMETIC:
            return self.arithmetic(operator, left, self.read(right))
        raise unknown()

    def json_key(self, left: Expression, operator: str, right: Node) -> Expression:
        key = constant(right)
        if key is None or left.type not in ("jsonb", "json"):
            raise unknown()
        transform = "KeyTransform" if _JSON_TYPES[operator] == "jsonb" else "KeyTextTransform"
        keys = [key.django]
        if operator in ("#>", "#>>"):
            keys = [f'"{part}"' for part in _path(key.sql)]
        django = left.argument
        for at, part in enumerate(keys):
            name = transform if at == len(keys) - 1 else "KeyTransform"
            django = f"{name}({part}, {django})"
        return Expression(sql=f"({left.sql} {operator} {key.sql})", django=django, type=_JSON_TYPES[operator])

    def element(self, left: Expression, right: Node) -> Expression:
        place = constant(right)
        if place is None or not place.sql.isdigit():
            raise unknown()
        django = f'models.F("{left.django}__{int(place.sql) - 1}")'
        return Expression(sql=f"({left.sql})[{place.sql}]", django=django, type=left.type.removesuffix("[]"))

    def arithmetic(self, operator: str, left: Expression, right: Expression) -> Expression:
        if left.is_constant and right.is_constant:
            raise unknown()
        if operator == "-" and left.type == right.type and left.type in (ZONED, LOCAL):
            return _duration(left, right)
        if ZONED in (left.type, right.type):
            raise volatile("arithmetic with a moment depends on the session's time zone")
        sql = f"({left.sql} {operator} {right.sql})"
        django = f"{_grouped(left)} {_ARITHMETIC[operator]} {_grouped(right)}"
        return Expression(sql=sql, django=django, type=left.type or right.type)

    def call(self, node: Node) -> Expression:
        if node.text in functions.WITHOUT_INDEX:
            lookup = functions.WITHOUT_INDEX[node.text]
            raise ObstacleError("no-operator", f"no index serves {node.text}(): filter by {lookup} beside it")
        if node.text in functions.VOLATILE:
            raise volatile(f"{node.text}() isn't the same in every session")
        return functions.call(node.text, [self.read(arg) for arg in node.args]) or _fail()


def _masked(operator: str, left: Expression, right: Expression) -> Expression:
    """Bits of a mask: a constant's, or those of another column."""
    if not right.is_constant and right.type not in _WHOLE:
        raise unknown()
    other = right.django if right.is_constant else right.operand
    django = f"{_grouped(left)}.{_BITS[operator]}({other})"
    return Expression(sql=f"({left.sql} {operator} {right.sql})", django=django, type=left.type)


def _duration(left: Expression, right: Expression) -> Expression:
    """What lies between two moments, which is the same in every time zone."""
    sql, django = f"({left.sql} - {right.sql})", f"{_grouped(left)} - {_grouped(right)}"
    return Expression(sql=sql, django=django, type="interval")


def _check_cast(from_type: str, to_type: str) -> None:
    """Raises where a cast depends on the session: its time zone, its way of writing dates."""
    is_by_text = to_type in _TEXTS or is_text(from_type)
    if {from_type, to_type} & _MOMENTS and (is_by_text or ZONED in (from_type, to_type)):
        raise volatile(f"the cast from {from_type} to {to_type} depends on the session")


def _hstore_key(left: Expression, right: Node) -> Expression:
    key = constant(right)
    name = key.sql.strip("'") if key is not None else ""
    if not left.column or not name.isidentifier() or "__" in name:
        raise unknown()
    django = f'models.F("{left.django}__{name}")'
    return Expression(sql=f"({left.sql} -> '{name}')", django=django, type="text")


def _field(text: str, wanted: str) -> str:
    """Django's field of a type, for Cast()."""
    numbers = re.findall(r"\d+", text) if "(" in text else []
    if wanted == "numeric" and len(numbers) == 2:
        return f"models.DecimalField(max_digits={numbers[0]}, decimal_places={numbers[1]})"
    if wanted == "character varying" and len(numbers) == 1:
        return f"models.CharField(max_length={numbers[0]})"
    if wanted not in _FIELDS or numbers:
        raise unknown()
    return _FIELDS[wanted]


def _path(sql: str) -> list[str]:
    """`'{a,0,b}'` → a, 0, b; only plain names have a text of Django's."""
    inner = sql.removeprefix("'{").removesuffix("}'")
    if '"' in inner or "\\" in inner or not inner:
        raise unknown()
    return inner.split(",")


def _grouped(expression: Expression) -> str:
    return f"({expression.operand})" if _is_sum(expression.operand) else expression.operand


def _is_sum(text: str) -> bool:
    """Arithmetic outside of parentheses."""
    depth = 0
    for at, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if depth == 0 and character == " " and text[at + 1 : at + 2] in tuple("+-*/%"):
            return True
    return False


def _fail() -> Expression:
    raise unknown()
