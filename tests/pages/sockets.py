"""Channels consumers, sync and async, and their routing."""

from __future__ import annotations

from typing import Any

from channels.consumer import AsyncConsumer, StopConsumer, SyncConsumer
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer, WebsocketConsumer
from channels.routing import ChannelNameRouter, ProtocolTypeRouter, URLRouter
from django.urls import path, re_path

from catalog.models import Product


def shelf() -> list[str]:
    return [product.brand.name for product in Product.objects.order_by("id")]


class Shelf(WebsocketConsumer):
    """Synchronous: its handlers run in a thread."""

    groups = ["shelf"]

    def connect(self) -> None:
        Product.objects.count()
        self.accept()

    def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if text_data == "raise":
            raise ValueError("zqzq-secret")
        self.send(text_data=", ".join(shelf()))

    def shelf_changed(self, event: dict[str, Any]) -> None:
        self.send(text_data=str(Product.objects.count()))


class AsyncShelf(AsyncJsonWebsocketConsumer):
    """Asynchronous: it awaits the ORM."""

    groups = ["shelf"]

    async def receive_json(self, content: Any, **_: Any) -> None:
        names = await database_sync_to_async(shelf)()
        await self.send_json({"names": names, "count": await Product.objects.acount()})

    async def shelf_changed(self, event: dict[str, Any]) -> None:
        await self.send_json({"count": await Product.objects.acount()})


class Plain(AsyncConsumer):
    """Without the conveniences; it has a handler of its own for whatever comes."""

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        await self.send({"type": "websocket.accept"})

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        raise StopConsumer


class Worker(SyncConsumer):
    """Run by `manage.py runworker`."""

    def make_thumbnails(self, message: dict[str, Any]) -> None:
        shelf()


application = ProtocolTypeRouter(
    {
        "websocket": URLRouter(
            [
                path("shelf/<slug:room>/", Shelf.as_asgi()),
                path("nested/", URLRouter([re_path(r"^ashelf/(?P<room>\w+)/$", AsyncShelf.as_asgi())])),
            ]
        ),
        "channel": ChannelNameRouter({"thumbnails": Worker.as_asgi()}),
    }
)
