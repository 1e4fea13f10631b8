"""Seam: what becomes of a request that the middleware recorded: kept, and told on the console."""

from __future__ import annotations

import logging

from django.http.response import HttpResponseBase

from queryscope.analysis.shapes import query_count
from queryscope.capture.recorder import Recorder
from queryscope.capture.state import FAULTS
from queryscope.config import Config
from queryscope.formats.inert import inert
from queryscope.formats.numbers import milliseconds, plural, queries
from queryscope.formats.totals import database_ms
from queryscope.formats.words import place, title
from queryscope.model import Capture, Origin, Report
from queryscope.profiler import count_findings, current_config, current_project, report_on
from queryscope.requests import RequestUnit
from queryscope.store import Store
from queryscope.units import Unit

MOST_GROUPS = 500

logger = logging.getLogger("queryscope.requests")


class LiveSink:
    """Keeps each capture, and logs one line for a request that has findings."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.store = Store(config.store or current_project(config).root, keep=config.keep)

    def __call__(self, capture: Capture) -> None:
        """Take a finished request; called after its response was closed."""
        self.store.add(capture)
        if not logger.isEnabledFor(logging.WARNING):
            return
        line = console_line(report_on([capture], self.config))
        if line:
            logger.warning("%s", line)


_sinks: list[LiveSink] = []  # that of the latest task: it tells once that it can't write


def task_unit(name: str) -> Unit:
    """The unit of a background task of a development server or worker."""
    config = current_config()
    if not _sinks or _sinks[0].config != config:
        _sinks[:] = [LiveSink(config)]
    return Unit(Origin(kind="task", label=name), config, _sinks[0])


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
    """Add what the request ran as a Server-Timing entry, which browsers show with its timings."""
    if unit.recorder is None or response.streaming:  # a stream runs most of its queries later
        return
    try:
        entry = _entry(unit, unit.recorder)
        known = response.headers.get("Server-Timing")
        response.headers["Server-Timing"] = f"{known}, {entry}" if known else entry
    except Exception:
        FAULTS.note("Server-Timing")


def _entry(unit: RequestUnit, recorder: Recorder) -> str:
    finished = None if len(recorder.groups) > MOST_GROUPS else unit.finished
    if finished is None:  # the response doesn't wait for a judgement on so many
        number, spent_ms, found = recorder.count, sum(g.total_ns for g in recorder.groups) / 1e6, 0
    else:
        trace = finished[0]
        number, spent_ms, found = (
            query_count(trace),
            database_ms(trace),
            count_findings(trace, recorder.config),
        )
    # Headers are ASCII: no thin spaces here.
    told = f"{number} quer{'y' if number == 1 else 'ies'}"
    if found:
        told += f", {found} finding{'' if found == 1 else 's'}"
    return f'db;dur={spent_ms:.1f};desc="{told}"'
