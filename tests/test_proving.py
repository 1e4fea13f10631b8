"""Tests of proving.py: what is allowed where, and the time that a run may spend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from queryscope.capture.finish import Slow
from queryscope.config import Config
from queryscope.database.proof import Proof
from queryscope.plans.metrics import number_nodes
from queryscope.plans.words import PLANNED_FOR_TIME
from queryscope.profiler import current_project
from queryscope.proving import Place, _reading_ms, prove, says_enough
from queryscope.remembered import RUN
from tests.builders import make_node, make_plan, make_query_group
from tests.database.test_trial import make_candidate


@pytest.fixture
def permits(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What `prove_indexes` was given; each time it says that trials took 400 ms."""
    RUN.forget()
    seen: list[Any] = []

    def answer(*_: Any, **more: Any) -> Proof:
        seen.append(more)
        return Proof(trial_ms=400.0 if more["permit"].may_build else 0.0)

    monkeypatch.setattr("queryscope.database.proof.prove_indexes", answer)
    yield seen
    RUN.forget()


def ask(
    *,
    plan: Any = None,
    typical: Any = None,
    is_test_database: bool = False,
    is_repeated: bool = False,
    is_patient: bool = False,
    **config: Any,
) -> None:
    settings = Config(**config)
    place = Place(
        config=settings,
        project=current_project(settings),
        in_place=False,
        is_test_database=is_test_database,
        is_repeated=is_repeated,
        is_patient=is_patient,
    )
    slow = Slow(make_query_group(alias="default"), "SELECT 1", (), typical)
    prove(None, [make_candidate("a")], slow, place=place, plan=plan or make_plan())


@pytest.mark.parametrize(
    ("more", "may_build"),
    [
        ({}, False),
        ({"trial_indexes": ("default",)}, True),
        ({"trial_indexes": ("Default", "reports")}, False),
        ({"is_test_database": True}, True),
        ({"is_test_database": True, "plan": make_plan(source="auto_explain")}, False),
    ],
)
def test_an_index_is_built_on_listed_aliases_and_databases_of_test_runners(permits, more, may_build):
    ask(**more)
    (seen,) = permits
    assert seen["permit"].may_build is may_build
    assert bool(seen["permit"].reason) is not may_build


def test_what_was_only_planned_is_never_run_though_it_may_be_elsewhere(permits):
    plan = replace(make_plan(), is_analyzed=False, note="Only planned: it locks rows.")
    ask(is_test_database=True, plan=plan)
    (seen,) = permits
    assert (seen["permit"].may_build, seen["permit"].is_checked) == (False, False)
    assert seen["permit"].reason == "Not tried: it locks rows."
    assert seen["reading_ms"] == {}


@pytest.mark.parametrize(
    ("analyzed", "kind", "ms", "note", "enough"),
    [
        (True, "select", 0.1, "", True),
        (False, "select", 20.0, "Only planned: it locks rows.", True),
        (False, "select", 19.9, "Only planned: it locks rows.", False),
        (False, "update", 500.0, "Only planned: UPDATE is never run a second time.", False),
        (False, "select", 500.0, PLANNED_FOR_TIME, False),
    ],
)
def test_a_plan_without_times_is_enough_where_the_application_waited(analyzed, kind, ms, note, enough):
    settings = Config()
    place = Place(config=settings, project=current_project(settings), in_place=False, is_repeated=True)
    slow = Slow(make_query_group(alias="default", kind=kind), "SELECT 1", ())
    slow.max_ms = ms
    assert says_enough(replace(make_plan(), is_analyzed=analyzed, note=note), slow, place) is enough


def test_where_nobody_asks_again_a_plan_for_lack_of_time_is_enough():
    settings = Config()
    place = Place(config=settings, project=current_project(settings), in_place=False)
    slow = Slow(make_query_group(alias="default"), "SELECT 1", ())
    slow.max_ms = 500.0
    assert says_enough(replace(make_plan(), is_analyzed=False, note=PLANNED_FOR_TIME), slow, place)


def test_what_auto_explain_told_was_not_judged_yet(permits):
    ask(is_test_database=True)
    ask(is_test_database=True, plan=make_plan(source="auto_explain"))
    assert [seen["permit"].is_checked for seen in permits] == [True, False]


def test_the_trials_of_a_run_end_with_its_time(permits):
    for _ in range(4):
        ask(is_test_database=True, trial_run_budget_ms=1000)
    assert [seen["permit"].may_build for seen in permits] == [True, True, True, False]
    assert [seen["permit"].total_ms for seen in permits] == [1000, 600, 200, 0]
    assert "TRIAL_RUN_BUDGET_MS" in permits[3]["permit"].reason


def test_a_server_that_goes_on_has_no_such_end(permits):
    for _ in range(4):
        ask(is_test_database=True, is_repeated=True, trial_run_budget_ms=1000)
    assert all(seen["permit"].may_build for seen in permits)
    assert RUN.trial_ms == 0


def test_one_query_gets_fifteen_builds(permits):
    ask(is_test_database=True, trial_budget_ms=2000)
    assert (permits[0]["permit"].budget_ms, permits[0]["permit"].total_ms) == (2000, 30_000)


def test_where_somebody_waits_for_the_answer_a_build_may_take_ten_times_as_long_and_all_twice(permits):
    for is_patient in (False, True):
        ask(trial_indexes=("default",), trial_budget_ms=2000, is_patient=is_patient)
    assert [seen["permit"].budget_ms for seen in permits] == [2000, 2000]
    assert [seen["permit"].patient_ms for seen in permits] == [2000, 20_000]
    assert [seen["permit"].total_ms for seen in permits] == [30_000, 60_000]


def test_only_a_database_of_a_test_runner_is_nobody_elses(permits):
    ask(trial_indexes=("default",))
    ask(is_test_database=True)
    assert [seen["permit"].is_alone for seen in permits] == [False, True]


def test_the_first_execution_is_handed_on(permits):
    ask(typical=("SELECT 2", ("x",)))
    ask()
    assert [seen["typical"] and seen["typical"].sql for seen in permits] == ["SELECT 2", None]


def scan(name: str, ms: float, rows: float, loops: float = 1) -> Any:
    return make_node(
        relation_name=name,
        actual_total_time_ms=ms,
        actual_startup_time_ms=0.0,
        actual_rows=rows,
        actual_loops=loops,
    )


def test_the_time_of_reading_a_table_is_that_of_all_its_scans():
    root = make_node(
        "Nested Loop",
        scan("a", 0.4, 5),
        scan("a", 0.2, 5, loops=3),
        scan("b", 0.1, 5),
        actual_total_time_ms=9.0,
        actual_startup_time_ms=0.0,
        actual_rows=1.0,
        actual_loops=1.0,
    )
    found = _reading_ms(make_plan(number_nodes(root)))
    assert found["a"] == pytest.approx(1.0)
    assert found["b"] == pytest.approx(0.1)


def test_of_many_rows_reading_is_not_all():
    assert _reading_ms(make_plan(number_nodes(scan("a", 0.4, 1000)))) == {"a": float("inf")}
