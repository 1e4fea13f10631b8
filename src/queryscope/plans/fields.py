"""Reads the keys of one JSON object of a plan into the fields of one dataclass, without the values in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import partial
from typing import Any

from queryscope.errors import PlanError
from queryscope.model import GroupingSet, PlanNode, SortGroups, SortSpace, TargetTable, Worker
from queryscope.plans.keys import FORMER, key_of
from queryscope.plans.redact import redact, redact_value

Table = dict[str, tuple[str, Callable[[str, Any], Any]]]

LONGEST_NAME = 1_000
_LARGEST_INTEGER = 2**63  # what PostgreSQL can count to
_LARGEST_NUMBER = 1e300  # its costs and row estimates can be absurd, and are finite

# Names, which hold no values; every other text is a condition or an expression.
_NAMES = frozenset(
    {
        "alias",
        "cache_mode",
        "command",
        "conflict_arbiter_indexes",
        "conflict_resolution",
        "constraint_name",
        "cte_name",
        "custom_plan_provider",
        "format",
        "function_name",
        "index_name",
        "join_type",
        "node_type",
        "operation",
        "parent_relationship",
        "partial_mode",
        "relation",
        "relation_name",
        "sampling_method",
        "scan_direction",
        "schema",
        "sort_method",
        "sort_methods_used",
        "sort_space_type",
        "storage",
        "strategy",
        "subplan_name",
        "table_function_name",
        "trigger_name",
        "tuplestore_name",
    }
)
_APART = frozenset({"id", "patterns", "extra", "children"})
_MODELS: tuple[type, ...] = (SortSpace, SortGroups, Worker, GroupingSet, TargetTable)


def table_of(model: type) -> Table:
    """For every key the field that it fills, and how its value is read."""
    names = [entry for entry in fields(model) if entry.name not in _APART]
    table = {key_of(entry.name): (entry.name, _reader(entry.name, str(entry.type))) for entry in names}
    table.update({key: table[key_of(name)] for key, name in FORMER.items() if key_of(name) in table})
    return table


def read_fields(raw: dict[str, Any], table: Table) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields, and what PostgreSQL told that has no field."""
    values: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for key, value in raw.items():
        known = table.get(key)
        if known is not None and known[0] not in values:
            values[known[0]] = known[1](key, value)
        elif key != "Plans":
            extra[key[:LONGEST_NAME]] = redact_value(value)
    return values, extra


def number_of(key: str, value: Any) -> float:
    """A count, size or time: a number of zero or more.

    Raises:
        PlanError: it is something else.
    """
    if type(value) is int:
        if 0 <= value < _LARGEST_INTEGER:
            return value
    elif not isinstance(value, float):
        raise PlanError(f"{key!r} is a {type(value).__name__}, not a number.")
    elif 0 <= value <= _LARGEST_NUMBER:  # not so for NaN
        return value
    raise PlanError(f"{key!r} is not a number of zero or more.")


def name_of(key: str, value: Any) -> str:
    """A name that holds no values.

    Raises:
        PlanError: it is no text, or no name is so long.
    """
    if not isinstance(value, str):
        raise PlanError(f"{key!r} is a {type(value).__name__}.")
    if len(value) > LONGEST_NAME:
        raise PlanError(f"{key!r} has {len(value)} characters.")
    return value


def record_of(key: str, value: Any) -> dict[str, Any]:
    """A JSON object.

    Raises:
        PlanError: it is none.
    """
    if not isinstance(value, dict):
        raise PlanError(f"{key!r} is a {type(value).__name__}.")
    return value


def list_of(key: str, value: Any) -> list[Any]:
    """A JSON list.

    Raises:
        PlanError: it is none.
    """
    if not isinstance(value, list):
        raise PlanError(f"{key!r} is a {type(value).__name__}.")
    return value


def _bool(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise PlanError(f"{key!r} is a {type(value).__name__}.")
    return value


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise PlanError(f"{key!r} is a {type(value).__name__}.")
    return redact(value)


def _names(key: str, value: Any) -> tuple[str, ...]:
    return tuple(name_of(key, item) for item in list_of(key, value))


def _texts(key: str, value: Any) -> tuple[str, ...]:
    return tuple([redact(item if isinstance(item, str) else str(item)) for item in list_of(key, value)])


def _lists_of_texts(key: str, value: Any) -> tuple[tuple[str, ...], ...]:
    return tuple(_texts(key, item) for item in list_of(key, value))


def _integer(key: str, value: Any) -> int:
    return int(number_of(key, value))


def _float(key: str, value: Any) -> float:
    return float(number_of(key, value))


def _record(model: type, key: str, value: Any) -> Any:
    table = _NESTED[model]
    values, extra = read_fields(record_of(key, value), table)
    return model(**values, extra=extra) if extra else model(**values)


def _records(model: type, key: str, value: Any) -> tuple[Any, ...]:
    return tuple(_record(model, key, item) for item in list_of(key, value))


def _reader(name: str, kind: str) -> Callable[[str, Any], Any]:
    """How a value of that annotation is read."""
    for model in _MODELS:
        if kind == f"{model.__name__} | None":
            return partial(_record, model)
        if kind == f"tuple[{model.__name__}, ...]":
            return partial(_records, model)
    readers: dict[str, Callable[[str, Any], Any]] = {
        "bool": _bool,
        "str": name_of if name in _NAMES else _text,
        "tuple[str, ...]": _names if name in _NAMES else _texts,
        "tuple[tuple[str, ...], ...]": _lists_of_texts,
        "int": _integer,
        "float": _float,
        "float | None": _float,
    }
    return readers[kind]


_NESTED: dict[type, Table] = {model: table_of(model) for model in _MODELS}
NODE = table_of(PlanNode)
