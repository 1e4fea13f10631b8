"""What capture costs: thread CPU per query, per queryset and per loaded instance.

    python benchmarks/capture_cost.py

Inside each of 200 real `get()`s the hook is called ten more times with an `execute` that returns at once, at
17 and at 57 frames of stack; the best of 12 rounds counts. The same calls of a wrapper that does nothing
are the floor. SQLite in memory: no server is needed, and the hook doesn't know the difference.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from pathlib import Path
from time import thread_time_ns
from typing import Any

import django
from django.conf import settings
from django.db import connection

ROUNDS = 12
GETS = 200
CALLS = 10  # of the hook, inside each get()
DEPTHS = (17, 57)  # frames at the moment of the hook
QUERYSETS = 2000
INSTANCES = 20_000


def main() -> None:
    """Measure everything and print one line for each number."""
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        INSTALLED_APPS=[],
        USE_TZ=True,
    )
    django.setup()
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from workloads import lookups

    with connection.schema_editor() as editor:
        editor.create_model(lookups.Thing)
    lookups.Thing.objects.bulk_create(lookups.Thing(name=f"t{n}") for n in range(INSTANCES))
    print(f"Python {platform.python_version()}, Django {django.get_version()}; µs of thread CPU, best of 12")
    for frames in DEPTHS:
        print(f"query at {frames} frames: no-op {_query_us(lookups, frames, None):5.2f}", end="  ")
        print(f"capture {_query_us(lookups, frames, _recorder()):5.2f}")
    plain, recorded = _both_us(lookups.build, QUERYSETS)
    print(f"queryset, built: plain {plain:5.2f}  recorded {recorded:5.2f}  added {recorded - plain:5.2f}")
    for name, function in (("loaded", lookups.load), ("streamed", lookups.stream)):
        plain, recorded = (spent / INSTANCES for spent in _both_us(function, 1))
        print(
            f"instance, {name}: plain {plain:6.3f}  recorded {recorded:6.3f}  added {recorded - plain:6.3f}"
        )


def _recorder() -> Any:
    from queryscope.capture.codes import Codes
    from queryscope.capture.project import find_project
    from queryscope.capture.recorder import Recorder
    from queryscope.config import Config
    from queryscope.model import Origin

    # Only the workloads are the application's: this file's wrapper must not be taken for a call site.
    project = find_project(str(Path(__file__).resolve().parent / "workloads"))
    return Recorder(Origin(kind="block", label="benchmark"), Config(max_queries=1_000_000), Codes(project))


def _query_us(lookups: Any, frames: int, recorder: Any) -> float:
    """Thread CPU of one call of the hook."""
    from queryscope.capture.statements import hook_execute

    hook = _noop if recorder is None else hook_execute(_returns)
    spent = 0
    depth = 0

    def measure(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        nonlocal spent, depth
        result = execute(sql, params, many, context)
        depth = _depth()
        cursor = context["cursor"]
        started = thread_time_ns()
        for _ in range(CALLS):
            hook(cursor, sql, params, many, execute)
        spent += thread_time_ns() - started
        return result

    best = float("inf")
    if recorder is not None:
        recorder.start()
    with connection.execute_wrapper(measure):
        lookups.get_at_depth(0)
        more = frames - depth - 1  # the hook's own frame is one
        for _ in range(ROUNDS):
            spent = 0
            for _ in range(GETS):
                lookups.get_at_depth(more)
            best = min(best, spent / GETS / CALLS / 1000)
    if recorder is not None:
        recorder.stop()
    return best


def _noop(cursor: Any, sql: Any, params: Any, many: bool, execute: Any) -> Any:
    return _returns(cursor, sql, params, many, execute)


def _returns(*_: Any) -> None:
    return None


def _depth() -> int:
    frame, depth = sys._getframe(1), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1  # type: ignore[assignment]
    return depth


def _both_us(function: Callable[[], Any], times: int) -> tuple[float, float]:
    """Thread CPU of one call without and with a recorder, in turns; the best of the rounds."""
    plain = recorded = float("inf")
    for _ in range(2 * ROUNDS):
        plain = min(plain, _each_us(function, times))
        with _recorder():
            recorded = min(recorded, _each_us(function, times))
    return plain, recorded


def _each_us(function: Callable[[], Any], times: int) -> float:
    started = thread_time_ns()
    for _ in range(times):
        function()
    return (thread_time_ns() - started) / times / 1000


if __name__ == "__main__":
    main()
