"""`n-plus-one`: firing, silent, at its threshold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import AccessKind, ClassSite, Models
from queryscope.rules.trace import NPlusOne
from tests.builders import make_frame, make_site
from tests.rules.trace.shop import (
    FORWARD,
    GENERIC,
    GENERIC_MANY,
    LOOP,
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
    found,
    lazy,
    load_of,
    trace_of,
)


def test_a_query_for_each_row_is_told_with_its_numbers():
    [observation] = found(books(), lazy(1, FORWARD, "author"))
    assert observation.rule == "n-plus-one"
    assert observation.trace == "t1"
    assert observation.model == "shop.Book"
    assert observation.site == make_site()
    assert observation.trigger == LOOP
    assert observation.groups == (1,)
    assert observation.query_count == 40
    assert observation.avoidable_queries == 40
    assert observation.duration_ms == 40.0
    assert observation.owner_rows == 40
    assert observation.confidence == "certain"
    assert observation.method == "iterate"
    assert observation.caveat == ""


REVIEWS = 'SELECT "shop_review"."id" FROM "shop_review" WHERE "shop_review"."book_id" = %s'


@pytest.mark.parametrize(
    ("sql", "at", "is_in_the_way"),
    [
        ('INSERT INTO "shop_review" ("title") VALUES (%s)', 1, True),
        ('INSERT INTO "shop_log" ("title") VALUES (%s)', 1, False),
        ('INSERT INTO "shop_review" ("title") VALUES (%s)', 3, False),
    ],
)
def test_rows_that_come_in_before_they_are_read_are_not_prefetched_earlier(sql, at, is_in_the_way):
    insert = replace(books(1), sql=sql, kind="insert", first_index=at, access=None, site=None)
    reads = replace(lazy(2, REVERSE, "reviews"), sql=REVIEWS, first_index=2)
    [observation] = found(books(), insert, reads)
    assert ("would lack them" in observation.caveat) is is_in_the_way


@pytest.mark.parametrize(
    ("count", "others", "options", "is_told"),
    [
        (2, 90, {}, False),
        (10, 90, {}, False),  # nine are spared: the prefetch is a query too
        (11, 90, {}, True),
        (2, 90, {"min_unsafe": 1}, True),
        (2, 0, {}, True),
        (2, 90, {"min_ms": 0.0}, True),
    ],
)
def test_a_few_queries_that_no_edit_of_the_queryset_spares_are_left_alone(count, others, options, is_told):
    insert = replace(
        books(1), sql='INSERT INTO "shop_review" ("title") VALUES (%s)', kind="insert", first_index=1,
        access=None, site=None,
    )  # fmt: skip
    reads = replace(lazy(2, REVERSE, "reviews", count=count), sql=REVIEWS, first_index=2)
    rest = replace(insert, index=3, sql="SELECT 1", kind="select", count=others, first_index=3)
    assert bool(found(books(), insert, reads, *([rest] if others else []), **options)) is is_told


@pytest.mark.parametrize(
    ("kind", "attribute", "load"),
    [
        (FORWARD, "author", ("select_related", "author")),
        (FORWARD, "editor", ("select_related", "editor")),
        (ONE, "isbn", ("select_related", "number")),
        (REVERSE, "reviews", ("prefetch_related", "reviews")),
        (MANY, "tags", ("prefetch_related", "tags")),
        (GENERIC, "subject", ("prefetch_related", "subject")),
        (GENERIC_MANY, "notes", ("prefetch_related", "notes")),
        (FORWARD, "importer", ("prefetch_related", "importer")),
        (FORWARD, "nobody_knows", ("select_related", "nobody_knows")),
    ],
)
def test_every_kind_of_relation_has_its_remedy(kind, attribute, load):
    assert load_of(books(), lazy(1, kind, attribute)) == load


def test_a_prefetch_costs_one_query_that_is_not_avoided():
    [observation] = found(books(), lazy(1, REVERSE, "reviews"))
    assert (observation.query_count, observation.avoidable_queries) == (40, 39)


def test_a_prefetch_costs_one_query_for_every_run_of_its_queryset():
    root = books(count=3, rows=120)
    [observation] = found(root, lazy(1, REVERSE, "reviews", count=120))
    assert observation.avoidable_queries == 117


def test_what_one_prefetch_costs_is_counted_once():
    again = lazy(2, REVERSE, "reviews", stack=(make_frame(line=9),))
    told = found(books(), lazy(1, REVERSE, "reviews"), again)
    assert [each.avoidable_queries for each in told] == [39, 40]


def test_a_prefetch_that_would_save_nothing_is_no_finding():
    root = books(count=20, rows=40)
    assert not found(root, lazy(1, REVERSE, "reviews", count=20))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_two_owners_at_one_line_are_enough(count):
    assert bool(found(books(), lazy(1, FORWARD, "author", count=count))) is (count >= 2)


@pytest.mark.parametrize("least", [1, 39, 40, 41])
def test_the_threshold_is_an_option(least):
    assert bool(found(books(), lazy(1, FORWARD, "author"), min_repeats=least)) is (least <= 40)


@pytest.mark.parametrize(
    ("count", "rows", "is_told"),
    [(4, 80, True), (4, 81, False), (2, 41, False), (5, 1000, True), (2, None, True)],
)
def test_a_relation_that_few_of_many_rows_read_is_a_branch_that_is_seldom_taken(count, rows, is_told):
    assert bool(found(books(rows=rows), lazy(1, FORWARD, "author", count=count))) is is_told
    assert found(books(rows=rows), lazy(1, FORWARD, "author", count=count), seldom=1)


def test_a_relation_that_may_be_null_says_nothing_of_the_other_rows():
    assert found(books(rows=400), lazy(1, FORWARD, "editor", count=2))


def test_many_queries_for_one_owner_are_no_n_plus_one():
    assert not found(books(), lazy(1, REVERSE, "reviews", owners=1))


def test_instances_of_one_row_are_told_apart_by_what_they_remember():
    author = lazy(1, FORWARD, "author")
    publisher = lazy(2, FORWARD, "publisher", 1, model="shop.Author", owners=1)
    [_, observation] = found(books(), author, publisher)
    assert (observation.loads[0].path, observation.owner_rows) == ("author__publisher", 40)
    joined = lazy(1, FORWARD, "publisher", model="shop.Author", owner_path="author", owners=1)
    assert found(books(), joined)
    assert not found(books(count=40, rows=400), joined)


def test_instances_of_one_row_that_ask_for_many_are_told_apart_by_their_number():
    author = lazy(1, FORWARD, "author")
    several = lazy(2, REVERSE, "books", 1, model="shop.Author", owners=1)
    assert [each.loads[0].path for each in found(books(), author, several)] == ["author", "author__books"]
    again = lazy(2, REVERSE, "books", 1, model="shop.Author", owners=1, count=80)
    assert [each.loads[0].path for each in found(books(), author, again)] == ["author"]


def test_relations_of_relations_are_followed_to_the_root():
    publisher = lazy(2, FORWARD, "publisher", 1, model="shop.Author")
    told = found(books(), lazy(1, FORWARD, "author"), publisher)
    assert [each.loads[0].path for each in told] == ["author", "author__publisher"]
    assert {each.site for each in told} == {make_site()}


def test_three_steps_through_a_reverse_relation_are_prefetched():
    reviews = lazy(1, REVERSE, "reviews", rows=120)
    book = lazy(2, FORWARD, "book", 1, model="shop.Review", count=120)
    author = lazy(3, FORWARD, "author", 2, count=120)
    loads = [each.loads[0] for each in found(books(), reviews, book, author)]
    assert [(load.kind, load.path) for load in loads] == [
        ("prefetch_related", "reviews"),
        ("prefetch_related", "reviews__book"),
        ("prefetch_related", "reviews__book__author"),
    ]


def test_the_query_of_a_prefetch_is_a_step_of_the_path():
    prefetch = books(1, access=access(PREFETCH, "reviews", 0), rows=120)
    author = lazy(2, FORWARD, "book", 1, model="shop.Review", count=120)
    assert load_of(books(), prefetch, author) == ("prefetch_related", "reviews__book")


def test_a_name_given_to_a_prefetch_is_a_step_too():
    prefetch = books(1, access=access(PREFETCH, "good_reviews", 0))
    author = lazy(2, FORWARD, "book", 1, model="shop.Review")
    assert load_of(books(), prefetch, author) == ("prefetch_related", "good_reviews__book")


def test_the_queries_of_prefetches_are_none_themselves():
    prefetch = books(1, access=access(PREFETCH, "reviews", 0), count=40, owners=40)
    assert not found(books(), prefetch)


def test_what_a_join_brought_is_a_step_too():
    assert load_of(books(), lazy(1, FORWARD, "publisher", model="shop.Author", owner_path="author")) == (
        "select_related",
        "author__publisher",
    )
    assert load_of(books(), lazy(1, REVERSE, "books", model="shop.Author", owner_path="author")) == (
        "prefetch_related",
        "author__books",
    )


def test_joins_speak_query_names_and_prefetches_attributes():
    agency = lazy(1, FORWARD, "agency", model="shop.Isbn", owner_path="number")
    assert load_of(books(), agency) == ("select_related", "number__agency")
    locked = books(site=make_site(is_for_update=True))
    assert load_of(locked, agency) == ("prefetch_related", "isbn__agency")


def test_a_path_over_a_key_without_constraint_is_not_joined():
    step = lazy(1, FORWARD, "publisher", model="shop.Author", owner_path="importer")
    assert load_of(books(), step) == ("prefetch_related", "importer__publisher")


@pytest.mark.parametrize("attribute", ["author", "editor"])
def test_locked_rows_are_not_joined(attribute):
    root = books(site=make_site(is_for_update=True))
    assert load_of(root, lazy(1, FORWARD, attribute)) == ("prefetch_related", attribute)


def test_joins_without_names_are_not_taken_away():
    root = books(site=make_site(select_related=("*",)))
    assert load_of(root, lazy(1, FORWARD, "author")) == ("prefetch_related", "author")
    holder = ClassSite(path="shop/admin.py", line=3, name="BookAdmin", kind="admin")
    root = books(site=make_site(frame=None, holder=holder, select_related=("*",)))
    assert load_of(root, lazy(1, FORWARD, "author")) == ("select_related", "author")


def test_raw_querysets_are_not_joined():
    root = books(access=access(AccessKind.RAW, "", None))
    assert load_of(root, lazy(1, FORWARD, "author")) == ("prefetch_related", "author")


def test_an_owner_loaded_by_itself_is_no_list():
    single = books(rows=1, site=make_site(returns_many=False))
    assert not found(single, lazy(1, FORWARD, "author"))


def test_owners_loaded_one_by_one_are_look_ups():
    assert not found(books(count=40, rows=40), lazy(1, FORWARD, "author"))
    assert found(books(count=2, rows=40), lazy(1, FORWARD, "author"))
    assert found(books(count=2, rows=None), lazy(1, FORWARD, "author"))


def test_a_single_owner_with_a_list_below_is_the_lists_matter():
    order = books(rows=1, site=make_site(returns_many=False))
    place = make_site("shop.Review", frame=make_frame(line=20))
    reviews = lazy(1, REVERSE, "reviews", count=1, owners=1, rows=30, site=place, total_ms=1.0)
    [observation] = found(order, reviews, lazy(2, FORWARD, "book", 1, model="shop.Review"))
    assert observation.site == place
    assert observation.loads[0].path == "book"


def test_a_list_built_in_a_template_is_the_views_matter():
    book = books(rows=1, site=make_site(returns_many=False))
    in_template = make_site("shop.Review", frame=TEMPLATE)
    reviews = lazy(
        1, REVERSE, "reviews", count=1, owners=1, rows=30, site=in_template, stack=(TEMPLATE, VIEW)
    )
    author = lazy(2, FORWARD, "book", 1, model="shop.Review", stack=(TEMPLATE, VIEW))
    [observation] = found(book, reviews, author)
    assert observation.site == book.site
    assert (observation.loads[0].kind, observation.loads[0].path) == ("prefetch_related", "reviews__book")


def test_a_list_built_in_a_template_from_what_nobody_built_stays_there():
    user = books(rows=1, site=make_site("auth.User", frame=None, returns_many=False), stack=())
    in_template = make_site("shop.Review", frame=TEMPLATE)
    reviews = lazy(
        1, REVERSE, "reviews", count=1, owners=1, rows=30, site=in_template, stack=(TEMPLATE, VIEW)
    )
    [observation] = found(
        user, reviews, lazy(2, FORWARD, "book", 1, model="shop.Review", stack=(TEMPLATE, VIEW))
    )
    assert observation.site == in_template
    assert observation.loads[0].path == "book"


def test_a_list_for_each_row_is_the_outer_querysets_matter():
    site = make_site("shop.Review", frame=make_frame(line=20))
    reviews = lazy(1, REVERSE, "reviews", rows=120, site=site)
    told = found(books(), reviews, lazy(2, FORWARD, "book", 1, model="shop.Review", count=120))
    assert {each.site for each in told} == {make_site()}


def test_look_ups_in_a_loop_with_lists_below_prefetch_them_in_the_look_up():
    single = books(count=10, rows=10, site=make_site(returns_many=False))
    reviews = lazy(1, REVERSE, "reviews", count=10, rows=100)
    [observation] = found(single, reviews, lazy(2, FORWARD, "book", 1, model="shop.Review", count=100))
    assert observation.loads[0].path == "reviews__book"
    assert observation.avoidable_queries == 90


def test_a_class_that_builds_the_queryset_is_the_place():
    holder = ClassSite(path="shop/views.py", line=3, name="BookList", kind="view")
    root = books(site=make_site(frame=None, holder=holder), stack=())
    [observation] = found(root, lazy(1, FORWARD, "author", stack=(TEMPLATE,)))
    assert observation.site.holder == holder
    assert NPlusOne().message([observation]).startswith("BookList ran 40 queries")


SILENT = {
    "owners loaded elsewhere": [books(), lazy(1, FORWARD, "author", None)],
    "a failure": [books(), lazy(1, FORWARD, "author", error="40001")],
    "other rows of the relation": [books(), lazy(1, REVERSE, "reviews", is_plain=False)],
    "a plain look-up": [books(), lazy(1, MANAGER, "author")],
    "a deferred column": [books(), lazy(1, AccessKind.DEFERRED, "title")],
    "writes": [books(), lazy(1, AccessKind.WRITE, "author")],
    "raw SQL": [books(), lazy(1, AccessKind.RAW, "author")],
    "no access": [books(), lazy(1, FORWARD, "author", access=None)],
    "a root of no queryset": [books(site=None), lazy(1, FORWARD, "author")],
    "values": [books(access=None, site=make_site(returns_many=False)), lazy(1, FORWARD, "author")],
}


@pytest.mark.parametrize("name", SILENT)
def test_these_are_silent(name):
    assert not found(*SILENT[name])


def test_a_failed_relation_does_not_hide_another():
    told = found(books(), lazy(1, FORWARD, "author", error="X"), lazy(2, FORWARD, "publisher"))
    assert [each.subject for each in told] == ["Book.publisher"]


def test_a_walk_over_a_tree_is_another_rules_matter():
    first = lazy(1, FORWARD, "sequel", rows=30)
    second = lazy(2, FORWARD, "sequel", 1, count=30)
    assert not found(books(), first, second)
    assert found(books(), first)


def test_a_walk_over_a_tree_at_one_line_is_one_group():
    assert not found(books(), lazy(1, FORWARD, "sequel", 1))


PLACES = [
    "tests/test_views.py", "shop/tests.py", "shop/test_models.py", "shop/views_test.py", "conftest.py",
    "tests/helpers.py", "shop/tests/base.py", "shop/factories.py", "tests/factories/book.py",
    "shop/book_factory.py", "shop/migrations/0002_fill.py", "shop/management/commands/seed.py",
    "shop/management/commands/seed_books.py", "tests/fixtures.py", "fixtures/books.py",
    "shop/management/commands/populate_books.py",
]  # fmt: skip


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize("what", ["builds", "loops", "reads"])
def test_what_a_test_a_factory_a_migration_or_a_seed_does_is_its_own(path, what):
    outside = make_frame(path, 30, "fill")
    root = books(stack=(VIEW,))
    author = lazy(1, FORWARD, "author", stack=(LOOP,))
    if what == "builds":
        root = replace(root, site=make_site(frame=outside))
    elif what == "loops":
        root = replace(root, stack=(outside,))
    else:
        # The rows were loaded by application code, but the loop over them is outside of it.
        root = replace(root, stack=(VIEW, outside))
        author = replace(author, stack=(make_frame("shop/models.py", 9, "Book.author_name"), outside))
    assert not found(root, author)


def test_a_test_that_calls_application_code_is_no_obstacle():
    test = make_frame("tests/test_services.py", 30, "test_prices")
    root = books(stack=(VIEW, test))
    assert found(
        root, lazy(1, FORWARD, "author", stack=(make_frame("shop/models.py", 9, "Book.name"), LOOP, test))
    )


def test_a_test_method_is_known_by_its_name_too():
    test = make_frame("shop/checks.py", 30, "BookCase.test_list.<listcomp>")
    assert not found(books(stack=(test,)), lazy(1, FORWARD, "author"))


def test_an_application_beside_tests_is_judged():
    frame = make_frame("tests/shop/views.py")
    assert found(books(site=make_site(frame=frame), stack=(frame,)), lazy(1, FORWARD, "author"))


def test_a_loop_in_a_template_belongs_to_the_view():
    root = books(stack=(TEMPLATE, VIEW))
    [observation] = found(root, lazy(1, FORWARD, "author", stack=(TEMPLATE, VIEW)))
    assert observation.trigger == TEMPLATE


def test_a_path_through_a_generic_key_cannot_be_written():
    subject = lazy(1, GENERIC, "subject", rows=40)
    told = found(books(), subject, lazy(2, FORWARD, "publisher", 1, model="shop.Author"))
    assert [bool(each.caveat) for each in told] == [False, True]
    assert "subject leads to several models" in told[1].caveat
    assert 'GenericPrefetch("subject"' in told[1].caveat


def test_a_path_through_a_prefetched_generic_key_cannot_be_written_either():
    prefetch = books(1, access=access(PREFETCH, "subject", 0))
    [observation] = found(books(), prefetch, lazy(2, FORWARD, "publisher", 1, model="shop.Author"))
    assert "GenericPrefetch" in observation.caveat


def test_a_manager_that_runs_the_query_itself_is_the_place():
    manager = make_frame("shop/managers.py", 12, "BookManager.as_rows")
    [observation] = found(books(stack=(manager, VIEW)), lazy(1, FORWARD, "author"))
    assert observation.caveat == (
        "BookManager.as_rows runs the query at shop/managers.py:12: add the call there."
    )


@pytest.mark.parametrize(
    "stack", [(VIEW,), (TEMPLATE, VIEW), (make_frame(line=5), VIEW), (make_frame("a.py", 1, "show"), LOOP)]
)
def test_a_queryset_that_is_read_later_is_no_obstacle(stack):
    [observation] = found(books(stack=stack), lazy(1, FORWARD, "author"))
    assert observation.caveat == ""


def messages(*groups, trace="t1"):
    told = found(*groups)
    return NPlusOne().message([replace(each, trace=trace) for each in told])


def test_the_message_says_what_ran_how_often():
    assert messages(books(), lazy(1, FORWARD, "author")) == (
        "book_list ran 40 queries for Book.author, one per book."
    )


def test_the_message_of_two_relations_adds_them_up():
    assert messages(books(), lazy(1, FORWARD, "author"), lazy(2, FORWARD, "publisher")) == (
        "book_list ran 80 queries for Book.author and Book.publisher, one per row for each."
    )


def test_the_message_of_three_relations_names_all():
    groups = [lazy(at, FORWARD, name) for at, name in enumerate(["author", "editor", "publisher"], 1)]
    assert "for Book.author, Book.editor and Book.publisher" in messages(books(), *groups)


def test_a_name_of_several_words_is_spoken():
    group = lazy(1, FORWARD, "product", model="shop.OrderLine2Part")
    assert messages(books(), group).endswith("OrderLine2Part.product, one per order line2 part.")


def test_a_comprehension_is_told_as_the_function_around_it():
    root = books(site=make_site(frame=make_frame(function="f.<listcomp>")))
    assert messages(root, lazy(1, FORWARD, "author")).startswith("f ran 40")


def test_the_message_counts_the_worst_unit_of_work_only():
    told = found(books(), lazy(1, FORWARD, "author"))
    other = [replace(each, trace="t2", query_count=5) for each in told]
    assert "ran 40 queries" in NPlusOne().message([*told, *other])


def test_rows_that_no_line_builds_are_told_of_the_function_that_reads():
    root = books(site=make_site(frame=None))
    assert messages(root, lazy(1, FORWARD, "author")).startswith("book_list ran")


def test_a_trace_of_nothing_and_a_model_graph_of_nothing_are_no_trouble():
    assert list(NPlusOne().check(trace_of(), SHELF)) == []
    [observation] = found(books(), lazy(1, REVERSE, "reviews"), models=Models())
    assert observation.loads[0].kind == "prefetch_related"
