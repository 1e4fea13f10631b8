"""EXPLAIN through a real PgBouncer in transaction mode: whatever is set belongs to the transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from django.db import connection

from queryscope.database.catalog import schema_of
from queryscope.database.explain import explain_apart, explain_in_place
from queryscope.database.sandbox import own_connection, shared_connections
from queryscope.errors import ExplainRefusedError
from tests.database import pgbouncer

pytestmark = pytest.mark.pgbouncer
READER = "pooled_reader"
SCHEMA = f"""
    CREATE TABLE pooled_book (id int PRIMARY KEY, title text);
    INSERT INTO pooled_book SELECT i, 'title ' || i FROM generate_series(1, 500) i;
    CREATE SEQUENCE pooled_counter;
    CREATE ROLE {READER} LOGIN PASSWORD %s;
    GRANT SELECT, DELETE ON pooled_book TO {READER};
    GRANT USAGE ON SEQUENCE pooled_counter TO {READER};
    ANALYZE pooled_book;
"""
DROP = f"""
    DROP TABLE IF EXISTS pooled_book;
    DROP SEQUENCE IF EXISTS pooled_counter;
    DROP ROLE IF EXISTS {READER};
"""
STATE = """
    SELECT pg_backend_pid(), current_user, current_setting('statement_timeout'),
           current_setting('lock_timeout'), current_setting('transaction_read_only'),
           current_setting('search_path'), (SELECT count(*) FROM pg_prepared_statements),
           (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')
"""
HEAVY = "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b WHERE a.a <> b.b"


@pytest.fixture(scope="module")
def pool(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """Django's connection, closed, with PgBouncer in between."""
    with django_db_blocker.unblock(), own_connection(connection) as direct, direct.cursor() as cursor:
        cursor.execute(DROP)
        settings = connection.settings_dict
        cursor.execute(SCHEMA.replace("%s", "'" + settings["PASSWORD"] + "'"))
        try:
            with pgbouncer.pooler(settings, users=(settings["USER"], READER)) as directory:
                twin = connection.copy()
                twin.settings_dict.update({"HOST": str(directory), "PORT": pgbouncer.PORT, "OPTIONS": {}})
                yield twin
        finally:
            cursor.execute(DROP)


@pytest.fixture
def other(pool: Any) -> Iterator[Any]:
    """Another client of the pool, which has but one session: what is left in it, this one sees."""
    with closing(pool.copy().get_new_connection(pool.get_connection_params())) as raw:
        raw.autocommit = True
        yield raw


def state(raw: Any) -> tuple[Any, ...]:
    return tuple(raw.execute(STATE).fetchone())


def explained(how: Any, twin: Any, sql: str, params: Any = None, *, budget_ms: float = 5_000) -> Any:
    return how(twin, sql, params, observed_ms=1, budget_ms=budget_ms)


def with_options(pool: Any, **options: Any) -> Any:
    twin = pool.copy()
    twin.settings_dict["OPTIONS"] = options
    return twin


@pytest.mark.parametrize("server_side", [True, False])
def test_apart_it_leaves_nothing_in_the_session_of_others(pool: Any, other: Any, server_side: bool):
    before = state(other)
    twin = with_options(pool, assume_role=READER, server_side_binding=server_side)
    with shared_connections():
        for number in range(10):
            plan = explained(explain_apart, twin, "SELECT * FROM pooled_book WHERE id = %s", [number])
            assert plan.is_analyzed
            assert state(other) == before
        assert explained(explain_apart, twin, "DELETE FROM pooled_book").note.startswith("Only planned")
        assert not explained(explain_apart, twin, "SELECT nextval('pooled_counter')").is_analyzed
        with pytest.raises(ExplainRefusedError, match="42P01"):
            explained(explain_apart, twin, "SELECT * FROM pooled_nothing")
    assert state(other) == before


def test_as_a_role_without_privileges(pool: Any, other: Any):
    twin = pool.copy()
    twin.settings_dict["USER"] = READER
    assert explained(explain_apart, twin, "SELECT * FROM pooled_book").is_analyzed
    with pytest.raises(ExplainRefusedError, match="42501"):
        explained(explain_apart, twin, "SELECT * FROM pg_authid")
    assert [table.name for table in schema_of(twin, ["pooled_book"]).tables] == ["pooled_book"]


def test_a_statement_that_takes_too_long_gives_the_session_back(pool: Any, other: Any):
    before = state(other)
    plan = explained(explain_apart, pool, HEAVY, budget_ms=1_400)
    assert "stopped after" in plan.note
    assert state(other) == before


def test_in_place_without_a_transaction(pool: Any, other: Any):
    before = state(other)
    twin = pool.copy()
    twin.connect()
    with closing(twin):
        assert explained(explain_in_place, twin, "SELECT * FROM pooled_book").is_analyzed
        assert state(other) == before
        assert state(twin.connection) == before


def test_in_place_in_a_transaction(pool: Any):
    twin = pool.copy()
    twin.connect()
    with closing(twin):
        raw = twin.connection
        raw.execute("BEGIN")
        raw.execute("INSERT INTO pooled_book VALUES (9999, 'mine')")
        before = state(raw)
        plan = explained(explain_in_place, twin, "SELECT * FROM pooled_book WHERE title = %s", ["mine"])
        assert plan.is_analyzed
        assert '"Actual Rows": 1' in plan.document
        assert state(raw) == before
        raw.execute("DELETE FROM pooled_book WHERE id = 9999")
        raw.execute("ROLLBACK")


def test_a_pool_that_is_gone_is_told(pool: Any):
    twin = pool.copy()
    twin.settings_dict["PORT"] = pgbouncer.PORT + 1
    with pytest.raises(ExplainRefusedError, match="no connection"):
        explained(explain_apart, twin, "SELECT 1")
