"""Seam: the report of what the middleware kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


def stored_report(config: Config) -> Report:
    """What was recorded, without units whose source has changed since: their lines are no longer true."""
    captures, notes = open_store(config).captures()
    root = current_project(config).root
    fresh = drop_stale(captures, root, notes)
    return report_on(fresh, config, missing=notes)


def drop_stale(captures: Sequence[Capture], root: str, notes: list[str]) -> list[Capture]:
    """The captures whose files are as they were; what is left out is told in `notes`."""
    changed: dict[str, float] = {}
    fresh = []
    stale: dict[str, int] = {}
    for capture in captures:
        at = datetime.fromisoformat(capture.trace.started_at).timestamp()
        newer = next((path for path in _paths(capture.trace) if _changed(path, root, changed) > at), None)
        if newer is None:
            fresh.append(capture)
        else:
            stale[newer] = stale.get(newer, 0) + 1
    for path, number in stale.items():
        units = "unit of work was" if number == 1 else "units of work were"
        notes.append(f"{number} {units} recorded before {path} was changed, and left out: run them again")
    return fresh


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
