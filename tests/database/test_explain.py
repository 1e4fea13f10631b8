"""EXPLAIN against a real PostgreSQL: what it gives, and that it leaves nothing behind."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DataError, connection, connections, transaction

from queryscope.database.explain import Explained, explain_apart, explain_in_place
from queryscope.errors import ExplainRefusedError
from queryscope.plans.words import PLANNED_FOR_TIME

READY, IN_TRANSACTION = 0, 2  # of libpq's transaction states

SCHEMA = """
    CREATE TABLE explain_book (id int PRIMARY KEY, title text, author_id int, data jsonb);
    CREATE SEQUENCE explain_counter;
    CREATE FUNCTION explain_touch() RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT 1 $$;
    CREATE FUNCTION explain_note(int) RETURNS boolean LANGUAGE plpgsql VOLATILE
        AS $$ BEGIN PERFORM pg_advisory_lock(4711); RETURN true; END $$;
    CREATE FUNCTION explain_double(int) RETURNS int LANGUAGE plpgsql IMMUTABLE
        AS $$ BEGIN RETURN $1 * 2; END $$;
    CREATE VIEW explain_view AS SELECT id, nextval('explain_counter') AS n FROM explain_book;
    CREATE VIEW explain_titles AS SELECT id, upper(title) AS title FROM explain_book;
    INSERT INTO explain_book SELECT i, 'title ' || i, i % 7, '{"k": 1}' FROM generate_series(1, 500) i;
"""
DROP = """
    DROP TABLE IF EXISTS explain_book, explain_made CASCADE;
    DROP SEQUENCE IF EXISTS explain_counter;
    DROP FUNCTION IF EXISTS explain_touch(), explain_note(int), explain_double(int)
"""


@pytest.fixture
def books(db: None) -> None:
    """Tables inside the test's transaction."""
    run(SCHEMA)


@pytest.fixture
def committed_books(transactional_db: None) -> Iterator[None]:
    """The same tables for every connection."""
    run(SCHEMA)
    yield
    run(DROP)


def run(sql: str, params: Any = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def in_place(
    sql: str, params: Any = None, *, observed_ms: float = 1.0, budget_ms: float = 5000.0
) -> Explained:
    return explain_in_place(connection, sql, params, observed_ms=observed_ms, budget_ms=budget_ms)


def apart(sql: str, params: Any = None, *, observed_ms: float = 1.0, budget_ms: float = 5000.0) -> Explained:
    return explain_apart(connection, sql, params, observed_ms=observed_ms, budget_ms=budget_ms)


def root_of(explained: Explained) -> dict[str, Any]:
    return json.loads(explained.document)[0]["Plan"]


def state() -> int:
    return int(connection.connection.info.transaction_status)


@contextmanager
def unchanged() -> Iterator[None]:
    """Rows, sequence, advisory locks and transaction are as before."""

    def look() -> tuple[Any, ...]:
        return (
            run("SELECT count(*), sum(author_id), max(id) FROM explain_book"),
            run("SELECT last_value, is_called FROM explain_counter"),
            run("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"),
            run("SELECT count(*) FROM pg_class WHERE relname = 'explain_made'"),
            run("SHOW transaction_read_only"),
            run("SHOW statement_timeout"),
            run("SHOW lock_timeout"),
            state(),
        )

    before = look()
    yield
    assert look() == before


def test_a_select_is_run_and_measured(books: None):
    with unchanged():
        explained = in_place("SELECT * FROM explain_book WHERE author_id = %s", [3])
    assert explained.is_analyzed
    assert explained.note == ""
    assert explained.elapsed_ms > 0
    root = root_of(explained)
    assert root["Actual Rows"] == 72
    assert "Shared Hit Blocks" in root
    assert root["Schema"] == "public"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT upper(title), count(*), array_agg(id ORDER BY id) FROM explain_book GROUP BY 1",
        "SELECT explain_double(id) FROM explain_book WHERE lower(title) LIKE 'title%%' AND data ? 'k'",
        "SELECT * FROM explain_book ORDER BY random() LIMIT 3",
        "SELECT COALESCE(title, 'x')::varchar(10), EXTRACT(year FROM now()) FROM explain_book",
        "SELECT CASE WHEN (id IN (1, 2)) THEN 1 ELSE 2 END, rank() OVER (ORDER BY id) FROM explain_book",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i) FROM n",
        "SELECT * FROM explain_titles WHERE title LIKE 'T%%'",
        "(SELECT id FROM explain_book) UNION (SELECT author_id FROM explain_book)",
        "SELECT EXISTS(SELECT 1 FROM explain_book WHERE id = ANY(ARRAY[1, 2])), ';' AS \"semi;colon\"",
        "SELECT string_agg(title, ',') FILTER (WHERE (id > 3)) FROM explain_book;",
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY id) FROM explain_book",
    ],
)
def test_statements_that_only_read_are_analyzed(books: None, sql: str):
    with unchanged():
        explained = in_place(sql, [])
    assert (explained.is_analyzed, explained.note) == (True, "")


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("UPDATE explain_book SET author_id = author_id + 1", "UPDATE"),
        ("DELETE FROM explain_book", "DELETE"),
        ("INSERT INTO explain_book SELECT id + 1000 FROM explain_book", "INSERT"),
        ("WITH gone AS (DELETE FROM explain_book RETURNING id) SELECT * FROM gone", "DELETE"),
        ("SELECT * FROM explain_book FOR UPDATE", "locks"),
        ("SELECT * FROM explain_book FOR NO KEY UPDATE SKIP LOCKED", "locks"),
        ("SELECT * FROM explain_book FOR SHARE OF explain_book NOWAIT", "locks"),
        ("SELECT * INTO explain_made FROM explain_book", "INTO"),
        ("SELECT nextval('explain_counter')", "nextval"),
        ("SELECT \"nextval\" ( 'explain_counter' )", "nextval"),
        ("SELECT pg_catalog.nextval('explain_counter')", "nextval"),
        ("SELECT setval('explain_counter', 99)", "setval"),
        ("SELECT explain_touch()", "explain_touch"),
        ("SELECT * FROM explain_book WHERE explain_note(id)", "explain_note"),
        ("SELECT * FROM explain_book LIMIT explain_touch()", "explain_touch"),
        ("SELECT id FROM (VALUES (explain_touch())) AS v(id)", "explain_touch"),
        ("SELECT * FROM explain_view", "nextval"),
        ("SELECT pg_advisory_lock(1)", "pg_advisory_lock"),
        ("SELECT pg_notify('a', 'b')", "pg_notify"),
        ("SELECT pg_sleep(0)", "pg_sleep"),
        ("SELECT set_config('work_mem', '1MB', false)", "set_config"),
    ],
)
def test_statements_that_may_change_something_are_only_planned(books: None, sql: str, reason: str):
    with unchanged():
        explained = in_place(sql)
    assert not explained.is_analyzed
    assert reason in explained.note
    assert "Actual Rows" not in root_of(explained)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE explain_made AS SELECT * FROM explain_book",
        "SELECT 1; SELECT nextval('explain_counter')",
        "SELECT 1; DELETE FROM explain_book",
        "TRUNCATE explain_book",
        "EXPLAIN ANALYZE DELETE FROM explain_book",
        "VACUUM explain_book",
        "COPY explain_book TO STDOUT",
        "CALL nothing()",
        "SET work_mem = '1MB'",
        'SAVEPOINT "x"',
        "",
        "no sql at all",
    ],
)
def test_other_statements_are_refused(books: None, sql: str):
    with unchanged(), pytest.raises(ExplainRefusedError):
        in_place(sql)


def test_a_counter_is_never_incremented_apart(committed_books: None):
    with unchanged():
        explained = apart("UPDATE explain_book SET author_id = author_id + %s", [1])
        for sql in ("SELECT nextval('explain_counter')", "SELECT * FROM explain_view"):
            assert not apart(sql).is_analyzed
    assert not explained.is_analyzed
    assert root_of(explained)["Node Type"] == "ModifyTable"


def test_in_place_sees_rows_that_are_not_committed(books: None):
    run("INSERT INTO explain_book VALUES (9999, 'new', 123)")
    explained = in_place("SELECT * FROM explain_book WHERE author_id = %s", (123,))
    assert root_of(explained)["Actual Rows"] == 1


def test_apart_is_another_session_that_ends(committed_books: None):
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    before = run(sessions)
    with transaction.atomic():
        run("DELETE FROM explain_book")
        explained = apart("SELECT id FROM explain_book")
        assert root_of(explained)["Actual Rows"] == 500
    for _ in range(100):
        if run(sessions) == before:
            break
        threading.Event().wait(0.05)
    assert run(sessions) == before


def test_no_query_is_seen_by_django(books: None, django_assert_num_queries: Any):
    seen: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with django_assert_num_queries(0), connection.execute_wrapper(watch):
        in_place("SELECT * FROM explain_book")
        with pytest.raises(ExplainRefusedError):
            apart("SELECT * FROM explain_book WHERE explain_double(id) = 2")  # its tables are not committed
    assert seen == []


def test_autocommit_stays_as_it_was(committed_books: None):
    connection.ensure_connection()
    assert state() == READY
    with unchanged():
        assert in_place("SELECT count(*) FROM explain_book").is_analyzed
    assert state() == READY
    assert connection.get_autocommit()


def test_a_transaction_stays_open_and_writable(committed_books: None):
    with transaction.atomic():
        run("UPDATE explain_book SET title = 'mine' WHERE id = 1")
        in_place("SELECT count(*) FROM explain_book")
        in_place("DELETE FROM explain_book")
        assert state() == IN_TRANSACTION
        run("UPDATE explain_book SET title = 'mine' WHERE id = 2")
    assert run("SELECT count(*) FROM explain_book WHERE title = 'mine'") == [(2,)]


def test_without_autocommit_no_transaction_is_left_open(committed_books: None):
    connection.set_autocommit(False)
    try:
        assert state() == READY
        assert in_place("SELECT count(*) FROM explain_book").is_analyzed
        assert state() == READY
    finally:
        connection.set_autocommit(True)


def test_an_aborted_transaction_is_left_alone(committed_books: None):
    with transaction.atomic():
        with pytest.raises(DataError):
            run("SELECT 1 / 0")
        with pytest.raises(ExplainRefusedError, match="aborted"):
            in_place("SELECT 1")
        transaction.set_rollback(True)
    assert run("SELECT 1") == [(1,)]


def test_a_statement_that_takes_too_long_keeps_its_plan(books: None):
    slow = "SELECT count(*) FROM explain_book a, explain_book b, explain_book c, explain_book d"
    with unchanged():
        explained = in_place(slow, budget_ms=1500)  # a busy machine needs some of it for planning
    assert not explained.is_analyzed
    assert "stopped after" in explained.note
    assert root_of(explained)["Node Type"] == "Aggregate"
    assert 900 < explained.elapsed_ms < 8000


def test_a_statement_that_had_less_time_than_the_query_took_proves_nothing(books: None):
    slow = "SELECT count(*) FROM explain_book a, explain_book b, explain_book c, explain_book d"
    explained = in_place(slow, observed_ms=60_000.0, budget_ms=1500)
    assert (explained.is_analyzed, explained.note) == (False, PLANNED_FOR_TIME)
    assert explained.note == "Only planned: the time for EXPLAIN is used up."


def test_a_statement_whose_planning_takes_too_long_is_told_in_words(books: None):
    run("""
        CREATE FUNCTION explain_ponder() RETURNS int LANGUAGE plpgsql IMMUTABLE
            AS $$ BEGIN FOR i IN 1..2000000000 LOOP END LOOP; RETURN 1; END $$
    """)
    with unchanged(), pytest.raises(ExplainRefusedError) as refused:
        in_place("SELECT * FROM explain_book WHERE id = explain_ponder()", budget_ms=500)
    assert str(refused.value) == (
        "Not explained: planning it was stopped, it took longer than the time left for EXPLAIN."
    )


def test_an_error_at_run_time_keeps_the_plan_and_shows_no_value(books: None):
    with unchanged():
        explained = in_place("SELECT 1 / (id - %s) FROM explain_book WHERE title <> %s", [1, "SECRET"])
    assert not explained.is_analyzed
    assert explained.note == "Only planned: EXPLAIN ANALYZE failed (22012)."


def test_a_statement_that_postgresql_does_not_understand_is_refused_without_its_text(books: None):
    with unchanged(), pytest.raises(ExplainRefusedError) as refused:
        in_place("SELECT secret_column FROM explain_book WHERE title = 'SECRET'")
    assert str(refused.value) == "Not explained: PostgreSQL refused it (42703)."
    assert refused.value.__suppress_context__


def test_a_table_locked_by_another_session_is_not_waited_for(committed_books: None):
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            run("LOCK TABLE explain_book")
            locked.set()
            done.wait(20)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert locked.wait(20)
        with pytest.raises(ExplainRefusedError, match="55P03"):
            apart("SELECT * FROM explain_book")
    finally:
        done.set()
        holder.join()


def test_no_budget_means_no_explain(books: None):
    with pytest.raises(ExplainRefusedError, match="used up"):
        in_place("SELECT 1", budget_ms=0)


def test_parameters_are_bound_as_the_application_bound_them(books: None):
    statement = "SELECT * FROM explain_book WHERE title LIKE %s AND data @> %s::jsonb AND id = ANY(%s)"
    assert in_place(statement, ("100%", '{"k": 1}', [100, 200])).is_analyzed
    assert in_place("SELECT * FROM explain_book WHERE title LIKE '100%'", None).is_analyzed
    assert in_place("SELECT * FROM explain_book WHERE id = %(pk)s", {"pk": 7}).is_analyzed


def test_server_side_binding_works_too(committed_books: None):
    server_bound = connection.copy()
    server_bound.settings_dict["OPTIONS"]["server_side_binding"] = True
    server_bound.connect()
    try:
        for explain in (explain_in_place, explain_apart):
            explained = explain(
                server_bound, "SELECT * FROM explain_book WHERE id = %s", [7], observed_ms=1, budget_ms=5000
            )
            assert root_of(explained)["Actual Rows"] == 1
    finally:
        server_bound.close()


def test_a_closed_connection_is_not_opened(transactional_db: None):
    closed = connection.copy()
    with pytest.raises(ExplainRefusedError, match="closed"):
        explain_in_place(closed, "SELECT 1", None, observed_ms=1, budget_ms=100)
    assert closed.connection is None


def test_a_database_that_does_not_answer_is_no_error_of_the_program(transactional_db: None):
    elsewhere = connection.copy()
    elsewhere.settings_dict["HOST"] = "/nowhere"
    with pytest.raises(ExplainRefusedError, match="no connection"):
        explain_apart(elsewhere, "SELECT 1", None, observed_ms=1, budget_ms=100)


def test_another_database_has_no_plans():
    class Sqlite:
        vendor = "sqlite"

    with pytest.raises(ExplainRefusedError, match="sqlite"):
        explain_in_place(Sqlite(), "SELECT 1", None, observed_ms=1, budget_ms=100)  # type: ignore[arg-type]


def test_an_operator_that_may_write_makes_every_plan_an_estimate(books: None):
    run(
        """
        CREATE FUNCTION explain_op(int, int) RETURNS boolean LANGUAGE plpgsql VOLATILE
            AS $$ BEGIN RETURN nextval('explain_counter') > 0; END $$;
        CREATE OPERATOR ==> (FUNCTION = explain_op, LEFTARG = int, RIGHTARG = int);
        """
    )
    with unchanged():
        explained = in_place("SELECT * FROM explain_book WHERE id ==> 3")
    assert not explained.is_analyzed


def test_the_other_connections_are_not_touched(books: None):
    opened = {alias: connections[alias].connection for alias in connections}
    in_place("SELECT 1")
    assert {alias: connections[alias].connection for alias in connections} == opened
