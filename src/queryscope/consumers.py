"""Seam: the events that Channels consumers handle, as units of their own.

`AsyncConsumer.dispatch` and `SyncConsumer.dispatch` get each event in the context that handles it; an ASGI
wrapper alone sees no events of channel layers. Both are replaced while a watched connection is open or a
test is recorded, and put back by identity.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any

from queryscope.capture.state import FAULTS
from queryscope.model import Origin
from queryscope.routes import readable_route
from queryscope.units import Unit

Begin = Callable[[Origin], Unit | None]

_connection: ContextVar[Connection | None] = ContextVar("queryscope_connection", default=None)
_watchers: list[Begin] = []
_lock = Lock()
_open = 0
_replaced: list[tuple[type, Any, Any]] = []  # class, original, replacement


class Connection:
    """A websocket, or a channel of a worker, whose events are recorded.

    Args:
        protocol: how its events are named: `WS`, or `CHANNEL`.
        begin: makes the unit of an event.
    """

    def __init__(self, protocol: str, begin: Begin) -> None:
        self._protocol = protocol
        self._begin = begin
        self._route: str | None = None

    def unit(self, consumer: Any, message: Any) -> Unit | None:
        """The unit of the event that this consumer handles now. Never raises."""
        try:
            if self._route is None:
                self._route = _route()
            kind = type(consumer)
            name = self._route or f"{kind.__module__}.{kind.__qualname__}"
            label = f"{self._protocol} {name} · {_event(consumer, message)}"
            return self._begin(Origin(kind="request", label=label))
        except Exception:
            FAULTS.note("the start of an event")
            return None


# One event, one unit: a hook of ours may be left within another tool's.
_HANDLED = Connection("", lambda origin: None)


def _event(consumer: Any, message: Any) -> str:
    """`receive`, `chat.message`: only what names a method of the consumer, anything else may be a value."""
    kind = message.get("type") if isinstance(message, dict) else None
    if not isinstance(kind, str) or not hasattr(type(consumer), kind.replace(".", "_")):
        return "(no handler)"
    return kind.removeprefix("websocket.")


def _route() -> str:
    """The patterns that led here. `scope["url_route"]` holds their values only, so the routers are asked."""
    patterns: list[str] = []
    frame = sys._getframe(1)
    while frame.f_back is not None:
        frame = frame.f_back
        code = frame.f_code
        if code.co_qualname == "URLRouter.__call__" and code.co_filename.endswith("routing.py"):
            patterns.insert(0, readable_route(str(frame.f_locals["route"].pattern)))
    return "".join(patterns)


def is_watched() -> bool:
    """Whether a test records the events of all consumers."""
    return bool(_watchers)


class WatchedEvents:
    """While it stands, each event that any consumer of this process handles is a unit.

    Args:
        begin: makes the unit of an event that starts now.
    """

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._is_hooked = False

    def __enter__(self) -> WatchedEvents:
        self._is_hooked = _install()
        _watchers.append(self._begin)
        return self

    def __exit__(self, *_: object) -> None:
        _watchers.remove(self._begin)
        if self._is_hooked:
            _uninstall()


@contextmanager
def watched(connection: Connection) -> Iterator[None]:
    """Record the events of a connection, as long as it is open in this context."""
    is_hooked = _install()
    token = _connection.set(connection)
    try:
        yield
    finally:
        _connection.reset(token)
        if is_hooked:
            _uninstall()


def _install() -> bool:
    global _open
    channels: Any = sys.modules.get("channels.consumer")
    if channels is None:
        return False
    try:
        with _lock:
            if not _open:
                for holder in (channels.AsyncConsumer, channels.SyncConsumer):
                    _replace(holder)
            _open += 1
    except Exception:
        FAULTS.note("watching consumers")
        return False
    return True


def _uninstall() -> None:
    global _open
    try:
        with _lock:
            _open -= 1
            if _open:
                return
            while _replaced:
                holder, original, replacement = _replaced.pop()
                # Someone who wrapped ours keeps what they made: ours is inert without a connection.
                if holder.__dict__.get("dispatch") is replacement:
                    holder.dispatch = original  # type: ignore[attr-defined]
    except Exception:
        FAULTS.note("watching consumers")


def _replace(holder: Any) -> None:
    original = holder.__dict__["dispatch"]
    replacement = _hook(original)
    holder.dispatch = replacement
    _replaced.append((holder, original, replacement))


def _hook(original: Any) -> Callable[..., Awaitable[Any]]:
    async def dispatch(self: Any, message: Any) -> Any:
        bound = original.__get__(self, type(self))
        connection = _connection.get()
        if connection is None and _watchers:
            connection = Connection("CHANNEL" if "channel" in self.scope else "WS", _watchers[-1])
        if connection is None or connection is _HANDLED:
            return await bound(message)
        unit = connection.unit(self, message)
        token = _connection.set(_HANDLED)
        try:
            return await bound(message)
        finally:
            _connection.reset(token)
            if unit is not None:
                unit.finish()

    return dispatch
