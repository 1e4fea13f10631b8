"""Events of consumers as units, with the real Channels."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.consumer import AsyncConsumer, SyncConsumer
from channels.layers import channel_layers, get_channel_layer
from channels.testing import ApplicationCommunicator, WebsocketCommunicator
from django.db import connections
from django.test import override_settings

from queryscope import asgi, consumers
from queryscope.analysis.shapes import query_count
from queryscope.asgi import QueryscopeASGI
from queryscope.capture.state import ACTIVE, FAULTS
from queryscope.model import Origin
from queryscope.suite import TestUnit
from tests.capture.shop import add_products
from tests.doors import QUIET, Site, assert_nothing_is_left, forgiven_faults, site
from tests.pages import sockets

pytestmark = pytest.mark.django_db(transaction=True)
ORIGINALS = (AsyncConsumer.__dict__["dispatch"], SyncConsumer.__dict__["dispatch"])
IN_MEMORY = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Site]:
    channel_layers.backends.clear()
    with site(tmp_path, CHANNEL_LAYERS=IN_MEMORY) as found:
        yield found
    channel_layers.backends.clear()
    assert_nothing_is_left()
    assert (AsyncConsumer.__dict__["dispatch"], SyncConsumer.__dict__["dispatch"]) == ORIGINALS


def open_socket(path: str, application: Any = sockets.application, host: str = "127.0.0.1") -> Any:
    """A browser at the other end of a websocket."""
    communicator = WebsocketCommunicator(QueryscopeASGI(application), path)
    communicator.scope["client"] = [host, 50_000]
    return communicator


async def told(pages: Site) -> list[tuple[str, str, int]]:
    """Kind, label, queries of each unit; the sessions of the worker threads are closed before."""
    await sync_to_async(connections.close_all)()
    return [
        (each.trace.origin.kind, each.trace.origin.label, query_count(each.trace)) for each in pages.captures
    ]


async def test_each_event_of_a_synchronous_consumer_is_a_unit(pages: Site) -> None:
    await sync_to_async(add_products)(3)
    browser = open_socket("/shelf/zqzq-secret/")
    assert (await browser.connect())[0]
    await browser.send_to(text_data="zqzq-secret")
    assert await browser.receive_from(10) == "brand 0, brand 1, brand 2"
    await get_channel_layer().group_send("shelf", {"type": "shelf.changed", "id": "zqzq-secret"})
    assert await browser.receive_from(10) == "3"
    await browser.disconnect()
    route = "WS shelf/<slug:room>/"
    assert await told(pages) == [
        ("request", f"{route} · connect", 1),
        ("request", f"{route} · receive", 4),
        ("request", f"{route} · shelf.changed", 1),
        ("request", f"{route} · disconnect", 0),
    ]
    for file in pages.store.path.glob("*.json"):
        assert "zqzq" not in file.read_text()


async def test_each_event_of_an_asynchronous_consumer_is_a_unit(pages: Site) -> None:
    await sync_to_async(add_products)(3)
    browser = open_socket("/nested/ashelf/red/")
    assert (await browser.connect())[0]
    await browser.send_json_to({"room": "zqzq-secret"})
    assert (await browser.receive_json_from(10))["count"] == 3
    await get_channel_layer().group_send("shelf", {"type": "shelf.changed"})
    assert await browser.receive_json_from(10) == {"count": 3}
    await browser.disconnect()
    route = "WS nested/ashelf/<room>/"
    assert await told(pages) == [
        ("request", f"{route} · connect", 0),
        ("request", f"{route} · receive", 5),
        ("request", f"{route} · shelf.changed", 1),
        ("request", f"{route} · disconnect", 0),
    ]


async def test_lines_of_a_consumer_are_named_also_where_it_awaits(pages: Site) -> None:
    await sync_to_async(add_products)(2)
    browser = open_socket("/nested/ashelf/red/")
    await browser.connect()
    await browser.send_json_to({})
    await browser.receive_json_from(10)
    await browser.disconnect()
    await told(pages)
    groups = pages.captures[1].trace.groups
    assert {group.stack[-1].function for group in groups} == {"AsyncShelf.receive_json"}
    assert {group.stack[0].path for group in groups} == {"tests/pages/sockets.py"}


async def test_sockets_side_by_side_do_not_mix(pages: Site) -> None:
    await sync_to_async(add_products)(3)
    application = QueryscopeASGI(sockets.application)

    async def chat(path: str, rounds: int) -> None:
        browser = WebsocketCommunicator(application, path)
        browser.scope["client"] = ["127.0.0.1", 50_000]
        await browser.connect()
        for _ in range(rounds):
            await browser.send_to(text_data="{}")
            await browser.receive_from(20)
        await browser.disconnect()

    await asyncio.gather(
        chat("/shelf/a/", 2), chat("/nested/ashelf/b/", 3), chat("/shelf/c/", 1), chat("/nested/ashelf/d/", 1)
    )
    received = sorted(each for each in await told(pages) if each[1].endswith("receive"))
    assert received == [
        *[("request", "WS nested/ashelf/<room>/ · receive", 5)] * 4,
        *[("request", "WS shelf/<slug:room>/ · receive", 4)] * 3,
    ]


async def test_without_a_router_an_event_is_named_by_the_consumers_class(pages: Site) -> None:
    browser = open_socket("/zqzq-secret/", sockets.Plain.as_asgi())
    await browser.connect()
    await browser.disconnect()
    name = "WS tests.pages.sockets.Plain"
    assert await told(pages) == [("request", f"{name} · connect", 0), ("request", f"{name} · disconnect", 0)]


async def test_what_names_no_handler_is_not_told(pages: Site) -> None:
    browser = open_socket("/", sockets.Plain.as_asgi())
    await browser.connect()
    await browser.send_input({"type": "zqzq.secret"})
    with pytest.raises(ValueError, match="No handler for message type"):
        await browser.wait(10)
    assert (await told(pages))[1:] == [("request", "WS tests.pages.sockets.Plain · (no handler)", 0)]


async def test_an_exception_of_a_consumer_passes_through_and_ends_its_unit(pages: Site) -> None:
    browser = open_socket("/shelf/a/")
    await browser.connect()
    await browser.send_to(text_data="raise")
    with pytest.raises(ValueError, match="zqzq-secret"):
        await browser.wait(10)
    assert [label for _, label, _ in await told(pages)] == [
        "WS shelf/<slug:room>/ · connect",
        "WS shelf/<slug:room>/ · receive",
    ]


async def test_a_worker_of_channels_is_recorded(pages: Site) -> None:
    await sync_to_async(add_products)(2)
    scope = {"type": "channel", "channel": "thumbnails"}
    worker = ApplicationCommunicator(QueryscopeASGI(sockets.application), scope)
    await worker.send_input({"type": "make.thumbnails", "id": "zqzq-secret"})
    while not pages.captures:
        await asyncio.sleep(0.01)
    worker.stop(exceptions=False)
    assert await told(pages) == [("request", "CHANNEL tests.pages.sockets.Worker · make.thumbnails", 3)]


# Where it records nothing


async def refused(pages: Site, browser: Any) -> bool:
    """Whether an event is handled as ever, without a unit."""
    await sync_to_async(add_products)(1)
    assert (await browser.connect())[0]
    hooked = AsyncConsumer.__dict__["dispatch"] is not ORIGINALS[0]
    await browser.send_to(text_data="{}")
    assert await browser.receive_from(10) == "brand 0"
    await browser.disconnect()
    return await told(pages) == [] and not hooked


async def test_without_debug_it_is_not_there(pages: Site) -> None:
    with override_settings(DEBUG=False):
        assert await refused(pages, open_socket("/shelf/a/"))


async def test_a_strange_client_is_refused_and_told_once(
    pages: Site, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "queryscope"):
        assert await refused(pages, open_socket("/shelf/a/", host="203.0.113.9"))
    messages = [record.getMessage() for record in caplog.records if record.name == "queryscope"]
    assert len(messages) == 1
    assert '"ALLOW": ["203.0.113.9"]' in messages[0]


async def test_a_callable_that_allows_is_given_the_handshake(pages: Site) -> None:
    seen: list[str] = []

    def allow(request: Any) -> bool:
        seen.append(request.headers["X-Dev"])
        return True

    browser = open_socket("/shelf/a/", host="203.0.113.9")
    browser.scope["headers"] = [(b"x-dev", b"1")]
    with override_settings(QUERYSCOPE={"ALLOW": allow, "EXPLAIN": "off"}):
        await browser.connect()
        await browser.disconnect()
    assert seen == ["1"]
    assert len(await told(pages)) == 2


@pytest.mark.parametrize("is_wrapped", [True, False])
async def test_within_a_test_events_are_units_of_the_test(pages: Site, is_wrapped: bool) -> None:
    await sync_to_async(add_products)(2)
    unit = TestUnit("test_a", QUIET).start()
    browser = open_socket("/shelf/a/")
    if not is_wrapped:
        browser = WebsocketCommunicator(sockets.application, "/shelf/a/")
    await browser.connect()
    await browser.send_to(text_data="{}")
    assert await browser.receive_from(10) == "brand 0, brand 1"
    await browser.disconnect()
    unit.finish()
    assert await told(pages) == []
    assert [(each.trace.origin, query_count(each.trace)) for each in unit.take()] == [
        (Origin(kind="request", label=f"WS shelf/<slug:room>/ · {event}", parent="test_a"), count)
        for event, count in [("connect", 1), ("receive", 3), ("disconnect", 0)]
    ]


async def test_http_and_lifespan_pass_through_untouched(pages: Site) -> None:
    seen: list[tuple[Any, Any, Any]] = []

    async def application(scope: Any, receive: Any, send: Any) -> str:
        seen.append((scope, receive, send))
        return "answer"

    given: Any = ({"type": "http"}, object(), object())
    assert await QueryscopeASGI(application)(*given) == "answer"
    assert seen == [given]
    assert seen[0][0] is given[0]


# Faults, and other tools


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (asgi, "current_config"),
        (asgi, "refusal"),
        (asgi, "LiveSink"),
        (asgi, "Unit"),
        (consumers, "_route"),
        (consumers, "_event"),
        (consumers, "_replace"),
    ],
)
async def test_no_fault_reaches_a_consumer(
    pages: Site, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("queryscope's own")

    with forgiven_faults(), monkeypatch.context() as patch:
        patch.setattr(module, name, fail)
        browser = open_socket("/shelf/a/")
        assert (await browser.connect())[0]
        await browser.disconnect()
        assert FAULTS.count >= 1
        assert await told(pages) == []
    assert ACTIVE.get() is None


async def test_the_wrapper_of_another_tool_survives(pages: Site) -> None:
    browser = open_socket("/shelf/a/")
    await browser.connect()
    ours = AsyncConsumer.__dict__["dispatch"]
    assert ours is not ORIGINALS[0]

    async def theirs(self: Any, message: Any) -> Any:
        return await ours(self, message)

    AsyncConsumer.dispatch = theirs
    try:
        await browser.disconnect()
        assert AsyncConsumer.__dict__["dispatch"] is theirs
        assert SyncConsumer.__dict__["dispatch"] is ORIGINALS[1]
        plain = open_socket("/", sockets.Plain.as_asgi())
        assert (await plain.connect())[0]
        await plain.disconnect()
    finally:
        AsyncConsumer.dispatch = ORIGINALS[0]
    assert len(await told(pages)) == 4
