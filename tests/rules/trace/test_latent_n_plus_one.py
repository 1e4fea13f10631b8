"""`latent-n-plus-one`: firing, silent, and told with `n-plus-one` where that one speaks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from queryscope.fixes.sources import Sources
from queryscope.model import Field, Frame, Models, Observation, QueryGroup
from queryscope.rules.remedy import Context
from queryscope.rules.trace import LatentNPlusOne, NPlusOne
from tests.analysis.shop import judge
from tests.builders import make_frame, make_site, make_trace
from tests.rules.trace.shop import (
    FORWARD,
    MANAGER,
    MANY,
    ONE,
    PREFETCH,
    REVERSE,
    SHELF,
    TEMPLATE,
    VIEW,
    access,
    books,
    lazy,
    trace_of,
)

TEXT = """def book_list(shelf):
    books = list(Book.objects.filter(shelf=shelf))
    first = books[0].author
    for book in books:
        print(book.author)
    return [book.author for book in books]
"""
LOAD = make_frame(line=2, column=12, end_line=2, end_column=50)
FIRST = make_frame(line=3, column=12, end_line=3, end_column=27)
LOOP = make_frame(line=5, column=14, end_line=5, end_column=25)
COMPREHENSION = make_frame(line=6, column=12, end_line=6, end_column=23)
HELPER = make_frame("shop/names.py", 9, "name_of")


def one_book(index: int = 0, **more: Any) -> QueryGroup:
    """One query that gave one book, and may give more."""
    return books(index, **({"rows": 1, "stack": (LOAD,), "site": make_site(frame=LOAD)} | more))


def once(
    index: int, kind: Any = FORWARD, attribute: str = "author", owner: int | None = 0, **more: Any
) -> QueryGroup:
    values: dict[str, Any] = {"count": 1, "owners": 1, "rows": 1, "stack": (LOOP,), "total_ms": 1.0}
    return lazy(index, kind, attribute, owner, **(values | more))


def latent(*groups: QueryGroup, text: str | None = TEXT, models: Models = SHELF) -> list[Observation]:
    trace = trace_of(*groups)
    context = Context(models, Sources(lambda path: text), {trace.id: trace})
    rule = LatentNPlusOne()
    return [each for each in rule.check(trace, models) if rule.confirm(each, context)]


def test_one_row_of_many_is_told_with_its_fix():
    [observation] = latent(one_book(), once(1))
    assert observation.rule == "latent-n-plus-one"
    assert (observation.severity, observation.confidence) == ("info", "likely")
    assert observation.site == make_site(frame=LOAD)
    assert observation.trigger == LOOP
    assert (observation.query_count, observation.avoidable_queries) == (1, 1)
    assert (observation.loads[0].kind, observation.loads[0].path) == ("select_related", "author")
    assert LatentNPlusOne().message([observation]) == (
        "book_list asks for Book.author of each book by a query of its own; today there is one row."
    )


def test_a_message_names_every_relation():
    told = latent(one_book(), once(1), once(2, MANY, "tags"), once(3, REVERSE, "reviews"))
    assert LatentNPlusOne().message(told) == (
        "book_list asks for Book.author, Book.reviews and Book.tags of each row by a query of its own; "
        "today there is one row."
    )
    assert [each.avoidable_queries for each in told] == [1, 0, 0]


@pytest.mark.parametrize(
    ("stack", "is_told"),
    [
        ((LOOP,), True),
        ((COMPREHENSION,), True),
        ((HELPER, LOOP), True),
        ((FIRST,), False),
        ((HELPER, FIRST), False),
        ((make_frame(line=80),), False),
    ],
)
def test_the_relation_has_to_be_read_for_each_row(stack, is_told):
    assert bool(latent(one_book(), once(1, stack=stack))) is is_told


def test_a_source_that_cannot_be_read_tells_nothing():
    assert not latent(one_book(), once(1), text=None)


def test_one_expression_that_loads_and_reads_goes_over_the_rows():
    assert latent(one_book(), once(1, stack=(HELPER, LOAD)), text=None)


@pytest.mark.parametrize("stack", [(), (HELPER,)])
@pytest.mark.parametrize("is_librarys", [True, False])
def test_a_library_that_loads_the_rows_goes_over_them(stack, is_librarys):
    root = one_book(stack=(), is_asked_by_library=is_librarys)
    assert bool(latent(root, once(1, stack=stack), text=None)) is is_librarys


def variable(source: str, line: int = 2) -> Frame:
    return replace(TEMPLATE, line=line, source=source)


TAG = variable("{% for book in books %}", 1)
BOOKS = "{% for book in books %}\n{{ book.author }}{% for tag in tags %}\n{{ first.author }}"


@pytest.mark.parametrize(
    ("frame", "is_told"), [(variable("{{ book.author }}"), True), (variable("{{ first.author }}", 3), False)]
)
def test_a_template_has_to_read_it_for_each_row(frame, is_told):
    root = one_book(stack=(TAG, VIEW))
    assert bool(latent(root, once(1, stack=(frame, VIEW)), text=BOOKS)) is is_told


SINGLE = make_site(frame=LOAD, returns_many=False)
SILENT: dict[str, list[QueryGroup]] = {
    "get() and first()": [one_book(site=SINGLE), once(1)],
    "a queryset sliced to one": [one_book(site=make_site(is_sliced=True, returns_many=False)), once(1)],
    "one of forty": [one_book(rows=40), once(1)],
    "a row for each of several executions": [one_book(count=2, rows=2), once(1)],
    "several owners": [one_book(), once(1, owners=2, count=2)],
    "an owner from elsewhere": [one_book(), once(1, owner=None)],
    "other rows of the relation": [one_book(), once(1, REVERSE, "reviews", is_plain=False)],
    "a failure": [one_book(), once(1, error="40001")],
    "no relation": [one_book(), once(1, MANAGER, "")],
    "a join that was read": [one_book(), once(1, access=None)],
    "a count": [
        one_book(access=replace(access(MANAGER, "", None), method="count")),
        once(1),
    ],
}


@pytest.mark.parametrize("name", SILENT)
def test_these_are_silent(name):
    assert not latent(*SILENT[name])


UNIQUE = Models(
    models=(
        replace(
            SHELF.models[0],
            fields=(
                Field(name="id", column="id", type="AutoField", is_unique=True),
                Field(name="shelf", column="shelf", type="IntegerField"),
            ),
        ),
        *SHELF.models[1:],
    )
)


@pytest.mark.parametrize(
    ("lookups", "is_told"),
    [
        (("id__exact",), False),
        (("id__in",), True),
        (("shelf__exact",), True),
        (("shelf__exact", "id__exact"), False),
    ],
)
def test_a_look_up_by_a_unique_column_gives_one_row_at_most(lookups, is_told):
    root = one_book(site=make_site(frame=LOAD, lookups=lookups))
    assert bool(latent(root, once(1), models=UNIQUE)) is is_told


def test_the_only_row_of_a_relation_of_a_single_object_may_have_company():
    book = one_book(site=SINGLE)
    reviews = once(1, REVERSE, "reviews", site=make_site("shop.Review", frame=VIEW), stack=(LOAD,))
    reader = once(2, FORWARD, "book", 1, model="shop.Review")
    [observation] = latent(book, reviews, reader)
    assert (observation.site.frame, observation.loads[0].path) == (VIEW, "book")
    prefetch = one_book(1, access=access(PREFETCH, "reviews", 0))
    [observation] = latent(book, prefetch, reader)
    assert observation.loads[0].path == "reviews__book"


INNER = """def book_list(shelf):
    for book in Book.objects.filter(shelf=shelf):
        for review in book.reviews.all():
            print(review.critic)
    first = list(Book.objects.all())[0]
    for review in first.reviews.all():
        print(review.critic)
"""


@pytest.mark.parametrize(
    ("load", "reviews", "read", "path"),
    [
        ((2, 16, 48), (3, 22, 40), (4, 18, 31), "reviews__critic"),
        ((5, 12, 40), (6, 18, 37), (7, 14, 27), "critic"),
    ],
)
def test_a_relation_of_the_only_row_of_another_is_one_path_where_both_are_looped_over(
    load, reviews, read, path
):
    frames = [
        make_frame(line=line, column=start, end_line=line, end_column=end)
        for line, start, end in (load, reviews, read)
    ]
    book = one_book(stack=frames[:1], site=make_site(frame=frames[0]))
    rows = once(1, REVERSE, "reviews", site=make_site("shop.Review", frame=frames[1]), stack=(frames[1],))
    reader = once(2, FORWARD, "critic", 1, model="shop.Review", stack=(frames[2],))
    told = latent(book, rows, reader, text=INNER)
    assert [each.loads[0].path for each in told if each.groups == (2,)] == [path]


def test_a_line_whose_rows_need_more_is_no_latent_one():
    book = one_book()
    rows = once(1, REVERSE, "reviews", rows=3, site=make_site("shop.Review", frame=VIEW))
    assert latent(book, rows)
    assert not latent(book, rows, once(2, FORWARD, "critic", 1, model="shop.Review", count=3, owners=3))


@pytest.mark.parametrize(("kind", "attribute"), [(FORWARD, "author"), (ONE, "isbn"), (PREFETCH, "author")])
def test_one_object_of_one_object_has_none(kind, attribute):
    book = one_book(site=SINGLE)
    author = once(1, kind, attribute, site=make_site("shop.Author", returns_many=kind is PREFETCH))
    assert not latent(book, author, once(2, FORWARD, "publisher", 1, model="shop.Author"))


@pytest.mark.parametrize("what", ["builds", "loads", "loops"])
def test_what_tests_do_with_one_row_is_their_own(what):
    outside = make_frame("tests/test_books.py", 3, "test_books")
    root = one_book(site=make_site(frame=outside)) if what == "builds" else one_book()
    root = replace(root, stack=(outside,)) if what != "builds" else root
    assert not latent(root, once(1, stack=(LOOP, outside)))


def test_more_rows_are_n_plus_ones_matter():
    trace = trace_of(one_book(rows=3), once(1, count=3, owners=3))
    assert list(NPlusOne().check(trace, SHELF))
    assert not list(LatentNPlusOne().check(trace, SHELF))


def seen_twice(attribute: str) -> list[Any]:
    many = make_trace(books(stack=(LOAD,), site=make_site(frame=LOAD)), lazy(1, FORWARD, "author"), id="t1")
    one = make_trace(one_book(), once(1, attribute=attribute), id="t2")
    return judge(many, one, text=TEXT)


@pytest.mark.parametrize(
    ("attribute", "relations"), [("author", ("author",)), ("publisher", ("author", "publisher"))]
)
def test_where_n_plus_one_speaks_of_the_queryset_it_is_one_finding(attribute, relations):
    [finding] = seen_twice(attribute)
    assert (finding.rule, finding.severity, finding.confidence) == ("n-plus-one", "warning", "certain")
    assert finding.relations == relations
    assert {each.trace for each in finding.occurrences} == {"t1", "t2"}
    assert "ran 40 queries for Book.author" in finding.message


def test_alone_it_is_a_finding_of_its_own():
    [finding] = judge(make_trace(one_book(), once(1)), text=TEXT)
    assert (finding.rule, finding.severity, finding.relations) == ("latent-n-plus-one", "info", ("author",))
    assert finding.message.endswith('today there is one row. Add .select_related("author").')
