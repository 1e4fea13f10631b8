"""Tests of database/trial_measure.py, on the real server."""

from __future__ import annotations

import json

import psycopg
import pytest
from django.db import connection

from queryscope.database.sandbox import own_connection
from queryscope.database.trial_measure import Select, run_once

LIMITS = {"lock_ms": 100, "statement_ms": 1000}


@pytest.fixture
def cursor(db):
    with own_connection(connection) as raw, raw.cursor() as own:
        own.execute("BEGIN")
        own.execute("CREATE TEMP TABLE measured (id integer PRIMARY KEY, n integer)")
        own.execute("INSERT INTO measured SELECT n, n % 7 FROM generate_series(1, 20000) n")
        own.execute("ANALYZE measured")
        yield own
        own.execute("ROLLBACK")


def run(cursor, sql, params=None):
    return run_once(cursor, Select(sql=sql, params=params), **LIMITS)


def test_time_and_buffers_of_temporary_tables_are_counted_too(cursor):
    timing = run(cursor, "SELECT count(*) FROM measured WHERE n = %s", [3])
    assert timing.measure.ms > 0
    assert timing.measure.blocks >= 80
    assert timing.indexes == frozenset()


def test_indexes_are_named_wherever_they_stand_in_the_plan(cursor):
    sql = "SELECT * FROM (SELECT id FROM measured WHERE id IN (1, 5)) a JOIN measured b USING (id) LIMIT 1"
    assert run(cursor, sql).indexes == {"measured_pkey"}


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("UPDATE pg_catalog.pg_class SET relpages = 0", psycopg.errors.ReadOnlySqlTransaction),
        ("SELECT pg_sleep(5)", psycopg.errors.QueryCanceled),
        ("SELECT no_such_column", psycopg.errors.UndefinedColumn),
    ],
)
def test_an_error_passes_through_and_the_transaction_goes_on(cursor, sql, error):
    with pytest.raises(error):
        run(cursor, sql)
    cursor.execute("SELECT current_setting('transaction_read_only'), count(*) FROM measured")
    assert cursor.fetchone() == ("off", 20_000)


def test_a_driver_that_returns_text_is_understood(cursor):
    class Textual:
        def __init__(self, inner):
            self.execute = inner.execute
            self.inner = inner

        def fetchone(self):
            return (json.dumps(self.inner.fetchone()[0]),)

    assert run_once(Textual(cursor), Select(sql="SELECT 1 FROM measured"), **LIMITS).measure.blocks >= 80
