"""Door: one unit of work per request, in development only; sync and async."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from queryscope.capture.state import FAULTS, LEFT_OUT, LeftOut
from queryscope.clients import refusal
from queryscope.live import LiveSink, server_timing
from queryscope.profiler import current_config
from queryscope.requests import RequestUnit, arecord, is_recording_request, record

PANEL = "/__queryscope__/"

logger = logging.getLogger("queryscope")


class QueryscopeMiddleware:
    """Profiles requests of local clients while DEBUG is on; otherwise it isn't there.

    Put it first: what middleware before it queries is not seen.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        if not settings.DEBUG:
            raise MiddlewareNotUsed("QueryscopeMiddleware is for development: DEBUG is off.")
        self.get_response = get_response
        self.config = current_config()
        self.sink = LiveSink(self.config)
        self._told_refusal = False
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answer a request; nothing of it changes but a Server-Timing header."""
        if self._is_async:
            return self._answer_async(request)
        if not self._profiles(request):
            return cast(HttpResponseBase, self.get_response(request))
        unit = RequestUnit(self.config, self.sink)
        response = record(unit, self.get_response, request)
        server_timing(unit, response)
        return response

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        if not self._profiles(request):
            return cast(HttpResponseBase, await self.get_response(request))
        unit = RequestUnit(self.config, self.sink)
        response = await arecord(unit, self.get_response, request)
        server_timing(unit, response)
        return response

    def _profiles(self, request: HttpRequest) -> bool:
        # For good: this context is a server's. What it runs outside of units is left out on purpose.
        LEFT_OUT.set(LeftOut())
        try:
            if FAULTS.is_off or not settings.DEBUG or is_recording_request() or _is_passed_over(request):
                return False
            reason = refusal(request, allow=self.config.allow, internal_ips=settings.INTERNAL_IPS)
        except Exception:
            FAULTS.note("the middleware")
            return False
        if reason and not self._told_refusal:
            self._told_refusal = True
            logger.warning("queryscope: %s", reason)
        return not reason


def _is_passed_over(request: HttpRequest) -> bool:
    path = request.path_info
    static = settings.STATIC_URL or ""
    # A STATIC_URL of "/" or on another host names no paths of this one.
    is_static = len(static) > 1 and static.startswith("/") and request.path.startswith(static)
    return is_static or path.startswith(PANEL)
