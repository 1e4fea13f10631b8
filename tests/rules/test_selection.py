"""Queries about the same rows: whose they are, what ran between, and whether one function asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import Models, Query
from queryscope.rules.selection import (
    are_in_threads,
    are_together,
    is_asked_again,
    is_own,
    is_written_between,
    of_same_rows,
    same_rows,
)
from tests.builders import make_frame, make_site, make_trace
from tests.rules.trace.asked import BUILT, TEST, asked, at, written

ONE = asked(0, "count", "books.count()")
TWO = asked(1, "iterate", "list(books.all())")
OTHER = asked(2, "iterate", "len(books)", selection=1)
OUTSIDE = make_frame("shop/urls.py", 3, "site")


def test_groups_are_listed_by_their_rows():
    trace = make_trace(ONE, TWO, OTHER)
    assert list(same_rows(trace, Models())) == [[ONE, TWO]]
    assert of_same_rows(trace, OTHER) == [OTHER]
    assert of_same_rows(trace, replace(ONE, selection=None)) == []
    assert is_asked_again(trace, ONE)
    assert not is_asked_again(trace, OTHER)


def test_what_a_test_builds_is_not_the_applications():
    assert is_own(ONE, Models())
    assert not is_own(replace(ONE, site=make_site(frame=TEST)), Models())
    assert not is_own(replace(ONE, stack=()), Models())
    assert not is_own(replace(ONE, site=make_site("auth.User", frame=BUILT)), Models())


@pytest.mark.parametrize(
    ("library", "told"),
    [("", True), ("rest_framework", True), ("django.forms", False), ("django_tables2", False)],
)
def test_what_takes_a_queryset_and_no_list_asks_as_it_likes(library, told):
    assert is_own(replace(ONE, asked_through=library), Models()) is told


@pytest.mark.parametrize(
    ("at_index", "count", "is_between"),
    [(-1, 1, False), (1, 1, True), (9, 1, False), (-1, 2, True), (9, 2, False)],
)
def test_a_write_counts_where_it_may_have_run(at_index, count, is_between):
    first, second = ONE, replace(TWO, first_index=5)
    trace = make_trace(first, second, written(2, first_index=at_index, count=count))
    assert is_written_between(trace, first, second) is is_between


def test_a_query_that_ran_again_may_have_run_after_any_write():
    first, second = replace(ONE, count=2), replace(TWO, count=2)
    assert is_written_between(make_trace(first, second, written(2, first_index=9)), first, second)


def test_queries_of_different_threads_are_apart():
    queries = tuple(Query(group=at, started_ms=at, duration_ms=1.0, thread=at) for at in range(2))
    trace = make_trace(ONE, TWO, queries=queries)
    assert are_in_threads(trace, ONE, TWO)
    assert not are_together(trace, ONE, TWO)
    assert not are_in_threads(make_trace(ONE, TWO, queries=()), ONE, TWO)


def together(one, two) -> bool:
    return are_together(make_trace(one, two), one, two)


def test_one_run_of_one_function_is_together():
    assert together(ONE, TWO)
    assert together(replace(ONE, stack=(*ONE.stack, OUTSIDE)), replace(TWO, stack=(*TWO.stack, OUTSIDE)))
    assert not together(replace(ONE, stack=(*ONE.stack, OUTSIDE)), TWO)


def test_a_comprehension_belongs_to_its_function():
    inner = replace(at("books.all()]"), function="page.<listcomp>")
    assert together(ONE, replace(TWO, stack=(inner, at("books.all()]"))))


def test_a_queryset_whose_function_has_returned_is_one():
    tag = make_frame("t.html", 3, "t.html", is_template=True)
    assert together(ONE, replace(TWO, stack=(tag,)))
    other = make_site(frame=replace(BUILT, line=9))
    assert not together(ONE, replace(TWO, stack=(tag,), site=other))


def test_a_test_that_asks_twice_is_not_one_function():
    first, second = replace(TEST, line=3), replace(TEST, line=4)
    here = make_frame("shop/books.py", 2, "cheap")
    site = make_site(frame=here)
    line = make_frame("shop/other.py", 2, "other")
    assert not together(
        replace(ONE, site=site, stack=(line, first)), replace(TWO, site=site, stack=(line, second))
    )
