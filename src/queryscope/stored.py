"""Seam: the report of what the middleware kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from queryscope.analysis.shapes import query_count
from queryscope.config import Config
from queryscope.model import Capture, Report, Trace
from queryscope.profiler import current_project, report_on
from queryscope.store import Store


def open_store(config: Config) -> Store:
    """The store of this project."""
    return Store(config.store or current_project(config).root, keep=config.keep)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The report of what is kept, and why not all of it could be judged."""

    report: Report
    stale: tuple[str, ...] = ()  # also among the report's `missing`


def read_stored(config: Config) -> Stored:
    """What was recorded, without units whose source has changed since: their lines are no longer true."""
    captures, notes = open_store(config).captures()
    fresh, stale = drop_stale(captures, current_project(config).root)
    return Stored(report=report_on(fresh, config, missing=[*notes, *stale]), stale=tuple(stale))


def drop_stale(captures: Sequence[Capture], root: str) -> tuple[list[Capture], list[str]]:
    """The captures whose files are as they were, and what was left out, in words.

    Nothing is said of a unit that was recorded anew after the change: the new one stands for it.
    """
    changed: dict[str, float] = {}
    fresh: list[Capture] = []
    latest: dict[tuple[str, str], float] = {}
    stale: dict[str, list[Trace]] = {}
    for capture in captures:
        at = datetime.fromisoformat(capture.trace.started_at).timestamp()
        newer = next((path for path in _paths(capture.trace) if _changed(path, root, changed) > at), None)
        if newer is None:
            fresh.append(capture)
            latest[_name(capture.trace)] = max(at, latest.get(_name(capture.trace), at))
        else:
            stale.setdefault(newer, []).append(capture.trace)
    notes = []
    for path, traces in stale.items():
        left = [trace for trace in traces if latest.get(_name(trace), 0.0) <= changed[path]]
        if left:
            notes.append(_left_out(path, left))
    return fresh, notes


def _name(trace: Trace) -> tuple[str, str]:
    return trace.origin.kind, trace.origin.label


def _left_out(path: str, traces: Sequence[Trace]) -> str:
    is_one = len(traces) == 1
    units = "unit of work was" if is_one else "units of work were"
    again = "run it again" if is_one else "run them again"
    if all(trace.origin.kind == "request" for trace in traces):
        again = "open the page again" if is_one else "open the pages again"
    return f"{len(traces)} {units} recorded before {path} was changed, and left out: {again}"


def _paths(trace: Trace) -> Iterator[str]:
    for group in trace.groups:
        for frame in group.stack:
            yield frame.path
        if group.site is not None:
            if group.site.frame is not None:
                yield group.site.frame.path
            if group.site.holder is not None:
                yield group.site.holder.path


def _changed(path: str, root: str, known: dict[str, float]) -> float:
    if path not in known:
        try:
            known[path] = Path(root, path).stat().st_mtime
        except OSError:
            known[path] = 0.0  # gone: no edit is drawn from it
    return known[path]


def is_empty(report: Report) -> bool:
    """Whether no query was seen at all."""
    return not any(query_count(trace) for trace in report.traces)
