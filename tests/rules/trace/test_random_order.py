"""`random-order`: firing, silent, and how loud."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.fixes.sources import Sources
from queryscope.model import AccessKind, Capture, Field, Model, Models, QueryGroup, Schema, Table
from queryscope.rules.remedy import Context
from queryscope.rules.trace import RandomOrder
from tests.analysis.shop import report_of
from tests.builders import (
    make_access,
    make_frame,
    make_node,
    make_plan,
    make_query_group,
    make_site,
    make_trace,
)

SQL = 'SELECT "shop_book"."id" FROM "shop_book" WHERE "shop_book"."sold" ORDER BY RANDOM() ASC LIMIT %s'
FIELDS = (
    Field(name="id", column="id", type="BigAutoField", is_unique=True),
    Field(name="slug", column="slug", type="SlugField", is_unique=True),
    Field(name="author", column="author_id", type="ForeignKey", target="shop.Author"),
)
MODELS = Models(models=(Model(label="shop.Book", table="shop_book", path="shop/models.py", fields=FIELDS),))


def books(**more: Any) -> QueryGroup:
    return make_query_group(0, **({"sql": SQL, "limit": 5, "rows": 5, "site": make_site()} | more))


def found(group: QueryGroup, models: Models = MODELS) -> list[Any]:
    return list(RandomOrder().check(make_trace(group), models))


def test_a_few_rows_by_chance_are_told():
    [observation] = found(books())
    assert observation.fact == "time"
    assert observation.confidence == "likely"
    assert RandomOrder().message([observation]) == (
        "book_list sorts all Book rows that meet its conditions to take 5 rows by chance."
    )


def test_one_row_is_one_row():
    [observation] = found(books(limit=1, rows=1))
    assert RandomOrder().message([observation]).endswith("to take one row by chance.")


SILENT = {
    "fewer rows than were asked for": {"rows": 3},
    "rows of one row": {"access": make_access(AccessKind.REVERSE, attribute="books")},
    "a unique key": {"site": make_site(lookups=("slug__exact",))},
    "one author's": {"site": make_site(lookups=("author__exact",))},
    "sorted by something else first": {"sql": SQL.replace("RANDOM()", '"shop_book"."id" ASC, RANDOM()')},
    "all rows, which are loaded anyway": {"sql": SQL.replace(" LIMIT %s", ""), "limit": None},
    "within a subquery": {"sql": f'SELECT COUNT(*) FROM ({SQL}) "subquery"'},
    "a failure": {"error": "57014"},
    "a write": {"kind": "update"},
    "a test's": {"stack": (make_frame("tests/test_a.py", 3, "test_a"),)},
    "a factory's": {"site": make_site(frame=make_frame("shop/factories.py"))},
}


@pytest.mark.parametrize("name", SILENT)
def test_these_are_silent(name):
    assert not found(books(**SILENT[name]))


def test_a_library_asks_for_its_own_models_as_it_likes():
    foreign = Models(models=(Model(label="shop.Book", table="shop_book"),))
    assert not found(books(is_asked_by_library=True), foreign)
    assert found(books(is_asked_by_library=True))


def remedy(group: QueryGroup, models: Models = MODELS) -> Any:
    [observation] = found(group, models)
    trace = make_trace(group)
    return (
        RandomOrder().remedy([observation], Context(models, Sources(lambda _: None), {trace.id: trace})).fix
    )


def test_keys_that_are_numbers_are_drawn():
    fix = remedy(books())
    assert fix.kinds == ("sample",)
    assert fix.code == (
        'highest = Book.objects.aggregate(highest=Max("pk"))["highest"] or 0\n'
        "Book.objects.filter(pk__in=random.choices(range(highest + 1), k=50))[:5]"
    )
    assert "FROM shop_book TABLESAMPLE SYSTEM (1) LIMIT 5" in fix.caveat
    assert not fix.diff


def test_other_keys_are_a_place_to_start():
    [model] = MODELS.models
    fields = (Field(name="id", column="id", type="UUIDField", is_unique=True),)
    models = Models(models=(Model(label=model.label, table=model.table, fields=fields),))
    assert remedy(books(), models).code == ('Book.objects.filter(pk__gte=uuid.uuid4()).order_by("pk")[:5]')


def test_plain_sql_samples_the_table():
    fix = remedy(books(site=None))
    assert fix.code == "SELECT … FROM shop_book TABLESAMPLE SYSTEM (1) LIMIT 5"


def shelf(rows: float, **more: Any) -> Schema:
    table = Table(schema="public", name="shop_book", rows=rows, **({"pages": 1} | more))
    return Schema(tables=(table,))


def told(group: QueryGroup, *others: QueryGroup, **more: Any) -> bool:
    report = report_of(Capture(trace=make_trace(group, *others), **more))
    return "random-order" in [each.rule for each in report.findings]


@pytest.mark.parametrize(
    ("rows", "pages", "is_told"),
    [
        (3.0, 1, False),
        (999.0, 1, False),
        (1_000.0, 1, True),
        (-1.0, 1, False),
        (0.0, 1, False),
    ],
)
def test_the_size_of_the_table_decides_whatever_it_took(rows, pages, is_told):
    for ms in (0.1, 500.0):
        assert told(books(total_ms=ms), schema=shelf(rows, pages=pages)) is is_told


@pytest.mark.parametrize(("ms", "is_told"), [(19.0, False), (21.0, True)])
def test_pages_of_a_table_that_was_never_analysed_may_be_full_of_what_was_rolled_back(ms, is_told):
    assert told(books(total_ms=ms, max_ms=ms), schema=shelf(-1.0, pages=500)) is is_told


@pytest.mark.parametrize(("ms", "is_told"), [(19.0, False), (21.0, True)])
def test_without_the_catalog_the_time_decides(ms, is_told):
    assert told(books(total_ms=ms, max_ms=ms)) is is_told


def test_the_way_to_a_far_database_is_no_time_of_the_sort():
    near = make_query_group(1, sql='SELECT "id" FROM "shop_author"', total_ms=15.0)
    assert not told(books(total_ms=30.0), near)
    assert told(books(total_ms=36.0), near)


@pytest.mark.parametrize(("rows", "is_told"), [(3, False), (2_000, True)])
def test_rows_that_were_loaded_whole_tell_the_size(rows, is_told):
    access = make_access(AccessKind.MANAGER, attribute="", target="shop.Book", method="iterate")
    whole = {"sql": 'SELECT "shop_book"."id" FROM "shop_book"', "site": make_site(), "access": access}
    assert told(books(total_ms=1.0), make_query_group(1, rows=rows, **whole)) is is_told
    part = whole | {"sql": whole["sql"] + ' WHERE "shop_book"."sold"'}
    assert not told(books(total_ms=1.0), make_query_group(1, rows=2_000, **part))


def test_the_size_is_an_option():
    observation, context = (
        found(books())[0],
        Context(MODELS, Sources(lambda path: None), {"t1": make_trace(books())}),
    )
    assert not RandomOrder().confirm(observation, context)
    assert RandomOrder(min_rows=0).confirm(observation, context)
    assert RandomOrder(min_ms=0.5).confirm(observation, context)


@pytest.mark.parametrize(("rows", "is_told"), [(999.0, False), (1_000.0, True)])
def test_a_plan_that_sorts_few_rows_contradicts(rows, is_told):
    group = books(total_ms=50.0)
    scan = make_node(actual_rows=rows, actual_loops=1.0)
    root = make_node("Limit", scan, actual_rows=5.0, actual_loops=1.0)
    assert told(group, plans=(make_plan(root, fingerprint=group.fingerprint),)) is is_told
