"""What an application does, it does once: however plans are taken, and whatever goes wrong with them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DataError, connection, connections, models, transaction
from django.db.models import F
from django.test.utils import isolate_apps

from queryscope.capture.finish import Slow
from queryscope.capture.state import FAULTS
from queryscope.database.sandbox import own_connection
from queryscope.examine import examine
from queryscope.model import Capture, Origin
from queryscope.plans.words import PLANNED_FOR_TIME
from queryscope.profiler import begin, complete, current_config, current_project
from queryscope.proving import Place
from queryscope.remembered import forget
from tests.builders import make_query_group, make_trace

SCHEMA = """
    CREATE TABLE safe_row (id int PRIMARY KEY, stars int NOT NULL);
    CREATE TABLE safe_log (id serial PRIMARY KEY, what text);
    CREATE SEQUENCE safe_counter;
    CREATE FUNCTION safe_note() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN INSERT INTO safe_log (what) VALUES (TG_OP); RETURN NEW; END $$;
    CREATE TRIGGER safe_trigger AFTER INSERT OR UPDATE ON safe_row FOR EACH ROW EXECUTE FUNCTION safe_note();
    INSERT INTO safe_row VALUES (1, 0);
    TRUNCATE safe_log RESTART IDENTITY;
"""
DROP = """
    DROP TABLE IF EXISTS safe_row, safe_log;
    DROP SEQUENCE IF EXISTS safe_counter;
    DROP FUNCTION IF EXISTS safe_note;
"""
HEAVY = "SELECT count(*) FROM generate_series(1, 300000) a, generate_series(1, 300000) b WHERE a.a <> b.b"
with isolate_apps():

    class Row(models.Model):
        stars = models.IntegerField()

        class Meta:
            app_label = "safe"
            db_table = "safe_row"


WAYS = [
    {"explain": "off"},
    {"explain": "slow", "slow_ms": 0.0},
    {"explain": "all", "slow_ms": 0.0},
    {"explain": "all", "slow_ms": 0.0, "auto_explain": True},
    {"explain": "all", "slow_ms": 0.0, "trial_indexes": ("default",)},
]


@pytest.fixture(autouse=True)
def rows(transactional_db: None) -> Iterator[None]:
    forget()
    FAULTS.clear()
    connection.close()
    run(DROP)
    run(SCHEMA)
    yield
    connection.close()
    run(DROP)
    assert FAULTS.count == 0


def run(sql: str, params: Any = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def profiled(work: Any, *, in_place: bool, **settings: Any) -> Capture:
    recorder = begin(Origin(kind="block", label="safe"), current_config(**settings))
    try:
        work()
    finally:
        capture = complete(recorder, in_place=in_place)
    return capture


def all_kinds() -> None:
    run("UPDATE safe_row SET stars = stars + 1 WHERE id = %s", [1])
    run("INSERT INTO safe_row VALUES (%s, 0)", [2])
    run("SELECT nextval('safe_counter')")
    run("SELECT pg_advisory_lock(77)")
    run("SELECT * FROM safe_row FOR UPDATE")
    run("WITH x AS (INSERT INTO safe_row VALUES (3, 0) RETURNING id) SELECT * FROM x")
    run("CREATE TABLE IF NOT EXISTS safe_log2 AS SELECT 1 AS one; DROP TABLE safe_log2")
    run("EXPLAIN ANALYZE UPDATE safe_row SET stars = stars + 10 WHERE id = 1")


@pytest.mark.parametrize("in_place", [True, False])
@pytest.mark.parametrize("is_atomic", [True, False])
@pytest.mark.parametrize("way", range(len(WAYS)))
def test_everything_happens_once(way: int, is_atomic: bool, in_place: bool):
    def work() -> None:
        run("SET lock_timeout = '5s'")
        all_kinds()

    if is_atomic:
        with transaction.atomic():
            profiled(work, in_place=in_place, **WAYS[way])
    else:
        profiled(work, in_place=in_place, **WAYS[way])
    assert run("SELECT id, stars FROM safe_row ORDER BY id") == [(1, 11), (2, 0), (3, 0)]
    assert run("SELECT count(*), max(id) FROM safe_log") == [(4, 4)]
    assert run("SELECT last_value, is_called FROM safe_counter") == [(1, True)]
    assert run("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77") == [(1,)]
    assert run("SELECT pg_advisory_unlock(77), pg_advisory_unlock(77)") == [(True, False)]
    assert run("SHOW lock_timeout") == [("5s",)]


@pytest.mark.parametrize("in_place", [True, False])
@pytest.mark.parametrize("way", range(len(WAYS)))
def test_the_update_of_django_adds_exactly_one(way: int, in_place: bool):
    profiled(lambda: Row.objects.update(stars=F("stars") + 1), in_place=in_place, **WAYS[way])
    assert Row.objects.get().stars == 1
    profiled(lambda: Row.objects.create(pk=2, stars=5), in_place=in_place, **WAYS[way])
    assert run("SELECT count(*), max(id) FROM safe_log") == [(2, 2)]


@pytest.mark.parametrize("way", range(len(WAYS)))
def test_the_applications_own_exception_comes_out_of_an_aborted_transaction(way: int):
    def work() -> None:
        run("SELECT * FROM safe_row")
        run("SELECT 1 / 0")

    with pytest.raises(DataError, match="division by zero"), transaction.atomic():
        profiled(work, in_place=True, **WAYS[way])
    assert run("SELECT count(*) FROM safe_row") == [(1,)]


@pytest.mark.parametrize("in_place", [True, False])
def test_an_open_cursor_goes_on(in_place: bool):
    run("INSERT INTO safe_row SELECT i, 0 FROM generate_series(10, 400) i")

    def work() -> None:
        with transaction.atomic():
            rows = Row.objects.order_by("pk").iterator(100)
            seen = [next(rows).pk]
            profiled(lambda: run("SELECT count(*) FROM safe_row"), in_place=in_place, explain="all")
            seen += [row.pk for row in rows]
            assert len(seen) == 392

    work()


def test_a_replica_that_takes_no_writes_gives_plans():
    twin = connection.copy()
    twin.settings_dict["OPTIONS"] = {"options": "-c default_transaction_read_only=on"}
    original = connections["default"]
    connections["default"] = twin
    try:
        capture = profiled(lambda: run_on(twin, "SELECT * FROM safe_row"), in_place=True, explain="all")
        assert [plan.is_analyzed for plan in capture.plans] == [True]
        capture = profiled(lambda: run_on(twin, "SELECT * FROM safe_row"), in_place=False, explain="all")
        assert [plan.is_analyzed for plan in capture.plans] == [True]
    finally:
        twin.close()
        connections["default"] = original


def run_on(wrapper: Any, sql: str) -> None:
    with wrapper.cursor() as cursor:
        cursor.execute(sql)


def slow_one(sql: str, *, in_place: bool, max_ms: float, **settings: Any) -> Capture:
    """As if the application had waited so long for it."""
    group = make_query_group(fingerprint="f0", sql=sql, max_ms=max_ms, total_ms=max_ms)
    config = current_config(**settings)
    place = Place(config=config, project=current_project(config), in_place=in_place)
    return examine(make_trace(group), [Slow(group, sql, None)], place)


@pytest.mark.parametrize("in_place", [True, False])
def test_a_query_of_thirty_seconds_is_cut_and_keeps_its_time(in_place: bool):
    connection.ensure_connection()
    started = time.monotonic()
    [plan] = slow_one(HEAVY, in_place=in_place, max_ms=30_000.0, explain_budget_ms=25.0).plans
    assert time.monotonic() - started < 3  # twenty times the budget of a request are half a second
    assert (plan.is_analyzed, plan.note, plan.observed_ms) == (False, PLANNED_FOR_TIME, 30_000.0)
    assert plan.execution_time_ms is None
    assert run("SELECT 1") == [(1,)]


@pytest.mark.parametrize("in_place", [True, False])
def test_a_connection_that_is_lost_costs_the_plan_and_nothing_else(in_place: bool):
    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    done = threading.Event()

    def kill() -> None:
        with own_connection(connections["default"]) as raw:
            while not done.wait(0.02):
                killed = raw.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE query LIKE 'EXPLAIN (ANALYZE%' AND state = 'active'"
                    " AND pid <> pg_backend_pid() AND datname = current_database()"
                ).fetchall()
                if killed:
                    return

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        capture = slow_one(HEAVY, in_place=in_place, max_ms=9_000.0, explain_budget_ms=20_000.0)
    finally:
        done.set()
        killer.join()
    assert capture.plans == ()
    [skipped] = capture.skipped_plans
    assert skipped.reason.startswith("Not explained: PostgreSQL refused it (")
    if in_place:  # it was the program's own, and would have been lost to it all the same
        connection.close()
    else:
        assert connection.connection.info.backend_pid == pid
    assert run("SELECT count(*) FROM safe_row") == [(1,)]
