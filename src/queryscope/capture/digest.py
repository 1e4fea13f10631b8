"""Tells parameters apart by a number, without asking the program's objects for hash, equality or text."""

from __future__ import annotations

import marshal
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from itertools import count
from typing import Any
from uuid import UUID

# Marshal takes these, but not what inherits from them: read as what they are, whatever the program overrode.
_BUILT_IN: dict[type, Callable[[Any], Any]] = {
    str: str.__str__,
    bytes: bytes.__bytes__,
    int: int.__int__,
    float: float.__float__,
}
_unknown = count()


def digest(params: Any) -> int:
    """A number that is the same for equal parameters; what can't be compared safely equals nothing."""
    try:
        # Unlike hash(), it tells 1 from True and -1 from -2; version 2 writes equal values equally.
        return hash(marshal.dumps(params, 2))
    except ValueError:  # a type that marshal doesn't know
        return _digest_of_others(params)


def _digest_of_others(params: Any) -> int:
    try:
        return hash(marshal.dumps(_plain(params), 2))
    except (ValueError, RecursionError):  # too deep
        return _another()[1]


def _plain(value: Any) -> Any:
    """The same in the types that marshal knows."""
    write = _WRITERS.get(type(value))
    if write is not None:
        return write(value)
    for built_in, read in _BUILT_IN.items():
        if isinstance(value, built_in):
            return read(value)
    if isinstance(value, Enum):
        return ("enum", id(value))  # there is but one
    if type(value).__module__.startswith("psycopg."):
        return _driver_value(value)
    return _another()


def _driver_value(value: Any) -> Any:
    for names in (("obj",), ("lower", "upper", "bounds", "isempty")):  # Json and Jsonb; a range
        if all(hasattr(value, name) for name in names):
            return [type(value).__name__, *(_plain(getattr(value, name)) for name in names)]
    return _another()


def _another() -> tuple[str, int]:
    return ("unknown", next(_unknown))


def _same(value: Any) -> Any:
    return value


def _list(value: Any) -> list[Any]:
    return [_plain(each) for each in value]


def _hashed(value: Any) -> tuple[str, int]:
    return (type(value).__name__, hash(value))


_WRITERS: dict[type, Callable[[Any], Any]] = {
    **dict.fromkeys((str, bytes, int, float, bool, complex, type(None), bytearray, memoryview), _same),
    **dict.fromkeys((list, tuple), _list),
    **dict.fromkeys((datetime, date, time, timedelta), _hashed),
    dict: lambda value: [[_plain(key), _plain(each)] for key, each in value.items()],
    Decimal: lambda value: ("decimal", str(value)),
    UUID: lambda value: ("uuid", value.int),
}
