"""The middleware: one unit of work per request, in development only."""

from __future__ import annotations

import inspect
import logging
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from asgiref.sync import iscoroutinefunction, sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from django.core.exceptions import MiddlewareNotUsed
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from django.http import HttpResponse
from django.test import AsyncClient, Client, RequestFactory, override_settings

from catalog.models import Product
from queryscope import live, middleware, requests
from queryscope.analysis.shapes import query_count
from queryscope.capture.finish import finish
from queryscope.capture.state import FAULTS, MAX_FAULTS
from queryscope.errors import ConfigError
from queryscope.middleware import QueryscopeMiddleware
from tests.capture.recording import make_recorder
from tests.capture.shop import add_products
from tests.doors import MIDDLEWARE, SESSIONS, Site, assert_nothing_is_left, forgiven_faults, site
from tests.pages import views
from tests.pages.views import Body

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_left() -> Any:
    yield
    assert_nothing_is_left()


@pytest.fixture
def pages(tmp_path: Path) -> Any:
    with site(tmp_path) as found:
        yield found


def count(pages: Site) -> int:
    """Queries of the only unit."""
    (capture,) = pages.captures
    return query_count(capture.trace)


def test_a_request_is_kept_with_its_route_and_status(pages: Site) -> None:
    add_products(3)
    assert Client().get("/products/").content == b"brand 0, brand 1, brand 2"
    assert pages.labels == ["GET products/"]
    assert pages.captures[0].trace.status == 200
    assert count(pages) == 4


def test_neither_path_nor_query_string_is_kept(pages: Site) -> None:
    add_products(1)
    Client().get("/products/product-0/?token=zqzq-secret")
    assert pages.labels == ["GET products/<slug:slug>/"]
    for file in pages.store.path.glob("*.json"):
        assert "zqzq" not in file.read_text()
        assert "product-0" not in file.read_text()


def test_a_path_that_matches_nothing_is_kept_without_it(pages: Site) -> None:
    assert Client().get("/zqzq-secret/").status_code == 404
    assert pages.labels == ["GET (no route)"]
    assert pages.captures[0].trace.status == 404


def test_a_404_of_a_view_keeps_its_route(pages: Site) -> None:
    Client().get("/missing/7/")
    assert pages.labels == ["GET missing/<int:pk>/"]


def test_an_exception_of_a_view_is_the_same_and_the_unit_is_kept(pages: Site) -> None:
    with pytest.raises(ValueError, match="zqzq-secret") as caught:
        Client().get("/boom/")
    assert [frame.name for frame in inspect.trace()] == []
    assert caught.traceback[-1].name == "boom"
    assert pages.captures[0].trace.status == 500
    assert count(pages) == 1


def test_a_server_error_is_answered_as_without_queryscope(pages: Site) -> None:
    response = Client(raise_request_exception=False).get("/boom/")
    assert response.status_code == 500
    assert pages.labels == ["GET boom/"]


def test_a_stream_is_recorded_to_its_end_and_its_body_closed(pages: Site) -> None:
    add_products(3)
    Body.closed = 0
    response = Client().get("/stream/")
    assert pages.captures == []
    assert b"".join(response.streaming_content) == b"brand 0\nbrand 1\nbrand 2\n"
    assert count(pages) == 4
    assert Body.closed == 1


def test_a_file_is_passed_through(pages: Site) -> None:
    made = QueryscopeMiddleware(views.download)
    response: Any = made(RequestFactory().get("/"))
    assert response.file_to_stream is not None  # the server may send it by itself
    assert b"def download" in b"".join(response.streaming_content)
    response.close()
    assert len(pages.captures) == 1


def test_a_response_is_the_same_but_for_one_header(pages: Site, tmp_path: Path) -> None:
    add_products(3)
    ours = Client().get("/products/")
    with site(tmp_path / "off", middleware=SESSIONS):
        theirs = Client().get("/products/")
    assert ours.content == theirs.content
    headers = dict(ours.headers)
    assert headers.pop("Server-Timing")
    assert headers == dict(theirs.headers)


def test_a_cache_can_pickle_the_response(pages: Site) -> None:
    made = QueryscopeMiddleware(lambda request: HttpResponse("x"))
    response: Any = made(RequestFactory().get("/"))
    cached = pickle.loads(pickle.dumps(response))
    assert b"queryscope" not in pickle.dumps(response)
    cached.close()
    assert (cached.content, pages.captures) == (b"x", [])
    response.close()
    assert len(pages.captures) == 1


def test_it_runs_no_visible_query(pages: Site, django_assert_num_queries: Any) -> None:
    add_products(3)
    with django_assert_num_queries(4):
        Client().get("/products/")


# Where it is not used


def test_without_debug_it_is_not_used() -> None:
    with override_settings(DEBUG=False), pytest.raises(MiddlewareNotUsed, match="DEBUG is off"):
        QueryscopeMiddleware(lambda request: HttpResponse("x"))


def test_without_debug_wrong_settings_break_nothing() -> None:
    with override_settings(DEBUG=False, QUERYSCOPE={"BAD": 1}), pytest.raises(MiddlewareNotUsed):
        QueryscopeMiddleware(lambda request: HttpResponse("x"))


def test_with_debug_wrong_settings_are_told_at_the_start() -> None:
    with (
        override_settings(DEBUG=True, QUERYSCOPE={"SLOW_MSS": 1}),
        pytest.raises(ConfigError, match="SLOW_MS"),
    ):
        QueryscopeMiddleware(lambda request: HttpResponse("x"))


def test_debug_that_is_switched_off_later_counts(pages: Site) -> None:
    client = Client()
    client.get("/plain/")
    with override_settings(DEBUG=False):
        assert "Server-Timing" not in client.get("/plain/").headers
    assert len(pages.captures) == 1


def test_a_strange_client_is_refused_and_told_once(pages: Site, caplog: pytest.LogCaptureFixture) -> None:
    client = Client(REMOTE_ADDR="203.0.113.9")
    with caplog.at_level(logging.WARNING, "queryscope"):
        for _ in range(3):
            response = client.get("/plain/")
    assert response.content == b"no query"
    assert "Server-Timing" not in response.headers
    assert pages.captures == []
    told = [record.getMessage() for record in caplog.records if record.name == "queryscope"]
    assert len(told) == 1
    assert "203.0.113.9" in told[0]
    assert '"ALLOW": ["203.0.113.9"]' in told[0]


@pytest.mark.django_db(transaction=True)
def test_what_a_request_runs_that_is_not_recorded_is_no_stray(pages: Site) -> None:
    def get(**client: str) -> int:
        try:
            return Client(**client).get("/products/").status_code
        finally:
            connections.close_all()

    def elsewhere(function: Any, *args: Any, **kwargs: Any) -> Any:
        # As a server's thread: begun before anything was recorded.
        with ThreadPoolExecutor(1) as pool:
            go = Event()
            found = pool.submit(lambda: go.wait(10) and function(*args, **kwargs))
            with make_recorder() as recorder:
                go.set()
                assert found.result() == 200
            return finish(recorder)[0].notes

    def stray() -> int:
        get()
        assert Product.objects.count() == 0
        connections.close_all()
        return 200

    assert elsewhere(get, REMOTE_ADDR="203.0.113.9") == ()
    assert elsewhere(get) == ()
    assert elsewhere(stray) == ()  # the thread is a server's
    assert pages.labels == ["GET products/"] * 2


@pytest.mark.django_db(transaction=True)
def test_a_query_beside_every_request_is_told(pages: Site) -> None:
    go, done = Event(), Event()

    def poll() -> None:
        assert go.wait(10)
        try:
            assert Product.objects.count() == 0
        finally:
            connections.close_all()
            done.set()

    thread = Thread(target=poll, name="poller")
    thread.start()
    with override_settings(MIDDLEWARE=[MIDDLEWARE, "tests.test_middleware.waiting"]):
        WAITING.append(lambda: (go.set(), done.wait(10)))
        Client().get("/plain/")
    thread.join(10)
    assert pages.captures[0].trace.notes == ("1 query ran in a thread of no unit of work: poller",)


WAITING: list[Any] = []


def waiting(get_response: Any) -> Any:
    def answer(request: Any) -> Any:
        WAITING.pop()()
        return get_response(request)

    return answer


def test_a_client_that_the_setting_allows_is_profiled(tmp_path: Path) -> None:
    setting = {"EXPLAIN": "off", "ALLOW": ["203.0.113.0/24"]}
    with site(tmp_path, QUERYSCOPE=setting) as pages:
        Client(REMOTE_ADDR="203.0.113.9").get("/plain/")
    assert pages.labels == ["GET plain/"]


def test_a_callable_that_fails_refuses_and_breaks_nothing(tmp_path: Path) -> None:
    def allow(request: Any) -> bool:
        raise RuntimeError("theirs")

    with forgiven_faults(), site(tmp_path, QUERYSCOPE={"ALLOW": allow}) as pages:
        assert Client().get("/plain/").content == b"no query"
        assert FAULTS.count == 1
    assert pages.captures == []


@pytest.mark.parametrize(
    ("path", "setting", "expected"),
    [
        ("/static/plain/", "/static/", 0),
        ("/static/plain/", "static/", 0),
        ("/static/plain/", "https://cdn.example.org/static/", 1),
        ("/static/plain/", "/", 1),
        ("/static/plain/", None, 1),
        ("/__queryscope__/", "/static/", 0),
        ("/__queryscope__/x/", "/static/", 0),
        ("/plain/", "/static/", 1),
    ],
)
def test_static_files_and_the_panel_are_passed_over(
    tmp_path: Path, path: str, setting: Any, expected: int
) -> None:
    with site(tmp_path, STATIC_URL=setting) as pages:
        Client().get(path)
    assert len(pages.captures) == expected


def test_installed_twice_it_records_once(tmp_path: Path) -> None:
    with site(tmp_path, middleware=(MIDDLEWARE, MIDDLEWARE)) as pages:
        Client().get("/plain/")
    assert pages.labels == ["GET plain/"]


# Faults


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (middleware, "refusal"),
        (middleware, "is_recording_request"),
        (requests, "begin"),
        (requests, "origin_of"),
        (requests, "captured"),
        (live, "_entry"),
        (live, "report_on"),
        (live, "console_line"),
    ],
)
@pytest.mark.parametrize("path", ["/products/", "/stream/"])
def test_no_fault_reaches_the_response(
    pages: Site, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, path: str
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("queryscope's own")

    add_products(3)
    monkeypatch.setattr(module, name, fail)
    with forgiven_faults():
        response = Client().get(path)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        assert FAULTS.count <= 1
    assert body.replace(b"\n", b", ").removesuffix(b", ") == b"brand 0, brand 1, brand 2"


def test_after_three_faults_it_is_off(pages: Site) -> None:
    with forgiven_faults():
        FAULTS.count = MAX_FAULTS
        assert "Server-Timing" not in Client().get("/plain/").headers
    assert pages.captures == []


def test_a_directory_that_takes_nothing_stops_nobody(
    pages: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> Any:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "write_bytes", fail)
    client = Client()
    with caplog.at_level(logging.WARNING, "queryscope"):
        assert [client.get("/plain/").status_code for _ in range(3)] == [200] * 3
    told = [record.getMessage() for record in caplog.records if record.name == "queryscope"]
    assert len(told) == 1
    assert "Read-only file system" in told[0]


# Servers


@pytest.mark.django_db(transaction=True)
def test_a_wsgi_server_gets_the_body_before_anything_is_kept(pages: Site) -> None:
    add_products(2)
    environ = RequestFactory()._base_environ(PATH_INFO="/products/", REQUEST_METHOD="GET")
    statuses: list[str] = []
    response: Any = WSGIHandler()(environ, lambda status, headers: statuses.append(status))
    assert b"".join(response) == b"brand 0, brand 1"
    assert pages.captures == []
    response.close()
    assert statuses == ["200 OK"]
    assert count(pages) == 3


def test_it_is_asynchronous_where_the_handler_is() -> None:
    async def handler(request: Any) -> HttpResponse:
        return HttpResponse("x")

    with override_settings(DEBUG=True):
        assert iscoroutinefunction(QueryscopeMiddleware(handler))
        assert not iscoroutinefunction(QueryscopeMiddleware(lambda request: HttpResponse("x")))
    assert QueryscopeMiddleware.sync_capable
    assert QueryscopeMiddleware.async_capable


async def receive(path: str) -> tuple[int, bytes, dict[bytes, bytes]]:
    """One request by ASGI, as a server sends it."""
    scope = {
        "type": "http", "method": "GET", "path": path, "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 50000), "server": ("localhost", 80), "http_version": "1.1",
    }  # fmt: skip
    communicator = ApplicationCommunicator(get_asgi_application(), scope)
    await communicator.send_input({"type": "http.request", "body": b"", "more_body": False})
    start = await communicator.receive_output(10)
    body = b""
    while True:
        part = await communicator.receive_output(10)
        body += part.get("body", b"")
        if not part.get("more_body"):
            break
    await communicator.wait(10)
    return start["status"], body, dict(start["headers"])


@pytest.mark.django_db(transaction=True)
async def test_an_asgi_server_is_served_and_recorded(pages: Site) -> None:
    await sync_to_async(add_products)(3)
    for path in ("/aproducts/", "/products/"):
        status, body, headers = await receive(path)
        assert (status, body) == (200, b"brand 0, brand 1, brand 2")
        assert b'desc="4 queries, 1 finding"' in headers[b"Server-Timing"]
    assert await receive("/astream/") == (200, b"product 0\nproduct 1\nproduct 2\n", ANY_HEADERS)
    await sync_to_async(connections.close_all)()
    assert [(each.trace.origin.label, query_count(each.trace)) for each in pages.captures] == [
        ("GET aproducts/", 4),
        ("GET products/", 4),
        ("GET astream/", 1),
    ]


class _AnyHeaders(dict[bytes, bytes]):
    def __eq__(self, other: object) -> bool:
        return isinstance(other, dict)

    __hash__ = None  # type: ignore[assignment]


ANY_HEADERS = _AnyHeaders()


@pytest.mark.django_db(transaction=True)
async def test_the_asynchronous_client_is_recorded(pages: Site) -> None:
    await sync_to_async(add_products)(2)
    assert (await AsyncClient().get("/aproducts/")).status_code == 200
    await sync_to_async(connections.close_all)()
    assert count(pages) == 3


@pytest.mark.django_db(transaction=True)
async def test_requests_side_by_side_do_not_mix(pages: Site) -> None:
    import asyncio

    await sync_to_async(add_products)(3)
    await asyncio.gather(
        receive("/aproducts/"), receive("/cured/"), receive("/aproducts/"), receive("/plain/")
    )
    await sync_to_async(connections.close_all)()
    found = sorted((each.trace.origin.label, query_count(each.trace)) for each in pages.captures)
    assert found == [
        ("GET aproducts/", 4),
        ("GET aproducts/", 4),
        ("GET cured/", 1),
        ("GET plain/", 0),
    ]
