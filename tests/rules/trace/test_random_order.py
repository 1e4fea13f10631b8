"""`random-order`: firing, silent, and how loud."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.fixes.sources import Sources
from queryscope.model import AccessKind, Capture, Field, Model, Models, QueryGroup
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


@pytest.mark.parametrize(("rows", "told"), [(999.0, False), (1_000.0, True)])
def test_a_plan_that_sorts_few_rows_contradicts(rows, told):
    group = books()
    scan = make_node(actual_rows=rows, actual_loops=1.0)
    root = make_node("Limit", scan, actual_rows=5.0, actual_loops=1.0)
    report = report_of(
        Capture(trace=make_trace(group), plans=(make_plan(root, fingerprint=group.fingerprint),))
    )
    assert [each.rule for each in report.findings] == (["random-order"] if told else [])
