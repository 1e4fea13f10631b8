"""Rules of scans, on what Django sends and PostgreSQL plans; the index that they name makes them silent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import DatabaseError
from django.db.models import FloatField, Index, JSONField, Model, Q, TextField
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, ExtractMonth, Lower, TruncDate, Upper
from django.test.utils import isolate_apps

from queryscope.database.catalog import schema_of
from queryscope.model import Insight
from queryscope.rules.plan import PLAN_RULES, judge
from tests.database.warehouse import MODELS, TABLES, Order, explained, warehouse

__all__ = ["warehouse"]


with isolate_apps():

    class Described(Model):
        data = JSONField()

        class Meta:
            app_label = "warehouse"
            db_table = "warehouse_described"


RULES = [rule() for rule in PLAN_RULES]
DAY = date(2024, 3, 1)
NAMES = {"GinIndex": GinIndex, "Index": Index, "OpClass": OpClass, "TruncDate": TruncDate}
NAMES |= {"Lower": Lower, "Upper": Upper, "KeyTransform": KeyTransform, "KeyTextTransform": KeyTextTransform}
_CODE = re.compile(r"(?:Gin)?Index\(.*\"\)")


@pytest.fixture
def connection(warehouse: Any) -> Iterator[Any]:
    """Inside a transaction that is rolled back, without workers."""
    with warehouse.connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
    yield warehouse
    with warehouse.connection.cursor() as cursor:
        cursor.execute("ROLLBACK")


def told(connection: Any, queryset: Any) -> list[Insight]:
    """What all rules say of a queryset; estimates are another matter."""
    plan = explained(connection, *queryset.query.sql_with_params())
    said = judge(plan, schema_of(connection, TABLES), MODELS, RULES)
    return [insight for insight in said if insight.fact == "reading"]


def build(connection: Any, *indexes: Index, model: type[Model] = Order) -> None:
    with connection.schema_editor(atomic=False) as editor, connection.connection.cursor() as cursor:
        for index in indexes:
            cursor.execute(str(index.create_sql(model, editor)))
        cursor.execute(f"ANALYZE {model._meta.db_table}")


def code_of(insight: Insight) -> Index:
    """The index that a remedy spells out."""
    found = _CODE.search(insight.remedy)
    assert found is not None, insight.remedy
    index: Index = eval(found[0], NAMES)
    return index


@pytest.mark.parametrize(
    ("queryset", "spoken"),
    [
        (lambda: Order.objects.filter(code__iexact="c77"), "upper(code)"),
        (lambda: Order.objects.annotate(low=Lower("code")).filter(low="c77"), "lower(code)"),
        (lambda: Order.objects.filter(code__istartswith="c7777"), "upper(code)"),
    ],
)
def test_the_index_that_a_function_wants_is_the_one_that_helps(
    connection: Any, queryset: Callable[[], Any], spoken: str
):
    [insight] = told(connection, queryset())
    assert insight.rule == "function-on-column"
    assert spoken in insight.message
    build(connection, code_of(insight))
    assert told(connection, queryset()) == []


@pytest.mark.parametrize(
    "queryset",
    [
        lambda: Order.objects.filter(created__date=DAY),
        lambda: Order.objects.annotate(day=TruncDate("created")).filter(day=DAY),
    ],
)
def test_a_date_may_be_asked_for_as_a_range(connection: Any, queryset: Callable[[], Any]):
    [insight] = told(connection, queryset())
    assert insight.rule == "function-on-column"
    assert "created__gte and created__lt" in insight.remedy
    build(connection, Index(fields=["created"], name="by_created"))
    [same] = told(connection, queryset())
    assert same.rule == "function-on-column"
    start, end = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 3, 2, tzinfo=UTC)
    assert told(connection, Order.objects.filter(created__gte=start, created__lt=end)) == []


def test_a_month_of_every_year_is_a_part_of_the_column(connection: Any):
    queryset = Order.objects.annotate(month=ExtractMonth("created")).filter(month=5)
    said = told(connection, queryset)
    assert {insight.rule for insight in said} <= {"function-on-column", "seq-scan-unselective"}


def test_an_or_wants_an_index_of_each_arm(connection: Any):
    queryset = Order.objects.filter(Q(code="C77") | Q(customer=7))
    [insight] = told(connection, queryset)
    assert insight.rule == "or-seq-scan"
    assert insight.remedy.startswith("Index code and customer of Order")
    build(connection, Index(fields=["code"], name="by_code"))
    [half] = told(connection, queryset)
    assert half.remedy.startswith("Index customer of Order")
    build(connection, Index(fields=["customer"], name="by_customer"))
    assert told(connection, queryset) == []


def test_an_or_with_a_prefix_wants_an_index_in_the_order_of_bytes(connection: Any):
    build(connection, Index(fields=["customer"], name="by_customer"))
    queryset = Order.objects.filter(Q(code__startswith="C7777") | Q(customer=7))
    [insight] = told(connection, queryset)
    assert insight.rule == "or-seq-scan"
    [code] = re.findall(r"OpClass\(.*?\)", insight.remedy)
    build(connection, Index(eval(code, NAMES), name="by_prefix"))
    assert told(connection, queryset) == []


@pytest.mark.parametrize(
    "queryset",
    [
        lambda: Order.objects.filter(created__date=DAY),
        lambda: Order.objects.annotate(day=TruncDate("created")).filter(day=DAY),
    ],
)
def test_the_index_of_a_date_that_is_named_may_be_built_and_helps(
    connection: Any, queryset: Callable[[], Any], settings: Any
):
    settings.USE_TZ = True
    [insight] = told(connection, queryset())
    build(connection, code_of(insight))
    assert told(connection, queryset()) == []


def test_of_a_date_without_a_time_zone_no_index_is_named(connection: Any):
    sql = "SELECT * FROM warehouse_order WHERE created::date = %s"
    plan = explained(connection, sql, [DAY])
    [insight] = [
        said
        for said in judge(plan, schema_of(connection, TABLES), MODELS, RULES)
        if said.rule == "function-on-column"
    ]
    assert insight.remedy.endswith("created__gte and created__lt, with an index on created.")
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="IMMUTABLE"):
        cursor.execute("CREATE INDEX ON warehouse_order ((created::date))")


@pytest.mark.parametrize("way", ["text", "json"])
def test_the_index_of_a_key_of_json_is_of_the_transform_that_was_sent(connection: Any, way: str):
    with connection.connection.cursor() as cursor:
        rows = "SELECT n AS id, jsonb_build_object('sheets', n) AS data FROM generate_series(1, 50000) n"
        cursor.execute(f"CREATE TEMPORARY TABLE warehouse_described AS {rows}")
        cursor.execute("ANALYZE warehouse_described")
    sql = {"text": "data ->> 'sheets' = '77'", "json": "data -> 'sheets' = '77'"}[way]

    def said() -> list[Insight]:
        plan = explained(connection, f"SELECT id FROM warehouse_described WHERE {sql}", None)
        found = judge(plan, schema_of(connection, ["warehouse_described"]), MODELS, RULES)
        return [insight for insight in found if insight.fact == "reading"]

    [insight] = said()
    [code] = _CODE.findall(insight.remedy)
    build(connection, eval(code.replace("…", "sheets"), NAMES), model=Described)
    assert said() == []


@pytest.mark.parametrize(
    ("queryset", "cast"),
    [
        (lambda: Order.objects.annotate(number=Cast("customer", FloatField())).filter(number=7.0), "double"),
        (lambda: Order.objects.annotate(text=Cast("customer", TextField())).filter(text="7"), "text"),
    ],
)
def test_a_cast_keeps_an_index_from_being_used(connection: Any, queryset: Callable[[], Any], cast: str):
    build(connection, Index(fields=["customer"], name="by_customer"))
    [insight] = told(connection, queryset())
    assert insight.rule == "type-cast"
    assert f"casts customer_id to {cast}" in insight.message
    assert told(connection, Order.objects.filter(customer=7)) == []


@pytest.mark.parametrize(
    ("queryset", "key"),
    [
        (lambda: Order.objects.filter(note__icontains="abcd"), 'Upper("note")'),
        (lambda: Order.objects.filter(note__contains="abcd"), '"note"'),
        (lambda: Order.objects.filter(note__endswith="abcd"), '"note"'),
    ],
)
def test_a_search_wants_trigrams(connection: Any, queryset: Callable[[], Any], key: str):
    [insight] = told(connection, queryset())
    assert insight.rule == "leading-wildcard"
    assert (
        f'GinIndex(OpClass({key}, name="gin_trgm_ops"), name="warehouse_order_note_trgm")' in insight.remedy
    )


def test_a_search_in_two_columns_wants_two(connection: Any):
    queryset = Order.objects.filter(Q(note__icontains="abcd") | Q(code__icontains="c777"))
    [insight] = told(connection, queryset)
    assert insight.remedy.count("GinIndex(") == 2


@pytest.mark.parametrize(
    "queryset",
    [
        lambda: Order.objects.filter(note__icontains="zq"),
        lambda: Order.objects.filter(pk=77),
    ],
)
def test_what_no_index_helps_is_not_told(connection: Any, queryset: Callable[[], Any]):
    assert told(connection, queryset()) == []


def test_a_plain_column_beside_a_function_comes_first(connection: Any):
    [insight] = told(connection, Order.objects.filter(customer=7, code__iexact="c77"))
    assert insight.rule == "seq-scan-selective"


def test_a_filter_that_keeps_a_part_wants_no_index(connection: Any):
    [insight] = told(connection, Order.objects.filter(region__lt=20))
    assert (insight.rule, insight.severity) == ("seq-scan-unselective", "info")


def test_a_table_that_changed_since_is_told_with_its_wrong_estimate(connection: Any):
    with connection.connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE warehouse_fresh (id int, state text)")
        cursor.execute("INSERT INTO warehouse_fresh SELECT n, 'open' FROM generate_series(1, 50000) n")
    plan = explained(connection, "SELECT * FROM warehouse_fresh WHERE state = %s", ["open"])
    said = judge(plan, schema_of(connection, ["warehouse_fresh"]), MODELS, RULES)
    assert "never-analyzed" in {insight.rule for insight in said}
    assert "estimate-off" not in {insight.rule for insight in said}
