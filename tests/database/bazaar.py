"""A bazaar of several tables with few indexes, its models, and what rules say of a queryset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connections, models
from django.test.utils import isolate_apps

from queryscope.database.catalog import schema_of
from queryscope.model import IndexAdvice, Models, Refusal, Schema
from queryscope.rules.index import Constant, propose_indexes
from queryscope.sql.statement import read_statement
from tests.builders import make_query_group, make_site
from tests.database.warehouse import explained, plain

TABLES = (
    "bazaar_stall",
    "bazaar_buyer",
    "bazaar_sale",
    "bazaar_piece",
    "bazaar_remark",
    "bazaar_follow",
    "bazaar_visit",
)
DROP = f"DROP TABLE IF EXISTS {', '.join(TABLES)}"
CREATE = """
    CREATE TABLE bazaar_stall (id bigint PRIMARY KEY, name varchar(60) NOT NULL, city varchar(40) NOT NULL);
    CREATE TABLE bazaar_buyer (
        id bigint PRIMARY KEY,
        email varchar(80) NOT NULL,
        country varchar(2) NOT NULL,
        closed timestamptz
    );
    CREATE TABLE bazaar_sale (
        id bigint PRIMARY KEY,
        stall_id bigint NOT NULL,
        buyer_id bigint NOT NULL,
        code varchar(20) NOT NULL,
        state varchar(12) NOT NULL,
        urgency integer NOT NULL,
        total numeric(10, 2) NOT NULL,
        letter text NOT NULL,
        is_checked boolean NOT NULL,
        placed timestamptz NOT NULL,
        refunded timestamptz,
        voided timestamptz
    );
    CREATE TABLE bazaar_piece (
        id bigint PRIMARY KEY,
        sale_id bigint NOT NULL,
        state varchar(12) NOT NULL,
        count integer NOT NULL
    );
    CREATE TABLE bazaar_remark (
        id bigint PRIMARY KEY,
        kind_id integer NOT NULL,
        object_id bigint NOT NULL,
        text varchar(40) NOT NULL,
        written timestamptz NOT NULL
    );
    CREATE TABLE bazaar_follow (
        id bigint PRIMARY KEY,
        buyer_id bigint NOT NULL,
        stall_id bigint NOT NULL,
        UNIQUE (buyer_id, stall_id)
    );
    CREATE TABLE bazaar_visit (
        id bigint NOT NULL, stall_id bigint NOT NULL, day date NOT NULL, agent varchar(40) NOT NULL
    ) PARTITION BY RANGE (day);
    CREATE TABLE bazaar_visit_1 PARTITION OF bazaar_visit FOR VALUES FROM ('2024-01-01') TO ('2024-05-01');
    CREATE TABLE bazaar_visit_2 PARTITION OF bazaar_visit FOR VALUES FROM ('2024-05-01') TO ('2024-09-01');
    CREATE TABLE bazaar_visit_3 PARTITION OF bazaar_visit FOR VALUES FROM ('2024-09-01') TO ('2025-01-01');

    INSERT INTO bazaar_stall SELECT n, 'Stall ' || n, 'City ' || n % 50 FROM generate_series(1, 2000) n;
    INSERT INTO bazaar_buyer
    SELECT n, 'b' || n || '@example.org', (ARRAY['de', 'fr', 'it', 'us'])[n % 4 + 1],
           CASE WHEN n % 10 = 0 THEN '2024-03-01Z'::timestamptz END
    FROM generate_series(1, 30000) n;
    INSERT INTO bazaar_sale
    SELECT n, n * 7919 % 2000 + 1, n * 10471 % 30000 + 1, 'S' || n % 50000,
           CASE WHEN n % 400 = 0 THEN 'open' WHEN n % 300 = 0 THEN 'stuck' ELSE 'done' END,
           n % 200, n * 31 % 5000, repeat(md5(n::text), 5), n % 800 <> 0,
           '2024-01-01Z'::timestamptz + (n * 7919 % 150000) * interval '3 minute',
           CASE WHEN n % 500 = 0 THEN '2024-06-01Z'::timestamptz + n * interval '1 second' END,
           CASE WHEN n % 10 <> 0 THEN '2024-06-01Z'::timestamptz END
    FROM generate_series(1, 150000) n;
    INSERT INTO bazaar_piece
    SELECT n, n * 7001 % 150000 + 1, CASE WHEN n % 1000 = 0 THEN 'lost' ELSE 'sent' END, n % 7
    FROM generate_series(1, 300000) n;
    INSERT INTO bazaar_remark
    SELECT n, n % 3, n * 31 % 4000, md5(n::text), '2024-01-01Z'::timestamptz + n * interval '1 minute'
    FROM generate_series(1, 120000) n;
    INSERT INTO bazaar_follow SELECT n, n % 20000, n * 7 % 1900 + n / 20000 FROM generate_series(1, 100000) n;
    INSERT INTO bazaar_visit
    SELECT n, n * 7919 % 2000, '2024-01-01'::date + n % 366, left(md5(n::text), 20)
    FROM generate_series(1, 120000) n;
    CREATE INDEX bazaar_sale_stall ON bazaar_sale (stall_id);
"""

with isolate_apps():

    class Stall(models.Model):
        name = models.CharField(max_length=60)
        city = models.CharField(max_length=40)

        class Meta:
            app_label = "bazaar"

    class Buyer(models.Model):
        email = models.CharField(max_length=80)
        country = models.CharField(max_length=2)
        closed = models.DateTimeField(null=True)

        class Meta:
            app_label = "bazaar"

    class Sale(models.Model):
        stall = models.ForeignKey(Stall, models.CASCADE, related_name="sales")
        buyer = models.ForeignKey(Buyer, models.CASCADE, related_name="sales", db_index=False)
        code = models.CharField(max_length=20)
        state = models.CharField(max_length=12)
        urgency = models.IntegerField()
        total = models.DecimalField(max_digits=10, decimal_places=2)
        letter = models.TextField()
        is_checked = models.BooleanField()
        placed = models.DateTimeField()
        refunded = models.DateTimeField(null=True)
        voided = models.DateTimeField(null=True)

        class Meta:
            app_label = "bazaar"

    class Piece(models.Model):
        sale = models.ForeignKey(Sale, models.CASCADE, related_name="pieces", db_index=False)
        state = models.CharField(max_length=12)
        count = models.IntegerField()

        class Meta:
            app_label = "bazaar"

    class Remark(models.Model):
        kind_id = models.IntegerField()
        object_id = models.BigIntegerField()
        text = models.CharField(max_length=40)
        written = models.DateTimeField()

        class Meta:
            app_label = "bazaar"

    class Follow(models.Model):
        buyer = models.ForeignKey(Buyer, models.CASCADE, related_name="follows", db_index=False)
        stall = models.ForeignKey(Stall, models.CASCADE, related_name="follows", db_index=False)

        class Meta:
            app_label = "bazaar"

    class Visit(models.Model):
        stall = models.ForeignKey(Stall, models.CASCADE, related_name="visits", db_index=False)
        day = models.DateField()
        agent = models.CharField(max_length=40)

        class Meta:
            app_label = "bazaar"


MODELS = Models(models=tuple(plain(model) for model in (Stall, Buyer, Sale, Piece, Remark, Follow, Visit)))


@pytest.fixture(scope="module")
def bazaar(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """The connection to a database that holds the tables, vacuumed as in production."""
    with django_db_blocker.unblock():
        connection = connections["default"]
        connection.ensure_connection()
        with connection.connection.cursor() as cursor:
            cursor.execute(DROP)
            cursor.execute(CREATE)
            cursor.execute(f"VACUUM ANALYZE {', '.join(TABLES)}")
        yield connection
        with connection.connection.cursor() as cursor:
            cursor.execute(DROP)


@dataclass(frozen=True, kw_only=True)
class Aggregate:
    """The SQL that `aggregate()` or `count()` of a model sends, which no queryset shows."""

    model: type[models.Model]
    sql: str
    params: tuple[Any, ...] = ()


def sql_of(asked: Any) -> tuple[str, tuple[Any, ...]]:
    """SQL and parameters of a queryset or an aggregate."""
    if isinstance(asked, Aggregate):
        return asked.sql, asked.params
    sql, params = asked.query.sql_with_params()
    return sql, params


def proposed(
    connection: Any,
    queryset: Any,
    *,
    constants: Sequence[Constant] = (),
    lookups: tuple[str, ...] = (),
) -> tuple[tuple[IndexAdvice, ...], tuple[Refusal, ...]]:
    """What the rules say of a queryset or an aggregate, from its real plan."""
    sql, params = sql_of(queryset)
    schema: Schema = schema_of(connection, TABLES)
    site = make_site(queryset.model._meta.label, lookups=lookups)
    group = make_query_group(sql=sql, fingerprint="f0", site=site)
    plan = explained(connection, sql, params)
    return propose_indexes(group, plan, read_statement(sql), schema, MODELS, constants)
