"""`refiltered-prefetch`: firing, silent, at its threshold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from queryscope.fixes.sources import Sources
from queryscope.model import Access, AccessKind, ClassSite, Models, Observation, Query, QueryGroup
from queryscope.rules.remedy import Context
from queryscope.rules.trace import RefilteredPrefetch
from tests.builders import make_access, make_frame, make_query_group, make_site, make_trace
from tests.rules.trace.shop import GENERIC_MANY, LOOP, MANAGER, MANY, PREFETCH, REVERSE, SHELF, TEMPLATE

READ = 'SELECT "shop_review"."id" FROM "shop_review" WHERE "shop_review"."book_id" = %s AND "stars" = %s'
BUILT = make_frame(line=5, end_line=5, column=12, end_column=52, operation="call")
FILTER = make_frame(line=6, end_line=6, column=16, end_column=44, operation="call")
SOURCE = """\
from shop.models import Book, Review


def book_list(request):
    books = Book.objects.prefetch_related("reviews")
    return [len(book.reviews.filter(stars=5)) for book in books]
"""


def books(index: int = 0, **more: Any) -> QueryGroup:
    site = make_site(frame=BUILT, prefetch_related=more.pop("prefetch_related", ("reviews",)))
    values: dict[str, Any] = {
        "rows": 40,
        "stack": (LOOP,),
        "site": site,
        "access": Access(kind=MANAGER, model="shop.Book", attribute="", target="shop.Book", method="iterate"),
    }
    return make_query_group(index, **(values | more))


def prefetch(index: int = 1, owner: int = 0, **more: Any) -> QueryGroup:
    named = {name: more.pop(name) for name in ("attribute", "model", "target", "owner_path") if name in more}
    values: dict[str, Any] = {
        "rows": 200,
        "stack": (LOOP,),
        "first_index": 1,
        "site": make_site("shop.Review", frame=LOOP),
        "access": make_access(
            PREFETCH, **({"attribute": "reviews", "target": "shop.Review", "owner_group": owner} | named)
        ),
    }
    return make_query_group(index, **(values | more))


def reread(index: int = 2, owner: int | None = 0, **more: Any) -> QueryGroup:
    count = more.pop("count", 40)
    kind = more.pop("kind_", REVERSE)
    named = {
        name: more.pop(name)
        for name in ("attribute", "model", "target", "owner_path", "is_plain", "method")
        if name in more
    }
    access = {
        "attribute": "reviews",
        "target": "shop.Review",
        "owner_group": owner,
        "is_plain": False,
    } | named
    values: dict[str, Any] = {
        "sql": READ,
        "count": count,
        "owners": count,
        "rows": count,
        "total_ms": float(count),
        "stack": (LOOP,),
        "first_index": 2,
        "site": make_site("shop.Review", frame=FILTER),
        "access": make_access(kind, **access),
    }
    return make_query_group(index, **(values | more))


def found(*groups: QueryGroup, models: Models = SHELF, **options: Any) -> list[Observation]:
    return list(RefilteredPrefetch(**options).check(make_trace(*groups), models))


def test_a_prefetch_that_is_passed_by_is_told_with_its_numbers():
    [observation] = found(books(), prefetch(), reread())
    assert observation.rule == "refiltered-prefetch"
    assert (observation.model, observation.subject) == ("shop.Book", "Book.reviews")
    assert (observation.severity, observation.confidence) == ("warning", "certain")
    assert observation.site.frame == BUILT
    assert observation.trigger == FILTER
    assert observation.groups == (2,)
    assert (observation.query_count, observation.avoidable_queries) == (40, 39)
    assert observation.owner_rows == 40
    assert RefilteredPrefetch().message([observation]) == (
        "book_list ran 40 queries for Book.reviews, one per book, past what it had prefetched."
    )


def test_several_reads_are_one_message():
    tags = prefetch(3, attribute="tags", target="shop.Tag")
    both = found(
        books(prefetch_related=("reviews", "tags")),
        prefetch(),
        reread(),
        tags,
        reread(4, attribute="tags", target="shop.Tag", kind_=MANY),
    )
    assert RefilteredPrefetch().message(both) == (
        "book_list ran 80 queries for Book.reviews and Book.tags, row by row, past what it had prefetched."
    )


@pytest.mark.parametrize("kind", [REVERSE, MANY, GENERIC_MANY])
def test_every_kind_of_many_is_judged(kind):
    assert found(books(), prefetch(), reread(kind_=kind))


def test_a_holder_is_named():
    holder = ClassSite(path="shop/views.py", line=3, name="BookList", kind="view")
    site = make_site(frame=None, holder=holder, prefetch_related=("reviews",))
    [observation] = found(books(site=site), prefetch(), reread())
    assert RefilteredPrefetch().message([observation]).startswith("BookList ran 40 queries")


def test_the_line_that_runs_it_is_told_where_nothing_is_built_anew():
    iterator = reread(site=make_site("shop.Review", frame=LOOP), method="iterator")
    [observation] = found(books(), prefetch(), iterator)
    assert observation.trigger == LOOP


@pytest.mark.parametrize("least", [2, 41])
def test_the_threshold_is_an_option(least):
    assert bool(found(books(), prefetch(), reread(), min_repeats=least)) is (least == 2)


@pytest.mark.parametrize(("count", "is_told"), [(1, False), (2, True)])
def test_two_rows_are_enough(count, is_told):
    assert bool(found(books(), prefetch(), reread(count=count))) is is_told


def test_rows_that_are_got_one_by_one_gain_nothing():
    assert not found(books(count=40), prefetch(count=40), reread())


def test_the_first_prefix_of_a_longer_lookup_is_prefetched_too():
    assert found(books(prefetch_related=("reviews__votes",)), prefetch(), reread())


def test_a_prefetch_below_another_leads_to_the_queryset_on_top():
    authors = books(site=make_site("shop.Author", frame=BUILT, prefetch_related=("books__reviews",)))
    below = prefetch(1, attribute="books", model="shop.Author", target="shop.Book")
    groups = (authors, below, prefetch(2, owner=1), reread(3, owner=1))
    [observation] = found(*groups)
    assert (observation.model, observation.subject) == ("shop.Author", "Book.reviews")


def test_a_queryset_of_a_prefetch_that_prefetches_itself_is_the_place():
    authors = books(site=make_site("shop.Author", frame=BUILT, prefetch_related=("books",)))
    inner = make_site("shop.Book", frame=FILTER, prefetch_related=("reviews",))
    below = prefetch(1, attribute="books", model="shop.Author", target="shop.Book", site=inner)
    [observation] = found(authors, below, prefetch(2, owner=1), reread(3, owner=1))
    assert observation.model == "shop.Book"


def test_an_owner_that_was_joined_is_named_by_its_path():
    root = books(prefetch_related=("author__books",))
    below = prefetch(model="shop.Author", attribute="books", owner_path="author", target="shop.Book")
    read = reread(model="shop.Author", attribute="books", owner_path="author", target="shop.Book")
    [observation] = found(root, below, read)
    assert (observation.model, observation.subject) == ("shop.Book", "Author.books")


def test_queries_that_share_the_hints_of_one_queryset_count_together():
    own = make_site("shop.Review", frame=BUILT)
    nobody = Access(kind=MANAGER, model="shop.Review", attribute="", target="shop.Review")
    shared = make_query_group(
        3, count=39, sql=READ, fingerprint="same", site=own, stack=(LOOP,), access=nobody, rows=39
    )
    [observation] = found(books(), prefetch(site=own), reread(count=1, fingerprint="same"), shared)
    assert observation.groups == (2, 3)
    assert (observation.query_count, observation.avoidable_queries) == (40, 39)


SILENT = {
    "the relation's own rows": {"is_plain": True},
    "an aggregate": {"method": "aggregate"},
    "an asynchronous aggregate": {"method": "aaggregate"},
    "an owner of another unit": {"owner": None},
    "another relation": {"attribute": "tags"},
    "a foreign key": {"kind_": AccessKind.FORWARD},
    "a write": {"kind": "delete"},
    "a failure": {"error": "57014"},
    "another database": {"alias": "replica"},
    "no queryset": {"site": None},
    "locked rows": {"site": make_site("shop.Review", frame=FILTER, is_for_update=True)},
    "a test's line": {"site": make_site("shop.Review", frame=make_frame("tests/test_books.py"))},
    "a factory's loop": {"stack": (make_frame("shop/factories.py", 3, "build"),)},
}


@pytest.mark.parametrize("name", SILENT)
def test_these_are_silent(name):
    assert not found(books(), prefetch(), reread(**SILENT[name]))


def test_without_a_prefetch_it_is_another_rules_matter():
    assert not found(books(prefetch_related=()), reread(1))


def test_a_prefetch_into_another_attribute_is_no_prefetch_of_the_relation():
    assert not found(books(prefetch_related=("best_reviews",)), prefetch(), reread())


def test_prefetch_related_objects_is_a_prefetch():
    groups = (books(prefetch_related=()), prefetch(stack=(make_frame(line=9),)), reread())
    [observation] = found(*groups)
    assert observation.model == "shop.Book"


def write(sql: str, at: int, kind: str = "insert") -> QueryGroup:
    return make_query_group(3, kind=kind, sql=sql, first_index=at)


REVIEW = 'INSERT INTO "shop_review" ("stars") VALUES (…)'


@pytest.mark.parametrize(
    ("sql", "is_told"),
    [(REVIEW, False), ('UPDATE "shop_book" SET "a" = %s', True), ("CALL refresh()", False)],
)
def test_rows_that_are_written_meanwhile_may_be_read_again(sql, is_told):
    between = write(sql, 5)
    trace = make_trace(books(), prefetch(), reread(), between)
    order = [0, 1, 2, 2, 2, 3, *[2] * 37]
    queries = tuple(Query(group=group, started_ms=0.0, duration_ms=1.0) for group in order)
    trace = replace(trace, queries=queries)
    assert bool(list(RefilteredPrefetch().check(trace, SHELF))) is is_told


def test_what_is_written_afterwards_is_no_excuse():
    assert found(books(), prefetch(), reread(), write(REVIEW, 99))


def context(text: str, *groups: QueryGroup) -> Context:
    return Context(SHELF, Sources({"shop/views.py": text}.get), {"t1": make_trace(*groups)})


def test_the_remedy_is_a_prefetch_into_a_list_and_the_line_that_reads_it():
    groups = (books(), prefetch(), reread(site=make_site("shop.Review", frame=FILTER)))
    frame = make_frame(line=6, end_line=6, column=16, end_column=44, operation="call")
    groups = (*groups[:2], reread(site=make_site("shop.Review", frame=frame)))
    remedy = RefilteredPrefetch().remedy(found(*groups), context(SOURCE, *groups))
    assert remedy.fix.code == (
        'Book.objects.prefetch_related(Prefetch("reviews", queryset=Review.objects.filter(stars=5), '
        'to_attr="reviews_with_stars_5"))'
    )
    assert "+from django.db.models import Prefetch" in remedy.fix.diff
    assert "+    return [len(book.reviews_with_stars_5) for book in books]" in remedy.fix.diff
    assert (remedy.location.line, remedy.location.function) == (5, "book_list")


def test_without_a_source_the_remedy_is_told_and_the_reason():
    groups = (books(), prefetch(), reread())
    remedy = RefilteredPrefetch().remedy(
        found(*groups), Context(SHELF, Sources(lambda path: None), {"t1": make_trace(*groups)})
    )
    assert (
        'Prefetch("reviews", queryset=Review.objects.filter(…), to_attr="chosen_reviews")' in remedy.fix.code
    )
    assert "can't be read or parsed" in remedy.fix.caveat
    assert remedy.fix.diff == ""


def test_a_template_that_reads_it_is_told_so():
    groups = (books(), prefetch(), reread(site=make_site("shop.Review", frame=TEMPLATE), stack=(TEMPLATE,)))
    remedy = RefilteredPrefetch().remedy(found(*groups), context(SOURCE, *groups))
    assert "A template reads it" in remedy.fix.caveat
