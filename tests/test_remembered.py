"""A page that is loaded again isn't examined again, unless something may have changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from catalog.models import Product
from queryscope import remembered
from queryscope.capture.finish import Finished, finish
from queryscope.capture.project import find_project
from queryscope.config import Config
from queryscope.database import explain
from queryscope.errors import ExplainRefusedError
from queryscope.examine import examine
from queryscope.model import Capture
from queryscope.plans.words import PLANNED_FOR_TIME, TIME_USED_UP
from queryscope.proving import Place
from queryscope.remembered import MOST, Examined, recall, remember
from tests.capture.recording import ROOT, make_recorder
from tests.capture.shop import add_products


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    remembered.forget()
    yield
    remembered.forget()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(remembered, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def explained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that were explained."""
    found: list[str] = []
    original = explain.explain_apart

    def count(connection: Any, sql: Any, *args: Any, **kwargs: Any) -> Any:
        found.append(sql)
        return original(connection, sql, *args, **kwargs)

    monkeypatch.setattr(explain, "explain_apart", count)
    return found


def known(**values: Any) -> Examined:
    return Examined(**{"at": 1000.0, "max_ms": 20.0, "server_version": 180000, **values})


def visit() -> Finished:
    with make_recorder() as recorder:
        list(Product.objects.filter(price__gt=1))
    return finish(recorder)


def examined(finished: Finished, *, is_repeated: bool = True, **config: Any) -> Capture:
    place = Place(
        config=Config(explain="all", **config),
        project=find_project(str(ROOT)),
        in_place=False,
        is_repeated=is_repeated,
    )
    return examine(*finished, place)


def test_what_is_known_is_true_for_a_minute(clock: list[float]) -> None:
    remember(("shape",), known())
    clock[0] += 59
    assert recall(("shape",), 20.0) is not None
    clock[0] += 2
    assert recall(("shape",), 20.0) is None


@pytest.mark.parametrize(
    ("max_ms", "is_known"), [(20.0, True), (39.0, True), (41.0, False), (11.0, True), (9.0, False)]
)
def test_a_shape_that_became_much_slower_or_faster_is_examined_again(
    clock: list[float], max_ms: float, is_known: bool
) -> None:
    remember(("shape",), known())
    assert (recall(("shape",), max_ms) is not None) is is_known


def test_the_moods_of_a_machine_are_no_change(clock: list[float]) -> None:
    remember(("shape",), known(max_ms=0.2))
    assert recall(("shape",), 4.9) is not None
    assert recall(("shape",), 5.3) is None


def test_what_is_known_has_an_end(clock: list[float]) -> None:
    for number in range(MOST + 3):
        remember((number,), known())
    assert recall((2,), 20.0) is None
    assert recall((3,), 20.0) is not None


@pytest.mark.django_db(transaction=True)
def test_the_second_request_has_the_same_plan_without_another_explain(explained: list[str]) -> None:
    add_products(3)
    finished = visit()  # the same times: what takes much longer is explained again
    first = examined(finished)
    assert len(explained) == 1
    second = examined(finished)
    assert len(explained) == 1
    assert second.plans == first.plans != ()
    assert second.schema == first.schema
    assert second.refusals == first.refusals
    assert second.trace.server_version == first.trace.server_version


@pytest.mark.django_db(transaction=True)
def test_other_work_is_examined_each_time(explained: list[str]) -> None:
    add_products(3)
    for _ in range(2):
        examined(visit(), is_repeated=False)
    assert len(explained) == 2


@pytest.mark.django_db(transaction=True)
def test_another_database_is_examined_apart(explained: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    add_products(3)
    examined(visit())
    finished = visit()
    monkeypatch.setitem(connection.settings_dict, "USER", connection.settings_dict["USER"] or "postgres")
    monkeypatch.setitem(connection.settings_dict, "PORT", str(connection.settings_dict["PORT"]) + " ")
    examined(finished)
    assert len(explained) == 2


@pytest.mark.django_db(transaction=True)
def test_a_shape_whose_plan_is_refused_is_not_asked_again(
    explained: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        explained.append("")
        raise ExplainRefusedError("Not explained: it calls a volatile function.")

    monkeypatch.setattr(explain, "explain_apart", refuse)
    finished = visit()  # the same times: what takes much longer is asked again
    first, second = examined(finished), examined(finished)
    assert len(explained) == 1
    assert first.skipped_plans == second.skipped_plans != ()


@pytest.mark.django_db(transaction=True)
def test_a_shape_for_which_no_time_was_left_is_asked_again(
    explained: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = explain.explain_apart

    def run_out(*_: Any, **__: Any) -> Any:
        raise ExplainRefusedError(f"Not explained: {TIME_USED_UP}.")

    monkeypatch.setattr(explain, "explain_apart", run_out)
    assert examined(visit()).plans == ()
    monkeypatch.setattr(explain, "explain_apart", original)
    assert len(examined(visit()).plans) == 1
    assert len(explained) == 1


@pytest.mark.parametrize(
    ("note", "took_ms", "asked"),
    [
        (PLANNED_FOR_TIME, 10.0, 2),
        (PLANNED_FOR_TIME, 490.0, 1),  # it had all the time there is
        ("Only planned: EXPLAIN ANALYZE was stopped after 60 ms.", 10.0, 1),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_what_was_only_planned_for_want_of_time_is_asked_again(
    explained: list[str], monkeypatch: pytest.MonkeyPatch, note: str, took_ms: float, asked: int
) -> None:
    counting = explain.explain_apart

    def plan_only(*args: Any, **kwargs: Any) -> Any:
        return replace(counting(*args, **kwargs), is_analyzed=False, note=note, elapsed_ms=took_ms)

    monkeypatch.setattr(explain, "explain_apart", plan_only)
    finished = visit()  # the same times: what takes much longer is asked again
    for _ in range(2):
        [plan] = examined(finished, explain_budget_ms=500.0).plans
        assert plan.note == note
    assert len(explained) == asked
