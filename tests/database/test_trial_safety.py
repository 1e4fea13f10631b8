"""What trials and probes leave behind, wherever they end: nothing. And how long others wait."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import psycopg
import pytest
from django.db import transaction

from queryscope.database import sandbox, trial_bench, trial_build, trial_watch
from queryscope.database.proof import Permit, prove_indexes
from queryscope.database.sandbox import own_connection
from queryscope.database.trial import run_trials
from queryscope.database.trial_measure import Select
from queryscope.model import IndexKey, Level
from tests.database.test_trial import BY_CODE, CODE, make_candidate, refused, snapshot
from tests.database.trying import try_indexes
from tests.database.warehouse import warehouse

__all__ = ["warehouse"]

QUERY = Select(sql=BY_CODE, params=CODE)
BY_UPPER = make_candidate(
    name="by_upper", keys=(IndexKey(expression='UPPER("code")', django='Upper("code")'),)
)


KILLED: list[int] = []  # process ids of sessions


@contextmanager
def counting(monkeypatch, kill_at):
    """Sessions of queryscope's own, whose backend is gone at a statement of this number."""
    seen = []
    connected = sandbox._connected

    def ending(connection):
        raw = connected(connection)

        class Ending(raw.cursor_factory):
            def execute(self, query, params=None, **more):
                seen.append(query)
                if len(seen) == kill_at:
                    with connected(connection) as other:
                        other.execute("SELECT pg_terminate_backend(%s)", [raw.info.backend_pid])
                        KILLED.append(raw.info.backend_pid)
                return super().execute(query, params, **more)

        raw.cursor_factory = Ending
        return raw

    with monkeypatch.context() as patch:
        patch.setattr(sandbox, "_connected", ending)
        yield seen


def wait_until_gone(warehouse):
    """Until the server has ended the sessions that were killed; others are other tests' business."""
    count = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)"
    for _ in range(200):
        with warehouse.connection.cursor() as cursor:
            if cursor.execute(count, [KILLED]).fetchone() == (0,):
                return
        time.sleep(0.02)


def test_killed_at_any_step_of_a_trial_all_is_as_before(warehouse, monkeypatch):
    candidates = [make_candidate("code"), BY_UPPER]
    monkeypatch.setattr(trial_build, "SHORT_MS", 0.0)  # as many runs each time
    with counting(monkeypatch, 0) as seen:
        assert run_trials(warehouse, candidates, QUERY, budget_ms=5000).proved
    statements = len(seen)
    assert statements > 60
    before = snapshot(warehouse)
    for number in range(1, statements, 5):
        with counting(monkeypatch, number):
            trial = run_trials(warehouse, candidates, QUERY, budget_ms=5000)
        assert trial.proved == (), number
        assert {reason.kind for _, reason in trial.undecided} <= {"failed", "not-tried"}
        wait_until_gone(warehouse)
        assert snapshot(warehouse) == before, seen[number - 1]


def test_killed_at_any_step_of_a_probe_all_is_as_before(warehouse, monkeypatch):
    permit = Permit(may_build=False, reason="Not tried.")
    with counting(monkeypatch, 0) as seen:
        (advice,) = prove_indexes(warehouse, [make_candidate("code")], QUERY, permit=permit).indexes
        assert advice.evidence.level is Level.USABLE
    before = snapshot(warehouse)
    for number in range(1, len(seen), 5):
        with counting(monkeypatch, number):
            (advice,) = prove_indexes(warehouse, [make_candidate("code")], QUERY, permit=permit).indexes
        assert advice.evidence.level is Level.NONE, number
        wait_until_gone(warehouse)
        assert snapshot(warehouse) == before, seen[number - 1]


@contextmanager
def no_connection(*_, **__):
    raise psycopg.OperationalError("too many connections")
    yield


@contextmanager
def writer(warehouse, waits, *, lock_timeout="0"):
    """Another session that writes the table again and again; how long each write took, in milliseconds."""
    stop = threading.Event()

    def write():
        with own_connection(warehouse.copy()) as other:
            other.execute(f"SET lock_timeout = '{lock_timeout}'")
            while not stop.is_set():
                started = time.monotonic()
                other.execute("BEGIN")
                try:
                    other.execute("UPDATE warehouse_order SET status = status WHERE id = 3")
                finally:
                    other.execute("ROLLBACK")
                waits.append((time.monotonic() - started) * 1000)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_where_nobody_looks_a_write_of_another_session_waits_for_two_budgets_at_most(warehouse, monkeypatch):
    monkeypatch.setattr(trial_watch, "own_connection", no_connection)
    waits = []
    with writer(warehouse, waits):
        for _ in range(3):
            run_trials(warehouse, [make_candidate("code"), BY_UPPER], QUERY, budget_ms=1000)
    assert len(waits) > 3
    assert max(waits) <= 2 * 1000 + 250


def test_a_slow_query_ends_with_the_time_that_others_may_wait(warehouse, monkeypatch):
    # Its index is used, but the time goes elsewhere.
    sql = "SELECT count(*) FROM warehouse_order a, warehouse_customer b WHERE a.code > %s AND b.id < 100"
    monkeypatch.setattr(trial_bench, "HOLD_BUDGETS", 0.3)
    held = []
    build = trial_bench.build_and_run

    def timed(*args, **more):
        started = time.monotonic()
        try:
            return build(*args, **more)
        finally:
            held.append(time.monotonic() - started)

    monkeypatch.setattr(trial_bench, "build_and_run", timed)
    run_trials(warehouse, [make_candidate("code")], Select(sql=sql, params=("A",)), budget_ms=2000)
    assert held
    assert max(held) < 0.6 + 0.5


def test_behind_a_lock_that_is_waited_for_others_wait_a_tenth_of_a_second(warehouse):
    waits = []
    with own_connection(warehouse) as long_writer:
        long_writer.execute("BEGIN")
        long_writer.execute("UPDATE warehouse_order SET status = status WHERE id = 1")
        with writer(warehouse, waits):
            refusal = refused(warehouse, make_candidate("code"))
        long_writer.execute("ROLLBACK")
    assert refusal.kind == "locked"
    assert len(waits) > 3
    assert max(waits) < 100 + 250


def test_a_lock_that_goes_away_in_time_is_no_obstacle(warehouse, monkeypatch):
    monkeypatch.setattr(trial_build, "LOCK_PAUSE_S", 0.4)
    with own_connection(warehouse) as other:
        other.execute("BEGIN")
        other.execute("UPDATE warehouse_order SET status = status WHERE id = 1")
        timer = threading.Timer(0.6, lambda: other.execute("ROLLBACK"))
        timer.start()
        proved, _ = try_indexes(warehouse, [make_candidate("code")], BY_CODE, CODE)
        timer.join()
    assert [one.evidence.level for one in proved] == [Level.TIMED]


def test_what_is_locked_is_probed(warehouse):
    with own_connection(warehouse) as other:
        other.execute("BEGIN")
        other.execute("UPDATE warehouse_order SET status = status WHERE id = 1")
        proof = prove_indexes(warehouse, [make_candidate("code")], QUERY, permit=Permit(may_build=True))
        other.execute("ROLLBACK")
    (advice,) = proof.indexes
    assert advice.evidence.level is Level.USABLE
    assert "another session holds a lock" in advice.evidence.note


def test_no_room_for_temporary_files_is_told_and_the_index_probed(warehouse):
    wide = make_candidate("note", "code", "status", "created")
    with transaction.atomic():
        with warehouse.connection.cursor() as cursor:
            cursor.execute("SET LOCAL temp_file_limit = '100kB'")
            cursor.execute("SET LOCAL maintenance_work_mem = '1MB'")
            cursor.execute("SET LOCAL max_parallel_maintenance_workers = 0")
        query = Select(sql='SELECT * FROM "warehouse_order" WHERE "note" = %s', params=("x",))
        trial = run_trials(warehouse, [wide], query, budget_ms=9000)
        assert [reason.kind for _, reason in trial.undecided] == ["no-room"]
        transaction.set_rollback(True)


def test_an_event_trigger_never_sees_an_index_being_built(warehouse):
    with transaction.atomic():
        with warehouse.connection.cursor() as cursor:
            cursor.execute("CREATE SEQUENCE trial_seen")
            cursor.execute(
                "CREATE FUNCTION trial_see() RETURNS event_trigger LANGUAGE plpgsql AS"
                " $$ BEGIN PERFORM nextval('trial_seen'); END $$"
            )
            cursor.execute(
                "CREATE EVENT TRIGGER trial_sees ON ddl_command_start EXECUTE FUNCTION trial_see()"
            )
            before = cursor.execute("SELECT * FROM trial_seen").fetchone()
            proof = prove_indexes(warehouse, [make_candidate("code")], QUERY, permit=Permit(may_build=True))
            (advice,) = proof.indexes
            assert advice.evidence.level is Level.NONE
            assert "event triggers" in advice.evidence.note
            assert cursor.execute("SELECT * FROM trial_seen").fetchone() == before
        transaction.set_rollback(True)


def test_a_deferred_key_that_does_not_hold_yet_is_told_and_stays_deferred(warehouse):
    with transaction.atomic():
        with warehouse.connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE warehouse_order ADD CONSTRAINT trial_fk FOREIGN KEY (customer_id)"
                " REFERENCES warehouse_customer DEFERRABLE INITIALLY DEFERRED"
            )
            cursor.execute(
                "INSERT INTO warehouse_order SELECT -1, code, status, -77, region, note, total, is_flagged,"
                " created, sent FROM warehouse_order WHERE id = 1"
            )
            proof = prove_indexes(warehouse, [make_candidate("code")], QUERY, permit=Permit(may_build=True))
            (advice,) = proof.indexes
            assert advice.evidence.level is Level.USABLE
            assert "a deferred foreign key of this transaction does not hold yet" in advice.evidence.note
            with pytest.raises(psycopg.errors.ForeignKeyViolation):
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)


def test_deferred_triggers_run_once_more_at_their_time(warehouse):
    with transaction.atomic():
        with warehouse.connection.cursor() as cursor:
            cursor.execute("CREATE TABLE trial_log (n int)")
            cursor.execute(
                "CREATE FUNCTION trial_note() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN INSERT INTO trial_log VALUES (1); RETURN NULL; END $$"
            )
            cursor.execute(
                "CREATE CONSTRAINT TRIGGER trial_notes AFTER UPDATE ON warehouse_customer"
                " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION trial_note()"
            )
            cursor.execute("UPDATE warehouse_customer SET name = name WHERE id = 5")
            assert try_indexes(warehouse, [make_candidate("code")], BY_CODE, CODE)[0]
            assert cursor.execute("SELECT count(*) FROM trial_log").fetchone() == (0,)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            assert cursor.execute("SELECT count(*) FROM trial_log").fetchone() == (1,)
        transaction.set_rollback(True)


def test_an_open_cursor_leaves_the_probe(warehouse):
    with transaction.atomic():
        rows = warehouse.connection.cursor(name="trial_rows")
        rows.execute("SELECT * FROM warehouse_order ORDER BY id")
        rows.fetchone()
        (advice,) = prove_indexes(
            warehouse, [make_candidate("code")], QUERY, permit=Permit(may_build=True)
        ).indexes
        assert advice.evidence.level is Level.USABLE
        assert "an open cursor" in advice.evidence.note
        assert rows.fetchone()[0] == 2
        rows.close()
        transaction.set_rollback(True)


def test_statistics_that_may_not_be_seen_are_not_made_anew(warehouse):
    """A policy hides pg_stats even where the role may build an index: ANALYZE would be for nothing."""
    last = "SELECT pg_stat_get_analyze_count('warehouse_order'::regclass)"
    with transaction.atomic():
        with warehouse.connection.cursor() as cursor:
            cursor.execute("CREATE ROLE trial_owner")
            cursor.execute("GRANT CREATE ON SCHEMA public TO trial_owner")
            cursor.execute("GRANT SELECT ON warehouse_customer TO trial_owner")
            cursor.execute("ALTER TABLE warehouse_order OWNER TO trial_owner")
            cursor.execute("ALTER TABLE warehouse_order ENABLE ROW LEVEL SECURITY")
            cursor.execute("ALTER TABLE warehouse_order FORCE ROW LEVEL SECURITY")
            cursor.execute("CREATE POLICY trial_all ON warehouse_order USING (true)")
            cursor.execute("SET LOCAL ROLE trial_owner")
            before = cursor.execute(last).fetchone()
            (advice,), _ = try_indexes(warehouse, [make_candidate("code")], BY_CODE, CODE)
            assert advice.evidence.level is Level.TIMED
            assert cursor.execute(last).fetchone() == before
            assert "pg_class" not in advice.evidence.note
        transaction.set_rollback(True)


def test_an_index_on_a_partitioned_table_is_built_on_its_partitions(warehouse):
    with transaction.atomic():
        with warehouse.connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE trial_parted (id bigint, day int, code text) PARTITION BY RANGE (day);"
                "CREATE TABLE trial_parted_1 PARTITION OF trial_parted FOR VALUES FROM (0) TO (50);"
                "CREATE TABLE trial_parted_2 PARTITION OF trial_parted FOR VALUES FROM (50) TO (100);"
                "INSERT INTO trial_parted SELECT n, n % 100, 'C' || n FROM generate_series(1, 60000) n;"
                "ANALYZE trial_parted;"
            )
        candidate = make_candidate("code", relation="trial_parted")
        (advice,), refusals = try_indexes(
            warehouse, [candidate], "SELECT * FROM trial_parted WHERE code = %s", CODE
        )
        assert refusals == []
        assert advice.size_bytes > 60_000 * 8
        assert advice.evidence.before.blocks > 50 * advice.evidence.after.blocks
        transaction.set_rollback(True)


def test_rows_that_no_visibility_map_vouches_for_are_told(warehouse):
    sql = "SELECT sum(region) FROM trial_fresh WHERE customer_id = %s"
    with transaction.atomic():
        with warehouse.connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE trial_fresh AS SELECT n AS id, n % 500 AS customer_id, n % 7 AS region,"
                " repeat('x', 90) AS filler FROM generate_series(1, 60000) n; ANALYZE trial_fresh"
            )
        candidate = make_candidate("customer_id", relation="trial_fresh", include=("region",))
        (advice,), _ = try_indexes(warehouse, [candidate], sql, (7,))
        assert "The table was read too: the index alone is enough after VACUUM" in advice.evidence.note
        transaction.set_rollback(True)


def test_an_index_too_large_to_keep_for_a_moment_is_not_built(warehouse, monkeypatch):
    monkeypatch.setattr(trial_bench, "MOST_BYTES", 1_000_000)
    monkeypatch.setattr(trial_bench, "build_and_run", None)
    refusal = refused(warehouse, make_candidate("code"))
    assert refusal.kind == "budget"
    assert "MB of space" in refusal.reason
