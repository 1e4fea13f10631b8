"""Whether one place could keep an answer that several ask for."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.model import Frame, Query, QueryGroup
from queryscope.rules.reach import are_beside, is_in_reach, nearest_of
from tests.builders import make_access, make_frame, make_query_group, make_trace

HELPER = make_frame("shop/menus.py", 4, "top")
MENU = make_frame("shop/menus.py", 9, "menu")
FOOT = make_frame("shop/menus.py", 14, "foot")
TAG = make_frame("shop/templatetags/menus.py", 3, "render_menu")
ONE = make_frame("shop/views.py", 10, "page")
TWO = make_frame("shop/views.py", 12, "page")
OTHER = make_frame("shop/forms.py", 7, "OrderForm.__init__")
OUT = make_frame("shop/urls.py", 2, "dispatch")
TITLE = make_frame("page.html", 2, "page.html", is_template=True, source="{{ book.authors }}")
BODY = make_frame("page.html", 8, "page.html", is_template=True, source="{% for a in book.authors %}")
PART = make_frame("part.html", 1, "part.html", is_template=True, source="{{ book.authors }}")


def ran(index: int, *stack: Frame, **more: Any) -> QueryGroup:
    return make_query_group(index, stack=stack, **more)


BESIDE = {
    "two lines of one function": ((ONE, OUT), (TWO, OUT)),
    "a helper from two lines": ((HELPER, ONE), (HELPER, TWO)),
    "by helpers of one module": ((HELPER, MENU, ONE), (HELPER, FOOT, TWO)),
    "one of them at the line itself": ((ONE, OUT), (HELPER, MENU, TWO, OUT)),
    "two tags of one template": ((HELPER, TITLE, ONE), (HELPER, BODY, ONE)),
    "a tag of a template, whose module asks another": ((HELPER, TAG, TITLE, ONE), (HELPER, TAG, BODY, ONE)),
    "a template and one that it includes": ((TITLE, ONE), (PART, BODY, ONE)),
    "the view and its template": ((ONE, OUT), (TITLE, TWO, OUT)),
    "a line, and what it calls in that expression": ((ONE, OUT), (HELPER, ONE, OUT)),
}
APART = {
    "a form and a view": ((OTHER, ONE), (HELPER, TAG, TITLE, TWO)),
    "two functions that something calls": ((HELPER, ONE), (HELPER, OTHER)),
    "through two modules": ((HELPER, TAG, ONE), (HELPER, TAG, TWO)),
    "through many functions": (
        (HELPER, MENU, *(make_frame("shop/menus.py", 20 + at, f"f{at}") for at in range(2)), ONE),
        (HELPER, TWO),
    ),
}


@pytest.mark.parametrize("name", BESIDE)
def test_these_are_beside_each_other(name):
    here, there = BESIDE[name]
    first, second = ran(0, *here), ran(1, *there)
    trace = make_trace(first, second)
    assert are_beside(first, second, trace)
    assert are_beside(second, first, trace)


@pytest.mark.parametrize("name", APART)
def test_these_are_not(name):
    here, there = APART[name]
    first, second = ran(0, *here), ran(1, *there)
    trace = make_trace(first, second)
    assert not are_beside(first, second, trace)
    assert not are_beside(second, first, trace)


def test_the_place_itself_is_in_reach_and_templates_stand_for_their_view():
    assert is_in_reach((ONE,), 0)
    assert is_in_reach((PART, BODY, ONE), 2)
    assert not is_in_reach((HELPER, TAG, ONE), 2)


def test_threads_have_rows_of_their_own():
    first, second = ran(0, ONE), ran(1, TWO)
    queries = tuple(Query(group=at, started_ms=0.0, duration_ms=1.0, thread=at) for at in (0, 1))
    assert not are_beside(first, second, make_trace(first, second, queries=queries))


def owned(index: int, line: Frame, owner: int | None) -> QueryGroup:
    return ran(index, line, access=make_access(owner_group=owner))


@pytest.mark.parametrize(
    ("owners", "loaded", "is_told"),
    [((0, 0), {}, True), ((0, 1), {}, False), ((0, None), {}, True), ((None, None), {}, True),
     ((0, 0), {"count": 2, "distinct": 1}, False), ((0, 0), {"count": 2, "distinct": 2}, True)],
)  # fmt: skip
def test_two_instances_of_one_row_know_nothing_of_each_other(owners, loaded, is_told):
    loads = [make_query_group(0, **({"count": 1, "distinct": 1} | loaded)), make_query_group(1)]
    first, second = owned(2, ONE, owners[0]), owned(3, TWO, owners[1])
    assert are_beside(first, second, make_trace(*loads, first, second)) is is_told


def test_the_place_that_could_spare_most_is_taken():
    groups = [ran(0, OTHER, OUT), ran(1, ONE), ran(2, TWO, count=3), ran(3, HELPER, ONE)]
    assert nearest_of(groups, make_trace(*groups)) == groups[1:]


def test_many_places_are_compared_within_reason():
    groups = [ran(at, make_frame("shop/views.py", at + 1, "page")) for at in range(80)]
    assert len(nearest_of(groups, make_trace(*groups))) == 50
