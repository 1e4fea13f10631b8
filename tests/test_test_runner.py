"""`manage.py test --queryscope`, in a stranger's project and in this process."""

from __future__ import annotations

import json
import os
import subprocess
import unittest
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest
from django.core.management import CommandError
from django.test.runner import DiscoverRunner, ParallelTestSuite, RemoteTestResult

from catalog.models import Product
from queryscope import suite
from queryscope.capture.state import ACTIVE, FAULTS
from queryscope.store import decode
from queryscope.test_runner import (
    QueryscopeRunner,
    QueryscopeRunnerMixin,
    RemoteRecordingResult,
    RemoteRecordingRunner,
)
from tests.doors import assert_nothing_is_left, forgiven_faults
from tests.formats.reports import make_report
from tests.suites import TEST_CASES, Project, project

Ended = subprocess.CompletedProcess[str]
START_METHODS = ["fork", "spawn", *(["forkserver"] if django.VERSION >= (6, 1) else [])]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("shop")
    with project(folder, f"test_qs_runner_{os.getpid()}") as made:
        made.write("test_cases.py", TEST_CASES)
        yield made


@pytest.fixture(scope="module")
def profiled(shop: Project) -> Ended:
    """One run whose file and words several tests read."""
    return shop.test("--queryscope", "--queryscope-json=r.json", "--queryscope-html=r.html", "--keepdb")


def labels(text: str) -> list[str]:
    return sorted(each["origin"]["label"] for each in json.loads(text)["traces"])


def test_the_run_passes_and_names_the_problem_with_its_fix(profiled: Ended, shop: Project) -> None:
    assert profiled.returncode == 0, profiled.stderr
    assert "No gate – 1 finding (1 certain)" in profiled.stdout
    assert "3 routes, 5 tests (4 with queries) · " in profiled.stdout
    assert "N+1 on Book.author  shop/views.py:" in profiled.stdout
    assert 'Book.objects.select_related("author")' in profiled.stdout
    assert profiled.stdout.rstrip().endswith(str(shop.folder / "r.html"))


def test_tests_and_their_requests_are_units_of_their_own(profiled: Ended, shop: Project) -> None:
    report = json.loads(shop.read("r.json"))
    assert labels(shop.read("r.json")) == [
        "GET books/",
        "GET books/",
        "GET cured/",
        "GET stream/",
        "test_cases.Books.test_async",
        "test_cases.Books.test_books",
        "test_cases.Books.test_cured",
        "test_cases.Committed.test_stream",
    ]
    counts = {each["origin"]["label"]: each["query_count"] for each in report["traces"]}
    assert (counts["GET books/"], counts["GET cured/"], counts["GET stream/"]) == (6, 1, 1)
    assert [each["location"]["path"] for each in report["findings"]] == ["shop/views.py"]


def found(text: str) -> list[str]:
    """The findings that don't hang on how busy the machine is."""
    return [each["id"] for each in json.loads(text)["findings"] if each["rule"] != "slow-query"]


@pytest.mark.parametrize("method", START_METHODS)
def test_parallel_workers_agree_with_a_single_process(shop: Project, profiled: Ended, method: str) -> None:
    ended = shop.test(
        "--parallel", "2", "--queryscope-fail-on=n-plus-one", "--queryscope-json=p.json", START_METHOD=method
    )
    assert ended.returncode == 1, ended.stderr
    assert "✕ FAIL (n-plus-one) – 1 finding" in ended.stdout
    assert labels(shop.read("p.json")) == labels(shop.read("r.json"))
    alone, together = (found(shop.read(name)) for name in ("r.json", "p.json"))
    assert together == alone


# In this process


def make_runner(**options: Any) -> Any:
    return QueryscopeRunner(verbosity=0, **options)


def test_without_options_the_runner_is_djangos() -> None:
    runner = make_runner()
    assert runner.queryscope_suite is None
    assert runner.get_resultclass() is None
    assert runner.parallel_test_suite is ParallelTestSuite


def test_django_knows_the_options() -> None:
    parser = ArgumentParser()
    QueryscopeRunner.add_arguments(parser)
    given = parser.parse_args(["--queryscope", "--queryscope-html=r.html", "--queryscope-fail-on=certain"])
    assert (given.queryscope, given.queryscope_html, given.queryscope_fail_on) == (True, "r.html", "certain")
    assert parser.parse_args([]).queryscope is False


@pytest.mark.parametrize(
    "options",
    [
        {"queryscope": True},
        {"queryscope_html": "r.html"},
        {"queryscope_json": "r"},
        {"queryscope_fail_on": "certain"},
    ],
)
def test_any_of_the_options_turns_it_on(options: dict[str, Any]) -> None:
    assert make_runner(**options).queryscope_suite is not None


def test_files_are_named_as_the_shell_means_them() -> None:
    outputs = make_runner(queryscope_html="a/r.html", queryscope_json="r.json").queryscope_suite.outputs
    assert outputs == {"json": Path("r.json"), "html": Path("a/r.html")}


@pytest.mark.parametrize("gate", ["n-plus-on", "new", ","])
def test_unknown_gates_are_a_usage_error(gate: str) -> None:
    with pytest.raises(CommandError, match="queryscope: ") as caught:
        make_runner(queryscope_fail_on=gate)
    assert caught.value.returncode == 2


def test_the_parallel_suite_of_another_runner_is_kept() -> None:
    class Theirs(ParallelTestSuite):
        pass

    class Runner(QueryscopeRunnerMixin, DiscoverRunner):
        parallel_test_suite = Theirs

    made: Any = Runner(verbosity=0, queryscope=True)
    assert issubclass(made.parallel_test_suite, Theirs)
    assert made.parallel_test_suite.runner_class is RemoteRecordingRunner
    assert Runner.parallel_test_suite is Theirs


def test_the_result_class_of_another_option_is_kept() -> None:
    theirs = DiscoverRunner(verbosity=0, debug_sql=True).get_resultclass()
    assert issubclass(make_runner(queryscope=True, debug_sql=True).get_resultclass(), theirs)


class Sample(unittest.TestCase):
    """A test that is run by hand below."""

    __test__ = False

    def runTest(self) -> None:
        assert ACTIVE.get() is not None
        Product.objects.count()


@pytest.mark.django_db
def test_a_worker_sends_what_it_recorded_with_its_events() -> None:
    result: Any = RemoteRecordingRunner().run(Sample())
    assert {"startTest", "addSuccess", "add_queryscope", "stopTest"} <= {event[0] for event in result.events}
    (event,) = [event for event in result.events if event[0] == "add_queryscope"]
    assert event[1] == 0
    (capture,) = decode(event[2])
    assert capture.trace.origin.label == Sample().id()
    assert isinstance(result, RemoteTestResult)
    assert_nothing_is_left()


@pytest.mark.django_db
def test_the_parent_takes_it_from_the_events() -> None:
    remote: Any = RemoteRecordingRunner().run(Sample())
    runner = make_runner(queryscope=True)
    result = runner.get_resultclass()(None, None, 0)
    test = Sample()
    runner.parallel_test_suite([], 1).handle_event(
        result, [test], next(event for event in remote.events if event[0] == "add_queryscope")
    )
    assert [capture.trace.origin.label for capture in runner.queryscope_suite.captures()] == [test.id()]
    assert runner.queryscope_suite.incomplete == []


@pytest.mark.django_db
def test_a_fault_in_a_worker_leaves_the_run_incomplete() -> None:
    with forgiven_faults():
        FAULTS.count = 1
        remote: Any = RemoteRecordingRunner().run(Sample())
    runner = make_runner(queryscope_fail_on="certain")
    result = runner.get_resultclass()(None, None, 0)
    (event,) = [event for event in remote.events if event[0] == "add_queryscope"]
    result.add_queryscope(Sample(), *event[2:])
    assert runner.queryscope_suite.incomplete == ["queryscope failed in a worker: not everything was judged"]
    assert runner.suite_result(None, result) == 1


@pytest.mark.django_db
def test_a_fault_in_recording_reaches_no_test(monkeypatch: pytest.MonkeyPatch) -> None:
    from queryscope import test_runner

    def fail() -> Any:
        raise RuntimeError("own")

    class Plain(unittest.TestCase):
        def runTest(self) -> None:
            assert Product.objects.count() == 0

    monkeypatch.setattr(test_runner, "current_config", fail)
    with forgiven_faults():
        result: Any = RemoteRecordingResult()
        Plain()(result)
        assert FAULTS.count == 1
    assert "addSuccess" in [event[0] for event in result.events]


def test_failures_of_tests_are_told_as_they_are() -> None:
    class Result:
        failures = [1, 2]
        errors: list[int] = []
        unexpectedSuccesses: list[int] = []

    assert make_runner(queryscope=True).suite_result(None, Result()) == 2
    assert make_runner().suite_result(None, Result()) == 2


@pytest.mark.parametrize("files", [{}, {"queryscope_json": "r.json"}])
def test_findings_beyond_the_first_five_are_hinted_at_where_no_file_was_asked_for(
    files: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    class Result:
        failures: list[int] = []
        errors: list[int] = []
        unexpectedSuccesses: list[int] = []

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(suite, "report_on", lambda *_, **__: make_report(8))
    QueryscopeRunner(queryscope=True, **files).suite_result(None, Result())
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == (str(tmp_path / "r.json") if files else suite.ALL_FINDINGS)


def test_a_run_in_which_tests_fail_is_told_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    class Result:
        failures = [1, 2]
        errors: list[int] = []
        unexpectedSuccesses: list[int] = []

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(suite, "report_on", lambda *_, **__: make_report(8))
    assert QueryscopeRunner(queryscope_json="r.json").suite_result(None, Result()) == 2
    assert (tmp_path / "r.json").exists()
    assert "N+1 on Book.author" in capsys.readouterr().out


def test_a_conclusion_that_fails_is_told_and_breaks_only_a_gate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Result:
        failures: list[int] = []
        errors: list[int] = []
        unexpectedSuccesses: list[int] = []

    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("own")

    monkeypatch.setattr(suite, "report_on", fail)
    with forgiven_faults():
        assert QueryscopeRunner(queryscope=True).suite_result(None, Result()) == 0
        assert QueryscopeRunner(queryscope_fail_on="certain").suite_result(None, Result()) == 1
    assert "queryscope failed, and there is no report (RuntimeError" in capsys.readouterr().out
