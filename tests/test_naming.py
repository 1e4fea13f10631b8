"""How requests are named, with the real libraries behind the routes."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.http import HttpRequest
from django.test import AsyncClient, Client, RequestFactory

from queryscope.analysis.shapes import query_count
from queryscope.naming import LONGEST_BODY, origin_of
from queryscope.stored import read_stored
from tests.capture.shop import add_products
from tests.doors import QUIET, Site, assert_nothing_is_left, site

pytestmark = pytest.mark.django_db
JSON = "application/json"
BOOKS = "query Shown($n: String) { products(named: $n) }"
SECRET = {"n": "zqzq-secret"}


@pytest.fixture
def pages(tmp_path: Path) -> Any:
    # Else graphene-django wraps the cursors of all connections while DEBUG is on, and leaves them so.
    plain = {"MIDDLEWARE": ()}
    with site(tmp_path, ROOT_URLCONF="tests.pages.apis", GRAPHENE=plain) as found:
        yield found
    assert_nothing_is_left()


def send(path: str, asked: Any) -> Any:
    return Client().post(path, json.dumps(asked), content_type=JSON)


@pytest.mark.parametrize("path", ["graphene/", "strawberry/"])
def test_a_graphql_request_is_named_by_its_operation(pages: Site, path: str) -> None:
    add_products(2)
    response = send(f"/{path}", {"query": BOOKS, "variables": SECRET, "operationName": "Shown"})
    assert len(response.json()["data"]["products"]) == 2
    assert send(f"/{path}", {"query": "{ products }"}).status_code == 200
    assert pages.labels == [f"POST {path} · query Shown", f"POST {path} · anonymous query"]
    for file in pages.store.path.glob("*.json"):
        assert "zqzq" not in file.read_text()


@pytest.mark.parametrize("path", ["graphene/", "strawberry/"])
def test_an_operation_in_the_address_is_read(pages: Site, path: str) -> None:
    response = Client().get(f"/{path}", {"query": BOOKS, "variables": json.dumps(SECRET)})
    assert response.json() == {"data": {"products": []}}
    assert pages.labels == [f"GET {path} · query Shown"]


def test_operations_of_one_route_are_told_apart_in_the_report(pages: Site) -> None:
    add_products(3)
    for _ in range(2):
        send("/graphene/", {"query": "query Brands { products }"})
    send("/graphene/", {"query": 'mutation Change { rename(name: "zqzq") { count } }'})
    report = read_stored(QUIET).report
    assert [(trace.origin.label, query_count(trace)) for trace in report.traces] == [
        ("POST graphene/ · query Brands", 4),
        ("POST graphene/ · query Brands", 4),
        ("POST graphene/ · mutation Change", 1),
    ]


def test_graphene_takes_forms_and_plain_documents(pages: Site) -> None:
    client = Client()
    client.post("/graphene/", {"query": "query InForm { products }"})
    client.post("/graphene/", "query Plain { products }", content_type="application/graphql")
    form = "query=query+Encoded+%7B+products+%7D"
    client.post("/graphene/", form, content_type="application/x-www-form-urlencoded")
    assert pages.labels == [
        "POST graphene/ · query InForm",
        "POST graphene/ · query Plain",
        "POST graphene/ · query Encoded",
    ]


def test_an_upload_to_strawberry_is_named(pages: Site) -> None:
    asked = {"query": "mutation Send($f: Upload!) { upload(file: $f) }", "variables": {"f": None}}
    sent = {
        "operations": json.dumps(asked),
        "map": '{"0": ["variables.f"]}',
        "0": SimpleUploadedFile("a.txt", b"zqzq"),
    }
    response = Client().post("/strawberry/", sent)
    assert response.json() == {"data": {"upload": 0}}
    assert pages.labels == ["POST strawberry/ · mutation Send"]


def test_batches_are_named_by_what_they_hold(pages: Site) -> None:
    send("/strawberry/", [{"query": "query A { products }"}, {"query": "query B { products }"}])
    batch = [{"id": "1", "query": "query A { products }"}, {"id": "2", "query": "{ products }"}]
    assert send("/graphene/batch/", batch).status_code == 200
    assert pages.labels == [
        "POST strawberry/ · batch of query A, query B",
        "POST graphene/batch/ · batch of query A, anonymous query",
    ]


@pytest.mark.parametrize("path", ["graphene/", "strawberry/"])
@pytest.mark.parametrize(
    ("body", "suffix"),
    [
        ('{"extensions": {"persistedQuery": {"sha256Hash": "zqzq"}}}', " · persisted operation"),
        ('{"query": "{ nothing }"}', " · anonymous query"),
        ('{"query": "zqzq("}', " · unknown operation"),
        ("{", ""),
        ("7", ""),
        ("", ""),
        ('{"query": "' + "[" * 100 + '"}', " · unknown operation"),
        ("[" * 20_000, ""),
        (json.dumps({"query": "query A { products }", "x": "x" * LONGEST_BODY}), ""),
    ],
)
def test_what_fails_is_answered_as_ever_and_named_as_far_as_it_can_be(
    pages: Site, path: str, body: str, suffix: str, tmp_path: Path
) -> None:
    ours = ask(path, body)
    with site(tmp_path / "off", ROOT_URLCONF="tests.pages.apis", middleware=()):
        assert ask(path, body) == ours
    assert pages.labels == [f"POST {path}{suffix}"]


def ask(path: str, body: str) -> tuple[int, bytes] | str:
    try:
        response = Client().post(f"/{path}", body, content_type=JSON)
    except Exception as error:  # the libraries' own
        return type(error).__name__
    return response.status_code, response.content


def test_the_page_for_people_has_no_operation(pages: Site) -> None:
    assert Client(headers={"accept": "text/html"}).get("/strawberry/").status_code == 200
    assert pages.labels == ["GET strawberry/"]


@pytest.mark.django_db(transaction=True)
async def test_an_asynchronous_view_is_named_too(pages: Site) -> None:
    await sync_to_async(add_products)(2)
    asked = json.dumps({"query": BOOKS, "variables": SECRET})
    response = await AsyncClient().post("/strawberry/async/", asked, content_type=JSON)
    assert len(response.json()["data"]["products"]) == 2
    await sync_to_async(connections.close_all)()
    assert [(each.trace.origin.label, query_count(each.trace)) for each in pages.captures] == [
        ("POST strawberry/async/ · query Shown", 1)
    ]


def graphql_request(view: type) -> HttpRequest:
    request = RequestFactory().post("/graphql/", '{"query": "query A { a }"}', content_type=JSON)
    func = SimpleNamespace(view_class=view)
    request.resolver_match = SimpleNamespace(route="graphql/", func=func)  # type: ignore[assignment]
    return request


def test_a_body_that_the_view_did_not_read_is_left_to_be_read() -> None:
    from graphene_django.views import GraphQLView

    request = graphql_request(GraphQLView)
    assert origin_of(request).label == "POST graphql/"
    assert not hasattr(request, "_body")
    assert request.read() == b'{"query": "query A { a }"}'


def test_a_view_of_ones_own_below_that_of_a_library_is_known() -> None:
    from strawberry.django.views import GraphQLView

    class Ours(GraphQLView):
        """A subclass."""

    request = graphql_request(Ours)
    assert request.body
    assert origin_of(request).label == "POST graphql/ · query A"


def test_the_body_of_any_other_view_is_its_own() -> None:
    request = graphql_request(SimpleNamespace)
    assert request.body
    assert origin_of(request).label == "POST graphql/"


# REST


def test_routes_of_django_ninja_are_those_of_its_paths(pages: Site) -> None:
    add_products(1)
    from catalog.models import Product

    pk = Product.objects.get().pk
    assert Client().get(f"/ninja/items/{pk}").json() == {"name": "product 0"}
    assert Client().post("/ninja/items").json() == {"count": 1}
    assert Client().get(f"/ninja/items/{pk + 1_000_000}/").status_code == 404
    assert pages.labels == ["GET ninja/items/<int:item_id>", "POST ninja/items", "GET (no route)"]


def test_regular_expressions_of_routers_are_written_as_routes(pages: Site) -> None:
    add_products(1)
    from catalog.models import Product

    pk = Product.objects.get().pk
    client = Client()
    assert client.get(f"/rest/products/{pk}/").json()["name"] == "product 0"
    assert client.get("/rest/products/").status_code == 200
    assert client.get("/rest/products.json").status_code == 200
    assert client.patch(f"/rest/products/{pk}/", '{"name": "x"}', content_type=JSON).status_code == 200
    assert client.get("/old/zqzq-secret/").content == b"zqzq-secret"
    assert pages.labels == [
        "GET rest/products/<pk>/",
        "GET rest/products/",
        "GET rest/products.<format>/",
        "PATCH rest/products/<pk>/",
        "GET old/<slug>/",
    ]
