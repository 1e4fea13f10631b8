"""Seam: one unit of work per request, from the first middleware to the last byte of the response."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextvars import copy_context
from functools import partial
from typing import Any

from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase

from queryscope.capture.state import ACTIVE, FAULTS
from queryscope.config import Config
from queryscope.model import Origin
from queryscope.naming import origin_of
from queryscope.profiler import begin
from queryscope.units import Place, Sink, Surrounding, captured


def is_recording_request() -> bool:
    """Whether this context already belongs to the unit of a request."""
    recorder = ACTIVE.get()
    return recorder is not None and recorder.origin.kind == "request"


class _Closer:
    """Called when the response is closed. A cache may pickle the response: there, nothing of us is left."""

    __slots__ = ("_finish",)

    def __init__(self, finish: Callable[[], None]) -> None:
        self._finish = finish

    def __call__(self) -> None:
        self._finish()

    def __reduce__(self) -> tuple[Any, ...]:
        return partial, (dict,)


class RequestUnit(Surrounding):
    """A request while it is recorded. Nothing here raises into the program.

    Args:
        config: the settings.
        sink: is given the capture, after the response is closed.
        parent: the label of the unit around it.
        place: where plans are taken.
    """

    def __init__(self, config: Config, sink: Sink, *, parent: str = "", place: Place = "beside") -> None:
        super().__init__()
        self._sink = sink
        self._parent = parent
        self._place = place
        self._outer = ACTIVE.get()
        self.is_finished = False
        if FAULTS.is_off:
            return
        try:
            self.surround(begin(Origin(kind="request", label="(no route)", parent=parent), config))
        except Exception:
            FAULTS.note("the start of a request")

    def failed(self, request: HttpRequest) -> None:
        """The handler raised: the server is being stopped, or the client has gone."""
        if self.recorder is None:
            return
        try:
            self.recorder.origin = origin_of(request, self._parent)
            self.is_finished = True
            self.stop_inner()
            self.recorder.stop()
            self._sink(captured(self, self._place, is_explained=False))
        except Exception:
            FAULTS.note("a request that failed")
        self.hand_on_inner(is_explained=False)

    def answered(self, request: HttpRequest, response: Any) -> None:
        """The handler returned; a streamed body is recorded on, and the unit ends when it is closed."""
        if self.recorder is None:
            return
        try:
            self.recorder.origin = origin_of(request, self._parent)
            self.recorder.status = response.status_code
            self.stop_inner()
            if response.streaming and not isinstance(response, FileResponse):
                self._watch_body(response)
                ACTIVE.set(self._outer)
            else:
                self.recorder.stop()
            response._resource_closers.append(_Closer(self.finish))
        except Exception:
            FAULTS.note("the end of a request")
            self._stop_apart()

    def _watch_body(self, response: Any) -> None:
        # The body's own close() stays with the response, which calls it before ours.
        chunks = response.streaming_content
        response.streaming_content = self._achunks(chunks) if response.is_async else self._chunks(chunks)

    def _chunks(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        while True:
            token = ACTIVE.set(self.recorder)
            try:
                chunk = next(chunks)
            except StopIteration:
                return
            finally:
                ACTIVE.reset(token)
            yield chunk

    async def _achunks(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        try:
            while True:
                token = ACTIVE.set(self.recorder)
                try:
                    chunk = await anext(chunks)
                except StopAsyncIteration:
                    return
                finally:
                    ACTIVE.reset(token)
                yield chunk
        finally:
            close = getattr(chunks, "aclose", None)
            if close is not None:
                await close()

    def finish(self) -> None:
        """The response was closed, or nobody will: hand the capture on, once."""
        recorder = self.recorder
        if recorder is None or self.is_finished:
            return
        self.is_finished = True
        try:
            if not recorder.ended_ns:
                self._stop_apart()
            self.stop_inner()
            self._sink(captured(self, self._place))
        except Exception:
            FAULTS.note("the completion of a request")
        self.hand_on_inner()

    def _stop_apart(self) -> None:
        # In a context of its own: by now this one may belong to another unit.
        if self.recorder is not None:
            if ACTIVE.get() is self.recorder:
                ACTIVE.set(self._outer)
            copy_context().run(self.recorder.stop)


def record(
    unit: RequestUnit, get_response: Callable[[HttpRequest], HttpResponseBase], request: HttpRequest
) -> HttpResponseBase:
    """Answer a request within its unit."""
    try:
        response = get_response(request)
    except BaseException:
        unit.failed(request)
        raise
    unit.answered(request, response)
    return response


async def arecord(
    unit: RequestUnit,
    get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]],
    request: HttpRequest,
) -> HttpResponseBase:
    """The same for an asynchronous handler."""
    try:
        response = await get_response(request)
    except BaseException:
        unit.failed(request)
        raise
    unit.answered(request, response)
    return response
