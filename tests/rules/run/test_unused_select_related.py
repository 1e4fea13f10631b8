"""`unused-select-related` on hand-built traces: firing, silent, at its threshold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from queryscope.model import AccessKind, Origin
from queryscope.rules.run import UnusedSelectRelated
from tests.builders import make_access, make_frame, make_load, make_query_group, make_site
from tests.rules.run.shop import CALL, SITE, VIEW, books, context, loads, tags, told, unit

RULE = UnusedSelectRelated()


def test_a_join_that_nobody_read_is_told():
    [found] = told(RULE, unit())
    assert (found.rule, found.model, found.subject) == ("unused-select-related", "shop.Book", "Book.author")
    assert (found.fact, found.groups, found.severity, found.confidence) == ("joins", (0,), "warning", "idea")
    assert (found.query_count, found.avoidable_queries, found.owner_rows, found.units) == (1, 0, 40, 1)
    assert [(load.path, load.kind) for load in found.loads] == [("author", "select_related")]


def test_the_remedy_takes_the_name_out_and_leaves_the_rest():
    trace = unit()
    remedy = RULE.remedy(told(RULE, trace), context(trace))
    assert remedy.fix is not None
    assert remedy.fix.kinds == ("remove",)
    assert remedy.fix.code == "Book.objects.all()"
    assert remedy.fix.title == 'Remove .select_related("author")'
    assert '-    books = Book.objects.select_related("author").prefetch_related("tags")' in remedy.fix.diff
    assert remedy.relations == ("author",)


def test_the_message_says_by_how_many_units_it_was_judged():
    one = told(RULE, unit())
    assert RULE.message(one) == (
        "book_list joined Book.author for 40 rows, but nothing read it in the one unit of work that ran it."
    )
    two = told(RULE, unit("a"), unit("b"))
    assert RULE.message(two).endswith("but nothing read it in any of 2 units of work that ran it.")


@pytest.mark.parametrize(("limit", "confidence"), [(2, "likely"), (3, "idea")])
def test_two_different_units_make_it_likely(limit: int, confidence: str):
    found = told(UnusedSelectRelated(likely_units=limit), unit("a"), unit("b"))
    assert [each.confidence for each in found] == [confidence] * 2


def test_a_page_that_is_opened_twice_is_one_unit():
    again = replace(unit("a"), id="again")
    assert [each.confidence for each in told(RULE, unit("a"), again)] == ["idea", "idea"]


def test_the_same_page_in_two_tests_is_two_units():
    traces = [
        replace(unit(), id=test, origin=Origin(kind="request", label="GET books/", parent=test))
        for test in ("test_a", "test_b")
    ]
    assert {each.confidence for each in told(RULE, *traces)} == {"likely"}


@pytest.mark.parametrize("status", [200, 302, 404, 500])
def test_one_read_anywhere_is_enough_to_be_silent(status: int):
    assert not told(RULE, unit("a"), unit("b", status=status, loads=loads("author")))


@pytest.mark.parametrize(
    "more",
    [
        {"status": 404},
        {"status": 500},
        {"status": 302},
        {"status": None},  # a request that never came to an answer
        {"loads": loads(columns_read=())},  # rows that nobody looked at
        {"loads": loads(author=False)},  # the key is NULL in all rows
        {"loads": loads(is_escaped=True)},
        {"loads": loads(readers=(make_frame("shop/test_pages.py", function="test_list"),))},
        {"saw_reads": False, "loads": ()},
    ],
)
def test_a_unit_that_shows_nothing_is_no_evidence(more: dict[str, Any]):
    assert not told(RULE, unit(**more))


def test_a_failed_query_is_no_evidence():
    assert not told(RULE, unit("a", books(error="57014"), tags()))


def test_a_block_a_test_and_a_command_have_no_status_and_are_judged():
    for kind in ("block", "test", "command", "task"):
        origin = Origin(kind=kind, label="x")  # type: ignore[arg-type]
        assert told(RULE, unit(origin=origin, status=None))


def test_a_unit_in_which_nobody_looked_may_have_read():
    assert not told(RULE, unit("a"), unit("b", saw_reads=False, loads=()))
    empty = unit("b", books(rows=0), saw_reads=False, loads=())
    assert told(RULE, unit("a"), empty)


def test_somebody_who_came_to_the_joined_rows_on_another_way_read_them():
    author = make_load(0, path="author", model="shop.Author", columns_read=("name",))
    assert not told(RULE, unit(loads=(*loads(author=False), author)))


def test_of_a_path_the_first_step_that_nobody_read_is_told():
    site = replace(SITE, select_related=("author__publisher",))
    author = make_load(
        0, path="author", model="shop.Author", columns_read=("name",), select_related=("publisher",)
    )
    publisher = make_load(0, path="author__publisher", model="shop.Publisher", columns_read=())
    text = VIEW.replace('"author"', '"author__publisher"')
    frame = replace(SITE.frame, end_column=12 + len(CALL) + len("__publisher"))  # type: ignore[type-var]
    trace = unit(
        "a", books(site=replace(site, frame=frame)), loads=(*loads("author", author=False), author, publisher)
    )
    [found] = told(RULE, trace, text=text)
    assert found.loads[0].path == "author__publisher"
    fix = RULE.remedy([found], context(trace, text=text)).fix
    assert fix is not None
    assert fix.code == 'Book.objects.select_related("author")'
    assert fix.title == 'Take "author__publisher" out of select_related()'


@pytest.mark.parametrize(
    "site",
    [
        replace(SITE, is_for_update=True),
        replace(SITE, is_combined=True),
        replace(SITE, is_values=True),
        replace(SITE, select_related=("*",)),
        make_site(frame=make_frame("shop/tests/test_views.py", function="test_list")),
        make_site(frame=make_frame("shop/migrations/0002_fill.py", function="fill")),
        make_site(frame=make_frame("templates/books.html", is_template=True)),
        make_site(frame=None),
    ],
)
def test_some_querysets_are_not_judged(site: Any):
    assert not told(RULE, unit("a", books(site=site), tags()))


def test_a_count_of_the_same_queryset_is_none_of_its_rows():
    access = make_access(AccessKind.MANAGER, model="shop.Book", attribute="", method="count")
    counted = make_query_group(2, site=SITE, access=access, rows=1)
    other = unit("b", counted, saw_reads=False, loads=())
    assert told(RULE, unit("a"), other)


BRANCH = VIEW.replace("book.title for", "book.author.name if request.GET else book.title for")
HELPER = VIEW.replace("book.title for", "shown(book, request) for") + (
    "\n\ndef shown(book, request):\n    return book.author.name if request.GET else book.title\n"
)
CACHED = VIEW.replace("def book_list", "@lru_cache\ndef book_list")


@pytest.mark.parametrize("text", [BRANCH, HELPER])
def test_a_branch_that_was_not_taken_may_read(text: str):
    assert not told(RULE, unit(), text=text)


def test_rows_that_a_cache_keeps_may_be_read_later():
    frame = replace(SITE.frame, line=6, end_line=6)  # type: ignore[type-var]
    assert not told(RULE, unit("a", books(site=replace(SITE, frame=frame)), tags()), text=CACHED)


def test_a_queryset_whose_line_names_no_relation_is_left_to_who_does():
    text = VIEW.replace('.select_related("author")', ".with_author()")
    assert not told(RULE, unit(), text=text)
    assert not told(RULE, unit(), text="")
