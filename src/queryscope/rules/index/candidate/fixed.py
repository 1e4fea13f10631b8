"""Constants of the source as literals of SQL and of Python, with the tables that they may speak of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from queryscope.model import Model, Models
from queryscope.rules.index.candidate.constants import COMPUTED, EITHER, Constant
from queryscope.rules.index.candidate.json_keys import key_within
from queryscope.rules.index.candidate.named import Value
from queryscope.sql.statement import Predicate, Statement

_OPERATORS = {
    "exact": "=",
    "in": "in",
    "lt": "<",
    "lte": "<=",
    "gt": ">",
    "gte": ">=",
    "contains": "@>",
    "overlap": "&&",
    "has_key": "?",
    EITHER: EITHER,
}
_COMPARED = frozenset({"=", "<>", "<", "<=", ">", ">="})
_EXCLUDED = {"exact": "<>", "in": "not in"}
_INTERVAL = re.compile(r"'(?:(-?\d+) days?)? ?(?:(\d+):(\d+):(\d+))?'::interval")
_ITEM = re.compile(r"'(?:[^']|'')*'|[^\s,()]+")


def with_constants(
    statement: Statement, constants: Sequence[Constant], *, model: Model | None, models: Models
) -> Statement:
    """The statement with constants of the source as literals; literals of its own text are dropped."""
    named = {table for table in statement.tables if models.by_table(table) is not None}
    if model is not None:
        named.add(model.table)
    fixed = tuple(
        predicate
        for table in sorted(named)
        if (owner := models.by_table(table)) is not None or (owner := model) is not None
        for predicate in _of_model(owner, constants, is_root=model is not None and owner.table == model.table)
    )
    known = {(one.table, one.column, one.operator): one.literal for one in fixed if one.column}
    predicates = tuple(
        replace(
            predicate,
            literal=known.get((predicate.table, predicate.column, "="), "")
            if predicate.operator == "="
            else "",
        )
        for predicate in statement.predicates
    )
    return replace(statement, predicates=predicates, literals=fixed)


def _of_model(model: Model, constants: Sequence[Constant], *, is_root: bool) -> Iterator[Predicate]:
    """Comparisons of the model's own fields; of two values for one comparison neither is told.

    A path of several steps speaks of a related model, a single name of the queryset's own; a queryset inside
    of another one, for `Exists()` say, names its model's fields plainly too. A wrong guess proves nothing.
    """
    found: dict[tuple[str, str, str], set[str]] = {}
    inner = [(one, key_within(model, one.field, is_root=is_root)) for one in constants]
    for one, key in inner:
        operator = _OPERATORS.get(one.lookup) if not one.is_excluded else None
        if key and operator in ("=", "in"):
            found.setdefault(("", key, operator), set()).add(sql_literal(one.value))
    constants = [one for one, key in inner if not key]
    for one in constants if is_root else ():
        for named in _computed(model, one):
            found.setdefault(named, set()).add(sql_literal(one.value))
    paths = [one for one in constants if "__" in one.field]
    plain = [one for one in constants if "__" not in one.field]
    related = [one for one in paths if model.field(one.field.rpartition("__")[2]) is not None]
    for one in plain if is_root or not related else related:
        field = model.field(one.field.rpartition("__")[2])
        operator = (_EXCLUDED if one.is_excluded else _OPERATORS).get(one.lookup)
        if field is not None and operator is not None:
            found.setdefault((field.column, "", operator), set()).add(sql_literal(one.value))
    for (column, expression, operator), literals in found.items():
        if len(literals) == 1:
            yield Predicate(
                table=model.table,
                column=column,
                expression=expression,
                operator=operator,
                literal=literals.pop(),
            )


def _computed(model: Model, one: Constant) -> Iterator[tuple[str, str, str]]:
    """What is compared with a sum, or has no column: the name of an annotation, a column with a transform."""
    field = model.field(one.field)
    operator = (_EXCLUDED if one.is_excluded else _OPERATORS).get(one.lookup.removesuffix(COMPUTED))
    if operator not in _COMPARED or isinstance(one.value, bool):
        return
    if not one.lookup.endswith(COMPUTED):
        if field is None and model.field(one.field.rpartition("__")[2]) is None:
            yield "", "", operator
    elif not one.is_excluded:
        yield field.column if field is not None else "", "", operator + COMPUTED


def sql_literal(value: Value) -> str:
    """The value in SQL; of several a list in parentheses."""
    if isinstance(value, tuple):
        return f"({', '.join(sql_literal(one) for one in value)})"
    if isinstance(value, timedelta):
        return f"'{_interval(value)}'::interval"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return repr(value)
    return "'" + value.replace("'", "''") + "'"


def items_of(sql: str) -> list[str]:
    """The literals of a list that `sql_literal` made."""
    return _ITEM.findall(sql[1:-1])


def python_literal(sql: str) -> str:
    """What `sql_literal` made, in Python."""
    if sql.startswith("("):
        return f"[{', '.join(python_literal(item) for item in items_of(sql))}]"
    if sql.endswith("::interval"):
        return _duration(sql)
    if not sql.startswith("'"):
        return sql.capitalize()
    return json.dumps(sql[1:-1].replace("''", "'"), ensure_ascii=False)


def _interval(value: timedelta) -> str:
    """As PostgreSQL prints it: `9 days 00:05:00`."""
    minutes, seconds = divmod(value.seconds, 60)
    days = f"{value.days} day{'s' * (value.days != 1)}" if value.days else ""
    time = f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}" if value.seconds or not days else ""
    return " ".join(part for part in (days, time) if part)


def _duration(sql: str) -> str:
    """What `_interval` made, in Python."""
    found = _INTERVAL.fullmatch(sql)
    days, *clock = (int(part or 0) for part in found.groups()) if found is not None else (0, 0, 0, 0)
    seconds = sum(part * unit for part, unit in zip(clock, (3600, 60, 1), strict=True))
    parts = [f"{name}={part}" for name, part in (("days", days), ("seconds", seconds)) if part]
    return f"datetime.timedelta({', '.join(parts)})"
