"""Seam: a test run. Each test is a unit of work, and so are the requests, tasks and events within it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from queryscope.analysis.shapes import query_count
from queryscope.capture.recorder import Recorder
from queryscope.capture.state import FAULTS
from queryscope.config import Config, observing
from queryscope.consumers import WatchedEvents
from queryscope.errors import StoreError
from queryscope.gate import judge
from queryscope.model import Allow, Capture, Origin, Report
from queryscope.outputs import write_report
from queryscope.profiler import begin, complete, report_on
from queryscope.remembered import RUN
from queryscope.snapshot import trace_so_far
from queryscope.store import decode, encode
from queryscope.tasks import WatchedTasks
from queryscope.units import Unit
from queryscope.watch import WatchedRequests

NOTICED_S = 2.0  # of trials, in a run of tests
ALL_FINDINGS = "All findings: run it with --queryscope-html=queryscope-report.html"


class TestUnit:
    """A test while it is recorded. Nothing here raises into the test.

    Args:
        label: the test's id.
        config: the settings.
    """

    __test__ = False  # its name is no invitation to pytest

    def __init__(self, label: str, config: Config) -> None:
        self.label = label
        self.captures: list[Capture] = []
        self._config = config = observing(config)
        self._recorder: Recorder | None = None
        self._requests = WatchedRequests(config, self.captures.append, parent=label, place="test-database")
        self._tasks = WatchedTasks(lambda name: self._unit(Origin(kind="task", label=name)))
        self._events = WatchedEvents(self._unit)

    def start(self) -> TestUnit:
        """Record what this context runs from now on."""
        if FAULTS.is_off:
            return self
        try:
            self._recorder = begin(Origin(kind="test", label=self.label), self._config)
            self._requests.__enter__()
            self._tasks.__enter__()
            self._events.__enter__()
        except Exception:
            FAULTS.note("the start of a test")
        return self

    def finish(self) -> None:
        """Stop, and take plans within the test's transaction; once, whoever calls first."""
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return
        try:
            self._requests.__exit__()
            self._events.__exit__()
            self._tasks.__exit__()
            capture = complete(recorder, in_place=True, is_test_database=True)
            if capture.trace.groups:
                self.captures.append(capture)
        except Exception:
            FAULTS.note("the end of a test")

    def _unit(self, origin: Origin) -> Unit:
        within = replace(origin, parent=self.label)
        return Unit(within, self._config, self.captures.append, place="test-database")

    def take(self) -> list[Capture]:
        """Hand over the captures of a test that has ended; nothing while it runs."""
        if self._recorder is not None:
            return []
        captures = list(self.captures)
        self.captures.clear()
        return captures

    def so_far(self) -> list[Capture]:
        """What has been recorded up to now, without plans; recording goes on."""
        captures = list(self.captures)
        if self._recorder is not None:
            captures.append(Capture(trace=trace_so_far(self._recorder)))
        return captures

    def query_count(self) -> int:
        """Queries up to now, those of requests included."""
        return sum(query_count(capture.trace) for capture in self.so_far())


def trial_time() -> str:
    """How long indexes were tried for in this run, where somebody will have noticed; else empty."""
    seconds = RUN.trial_ms / 1000
    return f"Indexes were tried for {seconds:.0f} s of this run." if seconds >= NOTICED_S else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What a run came to."""

    report: Report
    is_breach: bool  # the gate was asked for, and is breached or couldn't judge
    written: tuple[Path, ...] = ()
    troubles: tuple[str, ...] = ()  # files that could not be written, in words


@dataclass(slots=True, kw_only=True)
class SuiteRun:
    """The captures of a run, gathered in the process that concludes it."""

    config: Config
    gate: tuple[str, ...] = ()
    outputs: Mapping[str, Path] = field(default_factory=dict)  # format → file, the one to open last
    allow_incomplete: bool = False
    incomplete: list[str] = field(default_factory=list)
    allowed: dict[str, frozenset[str]] = field(default_factory=dict)  # test → rules it may break
    reasons: dict[str, str] = field(default_factory=dict)  # test → why it may
    tests: set[str] = field(default_factory=set)  # labels of all that ran, also without queries
    _texts: dict[str, bytes] = field(default_factory=dict)

    def add(self, label: str, captures: Sequence[Capture]) -> None:
        """The captures of a test; a rerun replaces what was there."""
        self.add_text(label, encode(captures))

    def add_text(self, label: str, text: bytes | str) -> None:
        """The same, as another process sent them."""
        self.tests.add(label)
        self._texts[label] = text.encode() if isinstance(text, str) else text

    def captures(self) -> list[Capture]:
        """All captures, in the order of their tests' names: who ran them makes no difference."""
        captures: list[Capture] = []
        for label in sorted(self._texts):
            try:
                captures += decode(self._texts[label])
            except StoreError as error:
                self.incomplete.append(f"what {label} recorded {error}")
        return captures

    def _allows(self) -> list[Allow]:
        """What markers of tests allow there."""
        return [
            Allow(origin=f"the marker of {test}", rule=rule, test=test, reason=self.reasons.get(test, ""))
            for test, rules in sorted(self.allowed.items())
            for rule in sorted(rules)
        ]

    def conclude(self) -> Conclusion:
        """Judge the run and write its files."""
        captures = self.captures()
        incomplete = self.incomplete
        missing = () if self.gate else incomplete
        report = report_on(captures, self.config, missing=missing, allows=self._allows())
        if self.gate:
            report = judge(report, self.gate, incomplete=[*incomplete, *_faults()], allowed=self.allowed)
        report = replace(report, run=replace(report.run, tests=len(self.tests)))
        failing = ("fail",) if self.allow_incomplete else ("fail", "incomplete")
        written, troubles = [], []
        for name, path in self.outputs.items():
            try:
                written.append(write_report(report, name, path))
            except Exception as error:
                troubles.append(f"queryscope could not write {name}: {error}")
        return Conclusion(
            report=report,
            is_breach=bool(self.gate) and report.run.verdict in failing,
            written=tuple(written),
            troubles=tuple(troubles),
        )


def _faults() -> list[str]:
    return [f"queryscope failed {FAULTS.count} times: not everything was judged"] if FAULTS.count else []
