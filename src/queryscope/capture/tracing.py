"""The OpenTelemetry trace that a unit of work belongs to, where OpenTelemetry is in use."""

from __future__ import annotations

import sys
from contextlib import suppress


def current_trace_id() -> str:
    """The 32 hexadecimal digits of the current span's trace; "" where there is none. Imports nothing."""
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return ""
    with suppress(Exception):  # a span may be anybody's class
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            return f"{context.trace_id:032x}"
    return ""
