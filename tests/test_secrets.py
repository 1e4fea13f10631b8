"""Values never reach an artefact: secrets are planted everywhere but in the source, then looked for."""

from __future__ import annotations

import base64
import gzip
import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction
from django.db.models.expressions import RawSQL
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path

from catalog.models import Product
from queryscope.formats import FORMATS, render
from queryscope.profiler import current_config, report_on
from queryscope.store import Store

# Made at run time, so that none of them stands in a source file.
PLACES = (
    "query-string", "form-body", "json-body", "path-part", "cookie", "header", "user-agent",
    "orm-parameter", "orm-in-list", "orm-contains", "sql-literal", "sql-dollar", "sql-comment",
    "sql-escape", "raw-parameter", "plan-filter", "index-predicate", "exception-text",
    "database-error", "json-key", "like-pattern", "limit",
)  # fmt: skip
SECRETS = {place: f"{place}-zqzq{number:03d}x" for number, place in enumerate(PLACES)}


def leaky(request, part):
    """A view that brings every secret before the database."""
    s = SECRETS
    list(Product.objects.filter(name=request.GET.get("q", "")))
    list(Product.objects.filter(name=s["orm-parameter"]))
    list(Product.objects.filter(name__in=[s["orm-in-list"], part, request.POST.get("card", "")]))
    list(Product.objects.filter(description__icontains=s["orm-contains"]))
    list(Product.objects.filter(attributes__contains={s["json-key"]: 1}))
    list(Product.objects.annotate(flag=RawSQL("name LIKE %s", [f"%{s['like-pattern']}%"])).filter(flag=True))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM catalog_product WHERE description = '{s['plan-filter']}'")
        cursor.execute(f"SELECT 1 WHERE 'a' = '{s['sql-literal']}' -- {s['sql-comment']}")
        cursor.execute(f"SELECT $tag${s['sql-dollar']}$tag$, E'it\\'s {s['sql-escape']}'")
        cursor.execute("SELECT %s::text, %s::text", [s["raw-parameter"], request.headers.get("X-Token", "")])
        cursor.execute(f"SELECT name FROM catalog_product WHERE slug <> '{s['limit']}' LIMIT 3")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT '{s['database-error']}'::integer")
    except DatabaseError:
        pass
    if request.method == "POST":
        raise ImproperlyConfigured(s["exception-text"])
    return HttpResponse("ok")


urlpatterns = [path("leaky/<str:part>/", leaky)]


def visit() -> None:
    s = SECRETS
    client = Client(
        raise_request_exception=False, headers={"x-token": s["header"], "user-agent": s["user-agent"]}
    )
    client.cookies["session"] = s["cookie"]
    url = f"/leaky/{s['path-part']}/?q={s['query-string']}"
    client.get(url).close()
    client.post(url, {"card": s["form-body"]}).close()
    client.post(url, {"card": s["json-body"]}, content_type="application/json").close()


def readable(text: str) -> str:
    """The text with what is packed in it: the HTML report carries its data compressed."""
    packed = re.findall(r"[A-Za-z0-9+/]{200,}={0,2}", text)
    for piece in packed:
        try:
            text += gzip.decompress(base64.b64decode(piece)).decode(errors="replace")
        except (ValueError, OSError, EOFError):
            continue
    return text


@pytest.fixture
def artefacts(tmp_path: Path, transactional_db: None) -> dict[str, str]:
    """Every file that a profiled site leaves, as text."""
    del transactional_db
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX IF EXISTS leaky_partial")
        predicate = SECRETS["index-predicate"]
        cursor.execute(f"CREATE INDEX leaky_partial ON catalog_product (price) WHERE name = '{predicate}'")
    options = {
        "ROOT": str(tmp_path),
        "PACKAGES": ["tests"],
        "EXPLAIN": "all",
        "SLOW_MS": 0,
        "EXPLAIN_BUDGET_MS": 60_000,
    }
    with override_settings(
        ROOT_URLCONF=__name__,
        DEBUG=True,
        MIDDLEWARE=["queryscope.middleware.QueryscopeMiddleware"],
        QUERYSCOPE={**options, "TRIAL_INDEXES": ["default"]},
    ):
        visit()
        captures, notes = Store(tmp_path).captures()
        report = report_on(captures, current_config(), missing=notes)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX leaky_partial")
    assert len(captures) == 3, notes
    assert report.plans
    found = {name: readable(render(report, name)) for name in FORMATS}
    stored = [each for each in (tmp_path / ".queryscope").rglob("*") if each.is_file()]
    return found | {str(each): each.read_text(errors="replace") for each in stored}


def test_at_least_twenty_secrets_are_planted():
    assert len(set(SECRETS.values())) >= 20


def test_no_secret_is_in_any_artefact(artefacts):
    leaks = [
        (name, place)
        for name, secret in SECRETS.items()
        for place, text in artefacts.items()
        if secret in text
    ]
    assert leaks == []


def test_the_search_would_find_one(artefacts):
    # The same search finds what is meant to be there: in the packed data of the HTML too.
    assert all("catalog_product" in artefacts[name] for name in ("json", "html", "stable"))
