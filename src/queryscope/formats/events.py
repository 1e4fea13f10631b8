"""Single executions as columns of small whole numbers: what makes 100 000 queries a file of 1 MB."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from typing import Any

from queryscope.model import Report, Trace

MOST_EVENTS = 1_000_000  # about 15 MB of HTML; beyond it each unit of work keeps its first ones
_STEPS = 100  # a millisecond has that many


def columns(report: Report, most: int = MOST_EVENTS) -> tuple[dict[str, list[int]], int]:
    """The columns of all units of work, one after the other, and how many events were left out.

    `n`: events per unit. `start`: gap to the start before, in 10 µs. `duration`: in 10 µs.
    `shape`: position in `queries`, −1 unknown. `thread`: empty where all is 0.
    """
    total = sum(len(trace.queries) for trace in report.traces)
    share = 1.0 if total <= most else most / total
    shapes = {shape.fingerprint: index for index, shape in enumerate(report.shapes)}
    found: dict[str, list[int]] = {"n": [], "start": [], "duration": [], "shape": [], "thread": []}
    for trace in report.traces:
        _append(found, trace, shapes, int(len(trace.queries) * share))
    if not any(found["thread"]):
        found["thread"] = []
    return found, total - sum(found["n"])


def _append(found: dict[str, list[int]], trace: Trace, shapes: dict[str, int], most: int) -> None:
    positions = {group.index: shapes.get(group.fingerprint, -1) for group in trace.groups}
    before = 0
    for query in trace.queries[:most]:
        start = round(query.started_ms * _STEPS)
        found["start"].append(start - before)
        found["duration"].append(round(query.duration_ms * _STEPS))
        found["shape"].append(positions.get(query.group, -1))
        found["thread"].append(query.thread)
        before = start
    found["n"].append(min(len(trace.queries), most))


def encoded(value: Any) -> str:
    """Plain data as gzip in base64: nothing in it can end a script element; equal data give equal text."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return b64encode(gzip.compress(text.encode("ascii"), 9, mtime=0)).decode("ascii")
