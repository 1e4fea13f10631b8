"""Requests as units where the middleware isn't used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.base import BaseHandler
from django.db import connections
from django.test import AsyncClient, Client

from catalog.models import Product
from queryscope.analysis.shapes import query_count
from queryscope.model import Capture
from queryscope.watch import WatchedRequests
from tests.capture.shop import add_products
from tests.doors import QUIET, assert_nothing_is_left, site

pytestmark = pytest.mark.django_db
ORIGINALS = (BaseHandler.get_response, BaseHandler.get_response_async)


@pytest.fixture(autouse=True)
def _nothing_left(tmp_path: Path) -> Any:
    with site(tmp_path, middleware=(), DEBUG=False):
        yield
    assert_nothing_is_left()
    assert (BaseHandler.get_response, BaseHandler.get_response_async) == ORIGINALS


def test_each_request_is_a_unit_of_its_own() -> None:
    add_products(3)
    captures: list[Capture] = []
    with WatchedRequests(QUIET, captures.append, parent="test_a"):
        Client().get("/products/")
        Product.objects.count()
        Client().get("/cured/")
    assert [(each.trace.origin.label, query_count(each.trace)) for each in captures] == [
        ("GET products/", 4),
        ("GET cured/", 1),
    ]
    assert {each.trace.origin.parent for each in captures} == {"test_a"}


def test_a_streamed_response_is_recorded_to_its_end() -> None:
    add_products(3)
    captures: list[Capture] = []
    with WatchedRequests(QUIET, captures.append):
        response = Client().get("/stream/")
        assert captures == []
        assert b"".join(response.streaming_content) == b"brand 0\nbrand 1\nbrand 2\n"
    assert query_count(captures[0].trace) == 4


def test_a_stream_that_nobody_reads_ends_with_the_watch() -> None:
    captures: list[Capture] = []
    with WatchedRequests(QUIET, captures.append):
        response = Client().get("/stream/")
        assert captures == []
    assert [each.trace.origin.label for each in captures] == ["GET stream/"]
    assert b"".join(response.streaming_content) == b""
    assert len(captures) == 1


def test_an_exception_reaches_the_test_and_the_unit_is_recorded() -> None:
    captures: list[Capture] = []
    with WatchedRequests(QUIET, captures.append), pytest.raises(ValueError, match="zqzq-secret"):
        Client().get("/boom/")
    assert captures[0].trace.status == 500
    assert query_count(captures[0].trace) == 1


@pytest.mark.django_db(transaction=True)
async def test_the_asynchronous_client_is_seen() -> None:
    from asgiref.sync import sync_to_async

    await sync_to_async(add_products)(3)
    captures: list[Capture] = []
    with WatchedRequests(QUIET, captures.append):
        response = await AsyncClient().get("/aproducts/")
        assert response.content == b"brand 0, brand 1, brand 2"
        response = await AsyncClient().get("/astream/")
        assert [chunk async for chunk in response.streaming_content]
    await sync_to_async(connections.close_all)()
    assert [(each.trace.origin.label, query_count(each.trace)) for each in captures] == [
        ("GET aproducts/", 4),
        ("GET astream/", 1),
    ]


def test_without_a_watcher_nothing_is_recorded() -> None:
    captures: list[Capture] = []
    with WatchedRequests(QUIET, captures.append):
        assert BaseHandler.get_response is not ORIGINALS[0]
    Client().get("/products/")
    assert captures == []


def test_the_innermost_watcher_gets_the_request() -> None:
    outer: list[Capture] = []
    inner: list[Capture] = []
    with WatchedRequests(QUIET, outer.append):
        with WatchedRequests(QUIET, inner.append):
            Client().get("/plain/")
        Client().get("/plain/")
    assert (len(inner), len(outer)) == (1, 1)


def test_the_hook_of_another_tool_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    with WatchedRequests(QUIET, [].append):
        ours = BaseHandler.get_response

        def theirs(self: Any, request: Any) -> Any:
            return ours(self, request)

        monkeypatch.setattr(BaseHandler, "get_response", theirs)
    assert BaseHandler.get_response is theirs
    assert Client().get("/plain/").status_code == 200
    monkeypatch.undo()
    BaseHandler.get_response = ORIGINALS[0]  # type: ignore[method-assign]


def test_the_middleware_makes_no_second_unit(tmp_path: Path) -> None:
    captures: list[Capture] = []
    with site(tmp_path) as pages, WatchedRequests(QUIET, captures.append):
        Client().get("/plain/")
    assert len(captures) == 1
    assert pages.captures == []
