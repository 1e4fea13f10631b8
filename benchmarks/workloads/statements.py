"""Statements without a database: what Django's compiler would write, sent through a hook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

COLUMNS = ("id", "name", "slug", "price", "stock", "is_active", "created_at", "updated_at", "brand_id")


def _select(table: str) -> str:
    columns = ", ".join(f'"{table}"."{column}"' for column in COLUMNS)
    return f'SELECT {columns} FROM "{table}" WHERE "{table}"."id" = %s LIMIT 21'


SHAPES = tuple(_select(f"shop_table{number}") for number in range(40))
LITERALS = 'SELECT "id" FROM "shop_log" WHERE "line" = {}'  # one shape of many texts


class Cursor:
    """As much of Django's cursor as a hook reads: it wraps the driver's, which knows its rows."""

    rowcount = 1

    @property
    def cursor(self) -> Cursor:
        return self

    @property
    def db(self) -> Any:
        from django.db import connections

        return connections["default"]


def send(hook: Callable[..., Any], execute: Callable[..., Any], sql: str, params: Any, context: Any) -> Any:
    """Run one statement: the line that a profiler finds."""
    return hook(execute, sql, params, False, context)


def statements(number: int, *, literals_every: int) -> Iterator[tuple[str, str, Any]]:
    """(shape, text, parameters): shapes in turn, other values each time, some of them in the text."""
    for index in range(number):
        if index % literals_every == 0:
            yield LITERALS, LITERALS.format(index), None
        else:
            shape = SHAPES[index % len(SHAPES)]
            yield shape, shape, (index,)
