"""Pages that each run one huge statement, which no database gets to see."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.http import HttpRequest, HttpResponse
from django.urls import path

from workloads.statements import Cursor

_prepared: dict[str, tuple[str, Any]] = {}


def prepare(name: str, *, elements: int, characters: int) -> None:
    """Write the statement of a page before anybody measures."""
    each = characters // elements
    values = [f"{number:0{each - 4}}" for number in range(elements)]
    if name == "literals":
        listed, params = ", ".join(f"'{value}'" for value in values), None
    else:
        listed, params = ", ".join(["%s"] * elements), tuple(values)
    _prepared[name] = f'SELECT "id", "name" FROM "shop_product" WHERE "slug" IN ({listed})', params


def page(request: HttpRequest, name: str) -> HttpResponse:
    """Send it once, as the cursor of Django does."""
    sql, params = _prepared[name]
    cursor = CursorWrapper(Cursor(), connection)
    cursor._execute_with_wrappers(sql, params, many=False, executor=_returns)
    return HttpResponse(str(len(sql)))


def _returns(*_: Any) -> None:
    return None


urlpatterns = [path("<str:name>/", page)]
