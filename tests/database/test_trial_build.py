"""Tests of database/trial_build.py, on the real server."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import transaction

from queryscope.database import trial_bench, trial_build
from queryscope.database.sandbox import own_connection, rolled_back
from queryscope.database.trial_build import (
    MOST_RUNS,
    RUNS,
    SHORT_MS,
    Limits,
    Other,
    are_enough,
    build_and_run,
)
from queryscope.database.trial_measure import Select, Timing, run_once
from queryscope.model import IndexKey, Level, Measure
from tests.database.test_trial import BY_CODE, CODE, make_candidate, refused
from tests.database.trying import try_indexes
from tests.database.warehouse import ROWS, warehouse

__all__ = ["warehouse"]

LIMITS = Limits(build_ms=20_000, run_ms=10_000, lock_ms=500, hold_ms=40_000)
SLOW = Measure(ms=1000.0, blocks=100_000)


def build(warehouse, candidate, *, usual=SLOW, sql=BY_CODE, params=CODE):
    """The index built on a connection of its own; what the catalog says of it afterwards."""
    with own_connection(warehouse) as raw, rolled_back(raw, lock_ms=500, statement_ms=9000) as cursor:
        select = Select(sql=sql, params=params)
        built = build_and_run(cursor, (candidate,), query=select, limits=LIMITS, usual=usual)
        cursor.execute("SELECT to_regclass('trial_index')::text")
        assert cursor.fetchone() == (None,)
        return built


def test_an_index_is_there_for_the_runs_only(warehouse):
    built = build(warehouse, make_candidate("code"))
    assert len(built.with_index) >= 3
    assert {timing.indexes for timing in built.with_index} == {frozenset({"trial_index"})}
    (part,) = built.parts
    assert part.size_bytes > 8 * ROWS
    assert part.build_ms > 1
    assert not built.is_copy


def test_a_query_that_leaves_the_index_alone_is_not_slower_for_it(warehouse):
    """However busy the machine is at the moment."""
    everything = Select(sql="SELECT * FROM warehouse_order WHERE code > %s", params=[""])
    others = (
        Other(label="alone", select=everything, ms=0.001),
        Other(label="used", select=Select(sql=BY_CODE, params=["none"]), ms=0.001),
    )
    with own_connection(warehouse) as raw, rolled_back(raw, lock_ms=500, statement_ms=9000) as cursor:
        select = Select(sql=BY_CODE, params=CODE)
        proposal = (make_candidate("code"),)
        built = build_and_run(cursor, proposal, query=select, limits=LIMITS, usual=SLOW, others=others)
    alone, used = built.others
    assert alone.after_ms == alone.before_ms
    assert used.after_ms > used.before_ms


def test_a_run_that_is_cut_off_is_not_slower_either_where_its_plan_leaves_the_index_alone(
    warehouse, monkeypatch
):
    monkeypatch.setattr(trial_build, "LEAST_PATIENCE_MS", 1.0)
    everything = Select(sql="SELECT * FROM warehouse_order, pg_sleep(0.1) WHERE code > %s", params=[""])
    through = Select(sql=BY_CODE.replace("WHERE", ", pg_sleep(0.1) WHERE"), params=CODE)
    others = (
        Other(label="alone", select=everything, ms=0.001, is_common=True),
        Other(label="used", select=through, ms=0.001),
    )
    with own_connection(warehouse) as raw, rolled_back(raw, lock_ms=500, statement_ms=9000) as cursor:
        select = Select(sql=BY_CODE, params=CODE)
        proposal = (make_candidate("code"),)
        built = build_and_run(cursor, proposal, query=select, limits=LIMITS, usual=SLOW, others=others)
    alone, used = built.others
    assert (alone.after_ms, alone.is_cut_off, alone.is_common) == (alone.before_ms, False, True)
    assert (used.is_cut_off, used.is_common) == (True, False)


def test_an_expression_is_analysed_so_that_the_planner_believes_it(warehouse):
    key = IndexKey(expression='UPPER("code")', django='Upper("code")')
    sql = 'SELECT * FROM "warehouse_order" WHERE UPPER("code") = %s'
    built = build(warehouse, make_candidate(keys=(key,)), sql=sql)
    assert built.with_index[0].indexes == {"trial_index"}


def test_an_extension_is_there_for_the_runs_only(warehouse):
    count = "SELECT count(*) FROM pg_extension"
    with warehouse.connection.cursor() as cursor:
        before = cursor.execute(count).fetchone()
        build(warehouse, make_candidate("code", extensions=("pg_trgm",)))
        assert cursor.execute(count).fetchone() == before


@pytest.mark.parametrize(
    ("column", "usual", "is_run_once"),
    [
        ("code", SLOW, False),
        ("code", Measure(ms=0.0, blocks=100_000), False),
        ("code", Measure(ms=1000.0, blocks=0), False),
        ("code", Measure(ms=0.0, blocks=0), True),
        ("region", SLOW, True),
    ],
)
def test_an_index_that_gains_nothing_is_run_once(warehouse, column, usual, is_run_once):
    runs = build(warehouse, make_candidate(column), usual=usual).with_index
    assert (len(runs) == 1) is is_run_once


@pytest.mark.parametrize(
    ("ms", "runs"), [(0.01, MOST_RUNS), (SHORT_MS / 6, 6), (SHORT_MS / 5, 5), (SHORT_MS, RUNS)]
)
def test_short_runs_are_made_more_often(ms, runs):
    made = [Timing(measure=Measure(ms=ms, blocks=1), indexes=frozenset())] * MOST_RUNS
    assert [are_enough(made[:count]) for count in range(MOST_RUNS + 1)].index(True) == runs


def test_one_run_that_others_disturbed_is_not_the_end(warehouse, monkeypatch):
    runs = []

    def disturbed(cursor, select, **more):
        timing = run_once(cursor, select, **more)
        runs.append(timing)
        return replace(timing, measure=replace(timing.measure, ms=40.0)) if len(runs) == 1 else timing

    monkeypatch.setattr(trial_build, "run_once", disturbed)
    built = build(warehouse, make_candidate("code"), usual=Measure(ms=20.0, blocks=4))
    assert len(built.with_index) >= 3


def test_with_an_index_that_the_planner_ignores_nothing_is_run(warehouse, monkeypatch):
    monkeypatch.setattr(trial_build, "run_once", None)
    sql = 'SELECT * FROM "warehouse_order" WHERE "status" = %s'
    assert refused(warehouse, make_candidate("region"), sql, ("done",)).kind == "not-used"


def test_a_query_that_takes_seconds_is_run_twice_without(warehouse, monkeypatch):
    runs = []

    def count(cursor, select, **more):
        runs.append(select)
        return run_once(cursor, select, **more)

    monkeypatch.setattr(trial_bench, "run_once", count)
    monkeypatch.setattr(trial_bench, "VERY_LONG_MS", 0.0)
    monkeypatch.setattr(trial_bench, "other_parameters", lambda *_: [])
    both = [make_candidate("code"), make_candidate("code", "status", name="both")]
    (advice,), _ = try_indexes(warehouse, both, BY_CODE, CODE)
    assert len(runs) == 3  # one to warm up
    assert "times with it and 2 times without" in advice.evidence.note


@pytest.fixture
def updated(warehouse):
    """A transaction that updated rows in place: their index entries are in HOT chains."""
    with warehouse.connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS trial_hot")
        cursor.execute("CREATE TABLE trial_hot (id bigint, code text, filler text) WITH (fillfactor = 40)")
        cursor.execute(
            "INSERT INTO trial_hot SELECT n, 'C' || n, repeat('x', 100) FROM generate_series(1, 60000) n"
        )
        cursor.execute("ANALYZE trial_hot")
    with transaction.atomic():
        with warehouse.cursor() as cursor:
            cursor.execute("UPDATE trial_hot SET code = code || 'x' WHERE id %% 5 = 0", ())
        yield warehouse
        transaction.set_rollback(True)
    with warehouse.connection.cursor() as cursor:
        cursor.execute("DROP TABLE trial_hot")


def test_rows_updated_in_the_transaction_are_proved_on_a_copy(updated):
    candidate = make_candidate("code", relation="trial_hot")
    proved, refusals = try_indexes(updated, [candidate], "SELECT * FROM trial_hot WHERE code = %s", CODE)
    assert refusals == []
    assert proved[0].evidence.level is Level.TIMED
    assert "on a temporary copy of the table" in proved[0].evidence.note
    assert proved[0].evidence.before.blocks > 100 > proved[0].evidence.after.blocks
    with updated.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname = 'trial_hot'")
        assert cursor.fetchone() == (1,)


def test_a_copy_has_the_indexes_of_the_table(updated):
    with updated.cursor() as cursor:
        cursor.execute("CREATE INDEX trial_hot_id ON trial_hot (id)")
    candidate = make_candidate("code", relation="trial_hot")
    sql = "SELECT * FROM trial_hot WHERE code = %s AND id = %s"
    proved, refusals = try_indexes(updated, [candidate], sql, ("C777", 777))
    assert proved == []
    (refusal,) = refusals
    assert refusal.kind in ("no-gain", "not-used", "fast")
