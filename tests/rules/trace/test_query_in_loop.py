"""`query-in-loop`: firing, silent, at its thresholds. What the source must say is in test_loops."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from queryscope.model import AccessKind, Observation, QueryGroup, Trace
from queryscope.rules.trace import QueryInLoop
from tests.builders import make_access, make_frame, make_models, make_query_group, make_site, make_trace

LIST = make_frame("shop/views.py", 4, "book_list")
ASKS = make_frame("shop/views.py", 6, "book_list")
SQL = 'SELECT COUNT(*) AS "__count" FROM "shop_review" WHERE "shop_review"."book_id" = %s'


def books(**more: Any) -> QueryGroup:
    values: dict[str, Any] = {
        "sql": 'SELECT "shop_book"."id" FROM "shop_book"',
        "rows": 5,
        "site": make_site("shop.Book", frame=LIST),
        "stack": (LIST,),
        "access": make_access(AccessKind.MANAGER, model="shop.Book", attribute="", target="shop.Book"),
    }
    return make_query_group(0, **(values | more))


def asked(index: int = 1, **more: Any) -> QueryGroup:
    access: dict[str, Any] = {
        "attribute": "reviews", "target": "shop.Review", "method": "count", "owner_group": 0,
        "is_plain": False,
    }  # fmt: skip
    access |= more.pop("access", {})
    values: dict[str, Any] = {
        "sql": SQL,
        "count": 5,
        "owners": 5,
        "total_ms": 10.0,
        "site": make_site("shop.Review", frame=ASKS, lookups=("book__exact",)),
        "stack": (ASKS,),
        "access": make_access(AccessKind.REVERSE, **access),
    }
    return make_query_group(index, **(values | more))


def look_up(**more: Any) -> QueryGroup:
    values: dict[str, Any] = {
        "sql": 'SELECT "shop_book"."id" FROM "shop_book" WHERE "shop_book"."id" = %s LIMIT %s',
        "count": 4,
        "site": make_site("shop.Book", frame=ASKS, lookups=("id__exact",), is_sliced=True),
        "stack": (ASKS,),
        "access": make_access(
            AccessKind.MANAGER, model="shop.Book", attribute="", target="shop.Book", method="get"
        ),
    }
    return make_query_group(0, **(values | more))


def found(*groups: QueryGroup, **options: Any) -> list[Observation]:
    trace: Trace = make_trace(*groups)
    return list(QueryInLoop(**options).check(trace, make_models()))


def test_a_related_manager_that_is_counted_for_each_row_is_told_where_the_rows_come_from():
    [observation] = found(books(), asked())
    assert observation.rule == "query-in-loop"
    assert observation.model == "shop.Book"
    assert observation.site is not None
    assert observation.site.frame == LIST
    assert observation.trigger == ASKS
    assert observation.groups == (1,)
    assert (observation.query_count, observation.avoidable_queries) == (5, 5)
    assert observation.duration_ms == 10.0
    assert [load.path for load in observation.loads] == ["reviews"]
    assert QueryInLoop().message([observation]) == (
        "book_list ran 5 queries for Book.reviews.count(), one per row."
    )


def test_several_questions_of_one_queryset_are_one_sentence():
    tags = asked(2, access={"attribute": "tags", "target": "shop.Tag", "method": "exists"}, count=5)
    message = QueryInLoop().message(found(books(), asked(), tags))
    assert message == (
        "book_list ran 10 queries for Book.reviews.count() and Book.tags.exists(), one per row."
    )


KINDS = [AccessKind.REVERSE, AccessKind.MANY_TO_MANY, AccessKind.GENERIC_RELATION]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "method", ["count", "exists", "aggregate", "first", "latest", "iterate", "len", "get"]
)
def test_every_kind_of_manager_and_every_question_is_judged(kind, method):
    group = asked()
    assert group.access is not None
    assert found(books(), replace(group, access=replace(group.access, kind=kind, method=method)))


@pytest.mark.parametrize("owners", [1, 2, 3])
def test_the_threshold_of_owners_is_an_option(owners):
    groups = (books(), asked(count=owners, owners=owners))
    assert bool(found(*groups)) is (owners >= 2)
    assert bool(found(*groups, min_owners=3)) is (owners >= 3)


def test_the_relations_own_rows_are_no_matter_of_this_rule():
    assert not found(books(), asked(access={"is_plain": True, "method": "iterate"}))


def test_one_row_that_is_asked_often_is_silent():
    assert not found(books(), asked(owners=1))


def test_rows_that_a_prefetch_with_a_queryset_of_its_own_brings_are_annotated_there():
    own = make_frame("shop/views.py", 3, "book_list", column=9)
    access = make_access(
        AccessKind.PREFETCH, model="shop.Author", attribute="books", target="shop.Book", owner_group=0
    )
    authors = books(site=make_site("shop.Author", frame=LIST))
    below = make_query_group(
        1, rows=9, stack=(LIST,), access=access, site=make_site("shop.Book", frame=own), owners=1
    )
    [observation] = found(authors, below, asked(2, access={"owner_group": 1}))
    assert observation.model == "shop.Book"
    assert observation.site is not None
    assert observation.site.frame == own


def test_rows_of_a_plain_prefetch_are_told_at_its_root():
    access = make_access(
        AccessKind.PREFETCH, model="shop.Author", attribute="books", target="shop.Book", owner_group=0
    )
    authors = books(site=make_site("shop.Author", frame=LIST))
    below = make_query_group(
        1, rows=9, stack=(LIST,), access=access, site=make_site("shop.Book", frame=LIST), owners=1
    )
    [observation] = found(authors, below, asked(2, access={"owner_group": 1}))
    assert observation.model == "shop.Author"
    assert [load.path for load in observation.loads] == ["books__reviews"]


def test_rows_that_were_looked_up_one_by_one_are_a_look_up_themselves():
    single = make_site("shop.Book", frame=LIST, returns_many=False, lookups=("id__exact",))
    groups = (books(count=5, rows=5, site=single), asked())
    observations = found(*groups)
    assert {each.groups for each in observations} == {(0,), (1,)}
    assert all(not each.loads for each in observations)


def test_a_look_up_at_one_line_is_told():
    [observation] = found(look_up())
    assert observation.model == "shop.Book"
    assert observation.loads == ()
    assert (observation.query_count, observation.avoidable_queries) == (4, 3)
    message = QueryInLoop().message([observation])
    assert message == "book_list ran 4 Book queries in a loop that differ in one key only."


@pytest.mark.parametrize("count", [2, 3, 4])
def test_the_threshold_of_look_ups_is_an_option(count):
    assert bool(found(look_up(count=count))) is (count >= 3)
    assert bool(found(look_up(count=count), min_repeats=4)) is (count >= 4)


def test_sql_of_the_application_is_told_without_a_queryset():
    group = look_up(site=None, access=None, sql="SELECT name FROM shop_book WHERE id = %s")
    [observation] = found(group)
    assert observation.model == ""
    assert QueryInLoop().message([observation]) == (
        "book_list ran 4 SQL queries in a loop that differ in one key only."
    )


def raw(sql: str) -> dict[str, Any]:
    return {"site": None, "access": None, "sql": sql}


SILENT: dict[str, dict[str, Any]] = {
    "the same parameters": {"distinct": 1},
    "a failure": {"error": "40001"},
    "locked rows": {"site": make_site("shop.Book", frame=ASKS, lookups=("id__exact",), is_for_update=True)},
    "rows locked in SQL": {"sql": 'SELECT "id" FROM "shop_book" WHERE "id" = %s FOR UPDATE SKIP LOCKED'},
    "a library": {"is_asked_by_library": True},
    "a write": {"kind": "update"},
    "no stack": {"stack": ()},
    "no condition": {"site": make_site("shop.Book", frame=ASKS)},
    "pages by key": {
        "site": make_site("shop.Book", frame=ASKS, lookups=("id__gt",), is_sliced=True),
        "access": make_access(AccessKind.MANAGER, method="iterate"),
    },
    "a prefetch": {"access": make_access(AccessKind.PREFETCH)},
    "a save": {"access": make_access(AccessKind.WRITE)},
    "a deferred column": {"access": make_access(AccessKind.DEFERRED)},
    "users": {"site": make_site("auth.User", frame=ASKS, lookups=("id__exact",))},
    "content types": {"site": make_site("contenttypes.ContentType", frame=ASKS, lookups=("id__exact",))},
    "sessions": {"site": make_site("sessions.Session", frame=ASKS, lookups=("session_key__exact",))},
    "sites": {"site": make_site("sites.Site", frame=ASKS, lookups=("id__exact",))},
    "the catalog": raw("SELECT relname FROM pg_class WHERE oid = %s"),
    "a function": raw("SELECT pg_advisory_lock(%s)"),
    "a setting": raw("SELECT set_config(%s, %s, false)"),
}  # fmt: skip


@pytest.mark.parametrize("name", SILENT)
def test_these_are_silent(name):
    assert not found(look_up(**SILENT[name]))


OWNERS_SILENT: dict[str, dict[str, Any]] = {
    "a library": {"is_asked_by_library": True},
    "a failure": {"error": "57014"},
    "locked rows": {"sql": SQL + " FOR UPDATE"},
    "a test's loop": {"stack": (make_frame("shop/tests/test_books.py", 9, "test_books"),)},
}


@pytest.mark.parametrize("name", OWNERS_SILENT)
def test_these_questions_are_silent(name):
    where = OWNERS_SILENT[name].get("stack")
    first = books(stack=where, site=make_site("shop.Book", frame=where[0])) if where else books()
    assert not found(first, asked(**OWNERS_SILENT[name]))
