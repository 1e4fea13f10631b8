"""A test run: each test is a unit of work, and so is each request it sends."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from catalog.models import Product
from queryscope import suite
from queryscope.analysis.shapes import query_count
from queryscope.capture.state import ACTIVE, FAULTS, MAX_FAULTS
from queryscope.model import Capture, Origin
from queryscope.remembered import RUN
from queryscope.store import encode
from queryscope.suite import SuiteRun, TestUnit, trial_time
from tests.builders import make_trace
from tests.capture.shop import add_products
from tests.doors import QUIET, assert_nothing_is_left, forgiven_faults, site

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _pages(tmp_path: Path) -> Any:
    with site(tmp_path, middleware=(), DEBUG=False):
        yield
    assert_nothing_is_left()


def units(captures: list[Capture]) -> list[tuple[str, str, int]]:
    return [(each.trace.origin.kind, each.trace.origin.label, query_count(each.trace)) for each in captures]


def test_a_test_and_its_requests_are_told_apart() -> None:
    unit = TestUnit("test_a", QUIET).start()
    add_products(3)
    Client().get("/products/")
    Client().get("/cured/")
    unit.finish()
    captures = unit.take()
    assert units(captures)[:2] == [("request", "GET products/", 4), ("request", "GET cured/", 1)]
    assert captures[2].trace.origin == Origin(kind="test", label="test_a")
    assert {each.trace.origin.parent for each in captures} == {"test_a", ""}


def test_a_test_and_its_requests_observe_reads_unless_the_settings_forbid_it() -> None:
    add_products(2)
    for config, expected in ((QUIET, True), (replace(QUIET, reads=False), False)):
        unit = TestUnit("test_a", config).start()
        list(Product.objects.all())
        Client().get("/cured/")
        unit.finish()
        assert {each.trace.saw_reads for each in unit.take()} == {expected}


def test_a_test_without_queries_makes_no_unit() -> None:
    unit = TestUnit("test_a", QUIET).start()
    unit.finish()
    assert unit.take() == []


def test_finishing_twice_records_once() -> None:
    unit = TestUnit("test_a", QUIET).start()
    Product.objects.count()
    unit.finish()
    unit.finish()
    assert len(unit.take()) == 1
    assert unit.take() == []


def test_nothing_is_handed_over_while_the_test_runs() -> None:
    unit = TestUnit("test_a", QUIET).start()
    Client().get("/plain/")
    assert unit.take() == []
    unit.finish()
    assert units(unit.take()) == [("request", "GET plain/", 0)]


def test_what_ran_so_far_can_be_counted_while_it_runs() -> None:
    add_products(3)
    unit = TestUnit("test_a", QUIET).start()
    Product.objects.count()
    assert unit.query_count() == 1
    Client().get("/products/")
    assert unit.query_count() == 5
    Product.objects.count()
    assert unit.query_count() == 6
    unit.finish()
    assert unit.query_count() == 6


def test_plans_are_taken_within_the_tests_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def complete(recorder: Any, **place: bool) -> Capture:
        recorder.stop()
        asked.append(place)
        return Capture(trace=make_trace())

    monkeypatch.setattr(suite, "complete", complete)
    TestUnit("test_a", QUIET).start().finish()
    assert asked == [{"in_place": True, "is_test_database": True}]


@pytest.mark.parametrize("name", ["begin", "complete"])
def test_no_fault_reaches_the_test(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **_: Any) -> Any:
        if name == "complete":
            args[0].stop()
        raise RuntimeError("own")

    monkeypatch.setattr(suite, name, fail)
    with forgiven_faults():
        unit = TestUnit("test_a", QUIET).start()
        Product.objects.count()
        unit.finish()
        assert FAULTS.count == 1
    assert ACTIVE.get() is None
    assert unit.take() == []


def test_after_three_faults_tests_are_not_recorded() -> None:
    with forgiven_faults():
        FAULTS.count = MAX_FAULTS
        unit = TestUnit("test_a", QUIET).start()
        Product.objects.count()
        unit.finish()
    assert unit.take() == []


# The run


def recorded(label: str, count: int = 4) -> list[Capture]:
    unit = TestUnit(label, QUIET).start()
    if not Product.objects.exists():
        add_products(count)
    Client().get("/products/")
    unit.finish()
    return unit.take()


def test_a_run_is_concluded_from_all_tests() -> None:
    run = SuiteRun(config=QUIET)
    run.add("test_b", recorded("test_b"))
    run.add("test_a", recorded("test_a"))
    conclusion = run.conclude()
    assert [finding.rule for finding in conclusion.report.findings] == ["n-plus-one"]
    assert [each.origin.label for each in conclusion.report.traces if each.origin.kind == "test"] == [
        "test_a",
        "test_b",
    ]
    assert (conclusion.report.run.verdict, conclusion.is_breach) == ("none", False)


def test_all_tests_are_counted_each_once() -> None:
    run = SuiteRun(config=QUIET)
    run.tests.update(("test_a", "test_silent"))
    run.add("test_a", recorded("test_a"))
    run.add("test_b", recorded("test_b"))
    assert run.conclude().report.run.tests == 3


def test_a_rerun_replaces_what_was_there() -> None:
    run = SuiteRun(config=QUIET)
    run.add("test_a", recorded("test_a"))
    run.add("test_a", recorded("test_a"))
    requests = [each for each in run.captures() if each.trace.origin.kind == "request"]
    assert len(requests) == 1


def test_what_another_process_sent_is_read() -> None:
    run = SuiteRun(config=QUIET)
    captures = recorded("test_a")
    run.add_text("test_a", encode(captures).decode())
    assert run.captures() == captures


@pytest.mark.parametrize(
    ("gate", "is_breach"), [(("n-plus-one",), True), (("certain",), True), (("slow-query",), False)]
)
def test_a_gate_is_breached_by_its_findings(gate: tuple[str, ...], is_breach: bool) -> None:
    run = SuiteRun(config=QUIET, gate=gate)
    run.add("test_a", recorded("test_a"))
    assert run.conclude().is_breach is is_breach


def test_a_test_may_be_allowed_what_others_are_not() -> None:
    run = SuiteRun(config=QUIET, gate=("n-plus-one",), allowed={"test_a": frozenset({"n-plus-one"})})
    run.add("test_a", recorded("test_a"))
    assert not run.conclude().is_breach
    run.add("test_b", recorded("test_b"))
    assert run.conclude().is_breach


@pytest.mark.parametrize("text", [b"", b"{", b"[]", "garbage"])
def test_what_arrives_broken_makes_the_run_incomplete(text: Any) -> None:
    run = SuiteRun(config=QUIET, gate=("certain",))
    run.add_text("test_a", text)
    conclusion = run.conclude()
    assert conclusion.report.run.verdict == "incomplete"
    assert conclusion.is_breach
    assert "what test_a recorded isn't a capture" in conclusion.report.run.missing[0]


def test_incomplete_can_be_allowed() -> None:
    run = SuiteRun(config=QUIET, gate=("certain",), allow_incomplete=True)
    run.incomplete.append("worker gw1 was lost")
    assert not run.conclude().is_breach


def test_without_a_gate_what_is_missing_is_told_and_judged_by_nobody() -> None:
    run = SuiteRun(config=QUIET)
    run.incomplete.append("worker gw1 was lost")
    conclusion = run.conclude()
    assert not conclusion.is_breach
    assert "worker gw1 was lost" in conclusion.report.run.missing


def test_faults_leave_a_gate_incomplete() -> None:
    run = SuiteRun(config=QUIET, gate=("certain",))
    with forgiven_faults():
        FAULTS.count = 1
        assert run.conclude().report.run.verdict == "incomplete"


def test_files_are_written_and_the_last_is_the_one_to_open(tmp_path: Path) -> None:
    outputs = {"json": tmp_path / "r.json", "html": tmp_path / "r.html"}
    run = SuiteRun(config=QUIET, outputs=outputs)
    run.add("test_a", recorded("test_a"))
    conclusion = run.conclude()
    assert conclusion.written == (tmp_path / "r.json", tmp_path / "r.html")
    assert json.loads((tmp_path / "r.json").read_text())["findings"]


def test_a_file_that_cannot_be_written_is_told_and_the_others_are_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    outputs = {"json": tmp_path / "file" / "r.json", "markdown": tmp_path / "r.md"}
    conclusion = SuiteRun(config=QUIET, outputs=outputs).conclude()
    assert conclusion.written == (tmp_path / "r.md",)
    assert conclusion.troubles[0].startswith("queryscope could not write json: Can't write")
    assert not conclusion.is_breach


@pytest.mark.parametrize(("ms", "told"), [(1999.0, ""), (3400.0, "Indexes were tried for 3 s of this run.")])
def test_it_is_told_how_long_indexes_were_tried_for_where_that_was_noticed(ms: float, told: str) -> None:
    RUN.forget()
    RUN.spend_on_trials(ms)
    assert trial_time() == told
    RUN.forget()
