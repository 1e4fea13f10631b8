"""`queryset-evaluated-twice`: firing, silent, at its threshold. Real code: `test_twice_living.py`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import Observation, Query, QueryGroup
from queryscope.rules.trace import QuerysetEvaluatedTwice
from tests.builders import make_frame, make_site
from tests.rules.trace.asked import BUILT, TEST, asked, at, seen, written

ONE = asked(0, "iterate", at("books.all()]"))
TWO = asked(1, "iterate", "list(books.all())")


def found(*groups: QueryGroup, **options: object) -> list[Observation]:
    return seen(QuerysetEvaluatedTwice(**options), *groups)


def test_a_queryset_that_asks_twice_is_told():
    [observation] = found(ONE, TWO)
    assert observation.rule == "queryset-evaluated-twice"
    assert observation.site.frame == BUILT
    assert observation.trigger == TWO.stack[0]
    assert observation.groups == (0, 1)
    assert (observation.query_count, observation.avoidable_queries) == (2, 1)
    assert QuerysetEvaluatedTwice().message([observation]) == (
        "page builds one Book queryset that asked the database 2 times, again at shop/views.py:6."
    )


def test_the_threshold_is_an_option():
    assert found(ONE, TWO, min_repeats=2)
    assert not found(ONE, TWO, min_repeats=3)


def test_a_function_that_runs_twice_builds_two():
    groups = [replace(each, count=2) for each in (ONE, TWO)]
    [observation] = found(*groups)
    assert (observation.query_count, observation.avoidable_queries) == (4, 2)


def test_the_first_row_before_all_of_them_is_told():
    assert found(asked(0, "first", "books.get()"), TWO)
    item = replace(asked(0, "iterate", at("books.get()", operation="subscript")), window=7, fingerprint="one")
    assert found(item, TWO)


def test_items_alone_are_not():
    items = [
        replace(asked(n, "iterate", at("books.get()", operation="subscript")), window=n, fingerprint=f"{n}")
        for n in (1, 2)
    ]
    assert not found(*[replace(each, index=n) for n, each in enumerate(items)])


SILENT = {
    "other rows": {"selection": 1},
    "another order": {"fingerprint": "ordered"},
    "a slice": {"window": 3},
    "a count": {"access": replace(TWO.access, method="count")},
    "another line": {"site": make_site(frame=replace(BUILT, line=7))},
    "locked rows": {"sql": TWO.sql + " FOR SHARE"},
    "a failure": {"error": "57014"},
    "a test's loop": {"stack": (TEST,)},
    "another call of the function": {"stack": (*TWO.stack, make_frame("shop/urls.py", 3, "site"))},
}


@pytest.mark.parametrize("name", SILENT)
def test_these_are_silent(name):
    assert not found(ONE, replace(TWO, **SILENT[name]))


def test_a_write_between_is_a_reason():
    last = replace(TWO, index=2, first_index=2)
    assert not found(ONE, written(1), last)
    assert found(written(0), replace(ONE, index=1, first_index=1), last)


LOOP = """\
def page(request):
    books = Book.objects.filter(price__gt=request.price)
    for word in request.words:
        print(word, list(books.all()))
"""
BODY = make_frame(line=4, function="page", end_line=4, column=20, end_column=37, operation="call")


def test_a_loop_that_asks_again_is_told():
    group = asked(0, "iterate", BODY, count=3)
    [observation] = seen(QuerysetEvaluatedTwice(), group, text=LOOP)
    assert (observation.query_count, observation.avoidable_queries) == (3, 2)
    assert not seen(QuerysetEvaluatedTwice(), replace(group, count=1), text=LOOP)


def test_a_line_outside_of_any_loop_belongs_to_a_function_that_ran_again():
    assert not found(replace(TWO, index=0, count=3))


@pytest.mark.parametrize("pause_ms", [0.0, 49.0, 50.0])
def test_a_line_that_pauses_polls(pause_ms):
    group = asked(0, "iterate", BODY, count=3)
    queries = tuple(Query(group=0, started_ms=n * (pause_ms + 1.0), duration_ms=1.0) for n in range(3))
    told = seen(QuerysetEvaluatedTwice(), group, text=LOOP, queries=queries)
    assert bool(told) is (pause_ms < 50)


def test_without_its_source_nothing_is_said():
    assert not seen(QuerysetEvaluatedTwice(), ONE, TWO, text="def other(")
