"""Runs somebody's test suite in this process and notes what came of every test.

    python benchmarks/suite_process.py OUTCOMES.json [--record ROOT] [--reads] -- runtests.py ARGUMENTS …
    python benchmarks/suite_process.py OUTCOMES.json [--record ROOT] [--reads] -- -m pytest ARGUMENTS …

With `--record`, a recorder is active around every single test, ROOT being the application, and its trace is
finished after it; with `--reads` it observes reads too. Faults of queryscope's own are kept with their
traceback, and don't switch it off.
"""

from __future__ import annotations

import argparse
import json
import os
import runpy
import sys
import traceback
import unittest
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.metadata import version
from pathlib import Path
from time import process_time
from typing import Any


class Outcomes:
    """What came of each test: (outcome, type of the exception, seconds of this process's CPU)."""

    def __init__(self) -> None:
        self.tests: dict[str, list[Any]] = {}
        self._started: dict[str, float] = {}

    def start(self, name: str) -> None:
        self._started[name] = process_time()
        self.tests[name] = ["passed", "", 0.0]

    def stop(self, name: str) -> None:
        if name in self._started:  # Python 3.12.1 stops skipped tests that it did not start
            self.tests[name][2] = process_time() - self._started.pop(name)

    def note(self, name: str, outcome: str, error: str = "") -> None:
        """The first outcome that is no pass stays."""
        found = self.tests.setdefault(name, ["passed", "", 0.0])
        if found[0] == "passed":
            found[:2] = [outcome, error]


OUTCOMES = Outcomes()


class NotingResult(unittest.TextTestResult):
    """unittest's own result, which also notes. Only the first: tests of test runners run tests."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        unittest.TextTestRunner.resultclass = unittest.TextTestResult
        super().__init__(*args, **kwargs)

    def startTest(self, test: Any) -> None:  # noqa: N802
        super().startTest(test)
        OUTCOMES.start(test.id())

    def stopTest(self, test: Any) -> None:  # noqa: N802
        OUTCOMES.stop(test.id())
        super().stopTest(test)

    def addFailure(self, test: Any, err: Any) -> None:  # noqa: N802
        super().addFailure(test, err)
        OUTCOMES.note(test.id(), "failure", err[0].__name__)

    def addError(self, test: Any, err: Any) -> None:  # noqa: N802
        super().addError(test, err)
        OUTCOMES.note(test.id(), "error", err[0].__name__)

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:  # noqa: N802
        super().addSubTest(test, subtest, err)
        if err is not None:
            outcome = "failure" if issubclass(err[0], test.failureException) else "error"
            OUTCOMES.note(test.id(), outcome, err[0].__name__)

    def addSkip(self, test: Any, reason: str) -> None:  # noqa: N802
        super().addSkip(test, reason)
        OUTCOMES.note(test.id(), "skipped")

    def addExpectedFailure(self, test: Any, err: Any) -> None:  # noqa: N802
        super().addExpectedFailure(test, err)
        OUTCOMES.note(test.id(), "expected failure", err[0].__name__)

    def addUnexpectedSuccess(self, test: Any) -> None:  # noqa: N802
        super().addUnexpectedSuccess(test)
        OUTCOMES.note(test.id(), "unexpected success")


class Watch:
    """Records each test, and keeps what went wrong in queryscope."""

    def __init__(self, root: str, *, reads: bool = False) -> None:
        from queryscope.capture.state import FAULTS

        self.root = root
        self.reads = reads
        self.faults: Counter[str] = Counter()
        self.queries = 0
        self._codes: Any = None
        FAULTS.note = self._note  # type: ignore[method-assign]

    def _note(self, where: str) -> None:
        self.faults[f"{where}\n{traceback.format_exc()}"] += 1

    @contextmanager
    def around(self, name: str) -> Iterator[None]:
        """A recorder, unless one is active: tests of test runners run tests."""
        from queryscope.capture import hooks, read_hook, replacing
        from queryscope.capture.finish import finish
        from queryscope.capture.state import active

        if active() is not None:
            yield
            return
        recorder = self._recorder(name).start()
        try:
            yield
        finally:
            recorder.stop()
            try:
                trace, _ = finish(recorder)
                self.queries += sum(group.count for group in trace.groups)
            except Exception:
                self._note("finishing a trace")
            if hooks._users or read_hook._users or replacing._replaced or replacing._retired:
                self.faults[f"hooks stand after {name}"] += 1

    def _recorder(self, name: str) -> Any:
        from queryscope.capture.codes import Codes
        from queryscope.capture.project import find_project
        from queryscope.capture.recorder import Recorder
        from queryscope.config import Config
        from queryscope.model import Origin

        if self._codes is None:
            self._codes = Codes(find_project(self.root))
        return Recorder(Origin(kind="test", label=name), Config(reads=self.reads), self._codes)


class PytestPlugin:
    """The same in pytest's words."""

    def __init__(self, watch: Watch | None) -> None:
        self._watch = watch

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.outcome == "passed":
            return
        crash = getattr(getattr(report.longrepr, "reprcrash", None), "message", "")
        failed = "failure" if report.when == "call" else "error"
        outcome = "skipped" if report.outcome == "skipped" else failed
        OUTCOMES.note(report.nodeid, outcome, crash.partition(":")[0].partition("\n")[0])


def _with_hook(watch: Watch | None) -> PytestPlugin:
    """The plugin; its wrapper is made late, since pytest is imported only for a suite that runs on it."""
    import pytest

    class Plugin(PytestPlugin):
        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_runtest_protocol(self, item: Any) -> Iterator[Any]:
            with nullcontext() if watch is None else watch.around(item.nodeid):
                OUTCOMES.start(item.nodeid)
                try:
                    return (yield)
                finally:
                    OUTCOMES.stop(item.nodeid)

    return Plugin(watch)


def _record_unittest(watch: Watch | None) -> None:
    """Around `__call__`: Django's fixtures stand inside of it, `setUp` inside of unittest's `run`."""
    from django.test import SimpleTestCase

    if watch is None:
        return
    for holder, name in ((SimpleTestCase, "__call__"), (unittest.TestCase, "run")):
        _wrap(holder, name, watch)


def _wrap(holder: Any, name: str, watch: Watch) -> None:
    original = holder.__dict__[name]

    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        with watch.around(self.id()):
            return original(self, *args, **kwargs)

    setattr(holder, name, run)


def _set_databases() -> None:
    """For suites that configure SQLite themselves, and for those that read an environment of their own."""
    from django.conf import LazySettings

    from suite_settings import database

    chosen = database()
    os.environ.update(
        {f"DATABASE_{name}": chosen[name] for name in ("ENGINE", "USER", "PASSWORD", "HOST", "PORT")}
    )
    os.environ["DATABASE_NAME"] = "suite"
    original = LazySettings.configure

    def configure(self: Any, *args: Any, **options: Any) -> None:
        if "DATABASES" in options:
            options["DATABASES"] = {alias: database() for alias in options["DATABASES"]}
        original(self, *args, **options)

    LazySettings.configure = configure  # type: ignore[method-assign]


def _run(command: list[str], watch: Watch | None) -> int:
    """Run the suite's own runner."""
    sys.path[0] = ""
    if command[:2] == ["-m", "pytest"]:
        import pytest

        return int(pytest.main(command[2:], plugins=[_with_hook(watch)]))
    unittest.TextTestRunner.resultclass = NotingResult  # type: ignore[assignment]
    _record_unittest(watch)
    try:
        if command[0] == "-m":
            sys.argv = command[1:]
            runpy.run_module(command[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = command
            sys.path[0] = str(Path(command[0]).resolve().parent)
            runpy.run_path(command[0], run_name="__main__")
    except KeyboardInterrupt:  # what ran so far is kept
        return 130
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    return 0


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("outcomes", type=Path)
    parser.add_argument("--record", metavar="ROOT")
    parser.add_argument("--reads", action="store_true")
    parser.add_argument("command", nargs="+")
    chosen = parser.parse_args()
    _set_databases()
    watch = Watch(chosen.record, reads=chosen.reads) if chosen.record else None
    code = _run(chosen.command, watch)
    found = {
        "code": code,
        "versions": f"Python {sys.version.split()[0]}, Django {version('django')}",
        "tests": OUTCOMES.tests,
        "queries": watch.queries if watch else 0,
        "faults": dict(watch.faults) if watch else {},
    }
    chosen.outcomes.write_text(json.dumps(found, indent=0))
    return code


if __name__ == "__main__":
    sys.exit(main())
