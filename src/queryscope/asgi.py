"""Door: an ASGI application whose Channels consumers are recorded, in development only."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest

from queryscope.capture.state import FAULTS
from queryscope.clients import refusal
from queryscope.consumers import Connection, is_watched, watched
from queryscope.live import LiveSink
from queryscope.model import Origin
from queryscope.profiler import current_config
from queryscope.units import Unit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[Any]]

# Requests over HTTP are the middleware's.
PROTOCOLS = {"websocket": "WS", "channel": "CHANNEL"}

logger = logging.getLogger("queryscope")


class QueryscopeASGI:
    """An ASGI application as it was; events of its consumers are units of work while DEBUG is on.

        application = QueryscopeASGI(ProtocolTypeRouter({...}))

    Args:
        application: what asgi.py would serve without it.
    """

    def __init__(self, application: Application) -> None:
        self.application = application
        self._told_refusal = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Any:
        """Serve a connection."""
        connection = self._connection(scope)
        if connection is None:
            return await self.application(scope, receive, send)
        with watched(connection):
            return await self.application(scope, receive, send)

    def _connection(self, scope: Scope) -> Connection | None:
        try:
            protocol = PROTOCOLS.get(scope.get("type", ""))
            # A test records its consumers by itself.
            if protocol is None or FAULTS.is_off or not settings.DEBUG or is_watched():
                return None
            config = current_config()
            if protocol == "WS" and not self._allows(scope, config.allow):
                return None
            sink = LiveSink(config)

            def begin(origin: Origin) -> Unit | None:
                return Unit(origin, config, sink) if settings.DEBUG else None

            return Connection(protocol, begin)
        except Exception:
            FAULTS.note("the start of a connection")
            return None

    def _allows(self, scope: Scope, allow: Any) -> bool:
        request = ASGIRequest({**scope, "method": "GET"}, BytesIO())
        reason = refusal(request, allow=allow, internal_ips=settings.INTERNAL_IPS)
        if reason and not self._told_refusal:
            self._told_refusal = True
            logger.warning("queryscope: %s", reason)
        return not reason
