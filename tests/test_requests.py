"""One unit of work per request."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from catalog.models import Product
from queryscope import requests, units
from queryscope.analysis.shapes import query_count
from queryscope.capture.state import ACTIVE, FAULTS, MAX_FAULTS
from queryscope.model import Capture, Origin
from queryscope.profiler import begin
from queryscope.requests import RequestUnit, arecord, is_recording_request, origin_of, record
from tests.capture.shop import add_products
from tests.doors import QUIET, assert_nothing_is_left, forgiven_faults

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_left() -> Any:
    yield
    assert_nothing_is_left()


def make_request(method: str = "GET", route: Any = "books/<int:pk>/") -> Any:
    request = RequestFactory().generic(method, "/books/7/?token=secret")
    request.resolver_match = None if route is None else SimpleNamespace(route=route)
    return request


@pytest.mark.parametrize(
    ("method", "route", "label"),
    [
        ("GET", "books/<int:pk>/", "GET books/<int:pk>/"),
        ("POST", "books/", "POST books/"),
        ("GET", "", "GET /"),
        ("GET", None, "GET (no route)"),
        ("SECRET-7", "books/", "OTHER books/"),
        ("get\x1b[31m", None, "OTHER (no route)"),
    ],
)
def test_a_request_is_named_by_method_and_route(method: str, route: Any, label: str) -> None:
    request = make_request(route=route)
    request.method = method
    assert origin_of(request, "test_a") == Origin(kind="request", label=label, parent="test_a")


def test_a_request_that_was_never_resolved_has_no_route() -> None:
    assert origin_of(RequestFactory().get("/secret/")).label == "GET (no route)"


def answer(view: Any, **more: Any) -> tuple[Any, list[Capture]]:
    captures: list[Capture] = []
    unit = RequestUnit(QUIET, captures.append, **more)
    return record(unit, view, make_request()), captures


def test_the_unit_ends_when_the_response_is_closed() -> None:
    add_products(3)
    response, captures = answer(lambda _: HttpResponse(str(list(Product.objects.all()))))
    assert captures == []
    response.close()
    (capture,) = captures
    assert query_count(capture.trace) == 1
    assert capture.trace.status == 200
    assert capture.trace.origin == Origin(kind="request", label="GET books/<int:pk>/")


def test_closing_twice_records_once() -> None:
    response, captures = answer(lambda _: HttpResponse("x"))
    response.close()
    response.close()
    assert len(captures) == 1


def test_queries_between_answer_and_close_are_not_the_requests() -> None:
    response, captures = answer(lambda _: HttpResponse("x"))
    Product.objects.count()
    response.close()
    assert query_count(captures[0].trace) == 0


def test_a_streamed_body_is_recorded_to_its_end() -> None:
    add_products(3)

    def rows() -> Any:
        for product in Product.objects.order_by("id"):
            yield product.brand.name

    response, captures = answer(lambda _: StreamingHttpResponse(rows()))
    assert not is_recording_request()
    Product.objects.count()  # not the request's: it is the server's turn
    assert b"".join(response.streaming_content) == b"brand 0brand 1brand 2"
    response.close()
    assert query_count(captures[0].trace) == 4


def test_a_stream_that_is_given_up_is_recorded_as_far_as_it_came() -> None:
    add_products(5)

    def rows() -> Any:
        for product in Product.objects.order_by("id"):
            yield product.brand.name

    response, captures = answer(lambda _: StreamingHttpResponse(rows()))
    next(response.streaming_content)
    response.close()
    assert query_count(captures[0].trace) == 2


def test_an_exception_in_a_stream_is_the_same_object() -> None:
    error = ValueError("x")

    def rows() -> Any:
        yield "a"
        raise error

    response, captures = answer(lambda _: StreamingHttpResponse(rows()))
    with pytest.raises(ValueError, match="x") as caught:
        list(response.streaming_content)
    response.close()
    assert caught.value is error
    assert len(captures) == 1


def test_what_the_handler_raises_passes_through_and_is_recorded() -> None:
    error = KeyboardInterrupt()

    def view(_: Any) -> Any:
        Product.objects.count()
        raise error

    captures: list[Capture] = []
    unit = RequestUnit(QUIET, captures.append)
    with pytest.raises(KeyboardInterrupt) as caught:
        record(unit, view, make_request())
    assert caught.value is error
    assert query_count(captures[0].trace) == 1
    assert captures[0].trace.status is None


async def test_an_asynchronous_handler_is_recorded_too() -> None:
    captures: list[Capture] = []

    async def view(_: Any) -> HttpResponse:
        assert is_recording_request()
        return HttpResponse("x")

    unit = RequestUnit(QUIET, captures.append)
    response = await arecord(unit, view, make_request())
    assert not is_recording_request()
    response.close()
    assert captures[0].trace.origin.label == "GET books/<int:pk>/"


async def test_what_an_asynchronous_handler_raises_passes_through() -> None:
    captures: list[Capture] = []
    error = ValueError("x")

    async def view(_: Any) -> HttpResponse:
        raise error

    with pytest.raises(ValueError, match="x") as caught:
        await arecord(RequestUnit(QUIET, captures.append), view, make_request())
    assert caught.value is error
    assert len(captures) == 1


async def test_an_asynchronous_stream_that_is_given_up_is_recorded() -> None:
    async def rows() -> Any:
        yield "a"
        yield "b"

    captures: list[Capture] = []

    async def view(_: Any) -> StreamingHttpResponse:
        return StreamingHttpResponse(rows())

    response = await arecord(RequestUnit(QUIET, captures.append), view, make_request())
    body: Any = response._iterator  # type: ignore[attr-defined]
    assert await anext(body) == b"a"
    await body.aclose()
    response.close()
    assert len(captures) == 1


def test_the_unit_around_a_request_goes_on_after_it() -> None:
    outer = begin(Origin(kind="test", label="test_a"), QUIET)
    try:
        response, captures = answer(lambda _: HttpResponse(str(Product.objects.count())), parent="test_a")
        assert ACTIVE.get() is outer
        Product.objects.count()
        Product.objects.count()
        response.close()
        assert ACTIVE.get() is outer
    finally:
        outer.stop()
    assert query_count(captures[0].trace) == 1
    assert outer.count == 2
    assert captures[0].trace.origin.parent == "test_a"


def test_a_stream_within_a_test_leaves_the_tests_own_queries_to_the_test() -> None:
    outer = begin(Origin(kind="test", label="test_a"), QUIET)
    try:
        response, captures = answer(lambda _: StreamingHttpResponse(str(n) for n in range(2)))
        for _ in response.streaming_content:
            Product.objects.count()
        response.close()
        assert ACTIVE.get() is outer
    finally:
        outer.stop()
    assert outer.count == 2
    assert query_count(captures[0].trace) == 0


def test_a_stream_closed_after_its_test_revives_nothing() -> None:
    outer = begin(Origin(kind="test", label="test_a"), QUIET)
    response, captures = answer(lambda _: StreamingHttpResponse(iter(["x"])))
    outer.stop()
    response.close()
    assert ACTIVE.get() is None
    assert len(captures) == 1


FUNCTIONS = ("begin", "origin_of", "captured")


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("streamed", [False, True])
def test_no_fault_of_queryscope_reaches_the_response(
    name: str, streamed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("queryscope's own")

    def view(_: Any) -> Any:
        return StreamingHttpResponse(iter(["x"])) if streamed else HttpResponse("x")

    monkeypatch.setattr(requests, name, fail)
    with forgiven_faults():
        response, captures = answer(view)
        body = b"".join(response.streaming_content) if streamed else response.content
        response.close()
        assert FAULTS.count == 1
    assert (body, captures) == (b"x", [])


def test_a_sink_that_fails_reaches_nobody() -> None:
    def fail(_: Capture) -> None:
        raise RuntimeError("full")

    with forgiven_faults():
        response = record(RequestUnit(QUIET, fail), lambda _: HttpResponse("x"), make_request())
        response.close()
        assert FAULTS.count == 1


def test_after_three_faults_nothing_is_recorded() -> None:
    with forgiven_faults():
        FAULTS.count = MAX_FAULTS
        response, captures = answer(lambda _: HttpResponse("x"))
        response.close()
    assert captures == []


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("beside", (False, False, True)),
        ("in-place", (True, False, False)),
        ("test-database", (True, True, False)),
    ],
)
def test_plans_are_taken_where_the_unit_says(
    place: Any, expected: tuple[bool, bool, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def complete(recorder: Any, *, finished: Any, is_repeated: bool, **where: bool) -> Capture:
        asked.append((where["in_place"], where["is_test_database"], is_repeated))
        raise RuntimeError

    monkeypatch.setattr(units, "complete", complete)
    with forgiven_faults():
        response, _ = answer(lambda _: HttpResponse("x"), place=place)
        response.close()
    assert asked == [expected]


async def test_nothing_is_explained_within_an_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise AssertionError("explained")

    monkeypatch.setattr(units, "complete", fail)
    response, captures = answer(lambda _: HttpResponse("x"))
    response.close()
    assert len(captures) == 1
