"""`exists-then-get`: firing, silent. Real code is judged in `test_twice_living.py`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import Observation, QueryGroup
from queryscope.rules.trace import ExistsThenGet
from tests.builders import make_frame, make_site, make_trace
from tests.rules.trace.asked import BUILT, TEST, asked, at, context_of, seen, written

EXISTS = asked(0, "exists", "books.exists()")
GET = asked(1, "get", "books.get()")


def found(*groups: QueryGroup) -> list[Observation]:
    return seen(ExistsThenGet(), *groups)


def test_a_question_before_its_row_is_told():
    [observation] = found(EXISTS, GET)
    assert observation.rule == "exists-then-get"
    assert observation.site.frame == BUILT
    assert observation.groups == (0,)
    assert observation.avoidable_queries == 1
    assert ExistsThenGet().message([observation]) == (
        "page asks whether Book rows exist at shop/views.py:4 before it loads them: ask once."
    )


@pytest.mark.parametrize("method", ["get", "first", "last", "latest", "iterate", "len", "bool"])
def test_however_the_rows_are_loaded(method):
    assert found(EXISTS, asked(1, method, "books.get()", window=0))


SILENT = {
    "a page": {"access": replace(GET.access, method="iterate"), "window": 4},
    "a stream": {"access": replace(GET.access, method="iterator"), "window": 0},
    "other rows": {"selection": 1},
    "before": {"first_index": -1},
    "locked rows": {"sql": GET.sql + " FOR UPDATE"},
    "locked rows by the queryset": {"site": make_site(frame=BUILT, is_for_update=True)},
    "a failure": {"error": "DoesNotExist"},
    "another function": {
        "site": make_site(frame=make_frame(line=30, function="other")),
        "stack": (make_frame(line=30, function="other"),),
    },
    "a test's row": {"stack": (TEST,), "site": make_site(frame=TEST)},
}


@pytest.mark.parametrize("name", SILENT)
def test_these_are_silent(name):
    assert not found(EXISTS, replace(GET, **SILENT[name]))


def test_a_write_between_is_a_reason():
    last = replace(GET, index=2, first_index=2)
    assert not found(EXISTS, written(1), last)
    assert found(EXISTS, written(1, 'INSERT INTO "shop_log" ("x") VALUES (…)'), last)


def test_a_line_that_asks_more_often_than_it_loads_waits():
    assert not found(replace(EXISTS, count=5), GET)
    assert found(replace(EXISTS, count=2), replace(GET, count=2))


def test_a_slice_has_an_emptiness_of_its_own():
    assert not found(replace(EXISTS, site=make_site(frame=BUILT, is_sliced=True)), GET)


def test_what_validation_asks_is_not_the_lines_own():
    assert not found(replace(EXISTS, stack=(at("list(books.all())"),)), GET)


def test_the_fix_is_told_where_the_two_do_not_follow_each_other():
    [observation] = found(EXISTS, GET)
    fix = ExistsThenGet().remedy([observation], context_of(make_trace(EXISTS, GET))).fix
    assert fix.code == "row = books.first()\nif row is not None:"
    assert not fix.diff
    assert fix.caveat.startswith("No diff")
