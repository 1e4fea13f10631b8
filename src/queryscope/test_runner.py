"""Door: `manage.py test --queryscope`, also with --parallel; inert without the option."""

from __future__ import annotations

import sys
import unittest
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management import CommandError
from django.test.runner import DiscoverRunner, RemoteTestResult, RemoteTestRunner

from queryscope.capture.state import FAULTS
from queryscope.errors import ConfigError
from queryscope.formats.inert import inert
from queryscope.formats.terminal import summary, terminal_width, wants_color
from queryscope.gate import read_gate
from queryscope.profiler import current_config
from queryscope.store import encode
from queryscope.suite import ALL_FINDINGS, SuiteRun, TestUnit, trial_time

USAGE = 2

if TYPE_CHECKING:
    _Result = unittest.TestResult
    _Runner = DiscoverRunner
else:
    _Result = _Runner = object


class _Recording(_Result):
    """A result that records each test: `stopTest` comes after tearDown and before Django's rollback."""

    _unit: TestUnit | None = None

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802 - unittest names it so
        super().startTest(test)
        try:
            self._unit = TestUnit(test.id(), current_config())
        except Exception:
            FAULTS.note("the test runner")
        else:
            self._unit.start()

    def stopTest(self, test: unittest.TestCase) -> None:  # noqa: N802 - unittest names it so
        unit, self._unit = self._unit, None
        if unit is not None:
            unit.finish()
            try:
                self.keep(unit)
            except Exception:
                FAULTS.note("the test runner")
        super().stopTest(test)

    def keep(self, unit: TestUnit) -> None:
        """Take the captures of a test that has ended."""
        raise NotImplementedError


class RecordingResult(_Recording):
    """The result in the process that concludes the run."""

    queryscope_suite: SuiteRun

    def keep(self, unit: TestUnit) -> None:
        """Gather the captures; with --parallel none, but each test is started and stopped here too."""
        self.queryscope_suite.tests.add(unit.label)
        captures = unit.take()
        if captures:
            self.queryscope_suite.add(unit.label, captures)

    def add_queryscope(self, test: unittest.TestCase, text: bytes, faults: int) -> None:
        """What a parallel worker recorded of a test: Django replays the worker's events here."""
        self.queryscope_suite.add_text(test.id(), text)
        if faults:
            self.queryscope_suite.incomplete.append(
                "queryscope failed in a worker: not everything was judged"
            )


class RemoteRecordingResult(_Recording, RemoteTestResult):
    """The result in a parallel worker: captures travel with its events, as workers run no exit handler."""

    def keep(self, unit: TestUnit) -> None:
        """Add an event that is replayed in the parent."""
        captures = unit.take()
        if captures or FAULTS.count:
            self.events.append(("add_queryscope", self.test_index, encode(captures), FAULTS.count))


class RemoteRecordingRunner(RemoteTestRunner):
    """Runs a subsuite in a parallel worker."""

    resultclass = RemoteRecordingResult


class QueryscopeRunnerMixin(_Runner):
    """Adds --queryscope to any runner that descends from DiscoverRunner; put it first."""

    def __init__(
        self,
        *args: Any,
        queryscope: bool = False,
        queryscope_html: str | None = None,
        queryscope_json: str | None = None,
        queryscope_fail_on: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.queryscope_suite: SuiteRun | None = None
        if not (queryscope or queryscope_html or queryscope_json or queryscope_fail_on):
            return
        named = {"json": queryscope_json, "html": queryscope_html}
        try:
            config = current_config()
            gate = read_gate(queryscope_fail_on or "", config)
        except ConfigError as error:
            raise CommandError(f"queryscope: {error}", returncode=USAGE) from error
        outputs = {name: Path(path) for name, path in named.items() if path}
        self.queryscope_suite = SuiteRun(config=config, gate=gate, outputs=outputs)
        parallel: Any = self.parallel_test_suite
        self.parallel_test_suite = type(
            f"Recording{parallel.__name__}", (parallel,), {"runner_class": RemoteRecordingRunner}
        )

    @classmethod
    def add_arguments(cls, parser: ArgumentParser) -> None:
        """Add the options of queryscope."""
        super().add_arguments(parser)
        group = parser.add_argument_group("queryscope")
        group.add_argument("--queryscope", action="store_true", help="Profile every test.")
        told = "write the report as {}; turns --queryscope on."
        group.add_argument("--queryscope-html", metavar="PATH", help=told.format("HTML").capitalize())
        group.add_argument("--queryscope-json", metavar="PATH", help=told.format("JSON").capitalize())
        group.add_argument(
            "--queryscope-fail-on",
            metavar="RULE,…",
            help="Fail on these rules, or on 'certain' findings; turns --queryscope on.",
        )

    def get_resultclass(self) -> Any:
        """The result class of the runner, made to record."""
        chosen = super().get_resultclass()
        if self.queryscope_suite is None:
            return chosen
        base = chosen or unittest.TextTestResult
        members = {"queryscope_suite": self.queryscope_suite}
        return type(f"Recording{base.__name__}", (RecordingResult, base), members)

    def suite_result(self, suite: Any, result: Any, **kwargs: Any) -> int:
        """The number of failures; 1 where the gate is breached and nothing else failed."""
        failures = int(super().suite_result(suite, result, **kwargs))
        if self.queryscope_suite is None:
            return failures
        is_breach = self._conclude(self.queryscope_suite)  # told also of a run in which tests fail
        return failures or int(is_breach)

    def _conclude(self, run: SuiteRun) -> bool:
        """Print the summary; whether the run must fail."""
        try:
            conclusion = run.conclude()
        except Exception as error:
            FAULTS.note("the conclusion of a test run")
            self.log(f"queryscope failed, and there is no report ({type(error).__name__}: see the log).")
            return bool(run.gate)
        for trouble in conclusion.troubles:
            self.log(inert(trouble))
        if told := trial_time():
            self.log(told)
        path = str(conclusion.written[-1]) if conclusion.written else ""
        color = wants_color(sys.stdout)
        text = summary(
            conclusion.report, width=terminal_width(sys.stdout), color=color, path=path, hint=ALL_FINDINGS
        )
        self.log(text.rstrip("\n"))
        return conclusion.is_breach


class QueryscopeRunner(QueryscopeRunnerMixin, DiscoverRunner):
    """Django's runner with --queryscope: `TEST_RUNNER = "queryscope.test_runner.QueryscopeRunner"`."""
