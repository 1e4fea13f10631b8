"""`slow-query`: firing, silent, at its threshold."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.model import Models, QueryGroup
from queryscope.rules.trace import SlowQuery
from tests.builders import make_frame, make_query_group, make_site, make_trace


def slow(**more: Any) -> QueryGroup:
    return make_query_group(
        0, **({"max_ms": 120.0, "total_ms": 200.0, "count": 2, "site": make_site()} | more)
    )


def found(*groups: QueryGroup, **options: Any) -> list[Any]:
    return list(SlowQuery(**options).check(make_trace(*groups), Models()))


def test_a_slow_query_is_told_with_its_longest_time():
    [observation] = found(slow())
    assert observation.rule == "slow-query"
    assert observation.model == "shop.Book"
    assert observation.confidence == "likely"
    assert observation.query_count == 2
    assert observation.avoidable_queries == 0
    assert observation.duration_ms == 120.0
    assert observation.trigger == make_frame()
    assert SlowQuery().message([observation]) == "book_list waited 120 ms for one Book query."


@pytest.mark.parametrize(("max_ms", "told"), [(99.9, False), (100.0, True), (100.1, True)])
def test_the_threshold_counts_one_execution(max_ms, told):
    assert bool(found(slow(max_ms=max_ms, total_ms=1000.0))) is told


@pytest.mark.parametrize(("slow_ms", "told"), [(119.0, True), (120.0, True), (121.0, False), (0.0, True)])
def test_the_threshold_is_an_option(slow_ms, told):
    assert bool(found(slow(), slow_ms=slow_ms)) is told


TEST = make_frame("tests/test_a.py", 3, "test_a")
SILENT = {
    "a write": {"kind": "update"},
    "a savepoint": {"kind": "transaction"},
    "a failure": {"error": "57014"},
    "nobody's": {"site": None, "stack": ()},
    "a test's": {"stack": (TEST,)},
    "a test's queryset": {"site": make_site(frame=TEST)},
    "a migration's": {"stack": (make_frame("shop/migrations/0001_initial.py", 3, "fill"),)},
}


@pytest.mark.parametrize("name", SILENT)
def test_these_are_silent(name):
    assert not found(slow(**SILENT[name]))


def test_raw_sql_has_no_model():
    [observation] = found(slow(site=None))
    assert observation.model == ""
    assert SlowQuery().message([observation]) == "book_list waited 120 ms for one SQL query."


def test_a_class_that_builds_the_queryset_is_enough():
    [observation] = found(slow(site=make_site(frame=None), stack=()))
    assert SlowQuery().message([observation]) == "The page waited 120 ms for one Book query."


def test_a_template_is_told_by_its_line():
    template = make_frame("t/a.html", 4, "a.html", is_template=True)
    [observation] = found(slow(stack=(template, make_frame())))
    assert observation.trigger == template


def test_the_message_tells_the_longest():
    short, long = found(slow())[0], found(slow(max_ms=300.0))[0]
    assert "300 ms" in SlowQuery().message([short, long])


WAITING = {
    "rows that it locks": {"site": make_site(is_for_update=True)},
    "rows that it locks in SQL": {"sql": "SELECT a FROM b FOR UPDATE"},
    "a lock of the application": {"sql": "SELECT pg_advisory_xact_lock(%s)"},
    "a lock of the session": {"sql": "SELECT pg_advisory_lock(%s)"},
    "a pause": {"sql": "SELECT pg_sleep(%s)"},
}


@pytest.mark.parametrize("name", WAITING)
def test_what_waits_for_others_does_no_work(name):
    assert not found(slow(**WAITING[name]))


def test_a_lock_that_is_only_tried_does_not_wait():
    assert found(slow(sql="SELECT pg_try_advisory_lock(%s)"))
