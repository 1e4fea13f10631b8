"""What capture holds: bytes for each query while all are kept, and the growth over a million of them.

    python benchmarks/memory.py

The statements run in an `execute` that returns at once. The run over a million ends with its report, and
fails unless every shape, count, total and worst example in it is right and what was dropped is told.
"""

from __future__ import annotations

import gc
import resource
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from time import perf_counter_ns, sleep
from typing import Any

import alone
from goals import Number, tell

KEPT = 50_000
WARM_UP = 1_000  # queries after which codes and groups are there
MANY = 1_000_000
LITERALS_EVERY = 100  # one statement in so many has its values in its text
SLEEP_S = 0.03  # of one execution of each shape
SLOW_NS = 5_000_000


def main() -> None:
    """Measure both; first what needs a process that has not grown yet."""
    alone.configure()
    tell([growth(), *held()])


def held() -> list[Number]:
    """Bytes for each query, while recording and in the trace."""
    from queryscope.capture.finish import finish

    recorder = begin(max_queries=KEPT)
    _send_many(WARM_UP)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    _send_many(KEPT - WARM_UP)
    recording = _traced_since(before)
    recorder.stop()
    trace, _ = finish(recorder)
    if len(trace.queries) != KEPT:
        raise SystemExit(f"memory: {len(trace.queries)} of {KEPT} queries were kept.")
    recorder.samples, recorder.places = [], None
    kept = _traced_since(before)
    tracemalloc.stop()
    number = KEPT - WARM_UP
    return [
        Number(what="held for each query, recording", value=recording / number, unit="bytes", goal=500),
        Number(what="held for each query, in the trace", value=kept / number, unit="bytes", goal=500),
    ]


def growth() -> Number:
    """Growth of the process over a million queries and their report, at its highest."""
    from queryscope.capture.finish import finish
    from queryscope.model import Capture
    from queryscope.profiler import current_config, report_on

    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    recorder = begin()
    told = Told()
    told.send_all()
    recorder.stop()
    trace, slow = finish(recorder)
    report = report_on([Capture(trace=trace)], current_config())
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    problems = [*told.differences(report), *told.wrong_examples(trace, slow)]
    dropped = MANY - current_config().max_queries
    missing = " ".join(report.run.missing)
    if trace.dropped_queries != dropped or f"{dropped} executions" not in missing:
        problems.append(f"{trace.dropped_queries} of {dropped} dropped, told: {missing!r}")
    if problems:
        raise SystemExit("memory: the report of a million is wrong.\n" + "\n".join(problems[:20]))
    return Number(
        what=f"growth over {MANY} queries, with their report", value=grown / 1024, unit="MB", goal=100
    )


class Told:
    """What ran, counted and timed apart from the recorder."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.least_ns: Counter[str] = Counter()  # inside of execute
        self.most_ns: Counter[str] = Counter()  # around the hook
        self.slowest_ns: Counter[str] = Counter()
        self.slow_ns: dict[tuple[str, Any], int] = {}  # around the hook, by shape and parameters
        self._slept = _one_of_each()
        self._inside_ns = 0

    def send_all(self) -> None:
        """A million statements; one of each shape takes long."""
        from dispatch import dispatch
        from workloads.statements import send, statements

        context = _context()
        for shape, sql, params in statements(MANY, literals_every=LITERALS_EVERY):
            started = perf_counter_ns()
            send(dispatch, self._execute, sql, params, context)
            around_ns, inside_ns = perf_counter_ns() - started, self._inside_ns
            self.counts[shape] += 1
            self.most_ns[shape] += around_ns
            self.least_ns[shape] += inside_ns
            self.slowest_ns[shape] = max(self.slowest_ns[shape], inside_ns)
            if around_ns > SLOW_NS:
                self.slow_ns[shape, params] = around_ns

    def differences(self, report: Any) -> Iterator[str]:
        """Shapes, counts and totals that the report has not, or has wrong."""
        from queryscope.sql.fingerprint import normalize

        shapes = {shape.sql: shape for shape in report.shapes}
        # LITERALS has a place for its value.
        expected = {normalize(shape.format(1)): shape for shape in self.counts}
        if set(shapes) != set(expected):
            yield f"shapes differ: {set(shapes) ^ set(expected)}"
        for text in set(shapes) & set(expected):
            found, shape = shapes[text], expected[text]
            if found.count != self.counts[shape]:
                yield f"{found.count} of {self.counts[shape]}: {text}"
            if not self.least_ns[shape] <= found.total_ms * 1e6 <= self.most_ns[shape]:
                yield f"{found.total_ms} ms, not {self.least_ns[shape]}–{self.most_ns[shape]} ns: {text}"

    def wrong_examples(self, trace: Any, slow: Any) -> Iterator[str]:
        """Shapes whose slowest execution isn't the one that was held."""
        from queryscope.sql.fingerprint import normalize

        examples = {trace.groups[each.group].sql: each for each in slow}
        # On a busy machine another one than ours may be the slowest: its own time is what tells.
        for shape in self._slept.values():
            example = examples.get(normalize(shape))
            told_ns = 0 if example is None else example.max_ms * 1e6
            at_most_ns = 0 if example is None else self.slow_ns.get((shape, example.params), 0)
            if not self.slowest_ns[shape] <= told_ns <= at_most_ns:
                yield f"{told_ns} ns is not within {self.slowest_ns[shape]}–{at_most_ns}: {shape}"

    def _execute(self, sql: str, params: Any, many: bool, context: Any) -> None:
        started = perf_counter_ns()
        if params in self._slept:
            sleep(SLEEP_S)
        self._inside_ns = perf_counter_ns() - started


def _one_of_each() -> dict[Any, str]:
    """Parameters that take long, one for each shape that has parameters."""
    from workloads.statements import statements

    found: dict[str, Any] = {}
    for shape, _, params in statements(MANY // 2, literals_every=LITERALS_EVERY):
        if params is not None and params[0] > MANY // 4:
            found.setdefault(shape, params)
    return {params: shape for shape, params in found.items()}


def begin(**overrides: Any) -> Any:
    """Record a command."""
    from queryscope.model import Origin
    from queryscope.profiler import begin, current_config

    return begin(Origin(kind="command", label="import_everything"), current_config(**overrides))


def _send_many(number: int) -> None:
    from dispatch import dispatch
    from workloads.statements import send, statements

    context = _context()
    for _, sql, params in statements(number, literals_every=KEPT):
        send(dispatch, lambda *_: None, sql, params, context)


def _context() -> dict[str, Any]:
    from django.db import connection

    from workloads.statements import Cursor

    connection.ensure_connection()
    return {"connection": connection, "cursor": Cursor()}


def _traced_since(before: int) -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0] - before


if __name__ == "__main__":
    main()
