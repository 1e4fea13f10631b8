"""An operand as an index has it: in SQL, and as the Django expression that compiles to the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from queryscope.errors import QueryscopeError
from queryscope.rules.index.candidate.types import bare_type
from queryscope.sql.scalar import Node

ZONED = "timestamp with time zone"
LOCAL = "timestamp without time zone"
_ALIASES = {
    "int": "integer",
    "int4": "integer",
    "int8": "bigint",
    "int2": "smallint",
    "bool": "boolean",
    "float8": "double precision",
    "float4": "real",
    "timestamptz": ZONED,
    "timestamp": LOCAL,
    "time": "time without time zone",
    "varchar": "character varying",
    "char": "character",
    "bpchar": "character",
    "decimal": "numeric",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """What an index may hold."""

    sql: str  # 'UPPER("name")'
    django: str  # 'Upper("name")'; of a column the field's name
    type: str  # PostgreSQL's, without a modifier; "" of a constant
    column: str = ""  # where it is nothing but a column

    @property
    def argument(self) -> str:
        """As an argument of a function of Django's: a field by its name, a constant as a value."""
        if self.is_constant:
            return f"models.Value({self.django})"
        return f'"{self.django}"' if self.column else self.django

    @property
    def operand(self) -> str:
        """As one side of arithmetic."""
        return f'models.F("{self.django}")' if self.column else self.django

    @property
    def is_constant(self) -> bool:
        """It holds no column."""
        return not self.type and not self.column


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why an operand can't be indexed."""

    kind: str  # "non-immutable", "hidden-constant", "no-operator", "unknown-expression"
    reason: str


Read: TypeAlias = Callable[[Node], Expression]


class ObstacleError(QueryscopeError):
    """An operand that no index holds."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.obstacle = Obstacle(kind=kind, reason=reason)


def volatile(reason: str) -> ObstacleError:
    """It isn't the same in every session."""
    return ObstacleError("non-immutable", f"PostgreSQL can't index it: {reason}")


def unknown() -> ObstacleError:
    """There is no text of Django's for it."""
    return ObstacleError("unknown-expression", "queryscope doesn't know how to write it as an index")


def hidden() -> ObstacleError:
    """A constant in it may not be told."""
    reason = "a value in it is a parameter that doesn't stand in the project's source"
    return ObstacleError("hidden-constant", reason)


def type_name(text: str) -> str:
    """A type by the name that PostgreSQL prints, without a modifier."""
    bare = " ".join(bare_type(text).split())
    base, array = (bare.removesuffix("[]"), "[]") if bare.endswith("[]") else (bare, "")
    return _ALIASES.get(base, base) + array


def constant(node: Node) -> Expression | None:
    """A literal, below casts too; None where the node is none."""
    if node.kind == "cast" and len(node.args) == 1:
        return constant(node.args[0])
    if node.kind == "hidden" or (node.kind == "value" and node.text in ("%s", "…")):
        raise hidden()
    if node.kind not in ("value", "setting"):
        return None
    return Expression(sql=node.text, django=python_value(node.text), type="")


def python_value(sql: str) -> str:
    """A literal of SQL in Python."""
    if sql.startswith("'"):
        return json.dumps(sql[1:-1].replace("''", "'"), ensure_ascii=False)
    return {"TRUE": "True", "FALSE": "False", "NULL": "None"}.get(sql, sql)
