"""Tenants in schemas of their own: the program's session says by its search_path whose tables it means."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from catalog.models import Company
from queryscope.capture.state import FAULTS
from queryscope.database.sandbox import apart, own_connection, rolled_back, search_path
from tests.test_examine import look

SCHEMA = """
    CREATE SCHEMA tenant_a;
    CREATE TABLE tenant_a.catalog_company (LIKE public.catalog_company INCLUDING ALL);
    INSERT INTO tenant_a.catalog_company (name, country)
    SELECT 'Company ' || n, 'AA' FROM generate_series(1, 700) n;
    ANALYZE tenant_a.catalog_company;
"""


@pytest.fixture(autouse=True)
def tenant(transactional_db: None) -> Iterator[None]:
    """A session that a tenants' middleware has pointed at one of them."""
    FAULTS.clear()
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS tenant_a CASCADE")
        cursor.execute(SCHEMA)
        cursor.execute("SET search_path = tenant_a, public")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET search_path")
        cursor.execute("DROP SCHEMA tenant_a CASCADE")
    assert FAULTS.count == 0


def companies() -> None:
    list(Company.objects.filter(country="AA"))


def test_a_plan_is_of_the_tenant_that_was_asked():
    [plan] = look(companies, in_place=False).plans
    assert plan.root.actual_rows == 700
    assert plan.root.schema == "tenant_a"


def test_so_is_the_catalog():
    [table] = look(companies, in_place=False).schema.tables
    assert (table.schema, table.rows) == ("tenant_a", 700)


def test_sessions_of_our_own_look_where_the_program_looks_until_the_end_of_a_block():
    with own_connection(apart(connection)) as own:
        with rolled_back(own, lock_ms=100, statement_ms=100) as cursor:
            cursor.execute("SELECT current_setting('search_path')")
            assert cursor.fetchone() == ("tenant_a, public",)
        assert own.execute("SELECT current_setting('search_path')").fetchone() == ('"$user", public',)


class Silent:
    """A server that doesn't report its search_path: those before PostgreSQL 18."""

    vendor = "postgresql"
    Database = connection.Database

    def __init__(self, raw: object, state: int | None = None) -> None:
        self.connection = self
        self.info = self
        self._raw = raw
        self.transaction_status = raw.info.transaction_status if state is None else state
        self.cursor = raw.cursor
        self.pgconn = raw.pgconn
        self.autocommit = raw.autocommit

    def parameter_status(self, _name: str) -> None:
        return None


def test_an_older_server_is_asked():
    assert search_path(Silent(connection.connection)) == "tenant_a, public"


def test_nothing_is_asked_of_a_session_in_the_middle_of_something():
    assert search_path(Silent(connection.connection, state=3)) == ""


def test_a_closed_connection_stays_closed():
    twin = connection.copy()
    assert search_path(twin) == ""
    assert twin.connection is None
