"""A table of 200 000 orders without useful indexes, its models, and the road from queryset to proof."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.db import connections, models
from django.test.utils import isolate_apps

from queryscope.database.catalog import schema_of
from queryscope.model import Field, IndexAdvice, Model, Models, Plan, Refusal, Schema
from queryscope.plans.parse import parse_plan
from queryscope.rules.index import Constant, propose_indexes
from queryscope.sql.statement import Statement, read_statement
from tests.builders import make_query_group, make_site

ROWS = 200_000
TABLES = ("warehouse_order", "warehouse_customer", "warehouse_depot")

DROP = f"DROP TABLE IF EXISTS {', '.join(TABLES)}"
CREATE = f"""
    CREATE TABLE warehouse_customer (id bigint PRIMARY KEY, name varchar(80) NOT NULL);
    CREATE TABLE warehouse_depot (id bigint PRIMARY KEY, city varchar(40) NOT NULL);
    CREATE TABLE warehouse_order (
        id bigint PRIMARY KEY,
        code varchar(20) NOT NULL,
        status varchar(10) NOT NULL,
        customer_id bigint NOT NULL,
        region integer NOT NULL,
        note varchar(60) NOT NULL,
        total numeric(10, 2) NOT NULL,
        is_flagged boolean NOT NULL,
        created timestamptz NOT NULL,
        sent timestamptz
    );
    ALTER TABLE warehouse_order SET (autovacuum_enabled = off);
    INSERT INTO warehouse_customer SELECT n, 'Customer ' || n FROM generate_series(1, 5000) n;
    INSERT INTO warehouse_depot SELECT n, 'City ' || n % 3 FROM generate_series(1, 60) n;
    INSERT INTO warehouse_order
    SELECT n, 'C' || n, CASE WHEN n % 500 = 0 THEN 'pending' WHEN n % 20 = 0 THEN 'sent' ELSE 'done' END,
           n * 7919 % 5000 + 1, n * 31 % 40, left(md5(n::text), 12), n % 977, n % 1000 = 0,
           '2024-01-01Z'::timestamptz + (n * 7919 % {ROWS}) * interval '1 minute',
           CASE WHEN n % 400 = 0 THEN NULL ELSE '2024-06-01Z'::timestamptz END
    FROM generate_series(1, {ROWS}) n;
    CREATE UNIQUE INDEX warehouse_order_total_region ON warehouse_order (total, region, id);
    ANALYZE warehouse_customer, warehouse_depot, warehouse_order;
"""


with isolate_apps():

    class Customer(models.Model):
        name = models.CharField(max_length=80)

        class Meta:
            app_label = "warehouse"

    class Depot(models.Model):
        city = models.CharField(max_length=40)

        class Meta:
            app_label = "warehouse"

    class Order(models.Model):
        code = models.CharField(max_length=20)
        status = models.CharField(max_length=10)
        customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders", db_index=False)
        region = models.IntegerField()
        note = models.CharField(max_length=60)
        total = models.DecimalField(max_digits=10, decimal_places=2)
        is_flagged = models.BooleanField()
        created = models.DateTimeField()
        sent = models.DateTimeField(null=True)

        class Meta:
            app_label = "warehouse"


def plain(model: type[models.Model]) -> Model:
    """The model as queryscope sees it."""
    return Model(
        label=model._meta.label,
        table=model._meta.db_table,
        fields=tuple(
            Field(
                name=field.name,
                column=field.column,
                type=field.get_internal_type(),
                target=field.related_model._meta.label if field.related_model else None,
            )
            for field in model._meta.concrete_fields
        ),
    )


MODELS = Models(models=(plain(Customer), plain(Depot), plain(Order)))


@pytest.fixture(scope="module")
def warehouse(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """The connection to a database that holds the tables, outside of any test's transaction."""
    with django_db_blocker.unblock():
        connection = connections["default"]
        connection.ensure_connection()
        with connection.connection.cursor() as cursor:
            cursor.execute(DROP)
            cursor.execute(CREATE)
        yield connection
        with connection.connection.cursor() as cursor:
            cursor.execute(DROP)


def explained(connection: Any, sql: str, params: Any) -> Plan:
    """The plan of a run, its values redacted as always."""
    with connection.connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS, VERBOSE, FORMAT JSON) " + sql, params)
        return parse_plan(cursor.fetchone()[0], fingerprint="f0", server_version=180000)


def proposed(
    connection: Any,
    queryset: Any,
    *,
    constants: Sequence[Constant] = (),
    lookups: tuple[str, ...] = (),
    count: int = 1,
) -> tuple[tuple[IndexAdvice, ...], tuple[Refusal, ...]]:
    """What the rules say of a queryset, from its real plan."""
    sql, params = queryset.query.sql_with_params()
    statement: Statement | None = read_statement(sql)
    schema: Schema = schema_of(connection, TABLES)
    site = make_site(queryset.model._meta.label, lookups=lookups)
    group = make_query_group(sql=sql, fingerprint="f0", site=site, count=count)
    return propose_indexes(group, explained(connection, sql, params), statement, schema, MODELS, constants)
