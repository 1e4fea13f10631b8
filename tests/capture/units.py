"""A middleware that makes a unit of every request, as the doors do, and keeps what it captured."""

from __future__ import annotations

from typing import Any

from asgiref.sync import iscoroutinefunction
from django.utils.decorators import sync_and_async_middleware

from queryscope.config import Config
from queryscope.model import Capture
from queryscope.requests import RequestUnit, arecord, record

CAPTURES: list[Capture] = []


@sync_and_async_middleware
def middleware(get_response: Any) -> Any:
    config = Config(explain="off", reads=True)
    if iscoroutinefunction(get_response):

        async def answer_async(request: Any) -> Any:
            return await arecord(RequestUnit(config, CAPTURES.append), get_response, request)

        return answer_async

    def answer(request: Any) -> Any:
        return record(RequestUnit(config, CAPTURES.append), get_response, request)

    return answer
