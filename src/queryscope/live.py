"""Seam: what becomes of a request that the middleware recorded: kept, and told on the console."""

from __future__ import annotations

import logging

from django.http.response import HttpResponseBase

from queryscope.analysis.shapes import NOT_QUERIES, query_count
from queryscope.capture.recorder import Recorder
from queryscope.capture.state import FAULTS
from queryscope.config import Config
from queryscope.formats.inert import inert
from queryscope.formats.numbers import milliseconds, plural, queries
from queryscope.formats.totals import database_ms
from queryscope.formats.words import place, title
from queryscope.model import Capture, Report
from queryscope.profiler import current_project, report_on
from queryscope.requests import RequestUnit
from queryscope.sql.fingerprint import kind
from queryscope.store import Store

MILLISECOND = 1_000_000  # ns

logger = logging.getLogger("queryscope.requests")


class LiveSink:
    """Keeps each capture, and logs one line for a request that has findings."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self.store = Store(current_project(config).root, keep=config.keep)

    def __call__(self, capture: Capture) -> None:
        """Take a finished request; called after its response was closed."""
        self.store.add(capture)
        if not logger.isEnabledFor(logging.WARNING):
            return
        line = console_line(report_on([capture], self._config))
        if line:
            logger.warning("%s", line)


def console_line(report: Report) -> str:
    """`GET books/: 122 queries, 81 ms · 1 finding: N+1 on Book.author at shop/views.py:4`, or nothing."""
    if not report.findings:
        return ""
    trace = report.traces[0]
    first = report.findings[0]
    spent = f"{queries(query_count(trace))}, {milliseconds(database_ms(trace))}"
    found = plural(len(report.findings), "finding")
    return inert(f"{trace.origin.label}: {spent} · {found}: {title(first)} at {place(first)}")


def server_timing(unit: RequestUnit, response: HttpResponseBase) -> None:
    """Add what the request ran so far as a Server-Timing entry, which browsers show with its timings."""
    if unit.recorder is None:
        return
    try:
        entry = _entry(unit.recorder)
        known = response.headers.get("Server-Timing")
        response.headers["Server-Timing"] = f"{known}, {entry}" if known else entry
    except Exception:
        FAULTS.note("Server-Timing")


def _entry(recorder: Recorder) -> str:
    groups = [group for group in recorder.groups.values() if kind(group.sql) not in NOT_QUERIES]
    spent_ms = sum(group.total_ns for group in groups) / MILLISECOND
    number = sum(group.count for group in groups)  # headers are ASCII: no thin spaces here
    return f'db;dur={spent_ms:.1f};desc="{number} quer{"y" if number == 1 else "ies"}"'
