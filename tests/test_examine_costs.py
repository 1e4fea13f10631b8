"""What plans cost and cover: label, time, typical parameters, slow writes, and the budget of a run."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from catalog.models import Tag
from queryscope.capture.finish import Slow
from queryscope.examine import examine
from queryscope.formats.json import plan_record
from queryscope.model import Capture, Origin
from queryscope.plans.words import TIME_USED_UP
from queryscope.profiler import current_config, current_project, profile
from queryscope.proving import Place
from queryscope.remembered import RUN, forget
from tests.builders import make_query_group, make_trace
from tests.test_examine import Explain, committed, companies, explain, look, no_faults  # noqa: F401 - fixtures


@pytest.fixture(autouse=True)
def fresh_run() -> Any:
    forget()
    yield
    forget()


def rows_of(country: str) -> None:
    from catalog.models import Company

    list(Company.objects.filter(country=country).order_by("pk"))


def test_what_analyze_added_is_kept_with_the_plan(committed: None):  # noqa: F811
    [plan] = look(lambda: rows_of("ZZ")).plans
    assert plan.source == "explain"
    assert plan.observed_ms is not None
    assert plan.observed_ms > 0
    assert plan.explain_ms > plan.analyze_ms > plan.execution_time_ms > 0
    record = plan_record(plan)
    assert (record["source"], record["typical"]) == ("explain", None)
    assert record["explain_ms"] == pytest.approx(plan.explain_ms, abs=0.01)
    json.dumps(record)


def test_an_estimate_ran_nothing(committed: None):  # noqa: F811
    def locked() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM catalog_company WHERE country = 'ZZ' FOR SHARE")

    [plan] = look(locked).plans
    assert (plan.is_analyzed, plan.analyze_ms) == (False, None)
    assert plan.explain_ms > 0


def test_typical_parameters_are_looked_at_beside_the_slowest(committed: None):  # noqa: F811
    def work() -> None:
        for rows in (60, 200_000, 200_000):  # far enough apart for a machine with moods
            with connection.cursor() as cursor:
                cursor.execute("SELECT n FROM generate_series(1, %s) n", [rows])

    work()  # the first time is slow whatever it asks for
    [plan] = look(work).plans
    assert plan.typical is not None
    assert plan.typical.is_analyzed
    assert (plan.typical.rows, plan.root.actual_rows) == (60, 200_000)
    assert plan.typical.has_same_nodes
    assert plan_record(plan)["typical"]["rows"] == 60


def test_one_execution_is_its_own_type(committed: None):  # noqa: F811
    [plan] = look(lambda: [rows_of("ZZ"), rows_of("ZZ")]).plans
    assert plan.typical is None


def update(number: int = 1) -> None:
    Tag.objects.update(name=f"name {number}")


def test_a_slow_write_is_planned_and_never_run(transactional_db: None):
    Tag.objects.create(name="a")
    capture = look(update, slow_ms=0.0)
    [plan] = capture.plans
    assert plan.note == "Only planned: UPDATE is never run a second time."
    assert (plan.root.node_type, plan.is_analyzed, plan.insights) == ("ModifyTable", False, ())
    assert capture.indexes == ()


def test_rows_that_are_copied_are_planned_and_rows_that_are_given_are_not(transactional_db: None):
    def copy() -> None:
        Tag.objects.create(name="a")
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO catalog_tag (name, slug) SELECT name || 'x', 'x' FROM catalog_tag")

    [plan] = look(copy, slow_ms=0.0).plans
    assert "INSERT" in plan.note
    assert Tag.objects.count() == 2


@pytest.mark.parametrize("mode", ["all", "slow"])
def test_a_write_that_was_not_slow_is_not_planned(transactional_db: None, mode: str):
    Tag.objects.create(name="a")
    assert look(update, explain=mode, slow_ms=60_000.0, costly_ms=0.0).plans == ()


def in_test(*, plans: int = 500, ms: float = 60_000.0) -> Capture:
    group = make_query_group(fingerprint="f0", max_ms=500.0, total_ms=500.0)
    config = current_config(explain_run_plans=plans, explain_run_budget_ms=ms)
    place = Place(config=config, project=current_project(config), in_place=True)
    return examine(make_trace(group), [Slow(group, "SELECT 1", ())], place)


def test_a_run_of_tests_has_a_number_of_plans(db: None):
    assert [len(in_test(plans=2).plans) for _ in range(4)] == [1, 1, 0, 0]
    [skipped] = in_test(plans=2).skipped_plans
    assert TIME_USED_UP in skipped.reason
    assert RUN.plans == 2


def test_a_run_of_tests_has_a_time(db: None):
    assert len(in_test(ms=0.01).plans) == 1
    assert RUN.ms > 0.01
    assert in_test(ms=0.01).plans == ()


def test_a_process_that_lives_on_has_none(committed: None):  # noqa: F811
    RUN.spend(10**9)
    assert len(look(lambda: rows_of("ZZ")).plans) == 1
    with profile("block", explain="all") as run:
        rows_of("ZZ")
    assert run.capture is not None
    assert len(run.capture.plans) == 1


def in_one_of_many_tests(*, max_ms: float = 500.0, fingerprint: str = "f0", kind: str = "test") -> Capture:
    group = make_query_group(fingerprint=fingerprint, max_ms=max_ms, total_ms=max_ms)
    trace = replace(make_trace(group), origin=Origin(kind=kind, label="tests/test_shop.py::test_list"))
    config = current_config()
    place = Place(config=config, project=current_project(config), in_place=True)
    return examine(trace, [Slow(group, "SELECT 1", ())], place)


def test_a_shape_is_explained_once_in_a_run_of_tests(db: None):
    captures = [in_one_of_many_tests() for _ in range(3)]
    assert [len(each.plans) for each in captures] == [1, 0, 0]
    assert [each.skipped_plans for each in captures] == [(), (), ()]
    assert len(in_one_of_many_tests(fingerprint="f1").plans) == 1


def test_and_once_more_where_it_takes_twice_as_long(db: None):
    taken = [len(in_one_of_many_tests(max_ms=ms).plans) for ms in (500.0, 900.0, 1100.0, 1100.0)]
    assert taken == [1, 0, 1, 0]


def test_blocks_are_reported_one_by_one_and_each_has_its_plans(db: None):
    assert [len(in_one_of_many_tests(kind="block").plans) for _ in range(2)] == [1, 1]
