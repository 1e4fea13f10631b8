"""A table of 40 000 records of PostgreSQL's other types without useful indexes, and the road to proof."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.contrib.postgres.search import SearchVectorField
from django.db import connections, models
from django.test.utils import isolate_apps

from queryscope.database.catalog import schema_of
from queryscope.model import IndexAdvice, Models, Plan, Refusal
from queryscope.plans.parse import parse_plan
from queryscope.rules.base import IndexRule
from queryscope.rules.index import Constant, propose_indexes
from queryscope.rules.index.candidate.scan import Scan, read_scans
from queryscope.sql.resolve import Known
from queryscope.sql.statement import read_executed
from tests.builders import make_query_group, make_site
from tests.database.warehouse import plain

ROWS = 40_000
TABLES = ("archive_record",)
EXTENSIONS = ("citext", "ltree", "vector", "pg_trgm", "btree_gist", "btree_gin")

DROP = "DROP TABLE IF EXISTS archive_record"
CREATE = """
    CREATE TABLE archive_record (
        id bigint PRIMARY KEY,
        name varchar(40) NOT NULL,
        title text NOT NULL,
        body text NOT NULL,
        exact varchar(40) COLLATE "C" NOT NULL,
        low integer NOT NULL,
        high integer NOT NULL,
        data jsonb NOT NULL,
        tags varchar(20)[] NOT NULL,
        during daterange NOT NULL,
        room integer NOT NULL,
        made timestamptz NOT NULL,
        day date NOT NULL,
        searched tsvector NOT NULL,
        address inet NOT NULL,
        token uuid NOT NULL,
        digest text NOT NULL,
        nick citext NOT NULL,
        path ltree NOT NULL,
        place point NOT NULL,
        shape box NOT NULL,
        embedding vector(3) NOT NULL,
        logged timestamptz NOT NULL
    );
    ALTER TABLE archive_record SET (autovacuum_enabled = off);
    INSERT INTO archive_record
    SELECT n, 'Name ' || md5(n::text), 'Title ' || left(md5((n * 7)::text), 8),
           md5((n * 3)::text) || ' ' || md5((n * 5)::text), left(md5((n * 11)::text), 20), n % 1000, n % 777,
           jsonb_build_object('status', 'state ' || n % 500, 'size', n % 900, 'owner',
                              jsonb_build_object('city', 'City ' || n % 800), 'flag' || n % 300, true),
           ARRAY['tag' || n % 400, 'tag' || n * 7 % 900],
           daterange('2024-01-01'::date + n % 3000, '2024-01-01'::date + n % 3000 + 2), n % 50,
           '2024-01-01Z'::timestamptz + (n * 7919 % {rows}) * interval '50 minutes',
           '2020-01-01'::date + n * 31 % 2000,
           to_tsvector('english', 'word' || n % 700 || ' ' || md5(n::text)),
           ('10.' || n % 200 || '.' || n / 200 % 200 || '.' || n % 7)::inet,
           md5('u' || n)::uuid, repeat(md5(n::text), 4), 'Nick' || n,
           ('top.' || 'a' || n % 200 || '.' || 'b' || n)::text::ltree,
           point(n::bigint * 7919 % 10007, n::bigint * 104729 % 10009),
           box(point(n % 1000, n % 977), point(n % 1000 + 1, n % 977 + 1)),
           ARRAY[n * 7919 % 1000, n * 31 % 1000, n * 17 % 1000]::vector(3),
           '2024-01-01Z'::timestamptz + n * interval '1 minute'
    FROM generate_series(1, {rows}) n;
    ANALYZE archive_record;
"""


class _Other(models.Field):
    """A column of a type that Django has no field for."""

    def __init__(self, kind: str = "text", **more: Any) -> None:
        self.kind = kind
        super().__init__(**more)

    def db_type(self, connection: Any) -> str:
        return self.kind


with isolate_apps():

    class Record(models.Model):
        name = models.CharField(max_length=40)
        title = models.TextField()
        body = models.TextField()
        exact = models.CharField(max_length=40, db_collation="C")
        low = models.IntegerField()
        high = models.IntegerField()
        data = models.JSONField()
        tags = ArrayField(models.CharField(max_length=20))
        during = DateRangeField()
        room = models.IntegerField()
        made = models.DateTimeField()
        day = models.DateField()
        searched = SearchVectorField()
        address = models.GenericIPAddressField()
        token = models.UUIDField()
        digest = models.TextField()
        nick = _Other("citext")
        path = _Other("ltree")
        place = _Other("point")
        shape = _Other("box")
        embedding = _Other("vector(3)")
        logged = models.DateTimeField()

        class Meta:
            app_label = "archive"


MODELS = Models(models=(plain(Record),))


@pytest.fixture(scope="module")
def archive(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """The connection to a database that holds the table, outside of any test's transaction."""
    yield from _filled(django_db_blocker, ROWS)


@pytest.fixture(scope="module")
def small_archive(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """The same with few rows: enough to see which index can be used at all."""
    yield from _filled(django_db_blocker, 2000)


def _filled(django_db_blocker: Any, rows: int) -> Iterator[Any]:
    with django_db_blocker.unblock():
        connection = connections["default"]
        connection.ensure_connection()
        with connection.connection.cursor() as cursor:
            cursor.execute(DROP)
            cursor.execute("SELECT extname::text FROM pg_extension")
            there = {name for (name,) in cursor.fetchall()}
            made = [name for name in EXTENSIONS if name not in there]
            for name in made:
                cursor.execute(f"CREATE EXTENSION {name}")
            cursor.execute(CREATE.replace("{rows}", str(rows)))
        yield connection
        with connection.connection.cursor() as cursor:
            cursor.execute(DROP)
            for name in made:  # a constraint of the sample project needs one of the others
                cursor.execute(f"DROP EXTENSION {name} CASCADE")


def explained(connection: Any, sql: str, params: Any, *, before: str = "") -> Plan:
    """The plan of a run, its values redacted as always."""
    with connection.connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(before or "SELECT 1")
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS, VERBOSE, FORMAT JSON) " + sql, params)
        document = cursor.fetchone()[0]
        cursor.execute("ROLLBACK")
    return parse_plan(document, fingerprint="f0", server_version=180000)


def known(*literals: str | float, paths: tuple[str, ...] = ()) -> Known:
    """What the project's source says."""
    return Known(literals=frozenset(literals), paths=frozenset(paths), time_zone="UTC")


def scans(connection: Any, queryset: Any, told: Known) -> list[Scan]:
    """The scans of its real plan."""
    sql, params = queryset.query.sql_with_params()
    statement = read_executed(sql, params, told)
    schema = schema_of(connection, TABLES)
    return list(
        read_scans(explained(connection, sql, params), statement=statement, schema=schema, models=MODELS)
    )


def proposed(
    connection: Any,
    queryset: Any,
    told: Known,
    *,
    lookups: tuple[str, ...] = (),
    rules: Sequence[IndexRule] = (),
    constants: Sequence[Constant] = (),
) -> tuple[tuple[IndexAdvice, ...], tuple[Refusal, ...]]:
    """What the rules say of a queryset, from its real plan and its parameters."""
    sql, params = queryset.query.sql_with_params()
    site = make_site("archive.Record", lookups=lookups)
    group = make_query_group(sql=sql, fingerprint="f0", site=site)
    plan, schema = explained(connection, sql, params), schema_of(connection, TABLES)
    statement = read_executed(sql, params, told)
    return propose_indexes(group, plan, statement, schema, MODELS, constants, rules=rules)
