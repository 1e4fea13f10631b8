"""`deferred-field-read`: firing, silent, at its threshold."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.fixes.sources import Sources
from queryscope.model import Access, AccessKind, ClassSite, Models, Observation, QueryGroup
from queryscope.rules.remedy import Context
from queryscope.rules.trace import DeferredFieldRead
from tests.builders import make_access, make_frame, make_query_group, make_site, make_trace
from tests.rules.trace.shop import FORWARD, LOOP, MANAGER, PREFETCH, SHELF

SOURCE = """\
from shop.models import Book


def book_list(request):
    books = Book.objects.only("title").filter(pk__gt=1)
    return [book.summary for book in books]
"""
BUILT = make_frame(line=5, end_line=5, column=12, end_column=38)


def books(index: int = 0, **more: Any) -> QueryGroup:
    site = more.pop("site", None) or make_site(frame=more.pop("frame", BUILT), only=("title",))
    values: dict[str, Any] = {
        "rows": 40,
        "stack": (LOOP,),
        "site": site,
        "access": Access(kind=MANAGER, model="shop.Book", attribute="", target="shop.Book", method="iterate"),
    }
    return make_query_group(index, **(values | more))


def read(index: int = 1, attribute: str = "summary", **more: Any) -> QueryGroup:
    count = more.pop("count", 40)
    named = {name: more.pop(name) for name in ("owner_path", "model") if name in more}
    owner = more.pop("owner", 0)
    values: dict[str, Any] = {
        "count": count,
        "owners": count,
        "rows": count,
        "total_ms": float(count),
        "stack": (LOOP,),
        "site": make_site(returns_many=False),
        "access": make_access(
            AccessKind.DEFERRED, attribute=attribute, target="shop.Book", owner_group=owner, **named
        ),
    }
    return make_query_group(index, **(values | more))


def found(*groups: QueryGroup, models: Models = SHELF, **options: Any) -> list[Observation]:
    return list(DeferredFieldRead(**options).check(make_trace(*groups), models))


def test_a_column_that_each_row_loads_is_told_with_its_numbers():
    [observation] = found(books(), read())
    assert observation.rule == "deferred-field-read"
    assert (observation.model, observation.subject) == ("shop.Book", "Book.summary")
    assert (observation.severity, observation.confidence) == ("warning", "certain")
    assert observation.site.frame == BUILT
    assert observation.trigger == LOOP
    assert observation.groups == (1,)
    assert (observation.query_count, observation.avoidable_queries) == (40, 40)
    assert observation.duration_ms == 40.0
    assert DeferredFieldRead().message([observation]) == (
        "book_list ran 40 queries for Book.summary, which its queryset leaves out."
    )


def test_several_columns_are_one_message():
    both = found(books(), read(1), read(2, "isbn"))
    assert DeferredFieldRead().message(both) == (
        "book_list ran 80 queries for Book.isbn and Book.summary, which its queryset leaves out."
    )


def test_a_class_that_holds_the_queryset_is_named():
    holder = ClassSite(path="shop/views.py", line=3, name="BookList", kind="view")
    site = make_site(frame=None, holder=holder, only=("title",))
    [observation] = found(books(site=site), read(count=1, owners=1), min_share=0.0, min_repeats=1)
    assert DeferredFieldRead().message([observation]).startswith("BookList ran one query for Book.summary")


@pytest.mark.parametrize("left_out", [{"only": ("title",)}, {"defer": ("summary",)}])
def test_only_and_defer_are_judged(left_out):
    assert found(books(site=make_site(**left_out)), read())


def test_a_raw_query_leaves_out_what_its_sql_does():
    raw = Access(kind=AccessKind.RAW, model="shop.Book", attribute="", target="shop.Book")
    assert found(books(site=make_site(), access=raw), read())
    assert not found(books(site=make_site()), read())


@pytest.mark.parametrize(("count", "is_told"), [(9, False), (10, True), (40, True)])
def test_a_few_rows_of_many_may_load_it(count, is_told):
    assert bool(found(books(), read(count=count))) is is_told


def test_the_places_of_a_column_count_together():
    assert len(found(books(), read(1, count=5), read(2, count=5))) == 2
    assert not found(books(), read(1, count=5), read(2, "isbn", count=5))


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_the_share_is_an_option(share):
    assert bool(found(books(), read(count=20), min_share=share)) is (share == 0.5)


@pytest.mark.parametrize("least", [2, 41])
def test_the_threshold_is_an_option(least):
    assert bool(found(books(), read(), min_repeats=least)) is (least == 2)


def test_rows_that_the_driver_did_not_count_are_no_excuse():
    assert found(books(rows=None), read(count=2))


def test_one_row_that_was_asked_for_is_a_small_thing():
    site = make_site(only=("title",), returns_many=False)
    [observation] = found(books(site=site, rows=1), read(count=1))
    assert (observation.severity, observation.confidence) == ("info", "likely")


def test_all_that_a_list_has_today_is_a_small_thing():
    assert [each.severity for each in found(books(rows=1), read(count=1))] == ["info"]


@pytest.mark.parametrize("rows", [2, 40])
def test_one_row_out_of_many_is_silent(rows):
    assert not found(books(rows=rows), read(count=1))


def test_one_row_out_of_a_prefetch_is_silent():
    site = make_site(only=("title",), returns_many=False)
    prefetch = Access(kind=PREFETCH, model="shop.Author", attribute="books", target="shop.Book")
    assert not found(books(site=site, access=prefetch), read(count=1))


def test_rows_got_one_by_one_are_told_as_many():
    site = make_site(only=("title",), returns_many=False)
    [observation] = found(books(site=site, rows=40, count=40), read())
    assert observation.severity == "warning"


def test_a_key_that_is_followed_is_the_relations_matter():
    follow = make_query_group(
        2, count=40, owners=40, access=make_access(FORWARD, attribute="author", owner_group=0)
    )
    assert not found(books(), read(1, "author"), follow)
    assert found(books(), read(1, "publisher"), follow)
    assert found(books(), read(1, "author", owner_path="sequel"), follow)


def test_a_deferred_key_that_is_followed_is_told_since_no_join_takes_it():
    follow = make_query_group(
        2, count=40, owners=40, access=make_access(FORWARD, attribute="author", owner_group=0)
    )
    assert found(books(site=make_site(defer=("author_id",))), read(1, "author"), follow)


SILENT = {
    "an owner of another unit": {"owner": None},
    "a failure": {"error": "57014"},
    "a test's loop": {"stack": (make_frame("shop/tests/test_views.py", 9, "test_list"),)},
    "a factory": {"stack": (make_frame("shop/factories.py", 9, "build"),)},
}


@pytest.mark.parametrize("name", SILENT)
def test_these_are_silent(name):
    assert not found(books(), read(**SILENT[name]))


def test_a_queryset_of_a_test_or_of_nobody_is_silent():
    test = make_site(frame=make_frame("shop/tests/test_views.py", 9, "test_list"), only=("title",))
    assert not found(books(site=test), read())
    assert not found(books(site=make_site(frame=None, only=("title",))), read())


def context(text: str = SOURCE, *groups: QueryGroup) -> Context:
    trace = make_trace(*groups)
    return Context(SHELF, Sources({"shop/views.py": text}.get), {"t1": trace})


def test_the_remedy_names_all_columns_where_the_queryset_is_built():
    groups = (books(), read(1), read(2, "name", owner_path="author"))
    observations = found(*groups)
    remedy = DeferredFieldRead().remedy(observations, context(SOURCE, *groups))
    assert remedy.fix.code == 'Book.objects.only("title", "summary", "author__name")'
    assert '+    books = Book.objects.only("title", "summary", "author__name")' in remedy.fix.diff
    assert (remedy.location.line, remedy.location.function) == (5, "book_list")


BRANCHES = {
    "if": ("    if a:\n        b.summary\n", True),
    "its condition": ("    if b.summary:\n        pass\n", False),
    "and": ("    a and b.summary\n", True),
    "the first of and": ("    b.summary and a\n", False),
    "if else": ("    x = b.summary if a else 1\n", True),
    "while": ("    while a:\n        b.summary\n", True),
    "an error": ("    try:\n        pass\n    except a:\n        b.summary\n", True),
    "a try": ("    try:\n        b.summary\n    except a:\n        pass\n", False),
    "match": ("    match a:\n        case 1:\n            b.summary\n", True),
    "straight": ("    x = b.summary\n", False),
}


@pytest.mark.parametrize("name", BRANCHES)
def test_one_row_read_in_a_branch_is_what_leaving_out_is_for(name):
    body, is_meant = BRANCHES[name]
    text = 'def f(a):\n    b = Book.objects.only("title").get()\n' + body
    line = next(at for at, each in enumerate(text.splitlines(), 1) if "b.summary" in each)
    column = text.splitlines()[line - 1].index("b.summary")
    place = make_frame(line=line, end_line=line, column=column, end_column=column + 9, function="f")
    site = make_site(frame=make_frame(line=2, function="f"), only=("title",), returns_many=False)
    groups = (books(site=site, rows=1), read(count=1, stack=(place,)))
    [observation] = found(*groups)
    assert DeferredFieldRead().confirm(observation, context(text, *groups)) is not is_meant


def test_a_branch_that_builds_the_queryset_too_is_no_excuse():
    text = 'def f(a):\n    if a:\n        b = Book.objects.only("title").get()\n        b.summary\n'
    place = make_frame(line=4, end_line=4, column=8, end_column=17, function="f")
    site = make_site(frame=make_frame(line=3, function="f"), only=("title",), returns_many=False)
    groups = (books(site=site, rows=1), read(count=1, stack=(place,)))
    [observation] = found(*groups)
    assert DeferredFieldRead().confirm(observation, context(text, *groups))


def test_many_rows_are_told_wherever_they_are_read_and_without_a_source():
    [observation] = found(books(), read())
    assert DeferredFieldRead().confirm(observation, context("", books(), read()))
    [observation] = found(books(rows=1), read(count=1))
    assert DeferredFieldRead().confirm(observation, Context(SHELF, Sources(lambda path: None), {}))
