"""Tests of database/trial.py and the trial_* modules below it, on the real server."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import DatabaseError, transaction

from queryscope.database import trial, trial_bench
from queryscope.database.sandbox import own_connection
from queryscope.database.trial import run_trials
from queryscope.database.trial_measure import Select
from queryscope.model import IndexAdvice, IndexKey, Level
from tests.database.trying import try_indexes
from tests.database.warehouse import ROWS, warehouse

__all__ = ["warehouse"]

BY_CODE = 'SELECT * FROM "warehouse_order" WHERE "code" = %s'
CODE = ("C777",)


def make_candidate(*columns, name="trial_index", relation="warehouse_order", **more) -> IndexAdvice:
    keys = more.pop("keys", tuple(IndexKey(column=column, django=column) for column in columns))
    return IndexAdvice(
        relation=relation,
        model="warehouse.Order",
        method="btree",
        keys=keys,
        name=name,
        serves=("f0",),
        **more,
    )


def refused(connection, candidate, sql=BY_CODE, params=CODE, **more):
    """The only refusal of a trial that proves nothing."""
    proved, refusals = try_indexes(connection, [candidate], sql, params, **more)
    assert proved == []
    (refusal,) = refusals
    assert (refusal.relation, refusal.fingerprint) == (candidate.relation, "f0")
    return refusal


def snapshot(warehouse):
    """All of the database that a trial could change."""
    queries = [
        """SELECT relname, relkind, relfilenode FROM pg_class
        WHERE relnamespace = 'public'::regnamespace ORDER BY 1""",
        # Of other tables autovacuum may change these meanwhile.
        """SELECT relname, relpages, reltuples FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relname LIKE 'warehouse%' ORDER BY 1""",
        "SELECT indexrelid::regclass::text, indisvalid FROM pg_index ORDER BY 1",
        "SELECT extname FROM pg_extension ORDER BY 1",
        """SELECT tablename, attname, null_frac, n_distinct FROM pg_stats
        WHERE tablename LIKE 'warehouse%' ORDER BY 1, 2""",
        "SELECT count(*), sum(hashtext(warehouse_order::text)) FROM warehouse_order",
        "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1",
        """SELECT relation::regclass::text, mode FROM pg_locks
        WHERE relation::regclass::text LIKE 'warehouse%'
            AND pid NOT IN (SELECT pid FROM pg_stat_activity WHERE backend_type = 'autovacuum worker')
        ORDER BY 1""",
        "SELECT name, setting FROM pg_settings WHERE name ~ 'timeout|read_only' ORDER BY 1",
    ]
    found = []
    with warehouse.connection.cursor() as cursor:
        for query in queries:
            cursor.execute(query)
            found.append(cursor.fetchall())
    return found


def test_an_index_that_helps_is_proved(warehouse):
    proved, refusals = try_indexes(warehouse, [make_candidate("code")], BY_CODE, CODE)
    assert refusals == []
    (advice,) = proved
    assert advice.evidence.level is Level.TIMED
    assert advice.evidence.before.blocks > 1000 > 10 > advice.evidence.after.blocks
    assert advice.evidence.before.ms > 2 * advice.evidence.after.ms
    assert advice.size_bytes > ROWS * 8
    assert advice.build_ms > 1
    assert "times with it" in advice.evidence.note


def test_afterwards_the_database_is_as_before(warehouse):
    before = snapshot(warehouse)
    upper = make_candidate(
        name="by_upper", keys=(IndexKey(expression='UPPER("code")', django='Upper("code")'),)
    )
    candidates = [make_candidate("code"), make_candidate("code", "status", name="both"), upper]
    assert try_indexes(warehouse, candidates, BY_CODE, CODE)[0]
    assert snapshot(warehouse) == before


def test_nothing_at_all_is_left_in_place_either(warehouse):
    with transaction.atomic():
        before = snapshot(warehouse)
        assert try_indexes(warehouse, [make_candidate("code")], BY_CODE, CODE)[0]
        after = snapshot(warehouse)
        assert after == before
        transaction.set_rollback(True)


def test_no_session_of_ours_stays(warehouse):
    count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"
    try_indexes(warehouse, [make_candidate("code")], BY_CODE, CODE)
    with warehouse.connection.cursor() as cursor:
        assert cursor.execute(count).fetchone() == (1,)


def test_of_two_that_help_the_smaller_is_kept(warehouse):
    wide = make_candidate("code", "status", "note", name="wide")
    proved, refusals = try_indexes(warehouse, [wide, make_candidate("code")], BY_CODE, CODE)
    assert [advice.name for advice in proved] == ["trial_index"]
    assert refusals == []


def test_an_index_without_gain_is_refused_with_its_numbers(warehouse):
    sql = 'SELECT * FROM "warehouse_order" WHERE "status" = %s'
    refusal = refused(warehouse, make_candidate("status"), sql, ("done",))
    assert refusal.kind == "not-used"


def test_a_query_that_is_fast_already_is_refused(warehouse):
    refusal = refused(
        warehouse, make_candidate("code"), 'SELECT * FROM "warehouse_order" WHERE "id" = %s', (5,)
    )
    assert refusal.kind == "fast"


def test_a_build_above_the_budget_is_not_begun(warehouse, monkeypatch):
    monkeypatch.setattr(trial_bench, "build_and_run", None)
    refusal = refused(warehouse, make_candidate("code"), budget_ms=100)
    assert refusal.kind == "budget"
    assert refusal.reason == (
        "Not tried: building it over 200,000 rows would take about 0.4 s, more than the budget of 0.1 s."
    )


def test_a_build_that_takes_longer_than_predicted_is_cut_off(warehouse, monkeypatch):
    monkeypatch.setattr(trial_bench, "predicted_ms", lambda advice, table: 0.0)
    monkeypatch.setattr(trial, "TOTAL_BUDGETS", 10_000)
    before = snapshot(warehouse)
    assert refused(warehouse, make_candidate("code"), budget_ms=5).kind == "timeout"
    assert snapshot(warehouse) == before


@pytest.mark.parametrize(
    ("sql", "params", "tried", "refused_as"),
    [
        ('"customer_id" = %s AND "code" = %s', (78, "C777"), ["short"], ["fast", "fast"]),
        ('"code" = %s AND "status" = %s', ("C777", "done"), ["short", "by_code"], ["fast"]),
        ('"region" < %s AND "status" = %s', (99, "done"), ["short", "by_code", "by_note"], ["not-used"]),
    ],
)
def test_what_takes_long_to_build_is_tried_last_and_only_where_a_millisecond_can_be_won(
    warehouse, monkeypatch, sql, params, tried, refused_as
):
    built = []
    build = trial_bench.build_and_run

    def count(cursor, proposal, **more):
        built.extend(one.name for one in proposal)
        return build(cursor, proposal, **more)

    monkeypatch.setattr(trial_bench, "build_and_run", count)
    candidates = [
        make_candidate("note", "code", "status", name="by_note"),
        make_candidate("code", name="by_code"),
        make_candidate("customer_id", name="short"),
    ]
    query = Select(sql=f'SELECT * FROM "warehouse_order" WHERE {sql}', params=params)
    trial = run_trials(
        warehouse, candidates, query, budget_ms=300, patient_ms=20_000, total_ms=60_000, is_alone=True
    )
    assert built == tried
    assert [refusal.kind for refusal in trial.refusals] == refused_as


def test_when_the_time_for_all_trials_is_used_up_the_rest_is_not_tried(warehouse, monkeypatch):
    monkeypatch.setattr(trial, "TOTAL_BUDGETS", 0)
    assert refused(warehouse, make_candidate("code")).kind == "budget"


def test_a_lock_of_another_session_is_not_waited_for(warehouse):
    with own_connection(warehouse) as other:
        other.execute("BEGIN")
        other.execute("UPDATE warehouse_order SET status = status WHERE id = 1")
        refusal = refused(warehouse, make_candidate("code"))
        other.execute("ROLLBACK")
    assert refusal.kind == "locked"
    assert "another session holds a lock" in refusal.reason


def test_a_lock_on_the_whole_table_stops_the_trial(warehouse):
    with own_connection(warehouse) as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE warehouse_order IN ACCESS EXCLUSIVE MODE")
        assert refused(warehouse, make_candidate("code")).kind == "locked"
        other.execute("ROLLBACK")


def test_a_lost_connection_is_told_and_harms_nobody(warehouse, monkeypatch):
    def end_session(cursor, advice, **more):
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(trial_bench, "build_and_run", end_session)
    before = snapshot(warehouse)
    refusal = refused(warehouse, make_candidate("code"))
    assert refusal.kind == "failed"
    assert snapshot(warehouse) == before


def test_a_server_that_cannot_be_reached_is_told(warehouse):
    twin = warehouse.copy()
    twin.settings_dict["HOST"] = "/nowhere"
    assert refused(twin, make_candidate("code")).kind == "failed"


def test_an_aborted_transaction_is_left_as_it_is(warehouse):
    with transaction.atomic():
        with warehouse.cursor() as cursor, pytest.raises(DatabaseError):
            cursor.execute("SELECT no_such_column")
        refusal = refused(warehouse, make_candidate("code"))
        with warehouse.cursor() as cursor, pytest.raises(DatabaseError, match="aborted"):
            cursor.execute("SELECT 1")
        transaction.set_rollback(True)
    assert refusal.kind == "not-tried"
    assert "aborted" in refusal.reason


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT nextval('trial_numbers') FROM warehouse_order WHERE code = %s", "writes"),
        ("UPDATE warehouse_order SET status = 'x' WHERE code = %s", "not-tried"),
        ("SELECT * FROM warehouse_order WHERE code = %s FOR UPDATE", "not-tried"),
        ("SELECT 1 WHERE %s = ''; COMMIT; DROP TABLE warehouse_depot", "not-tried"),
        ("SELECT code INTO trial_copy FROM warehouse_order WHERE code = %s", "not-tried"),
        ("SELECT no_such_column FROM warehouse_order WHERE code = %s", "failed"),
        ("SELECT 1 / (id - id) FROM warehouse_order WHERE code = %s", "failed"),
        ("this is no SQL %s", "not-tried"),
    ],
)
def test_statements_that_write_or_fail_are_refused(warehouse, sql, kind):
    with warehouse.connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE IF NOT EXISTS trial_numbers")
    before = snapshot(warehouse)
    refusal = refused(warehouse, make_candidate("code"), sql)
    assert refusal.kind == kind
    assert snapshot(warehouse) == before


def test_no_value_stands_in_what_is_said(warehouse):
    proved, _ = try_indexes(warehouse, [make_candidate("code")], BY_CODE, ("secret",))
    _, refusals = try_indexes(
        warehouse, [make_candidate("code")], "SELECT * FROM warehouse_order WHERE region = %s", ("secret",)
    )
    assert proved
    assert refusals
    assert "secret" not in repr((proved, refusals))


def test_an_index_of_the_same_name_is_told(warehouse):
    refusal = refused(warehouse, make_candidate("code", name="warehouse_order_total_region"))
    assert refusal.kind == "exists"


def test_an_invalid_index_that_was_left_behind_is_not_in_the_way(warehouse):
    with warehouse.cursor() as cursor:
        cursor.execute("CREATE INDEX left_behind ON warehouse_order (code)")
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'left_behind'::regclass")
    try:
        proved, refusals = try_indexes(
            warehouse, [make_candidate("code", name="left_behind")], BY_CODE, ("secret",)
        )
    finally:
        with warehouse.cursor() as cursor:
            cursor.execute("DROP INDEX left_behind")
    assert [advice.name for advice in proved] == ["left_behind"], refusals


def test_a_table_that_is_not_there_is_told(warehouse):
    assert refused(warehouse, make_candidate("code", relation="warehouse_gone")).kind == "not-visible"


def test_a_trigram_index_for_a_short_pattern_is_not_built(warehouse, monkeypatch):
    monkeypatch.setattr(trial_bench, "build_and_run", None)
    key = IndexKey(expression='UPPER("note")', django='Upper("note")', opclass="gin_trgm_ops")
    sql = 'SELECT * FROM "warehouse_order" WHERE UPPER("note"::text) LIKE UPPER(%s)'
    refusal = refused(warehouse, make_candidate(keys=(key,), extensions=("pg_trgm",)), sql, ("%ab%",))
    assert refusal.kind == "short-pattern"
    assert "No word of the pattern has 3 characters" in refusal.reason


def test_a_role_without_rights_is_told(warehouse):
    with own_connection(warehouse) as owner:
        owner.execute("DROP ROLE IF EXISTS trial_reader")
        owner.execute("CREATE ROLE trial_reader")
        owner.execute("GRANT SELECT ON warehouse_order TO trial_reader")
        try:
            twin = warehouse.copy()
            twin.settings_dict["OPTIONS"] = {"assume_role": "trial_reader"}
            assert refused(twin, make_candidate("code")).kind == "not-allowed"
            needing = make_candidate("code", extensions=("pg_trgm",))
            assert refused(twin, needing).kind == "missing-extension"
        finally:
            owner.execute("DROP OWNED BY trial_reader")
            owner.execute("DROP ROLE trial_reader")


def test_another_driver_is_refused(warehouse):
    class Other:
        Database = type("psycopg2", (), {"__name__": "psycopg2", "Error": Exception})()

    refusal = refused(Other(), make_candidate("code"))
    assert (refusal.kind, "psycopg 3" in refusal.reason) == ("not-tried", True)


def test_without_candidates_nothing_is_done():
    assert try_indexes(None, [], BY_CODE, CODE) == ([], [])


def test_rows_of_a_test_are_seen_in_place(warehouse):
    with transaction.atomic():
        with warehouse.cursor() as cursor:
            cursor.execute("CREATE TABLE trial_fresh (id bigint, code text, filler text)")
            cursor.execute(
                "INSERT INTO trial_fresh"
                " SELECT n, 'C' || n, repeat('x', 100) FROM generate_series(1, 60000) n"
            )
        candidate = make_candidate("code", relation="trial_fresh")
        (advice,), _ = try_indexes(warehouse, [candidate], "SELECT * FROM trial_fresh WHERE code = %s", CODE)
        assert advice.evidence.level is Level.TIMED
        # The table had never been analysed: what ANALYZE leaves behind is told.
        assert "row and page estimates (pg_class) of trial_fresh" in advice.evidence.note
        transaction.set_rollback(True)


def test_what_stays_of_a_trial_that_proved_nothing_is_told_too(warehouse):
    with transaction.atomic():
        with warehouse.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE trial_fresh AS SELECT n, 'x' AS code FROM generate_series(1, 60000) n"
            )
        candidate = make_candidate("code", relation="trial_fresh")
        refusal = refused(warehouse, candidate, "SELECT * FROM trial_fresh WHERE code = %s", ("x",))
        assert refusal.kind == "not-used"
        assert "row and page estimates (pg_class) of trial_fresh" in refusal.reason
        transaction.set_rollback(True)


def test_pending_deferred_constraints_are_no_obstacle(warehouse):
    with transaction.atomic():
        with warehouse.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE warehouse_order ADD CONSTRAINT trial_fk FOREIGN KEY (customer_id)"
                " REFERENCES warehouse_customer DEFERRABLE INITIALLY DEFERRED"
            )
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            cursor.execute(
                "INSERT INTO warehouse_order SELECT -1, code, status, customer_id, region, note,"
                " total, is_flagged, created, sent FROM warehouse_order WHERE id = 1"
            )
        proved, refusals = try_indexes(warehouse, [make_candidate("code")], BY_CODE, CODE)
        assert (len(proved), refusals) == (1, [])
        transaction.set_rollback(True)


def test_an_open_cursor_over_the_table_is_told(warehouse):
    with transaction.atomic():
        rows = warehouse.connection.cursor(name="trial_rows")
        rows.execute("SELECT * FROM warehouse_order")
        rows.fetchone()
        refusal = refused(warehouse, make_candidate("code"))
        assert refusal.kind == "in-use"
        assert rows.fetchone()[0] == 2
        rows.close()
        transaction.set_rollback(True)


def test_no_query_of_django_is_counted(warehouse, django_assert_num_queries):
    with transaction.atomic(), django_assert_num_queries(0):
        try_indexes(warehouse, [make_candidate("code")], BY_CODE, CODE)


def test_binding_parameters_on_the_server_makes_no_difference(warehouse):
    twin = warehouse.copy()
    twin.settings_dict["OPTIONS"] = {**twin.settings_dict.get("OPTIONS", {}), "server_side_binding": True}
    (advice,), refusals = try_indexes(twin, [make_candidate("code")], BY_CODE, CODE)
    assert (advice.evidence.level, refusals) == (Level.TIMED, [])


def test_a_writer_waits_no_longer_than_the_trial(warehouse):
    waits = []

    def write():
        with own_connection(warehouse) as other:
            while not stop.is_set():
                started = time.monotonic()
                other.execute("UPDATE warehouse_order SET status = status WHERE id = 3")
                waits.append(time.monotonic() - started)

    stop = threading.Event()
    writer = threading.Thread(target=write)
    writer.start()
    started = time.monotonic()
    try_indexes(warehouse, [make_candidate("code")], BY_CODE, CODE)
    took = time.monotonic() - started
    stop.set()
    writer.join()
    assert waits
    assert max(waits) <= took + 1


def test_tables_of_one_query_are_proved_apart(warehouse):
    sql = (
        "SELECT warehouse_order.* FROM warehouse_order INNER JOIN warehouse_customer"
        " ON warehouse_order.customer_id = warehouse_customer.id WHERE warehouse_customer.name = %s"
    )
    candidates = [
        make_candidate("customer_id"),
        make_candidate("name", name="by_name", relation="warehouse_customer"),
    ]
    proved, refusals = try_indexes(warehouse, candidates, sql, ("Customer 77",))
    assert [advice.relation for advice in proved] == ["warehouse_order"]
    assert [(refusal.relation, refusal.kind) for refusal in refusals] == [("warehouse_customer", "no-gain")]


def test_a_statement_without_parameters_keeps_its_percent_signs(warehouse):
    sql = "SELECT * FROM warehouse_order WHERE code = 'C777' AND note NOT LIKE '%secret%'"
    proved, refusals = try_indexes(warehouse, [make_candidate("code")], sql, None)
    assert (len(proved), refusals) == (1, [])


def test_parameters_may_have_names(warehouse):
    sql = "SELECT * FROM warehouse_order WHERE code = %(code)s"
    proved, _ = try_indexes(warehouse, [make_candidate("code")], sql, {"code": "C777"})
    assert len(proved) == 1
