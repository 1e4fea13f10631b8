"""Pages that each run one huge statement, which no database gets to see."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

from workloads.statements import Cursor, send

_prepared: dict[str, tuple[str, Any]] = {}


def prepare(name: str, *, elements: int, characters: int) -> None:
    """Write the statement of a page before anybody measures."""
    each = characters // elements
    values = [f"{number:0{each - 4}}" for number in range(elements)]
    if name == "literals":
        listed, params = ", ".join(f"'{value}'" for value in values), None
    else:
        listed, params = ", ".join(["%s"] * elements), tuple(values)
    connection.ensure_connection()  # hooks are put on connections that are in use
    _prepared[name] = f'SELECT "id", "name" FROM "shop_product" WHERE "slug" IN ({listed})', params


def page(request: HttpRequest, name: str) -> HttpResponse:
    """Send it once, as the cursor of Django does."""
    sql, params = _prepared[name]
    context = {"connection": connection, "cursor": Cursor()}
    wrappers = connection.execute_wrappers
    if wrappers:
        send(wrappers[0], _returns, sql, params, context)
    else:
        _returns(sql, params, False, context)
    return HttpResponse(str(len(sql)))


def _returns(*_: Any) -> None:
    return None


urlpatterns = [path("<str:name>/", page)]
