"""Tests of database/trial_watch.py: other sessions, real ones, that want what a trial holds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction

from queryscope.database import trial_bench, trial_watch
from queryscope.database.proof import Permit, prove_indexes
from queryscope.database.sandbox import own_connection, rolled_back
from queryscope.database.trial import run_trials
from queryscope.database.trial_measure import Select
from queryscope.database.trial_watch import Watch
from queryscope.errors import OthersWaitError
from queryscope.model import IndexKey, Level
from tests.database import pgbouncer
from tests.database.test_trial import BY_CODE, CODE, make_candidate, snapshot
from tests.database.test_trial_safety import BY_UPPER
from tests.database.warehouse import warehouse

__all__ = ["warehouse"]

QUERY = Select(sql=BY_CODE, params=CODE)
PATIENT_MS = 30_000.0
WRITE = "UPDATE warehouse_order SET status = status WHERE id = 3"
READ = "SELECT count(*) FROM warehouse_order WHERE id < 9"
CHANGE = "ALTER TABLE warehouse_order ALTER COLUMN note SET STATISTICS 50"
# An index of this takes 100 s to build; of what it can't do itself a server may ask its functions.
SLOW = IndexKey(expression='trial_slow("code")', django='TrialSlow("code")')
BY_SLOW = make_candidate(name="by_slow", keys=(SLOW,))

IS_HELD = """
    SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.relation = 'warehouse_order'::regclass AND l.mode = 'ShareLock' AND l.granted AND a.query LIKE %s
"""
IS_WAITED_FOR = "SELECT count(*) FROM pg_locks WHERE relation = 'warehouse_order'::regclass AND NOT granted"


@pytest.fixture
def slow(warehouse) -> Iterator[Any]:
    with warehouse.connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION trial_slow(text) RETURNS text LANGUAGE plpgsql IMMUTABLE COST 100000 AS"
            " $$ BEGIN PERFORM pg_sleep(0.0005); RETURN $1; END $$"
        )
        cursor.execute(
            "CREATE FUNCTION trial_rest(text) RETURNS bool LANGUAGE plpgsql IMMUTABLE COST 100000 AS"
            " $$ BEGIN PERFORM pg_sleep(1.5); RETURN true; END $$"
        )
    yield warehouse
    with warehouse.connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION trial_slow(text)")
        cursor.execute("DROP FUNCTION trial_rest(text)")


@dataclass
class Other:
    """What other sessions came to: each statement, and how long it took in seconds."""

    done: dict[str, float] = field(default_factory=dict)


def until(other: Any, question: str, *params: Any) -> None:
    for _ in range(2000):
        if other.execute(question, params).fetchone() != (0,):
            return
        time.sleep(0.01)
    raise AssertionError(question)


@contextmanager
def others(connection: Any, *statements: str, during: str = "CREATE INDEX%") -> Iterator[Other]:
    """Sessions with one statement each: the first while the trial runs such one, each next behind another."""
    told = Other()

    def act(number: int, statement: str) -> None:
        with own_connection(connection.copy()) as session:
            until(session, IS_HELD, during)
            if number:
                until(session, IS_WAITED_FOR)
            began = time.monotonic()
            with session.transaction(force_rollback=True):
                session.execute(statement)
            told.done[statement] = time.monotonic() - began

    threads = [threading.Thread(target=act, args=one) for one in enumerate(statements)]
    for thread in threads:
        thread.start()
    try:
        yield told
    finally:
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("statements", [(WRITE,), (CHANGE,), (CHANGE, READ)])
def test_whoever_waits_for_a_long_build_is_let_pass(slow, statements):
    before = snapshot(slow)
    with others(slow, *statements) as told:
        trial = run_trials(slow, [BY_SLOW], QUERY, budget_ms=2000, patient_ms=PATIENT_MS)
    ((_, refusal),) = trial.undecided
    assert refusal.kind == "waited-for"
    assert refusal.reason.startswith("Not proved: another session waited 0.")
    assert refusal.reason.endswith(" s for what the trial held, and was let pass.")
    assert len(told.done) == len(statements)
    assert max(told.done.values()) < 3
    assert snapshot(slow) == before


def test_so_is_who_comes_while_the_query_runs_with_the_index(slow):
    query = Select(sql=f"{BY_CODE} AND trial_rest(code)", params=CODE)
    with others(slow, WRITE, during="EXPLAIN%") as told:
        trial = run_trials(slow, [make_candidate("code")], query, budget_ms=2000, patient_ms=PATIENT_MS)
    assert [refusal.kind for _, refusal in trial.undecided] == ["waited-for"]
    assert max(told.done.values()) < 1.4  # one of four runs takes longer


def test_the_same_within_the_budget_of_a_server(slow):
    with others(slow, WRITE) as told:
        trial = run_trials(slow, [BY_SLOW], QUERY, budget_ms=PATIENT_MS)
    assert [refusal.kind for _, refusal in trial.undecided] == ["waited-for"]
    assert max(told.done.values()) < 3


def test_of_a_table_that_somebody_waited_for_nothing_else_is_built(slow, monkeypatch):
    built: list[str] = []
    build = trial_bench.build_and_run

    def count(cursor: Any, proposal: Any, **more: Any) -> Any:
        built.extend(one.name for one in proposal)
        return build(cursor, proposal, **more)

    monkeypatch.setattr(trial_bench, "build_and_run", count)
    elsewhere = make_candidate("name", name="elsewhere", relation="warehouse_customer")
    with others(slow, WRITE):
        trial = run_trials(
            slow, [BY_SLOW, make_candidate("code"), elsewhere], QUERY, budget_ms=2000, patient_ms=PATIENT_MS
        )
    assert built == ["by_slow", "elsewhere"]
    assert [refusal.kind for _, refusal in trial.undecided] == ["waited-for", "waited-for"]


def test_what_somebody_waited_for_is_probed(slow):
    permit = Permit(may_build=True, patient_ms=PATIENT_MS)
    with others(slow, WRITE):
        proof = prove_indexes(slow, [BY_SLOW, make_candidate("code")], QUERY, permit=permit)
    (advice,) = (one for one in proof.indexes if one.name == "trial_index")
    assert advice.evidence.level is Level.USABLE
    assert "another session waited" in advice.evidence.note


def test_where_nobody_waits_a_build_may_take_longer(warehouse):
    trial = run_trials(
        warehouse, [make_candidate("code")], QUERY, budget_ms=100, patient_ms=5000, total_ms=9000
    )
    assert [advice.evidence.level for advice in trial.proved] == [Level.TIMED]


@contextmanager
def alone(connection: Any) -> Iterator[Any]:
    """A copy of the connection whose role may have one session at a time."""
    with connection.cursor() as cursor:
        cursor.execute("DROP ROLE IF EXISTS trial_lone")
        cursor.execute("CREATE ROLE trial_lone LOGIN CONNECTION LIMIT 1 PASSWORD 'lone'")
        (user,) = cursor.execute("SELECT quote_ident(current_user)").fetchone()
        cursor.execute(f"GRANT {user} TO trial_lone")
    twin = connection.copy()
    twin.settings_dict = {**twin.settings_dict, "USER": "trial_lone", "PASSWORD": "lone"}
    try:
        yield twin
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP ROLE trial_lone")


def test_without_a_second_session_nothing_takes_longer(warehouse):
    with alone(warehouse) as twin:
        short = run_trials(twin, [make_candidate("code")], QUERY, budget_ms=100, patient_ms=5000)
        with own_connection(warehouse) as session:
            until(session, "SELECT 1 - count(*) FROM pg_stat_activity WHERE usename = 'trial_lone'")
        within = run_trials(twin, [make_candidate("code")], QUERY, budget_ms=20_000)
    assert [refusal.kind for _, refusal in short.undecided] == ["budget"]
    assert "more than the budget of 0.1 s" in short.undecided[0][1].reason
    assert [advice.evidence.level for advice in within.proved] == [Level.TIMED]


def test_on_a_database_of_a_test_runner_nobody_looks_and_builds_may_be_long(warehouse, monkeypatch):
    monkeypatch.setattr(trial_watch, "own_connection", None)
    more: dict[str, Any] = {"budget_ms": 100, "patient_ms": 5000, "total_ms": 9000, "is_alone": True}
    with transaction.atomic():
        trial = run_trials(warehouse, [make_candidate("code")], QUERY, **more)
        transaction.set_rollback(True)
    assert [advice.evidence.level for advice in trial.proved] == [Level.TIMED]


def test_a_lookout_that_is_lost_ends_the_build(slow):
    end = """
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE query LIKE '%%pg_blocking_pids%%' AND pid <> pg_backend_pid() AND datname = current_database()
    """
    before = snapshot(slow)
    with others(slow, end) as told:
        trial = run_trials(slow, [BY_SLOW, BY_UPPER], QUERY, budget_ms=100, patient_ms=PATIENT_MS)
    assert told.done[end] < 3
    assert [refusal.reason for _, refusal in trial.undecided] == [
        "Not proved: the session that looks after others was lost.",
        "Not tried: building it over 200,000 rows would take about 0.6 s, more than the budget of 0.1 s.",
    ]
    assert snapshot(slow) == before


def test_who_waits_for_what_the_page_wrote_ends_the_trials_too(warehouse):
    with transaction.atomic():
        with warehouse.connection.cursor() as cursor:
            cursor.execute(WRITE)

        def write() -> None:
            with own_connection(warehouse.copy()) as session:
                session.execute(WRITE)

        thread = threading.Thread(target=write)
        thread.start()
        with own_connection(warehouse.copy()) as session:
            until(session, "SELECT count(*) FROM pg_locks WHERE clock_timestamp() - waitstart > '0.5s'")
        trial = run_trials(warehouse, [make_candidate("code")], QUERY, budget_ms=2000)
        transaction.set_rollback(True)
    thread.join()
    assert [refusal.kind for _, refusal in trial.undecided] == ["waited-for"]


def test_no_signal_comes_late_into_a_statement_of_the_program(warehouse, monkeypatch):
    """A look-out that ends everything at once, and a program that goes on at once."""
    monkeypatch.setattr(trial_watch, "LOOK_S", 0.0005)
    ended = 0
    with own_connection(warehouse) as raw, own_connection(warehouse.copy()) as second:
        with rolled_back(raw, lock_ms=500, statement_ms=9000) as cursor:
            watch = Watch(second, cursor)
            watch.look = lambda: setattr(watch, "waited_ms", 600.0)  # type: ignore[method-assign]
            for number in range(300):
                cursor.execute("SAVEPOINT a")
                try:
                    with without_first_look(watch):
                        cursor.execute("SELECT pg_sleep(%s)", [number % 5 / 1000])
                except OthersWaitError:
                    ended += 1
                cursor.execute("ROLLBACK TO a")
                assert cursor.execute("SELECT count(*) FROM generate_series(1, 2000)").fetchone() == (2000,)
    assert 20 < ended < 300


@contextmanager
def without_first_look(watch: Watch) -> Iterator[None]:
    look: Callable[[], None] = watch.look
    watch.look = lambda: setattr(watch, "look", look)  # type: ignore[method-assign]
    with watch.step():
        yield


@contextmanager
def pooled(connection: Any, size: int) -> Iterator[Any]:
    """The connection's database behind a pooler with so many sessions."""
    settings = connection.settings_dict
    with pgbouncer.pooler(settings, users=(settings["USER"],), size=size) as directory:
        twin = connection.copy()
        twin.settings_dict.update({"HOST": str(directory), "PORT": pgbouncer.PORT, "OPTIONS": {}})
        yield twin


@pytest.mark.pgbouncer
def test_behind_a_pooler_too_whoever_waits_is_let_pass(slow):
    with pooled(slow, 2) as twin, others(slow, WRITE) as told:
        trial = run_trials(twin, [BY_SLOW], QUERY, budget_ms=2000, patient_ms=PATIENT_MS)
    assert [refusal.kind for _, refusal in trial.undecided] == ["waited-for"]
    assert max(told.done.values()) < 3


@pytest.mark.pgbouncer
def test_behind_a_pooler_with_one_session_nothing_hangs_nor_takes_longer(warehouse):
    with pooled(warehouse, 1) as twin:
        short = run_trials(twin, [make_candidate("code")], QUERY, budget_ms=100, patient_ms=5000)
        within = run_trials(twin, [make_candidate("code")], QUERY, budget_ms=20_000)
    assert [refusal.kind for _, refusal in short.undecided] == ["budget"]
    assert [advice.evidence.level for advice in within.proved] == [Level.TIMED]
    assert short.spent_ms < 10_000
