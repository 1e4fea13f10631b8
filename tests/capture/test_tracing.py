"""The OpenTelemetry trace of a unit, with the real SDK."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import pytest
from django.db import connection
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from queryscope.capture.tracing import current_trace_id
from tests.capture.recording import record

pytestmark = pytest.mark.django_db
TRACER = TracerProvider(shutdown_on_exit=False).get_tracer("queryscope.tests")


def run_query() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def hexadecimal(span: Any) -> str:
    return f"{span.get_span_context().trace_id:032x}"


@pytest.fixture
def span() -> Iterator[Any]:
    with TRACER.start_as_current_span("request") as found:
        yield found


def test_outside_of_a_span_there_is_none() -> None:
    assert current_trace_id() == ""
    with record() as recording:
        run_query()
    assert recording.trace.otel_trace_id == ""


def test_a_unit_within_a_span_is_of_its_trace(span: Any) -> None:
    with record() as recording:
        with TRACER.start_as_current_span("another of the same trace"):
            run_query()
    assert recording.trace.otel_trace_id == hexadecimal(span)
    assert len(recording.trace.otel_trace_id) == 32


def test_a_span_that_begins_after_the_unit_is_found_at_its_first_query() -> None:
    with record() as recording:
        with TRACER.start_as_current_span("within") as within:
            run_query()
        run_query()
    assert recording.trace.otel_trace_id == hexadecimal(within)


def test_a_span_that_is_there_at_the_end_is_found_without_a_query() -> None:
    recording = record()
    with recording as recorded:
        span = TRACER.start_as_current_span("late")
        late = span.__enter__()
    span.__exit__(None, None, None)
    assert recorded.trace.otel_trace_id == hexadecimal(late)


def test_the_first_trace_is_kept(span: Any) -> None:
    nowhere = trace.set_span_in_context(trace.INVALID_SPAN)
    with record() as recording:
        with TRACER.start_as_current_span("another trace", context=nowhere) as another:
            run_query()
    assert hexadecimal(another) != hexadecimal(span)
    assert recording.trace.otel_trace_id == hexadecimal(span)


def test_it_is_found_in_a_thread_that_has_the_context() -> None:
    with ThreadPoolExecutor(1) as pool, TRACER.start_as_current_span("within") as within:
        assert pool.submit(copy_context().run, current_trace_id).result() == hexadecimal(within)
        assert pool.submit(current_trace_id).result() == ""


def test_a_span_that_is_not_valid_has_no_trace() -> None:
    with trace.use_span(trace.INVALID_SPAN):
        assert current_trace_id() == ""


def test_a_span_of_anybodys_class_that_fails_changes_nothing() -> None:
    class Broken(trace.NonRecordingSpan):
        def get_span_context(self) -> Any:
            raise RuntimeError("theirs")

    with trace.use_span(Broken(trace.INVALID_SPAN_CONTEXT)), record() as recording:
        run_query()
    assert recording.trace.otel_trace_id == ""
    assert recording.last.count == 1


def test_opentelemetry_is_never_imported() -> None:
    program = (
        "import sys; from queryscope.capture.tracing import current_trace_id; print(repr(current_trace_id()),"
        "any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "'' False\n"
