"""What capture holds: bytes for each query while all are kept, and the growth over a million of them.

    python benchmarks/memory.py

The statements run in an `execute` that returns at once. The run over a million ends with its report, and fails
unless every shape, count, total and worst example in it is right and what was dropped is told.
"""

from __future__ import annotations

import gc
import resource
import sys
import tracemalloc
from collections import Counter
from time import perf_counter_ns, sleep
from typing import Any

import alone
from goals import Number, tell

KEPT = 50_000
MANY = 1_000_000
LITERALS_EVERY = 100  # one statement in so many has its values in its text
WORST_MS = 30.0


def main() -> None:
    """Measure both."""
    alone.configure()
    if "--many-only" in sys.argv:
        tell([growth()])
    else:
        # First what needs a process that has not grown yet.
        tell([growth(), *held()])


def held() -> list[Number]:
    """Bytes for each query, while recording and in the trace."""
    from queryscope.capture.finish import finish
    from queryscope.capture.hooks import dispatch
    from workloads.statements import send, statements

    context = _context()
    recorder = _begin(max_queries=KEPT)
    for _, sql, params in statements(1000, literals_every=KEPT):
        send(dispatch, _returns, sql, params, context)  # codes and groups are there
    before_count = recorder.count
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _, sql, params in statements(KEPT - 1000, literals_every=KEPT):
        send(dispatch, _returns, sql, params, context)
    gc.collect()
    while_recording = tracemalloc.get_traced_memory()[0] - before
    recorder.stop()
    trace, _ = finish(recorder)
    number = recorder.count - before_count
    samples, groups = recorder.samples, recorder.groups
    recorder.samples, recorder.groups = [], {}
    del samples, groups
    gc.collect()
    in_trace = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    if len(trace.queries) != number + before_count:
        raise SystemExit("memory: not all queries were kept.")
    return [
        Number(what="held for each query, while recording", value=while_recording / number, unit="bytes", goal=500),
        Number(what="held for each query, in the trace", value=in_trace / number, unit="bytes", goal=500),
    ]


def growth() -> Number:
    """Growth of the process over a million queries and their report, at its highest."""
    from queryscope.capture.finish import finish
    from queryscope.capture.hooks import dispatch
    from queryscope.model import Capture
    from queryscope.profiler import current_config, report_on
    from queryscope.sql.fingerprint import normalize
    from workloads.statements import LITERALS, send, statements

    worst = _worst()
    counts: Counter[str] = Counter()
    least: Counter[str] = Counter()  # ns inside of execute
    most: Counter[str] = Counter()  # ns around the hook
    inside = 0

    def execute(sql: str, params: Any, many: bool, context: Any) -> None:
        nonlocal inside
        started = perf_counter_ns()
        if params in worst:
            sleep(WORST_MS / 1000)
        inside = perf_counter_ns() - started

    context = _context()
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    recorder = _begin()
    for shape, sql, params in statements(MANY, literals_every=LITERALS_EVERY):
        started = perf_counter_ns()
        send(dispatch, execute, sql, params, context)
        most[shape] += perf_counter_ns() - started
        least[shape] += inside
        counts[shape] += 1
    recorder.stop()
    trace, slow = finish(recorder)
    report = report_on([Capture(trace=trace)], current_config())
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    names = {shape.sql: shape for shape in report.shapes}
    expected = {normalize(LITERALS.format(1) if shape == LITERALS else shape): shape for shape in counts}
    problems = [f"shapes differ: {set(names) ^ set(expected)}"] if set(names) != set(expected) else []
    for text, shape in expected.items():
        found = names.get(text)
        if found is None:
            continue
        problems += [f"{found.count} of {counts[shape]}: {text}"] if found.count != counts[shape] else []
        if not least[shape] <= found.total_ms * 1e6 <= most[shape]:
            problems.append(f"total {found.total_ms} ms is not within {least[shape]}–{most[shape]} ns: {text}")
    examples = {trace.groups[each.group].sql: each for each in slow}
    for params, text in worst.items():
        example = examples.get(normalize(text))
        if example is None or example.params != params or example.max_ms < WORST_MS:
            problems.append(f"not the worst example {params}: {text}")
    told = " ".join(report.run.missing)
    dropped = MANY - current_config().max_queries
    if trace.dropped_queries != dropped or f"{dropped} executions" not in told:
        problems.append(f"{trace.dropped_queries} of {dropped} dropped, told: {told!r}")
    if problems:
        raise SystemExit("memory: the report of a million is wrong.\n" + "\n".join(problems[:20]))
    return Number(what=f"growth over {MANY} queries, with the report", value=grown / 1024, unit="MB", goal=100)


def _worst() -> dict[Any, str]:
    """Parameters that take long, one for each shape with parameters."""
    from workloads.statements import SHAPES, statements

    found: dict[str, Any] = {}
    for shape, _, params in statements(MANY // 2, literals_every=LITERALS_EVERY):
        if params is not None and params[0] > MANY // 4 and shape not in found:
            found[shape] = params
            if len(found) == len(SHAPES):
                break
    return {params: shape for shape, params in found.items()}


def _begin(**overrides: Any) -> Any:
    from queryscope.model import Origin
    from queryscope.profiler import begin, current_config

    return begin(Origin(kind="command", label="import_everything"), current_config(**overrides))


def _context() -> dict[str, Any]:
    from django.db import connection
    from workloads.statements import Cursor

    connection.ensure_connection()
    return {"connection": connection, "cursor": Cursor()}


def _returns(*_: Any) -> None:
    return None


if __name__ == "__main__":
    main()
