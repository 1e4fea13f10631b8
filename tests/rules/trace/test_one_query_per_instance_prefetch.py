"""`one-query-per-instance-prefetch`: firing, silent, at its threshold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from queryscope.fixes.sources import Sources
from queryscope.model import Field, Models, Observation, QueryGroup
from queryscope.rules.remedy import Context
from queryscope.rules.trace import OneQueryPerInstancePrefetch
from tests.builders import make_frame, make_site
from tests.rules.trace.shop import (
    FORWARD,
    MANAGER,
    PREFETCH,
    REVERSE,
    SHELF,
    TEMPLATE,
    access,
    books,
    trace_of,
)

TEXT = """def book_list():
    books = list(Book.objects.all())
    for book in books:
        prefetch_related_objects([book], "reviews")
    for chunk in batched(books, 20):
        prefetch_related_objects(chunk, "reviews")
    for pk in range(9):
        show(fetch(pk))
    while pks:
        show(fetch(pks.pop()))


def fetch(pk):
    return Book.objects.prefetch_related("reviews").get(pk=pk)


def load(book):
    return book.everything
"""
LOAD = make_frame(line=2, column=17, end_line=2, end_column=36)
EACH = make_frame(line=4, column=8, end_line=4, end_column=51)
CHUNK = make_frame(line=6, column=8, end_line=6, end_column=50)
FOR = make_frame(line=8, column=13, end_line=8, end_column=22)
WHILE = make_frame(line=10, column=13, end_line=10, end_column=29)
GET = make_frame(line=14, column=11, end_line=14, end_column=62, function="fetch")
READ = make_frame(line=18, column=11, end_line=18, end_column=26, function="load")
KEYED = Models(
    models=(
        replace(SHELF.models[0], fields=(Field(name="id", column="id", type="AutoField", is_unique=True),)),
        *SHELF.models[1:],
    )
)
LOADED = books(stack=(LOAD,), site=make_site(frame=LOAD))


def prefetch(index: int = 1, owner: int = 0, attribute: str = "reviews", **more: Any) -> QueryGroup:
    """Forty queries, one for each book."""
    named = {"model": more.pop("model")} if "model" in more else {}
    values: dict[str, Any] = {"count": 40, "owners": 40, "rows": 120, "stack": (EACH,), "total_ms": 40.0}
    return books(index, **(values | {"access": access(PREFETCH, attribute, owner, **named)} | more))


def looked_up(**more: Any) -> QueryGroup:
    """Forty look-ups, each with a prefetch."""
    site = {"frame": GET, "lookups": ("id__exact",), "prefetch_related": ("reviews",), "returns_many": False}
    asked = access(MANAGER, "", None, model="shop.Book", method=more.pop("method", "get"))
    values: dict[str, Any] = {"count": 40, "rows": 40, "stack": (GET, FOR), "access": asked}
    return books(0, **(values | {"site": make_site(**(site | more.pop("site", {})))} | more))


def found(*groups: QueryGroup, text: str | None = TEXT, **options: Any) -> list[Observation]:
    trace = trace_of(*groups)
    rule = OneQueryPerInstancePrefetch(**options)
    context = Context(KEYED, Sources(lambda path: text), {trace.id: trace})
    return [each for each in rule.check(trace, KEYED) if rule.confirm(each, context)]


def test_a_list_of_one_for_each_row_is_told_with_its_numbers():
    [observation] = found(LOADED, prefetch())
    assert observation.rule == "one-query-per-instance-prefetch"
    assert (observation.model, observation.site) == ("shop.Book", LOADED.site)
    assert observation.trigger == EACH
    assert observation.groups == (1,)
    assert (observation.query_count, observation.avoidable_queries) == (40, 39)
    assert observation.owner_rows == 40
    assert OneQueryPerInstancePrefetch().message([observation]) == (
        "book_list prefetched Book.reviews for 40 rows one by one: 40 queries."
    )


def test_a_line_that_prefetches_several_relations_is_one_observation():
    authors = prefetch(3, attribute="author")
    below = prefetch(2, 1, "book", model="shop.Review")
    [observation] = found(LOADED, prefetch(), below, authors)
    assert sorted(observation.groups) == [1, 2, 3]
    assert (observation.query_count, observation.avoidable_queries) == (120, 117)
    assert observation.subject == "Book.author and Book.reviews"


def test_a_look_up_for_each_key_is_told_with_its_prefetch():
    [observation] = found(looked_up(), prefetch(stack=(GET, FOR)))
    assert observation.groups == (0, 1)
    assert (observation.query_count, observation.avoidable_queries) == (80, 78)
    assert observation.method == "get"


def test_rows_that_were_looked_up_may_be_prefetched_for_one_by_one():
    plain = looked_up(site={"prefetch_related": ()})
    [observation] = found(plain, prefetch())
    assert (observation.groups, observation.avoidable_queries) == ((1,), 39)


@pytest.mark.parametrize(("least", "is_told"), [(2, True), (40, True), (41, False)])
def test_the_threshold_is_an_option(least, is_told):
    assert bool(found(LOADED, prefetch(), min_repeats=least)) is is_told
    assert bool(found(looked_up(), prefetch(stack=(GET, FOR)), min_repeats=least)) is is_told


SILENT: dict[str, list[QueryGroup]] = {
    "one row": [LOADED, prefetch(count=1, owners=1)],
    "one row again and again": [LOADED, prefetch(owners=1)],
    "chunks": [LOADED, prefetch(stack=(CHUNK,), count=2, owners=2)],
    "chunks of iterator()": [
        replace(LOADED, site=make_site(frame=LOAD, prefetch_related=("reviews",))),
        prefetch(stack=(LOAD,)),
    ],
    "what peers were fetched by": [LOADED, prefetch(stack=(READ,))],
    "a template's line": [LOADED, prefetch(stack=(TEMPLATE,))],
    "no line": [LOADED, prefetch(stack=())],
    "a failure": [LOADED, prefetch(error="40001")],
    "owners from elsewhere": [replace(prefetch(0), access=access(PREFETCH, "reviews", None))],
    "lazy reads": [LOADED, prefetch(access=access(REVERSE, "reviews", 0))],
    "look-ups by other columns": [
        looked_up(site={"lookups": ("title__exact",)}),
        prefetch(stack=(GET, FOR)),
    ],
    "the same look-up again": [looked_up(distinct=1), prefetch(stack=(GET, FOR))],
    "locked rows": [looked_up(site={"is_for_update": True}), prefetch(stack=(GET, FOR))],
    "rows from a queue": [looked_up(stack=(GET, WHILE)), prefetch(stack=(GET, WHILE))],
    "no loop in sight": [looked_up(stack=(GET,)), prefetch(stack=(GET,))],
    "lists": [looked_up(method="iterate"), prefetch(stack=(GET, FOR))],
    "rows of a relation": [
        looked_up(access=access(FORWARD, "author", None, method="get")),
        prefetch(stack=(GET, FOR)),
    ],
}


@pytest.mark.parametrize("name", SILENT)
def test_these_are_silent(name):
    assert not found(*SILENT[name])


def test_a_source_that_cannot_be_read_tells_nothing():
    assert not found(LOADED, prefetch(), text=None)


@pytest.mark.parametrize("path", ["tests/test_books.py", "shop/factories.py"])
def test_loops_of_tests_are_their_own(path):
    assert not found(LOADED, prefetch(stack=(replace(EACH, path=path),)))
    outside = replace(FOR, path=path)
    assert not found(looked_up(stack=(GET, outside)), prefetch(stack=(GET, outside)))


def remedy(*groups: QueryGroup) -> Any:
    trace = trace_of(*groups)
    context = Context(KEYED, Sources(lambda path: TEXT), {trace.id: trace})
    rule = OneQueryPerInstancePrefetch()
    return rule.remedy(list(rule.check(trace, KEYED)), context).fix


def test_the_remedy_is_the_list_or_in_bulk():
    fix = remedy(LOADED, prefetch())
    assert fix.code == 'prefetch_related_objects(books, "reviews")'
    assert '+    prefetch_related_objects(books, "reviews")\n' in fix.diff
    fix = remedy(looked_up(), prefetch(stack=(GET, FOR)))
    assert fix.code == 'Book.objects.prefetch_related("reviews").in_bulk(ids)'
    assert fix.kinds == ("in_bulk",)
