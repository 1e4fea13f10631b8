"""Wherever a request runs a query, it is in the request's unit, with the line that ran it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from django.utils.decorators import sync_and_async_middleware

from catalog.models import Category, Product, Tag
from queryscope.model import Trace
from tests.capture.shop import add_products
from tests.doors import MIDDLEWARE, Site, assert_nothing_is_left, site

pytestmark = pytest.mark.django_db(transaction=True)
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [str(Path(__file__).parent / "capture" / "templates")],
        "OPTIONS": {"libraries": {"shop_tags": "tests.capture.shop_tags"}},
    }
]


@sync_and_async_middleware
def around(get_response: Any) -> Any:
    """A middleware that queries before the view and after it."""
    if asyncio.iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> Any:
            await Tag.objects.acount()
            response = await get_response(request)
            await Tag.objects.aexists()
            return response

        return answer_async

    def answer(request: HttpRequest) -> Any:
        Tag.objects.count()
        response = get_response(request)
        Tag.objects.exists()
        return response

    return answer


def committing(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        transaction.on_commit(after_commit)
        Product.objects.count()
    return HttpResponse("x")


def after_commit() -> None:
    Category.objects.count()


def late(request: HttpRequest) -> HttpResponse:
    transaction.on_commit(after_commit)
    return HttpResponse("x")


def page(request: HttpRequest) -> TemplateResponse:
    return TemplateResponse(request, "shop/stock.html", {"product": Product.objects.get()})


def stream(request: HttpRequest) -> StreamingHttpResponse:
    def rows() -> Iterator[str]:
        try:
            for product in Product.objects.order_by("id"):
                yield product.brand.name
            Tag.objects.count()
        finally:
            Category.objects.count()

    return StreamingHttpResponse(rows())


async def astream(request: HttpRequest) -> StreamingHttpResponse:
    async def rows() -> AsyncIterator[str]:
        async for product in Product.objects.order_by("id"):
            yield product.name
        await Tag.objects.acount()

    return StreamingHttpResponse(rows())


async def gathering(request: HttpRequest) -> HttpResponse:
    async def products() -> int:
        await asyncio.sleep(0)
        return await Product.objects.acount()

    async def tags() -> int:
        return await Tag.objects.acount()

    def categories() -> int:
        return Category.objects.count()

    task = asyncio.create_task(products())
    found = await asyncio.gather(products(), tags(), sync_to_async(categories)(), task)
    return HttpResponse(str(found))


urlpatterns = [
    path("committing/", committing),
    path("late/", late),
    path("page/", page),
    path("stream/", stream),
    path("astream/", astream),
    path("gathering/", gathering),
]


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Site]:
    with site(
        tmp_path,
        ROOT_URLCONF=__name__,
        TEMPLATES=TEMPLATES,
        middleware=(MIDDLEWARE, f"{__name__}.around"),
        DEBUG_PROPAGATE_EXCEPTIONS=True,
    ) as found:
        yield found
    assert_nothing_is_left()


def lines(trace: Trace) -> list[tuple[str, str, int]]:
    """Innermost function, table, and how often, of each place; the middleware's own stand first and last."""
    found = [
        (
            group.stack[0].function.rpartition(".")[2],
            group.sql.partition('FROM "')[2].partition('"')[0],
            group.count,
        )
        for group in trace.groups
        if group.kind == "select"
    ]
    assert found[0] == ("answer_async" if found[0][0] == "answer_async" else "answer", "catalog_tag", 1)
    return found[1:]


def get(pages: Site, address: str) -> list[tuple[str, str, int]]:
    response = Client().get(address)
    if response.streaming:
        assert b"".join(response.streaming_content)
    (capture,) = pages.captures
    return lines(capture.trace)


async def aget(pages: Site, address: str) -> list[tuple[str, str, int]]:
    response = await AsyncClient().get(address)
    if response.streaming:
        assert [chunk async for chunk in response.streaming_content]
    await sync_to_async(connections.close_all)()
    (capture,) = pages.captures
    return lines(capture.trace)


def test_a_callback_that_waits_for_the_commit_is_the_requests(pages: Site) -> None:
    assert get(pages, "/committing/") == [
        ("committing", "catalog_product", 1),
        ("after_commit", "catalog_category", 1),
        ("answer", "catalog_tag", 1),
    ]


def test_so_is_one_that_runs_when_the_view_has_ended(pages: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    assert get(pages, "/late/") == [("after_commit", "catalog_category", 1), ("answer", "catalog_tag", 1)]


def test_what_a_template_runs_after_the_view_is_the_requests_with_its_line(pages: Site) -> None:
    add_products(1, stock=True)
    assert get(pages, "/page/") == [
        ("page", "catalog_product", 1),
        ("html", "catalog_stock", 1),
        ("answer", "catalog_tag", 1),
    ]
    stock = pages.captures[0].trace.groups[2]
    assert (stock.stack[0].line, stock.stack[0].source) == (1, "{{ product.stock.quantity }}")


def test_a_stream_is_the_requests_to_what_it_runs_at_its_end(pages: Site) -> None:
    add_products(2)
    assert get(pages, "/stream/") == [
        ("answer", "catalog_tag", 1),
        ("rows", "catalog_product", 1),
        ("rows", "catalog_brand", 2),
        ("rows", "catalog_tag", 1),
        ("rows", "catalog_category", 1),
    ]


async def test_an_asynchronous_stream_is_the_requests_to_its_end(pages: Site) -> None:
    await sync_to_async(add_products)(2)
    assert await aget(pages, "/astream/") == [
        ("answer_async", "catalog_tag", 1),
        ("rows", "catalog_product", 1),
        ("rows", "catalog_tag", 1),
    ]


async def test_what_an_asynchronous_view_gathers_is_the_requests_with_its_lines(pages: Site) -> None:
    first, *middle, last = await aget(pages, "/gathering/")
    assert last == ("answer_async", "catalog_tag", 1)
    assert sorted([first, *middle]) == [
        ("categories", "catalog_category", 1),
        ("products", "catalog_product", 2),
        ("tags", "catalog_tag", 1),
    ]


def test_a_page_that_is_not_found_keeps_what_ran_around_it(pages: Site) -> None:
    with override_settings(DEBUG_PROPAGATE_EXCEPTIONS=False):
        assert Client().get("/nowhere/").status_code == 404
    (capture,) = pages.captures
    assert lines(capture.trace) == [("answer", "catalog_tag", 1)]
