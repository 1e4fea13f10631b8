"""Seam: requests as units of work where the middleware isn't used, since DEBUG is off: tests and commands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from threading import Lock
from typing import Any

from django.core.handlers.base import BaseHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from queryscope.config import Config
from queryscope.requests import RequestUnit, arecord, is_recording_request, record
from queryscope.units import Place, Sink


class WatchedRequests:
    """While it stands, each request that Django handles in this process is a unit of its own.

    It hooks `BaseHandler.get_response`, which every handler passes, and is removed by identity.

    Args:
        config: the settings.
        sink: is given each capture.
        parent: the label of the unit around them.
        place: where plans are taken.
    """

    def __init__(self, config: Config, sink: Sink, *, parent: str = "", place: Place = "in-place") -> None:
        self._config = config
        self._sink = sink
        self._parent = parent
        self._place = place
        self._units: list[RequestUnit] = []

    def unit(self) -> RequestUnit:
        """A unit for the request that comes in now."""
        unit = RequestUnit(self._config, self._sink, parent=self._parent, place=self._place)
        self._units = [*(each for each in self._units if not each.is_finished), unit]
        return unit

    def __enter__(self) -> WatchedRequests:
        with _lock:
            _watchers.append(self)
            if len(_watchers) == 1:
                _hook()
        return self

    def __exit__(self, *_: object) -> None:
        with _lock:
            _watchers.remove(self)
            if not _watchers:
                _unhook()
        for unit in self._units:  # tests often leave a streamed response unread
            unit.finish()
        self._units.clear()


_lock = Lock()
_watchers: list[WatchedRequests] = []
_hooked: list[tuple[str, Any, Any]] = []  # name, original, replacement


def _watcher() -> WatchedRequests | None:
    return _watchers[-1] if _watchers and not is_recording_request() else None


def _hook() -> None:
    for name, make in (("get_response", _hook_sync), ("get_response_async", _hook_async)):
        original = BaseHandler.__dict__[name]
        replacement = make(original)
        setattr(BaseHandler, name, replacement)
        _hooked.append((name, original, replacement))


def _unhook() -> None:
    while _hooked:
        name, original, replacement = _hooked.pop()
        # Someone who wrapped ours keeps what they made: ours is inert without a watcher.
        if BaseHandler.__dict__.get(name) is replacement:
            setattr(BaseHandler, name, original)


def _hook_sync(original: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    def get_response(self: Any, request: HttpRequest) -> HttpResponseBase:
        watcher = _watcher()
        if watcher is None:
            return original(self, request)
        return record(watcher.unit(), lambda one: original(self, one), request)

    return get_response


def _hook_async(original: Callable[..., Awaitable[HttpResponseBase]]) -> Callable[..., Any]:
    async def get_response_async(self: Any, request: HttpRequest) -> HttpResponseBase:
        watcher = _watcher()
        if watcher is None:
            return await original(self, request)
        return await arecord(watcher.unit(), lambda one: original(self, one), request)

    return get_response_async
