"""Seam: what records within pytest. Loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import queryscope
from queryscope.capture.state import FAULTS
from queryscope.config import Config
from queryscope.errors import ConfigError
from queryscope.formats.inert import inert
from queryscope.formats.terminal import summary
from queryscope.gate import read_gate
from queryscope.pytest_marks import (
    UNIT,
    allowed_reasons,
    allowed_rules,
    asks,
    check_marker,
    check_max_queries,
)
from queryscope.pytest_options import config_of, flag, option, outputs_of, slow_ms
from queryscope.remembered import RUN
from queryscope.store import encode
from queryscope.suite import ALL_FINDINGS, Conclusion, SuiteRun, TestUnit, trial_time

CARGO = "_queryscope_captures"  # on a report that travels from an xdist worker


class PytestRun:
    """Records tests, and in the process that has the terminal concludes the run."""

    def __init__(self, config: pytest.Config, *, is_recording_all: bool) -> None:
        self._pytest_config = config
        self._is_recording_all = is_recording_all
        self._is_worker = hasattr(config, "workerinput")
        self._config: Config | None = None
        self._suite: SuiteRun | None = None
        self._conclusion: Conclusion | None = None
        self._note = ""
        if is_recording_all:
            slow_ms(config)  # a wrong value is told before anything runs

    # Header, settings

    def pytest_report_header(self) -> str | None:
        """One line."""
        if not self._is_recording_all:
            return None
        gate = option(self._pytest_config, "fail_on") or "none"
        return f"queryscope {queryscope.__version__}: profiling every test; gate: {gate}"

    def pytest_sessionstart(self) -> None:
        """Read the settings, once Django has its own."""
        if self._is_recording_all and self._is_django_ready():
            self._begin()

    def _begin(self) -> None:
        try:
            self._config = config_of(self._pytest_config)
            gate = read_gate(option(self._pytest_config, "fail_on") or "", self._config)
        except ConfigError as error:
            raise pytest.UsageError(f"queryscope: {error}") from None
        self._suite = SuiteRun(
            config=self._config,
            gate=gate,
            outputs=outputs_of(self._pytest_config),
            allow_incomplete=bool(flag(self._pytest_config, "allow_incomplete")),
        )

    def _is_django_ready(self) -> bool:
        try:
            from django.apps import apps
            from django.conf import settings
        except ImportError:
            self._note = "Django is not installed: nothing to profile"
            return False
        if settings.configured and apps.ready:
            self._note = ""
            return True
        self._note = "Django is not set up (DJANGO_SETTINGS_MODULE and django.setup()): nothing to profile"
        return False

    # Recording

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Refuse markers that nobody can read, before a test runs."""
        for item in items:
            for marker in item.iter_markers("queryscope"):
                check_marker(item, marker, self._config or Config())

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Record the body of a test, and the requests it sends."""
        if not (self._is_recording_all or asks(item)) or not self._is_ready():
            return (yield)
        assert self._config is not None
        unit = item.stash[UNIT] = TestUnit(item.nodeid, self._config)
        with _finished_before_rollback(item, unit):
            result = yield
        check_max_queries(item, unit)
        return result

    def _is_ready(self) -> bool:
        if self._config is None and self._is_django_ready():
            self._begin()
        return self._config is not None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Hand the captures on: to the controller with the report, or right here."""
        report = yield
        unit = item.stash.get(UNIT, None)
        if call.when == "call" and unit is not None and self._is_recording_all:
            captures = unit.take()
            if captures and self._is_worker:
                setattr(report, CARGO, encode(captures).decode())
            elif captures and self._suite is not None:
                self._suite.add(item.nodeid, captures)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test that ran; take the captures off its report before anybody prints or stores it."""
        if report.when == "call" and self._suite is not None and not self._is_worker:
            self._suite.tests.add(report.nodeid)
        text = report.__dict__.get(CARGO)
        if text is None or self._is_worker:
            return
        del report.__dict__[CARGO]
        if self._suite is not None:
            self._suite.add_text(report.nodeid, text)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: Any) -> None:
        """An xdist worker is done; one that was lost leaves the run incomplete."""
        if self._suite is None:
            return
        sent = getattr(node, "workeroutput", {}).get("queryscope") or {}
        if error or not sent:
            self._suite.incomplete.append(f"worker {node.gateway.id} was lost, with what it had not sent yet")
        if sent.get("faults"):
            self._suite.incomplete.append(f"queryscope failed {sent['faults']} times in {node.gateway.id}")
        for name, rules in sent.get("allowed", {}).items():
            self._suite.allowed[name] = frozenset(rules)
        self._suite.reasons.update(sent.get("reasons", {}))
        RUN.spend_on_trials(sent.get("trial_ms", 0.0))

    # Conclusion

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Conclude, once; the exit status changes only from 0 to 1."""
        if self._is_worker:
            allowed = {name: sorted(rules) for name, rules in allowed_rules(session.items).items()}
            sent: Any = self._pytest_config
            sent.workeroutput["queryscope"] = {
                "faults": FAULTS.count,
                "allowed": allowed,
                "reasons": allowed_reasons(session.items),
                "trial_ms": RUN.trial_ms,
            }
            return
        if not self._is_recording_all or session.config.getoption("collectonly"):
            return
        if self._suite is None:  # without Django nobody can judge
            is_breach = bool(option(self._pytest_config, "fail_on"))
            is_breach = is_breach and not flag(self._pytest_config, "allow_incomplete")
        else:
            is_breach = self._conclude(self._suite, session)
        if is_breach and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _conclude(self, suite: SuiteRun, session: pytest.Session) -> bool:
        """Judge the run; whether it must fail."""
        suite.allowed.update(allowed_rules(session.items))
        suite.reasons.update(allowed_reasons(session.items))
        try:
            self._conclusion = suite.conclude()
        except Exception as error:
            FAULTS.note("the conclusion of a test run")
            self._note = f"queryscope failed, and there is no report ({type(error).__name__}: see the log)"
            return bool(suite.gate) and not suite.allow_incomplete
        return self._conclusion.is_breach

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """At most 15 lines, the report's path last."""
        if self._note and self._is_recording_all:
            terminalreporter.write_line(f"queryscope: {self._note}", yellow=True)
        if self._conclusion is None:
            return
        terminalreporter.write_sep("=", "queryscope")
        for trouble in self._conclusion.troubles:
            terminalreporter.write_line(inert(trouble), yellow=True)
        written = self._conclusion.written
        text = summary(
            self._conclusion.report,
            width=terminalreporter._tw.fullwidth if terminalreporter.isatty else None,
            color=terminalreporter.hasmarkup,
            path=str(written[-1]) if written else "",
            hint=ALL_FINDINGS,
        )
        if told := trial_time():
            terminalreporter.write_line(told)
        terminalreporter.write(text)


@contextmanager
def _finished_before_rollback(item: Any, unit: TestUnit) -> Iterator[None]:
    """Plans need the test's rows, and a unittest TestCase rolls back within pytest's call phase.

    There the item itself is the result, whose `stopTest` comes after tearDown and before the rollback.
    """
    original: Any = getattr(item, "stopTest", None)

    def stop_test(testcase: Any) -> None:
        unit.finish()
        original(testcase)

    if original is not None:
        item.stopTest = stop_test
    unit.start()
    try:
        yield
    finally:
        unit.finish()
        if item.__dict__.get("stopTest") is stop_test:
            del item.stopTest
