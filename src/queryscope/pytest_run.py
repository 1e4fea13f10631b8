"""Seam: what records within pytest. Loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import queryscope
from queryscope.capture.state import FAULTS
from queryscope.config import Config
from queryscope.errors import ConfigError
from queryscope.formats.inert import inert
from queryscope.formats.terminal import summary
from queryscope.formats.words import place, title
from queryscope.gate import breaches, read_gate
from queryscope.profiler import current_config, report_on
from queryscope.store import encode
from queryscope.suite import Conclusion, SuiteRun, TestUnit

UNIT = pytest.StashKey[TestUnit]()
CARGO = "_queryscope_captures"  # on a report that travels from an xdist worker
_FORMATS = ("markdown", "json", "html")  # the one to open comes last


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
            _slow_ms(config)  # a wrong value is told before anything runs

    # Header, settings

    def pytest_report_header(self) -> str | None:
        """One line."""
        if not self._is_recording_all:
            return None
        gate = _option(self._pytest_config, "fail_on") or "none"
        return f"queryscope {queryscope.__version__}: profiling every test; gate: {gate}"

    def pytest_sessionstart(self) -> None:
        """Read the settings, once Django has its own."""
        if self._is_recording_all and self._is_django_ready():
            self._begin()

    def _begin(self) -> None:
        try:
            self._config = _read_config(self._pytest_config)
            gate = read_gate(_option(self._pytest_config, "fail_on") or "", self._config)
        except ConfigError as error:
            raise pytest.UsageError(f"queryscope: {error}") from None
        self._suite = SuiteRun(
            config=self._config,
            gate=gate,
            outputs=_outputs(self._pytest_config),
            allow_incomplete=bool(_flag(self._pytest_config, "allow_incomplete")),
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
                _check_marker(item, marker, self._config or Config())

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Record the body of a test, and the requests it sends."""
        if not (self._is_recording_all or _asks(item)) or not self._is_ready():
            return (yield)
        assert self._config is not None
        unit = item.stash[UNIT] = TestUnit(item.nodeid, self._config)
        with _finished_before_rollback(item, unit):
            result = yield
        _check_max_queries(item, unit)
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
        """Take the captures off a report before anybody prints or stores it."""
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

    # Conclusion

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Conclude, once; the exit status changes only from 0 to 1."""
        if self._is_worker:
            allowed = {name: sorted(rules) for name, rules in _allowed(session.items).items()}
            sent: Any = self._pytest_config
            sent.workeroutput["queryscope"] = {"faults": FAULTS.count, "allowed": allowed}
            return
        if self._suite is None or not self._is_recording_all or session.config.getoption("collectonly"):
            return
        self._suite.allowed.update(_allowed(session.items))
        try:
            self._conclusion = self._suite.conclude()
        except Exception as error:
            FAULTS.note("the conclusion of a test run")
            self._note = f"queryscope failed, and there is no report ({type(error).__name__}: see the log)"
            is_breach = bool(self._suite.gate) and not self._suite.allow_incomplete
        else:
            is_breach = self._conclusion.is_breach
        if is_breach and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

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
            width=terminalreporter._tw.fullwidth,
            color=terminalreporter.hasmarkup,
            path=str(written[-1]) if written else "",
        )
        terminalreporter.write(text)


class TestQueries:
    """The fixture `queryscope`: asserts on what the test has run so far."""

    __test__ = False

    def __init__(self, item: pytest.Item) -> None:
        self._item = item

    def max_queries(self, number: int) -> None:
        """Fail if more queries were run, those of requests included."""
        __tracebackhide__ = True
        unit = self._unit()
        count = unit.query_count()
        if count > number:
            pytest.fail(_too_many(count, number, unit))

    def assert_no(self, *rules: str) -> None:
        """Fail if one of these rules was broken in application code."""
        __tracebackhide__ = True
        unit = self._unit()
        config = current_config()
        gate = read_gate(list(rules), config)
        found = breaches(report_on(unit.so_far(), config), gate)
        if found:
            lines = [f"{inert(title(each))} at {inert(place(each))}: {inert(each.message)}" for each in found]
            pytest.fail("\n".join(lines))

    def _unit(self) -> TestUnit:
        unit = self._item.stash.get(UNIT, None)
        if unit is None:
            raise pytest.UsageError("The fixture `queryscope` needs Django to be set up, and a running test.")
        return unit


def _asks(item: pytest.Item) -> bool:
    marked = item.get_closest_marker("queryscope") is not None
    return marked or "queryscope" in getattr(item, "fixturenames", ())


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


def _check_marker(item: pytest.Item, marker: pytest.Mark, config: Config) -> None:
    unknown = set(marker.kwargs) - {"max_queries", "allow", "reason"}
    if marker.args or unknown:
        what = f"unknown {', '.join(sorted(unknown))}" if unknown else "takes keywords only"
        raise pytest.UsageError(f"{item.nodeid}: @pytest.mark.queryscope: {what}. {MARKER_HELP}")
    limit = marker.kwargs.get("max_queries")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
        raise pytest.UsageError(f"{item.nodeid}: max_queries must be a whole number, not {limit!r}.")
    allow = marker.kwargs.get("allow", ())
    try:
        read_gate([allow] if isinstance(allow, str) else list(allow), config)
    except (ConfigError, TypeError) as error:
        raise pytest.UsageError(f"{item.nodeid}: @pytest.mark.queryscope(allow=…): {error}") from None


MARKER_HELP = 'Known are max_queries=10, allow=["n-plus-one"] and reason="…".'


def _check_max_queries(item: pytest.Item, unit: TestUnit) -> None:
    __tracebackhide__ = True
    marker = item.get_closest_marker("queryscope")
    limit = marker.kwargs.get("max_queries") if marker else None
    if limit is not None:
        count = unit.query_count()
        if count > limit:
            pytest.fail(_too_many(count, limit, unit))


def _too_many(count: int, limit: int, unit: TestUnit) -> str:
    groups = [group for capture in unit.so_far() for group in capture.trace.groups]
    groups.sort(key=lambda group: -group.count)
    lines = [f"  {group.count:>5} × {inert(group.sql)[:100]}" for group in groups[:5]]
    return "\n".join([f"{count} queries, {limit} allowed:", *lines])


def _allowed(items: list[pytest.Item]) -> dict[str, frozenset[str]]:
    allowed = {}
    for item in items:
        rules: set[str] = set()
        for marker in item.iter_markers("queryscope"):
            given = marker.kwargs.get("allow", ())
            rules.update([given] if isinstance(given, str) else given)
        if rules:
            allowed[item.nodeid] = frozenset(rules)
    return allowed


def _flag(config: pytest.Config, name: str) -> bool:
    given = config.getoption(f"queryscope_{name}")
    return bool(config.getini(f"queryscope_{name}") if given is None else given)


def _option(config: pytest.Config, name: str) -> Any:
    given = config.getoption(f"queryscope_{name}")
    return config.getini(f"queryscope_{name}") if given is None else given


def _slow_ms(config: pytest.Config) -> float | None:
    given = _option(config, "slow_ms")
    if given in (None, ""):
        return None
    try:
        return float(given)
    except ValueError:
        raise pytest.UsageError(f"queryscope_slow_ms must be a number, not {given!r}.") from None


def _read_config(config: pytest.Config) -> Config:
    overrides: dict[str, Any] = {}
    if _option(config, "explain"):
        overrides["explain"] = _option(config, "explain")
    slow_ms = _slow_ms(config)
    if slow_ms is not None:
        overrides["slow_ms"] = slow_ms
    return current_config(**overrides)


def _outputs(config: pytest.Config) -> dict[str, Path]:
    outputs = {}
    for name in _FORMATS:
        given = config.getoption(f"queryscope_{name}")
        written = config.getini(f"queryscope_{name}")
        if given:  # as the shell meant it
            outputs[name] = config.invocation_params.dir / given
        elif written:
            outputs[name] = config.rootpath / written
    return outputs
