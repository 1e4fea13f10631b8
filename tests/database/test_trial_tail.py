"""Tests of database/trial_tail.py, and of what comes of it in a trial."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.database import trial_bench
from queryscope.database.sandbox import own_connection, rolled_back
from queryscope.database.trial import run_trials
from queryscope.database.trial_measure import Select
from queryscope.database.trial_tail import other_parameters
from queryscope.model import Level
from tests.database.test_trial import make_candidate
from tests.database.warehouse import warehouse

__all__ = ["warehouse"]

ORDERS = '"warehouse_order"'
BY_STATUS = f'SELECT * FROM {ORDERS} WHERE {ORDERS}."status" = %s ORDER BY {ORDERS}."created" LIMIT 10'


def others(warehouse, sql, params):
    with own_connection(warehouse) as raw, rolled_back(raw, lock_ms=500, statement_ms=9000) as cursor:
        return list(other_parameters(cursor, Select(sql=sql, params=params), ["warehouse_order"]))


def test_rare_and_common_values_of_a_compared_column_take_the_place_of_its_parameter(warehouse):
    found = others(warehouse, BY_STATUS, ("sent",))
    assert [(label, list(select.params)) for label, select in found] == [
        ("with a rare value of status", ["pending"]),
        ("with the most common value of status", ["done"]),
    ]


def test_other_parameters_stay(warehouse):
    sql = f"""SELECT * FROM {ORDERS} WHERE {ORDERS}."code" LIKE %s AND ({ORDERS}."region" = %s)
    AND {ORDERS}."note" <> 'a%%b'"""
    (_, rare), (_, common) = others(warehouse, sql, ["C1%", 7])
    assert [select.params[0] for select in (rare, common)] == ["C1%", "C1%"]
    assert int(rare.params[1]) in range(40)


def test_parameters_may_have_names(warehouse):
    sql = f'SELECT * FROM {ORDERS} WHERE {ORDERS}."status" = %(status)s'
    ((_, first), _) = others(warehouse, sql, {"status": "done", "more": 1})
    assert first.params == {"status": "pending", "more": 1}


@pytest.mark.parametrize(
    ("sql", "params"),
    [
        (f'SELECT * FROM {ORDERS} WHERE {ORDERS}."code" = %s', ("C7",)),  # each value once
        (f'SELECT * FROM {ORDERS} WHERE {ORDERS}."region" = %s + 1', (7,)),
        (f'SELECT * FROM {ORDERS} WHERE {ORDERS}."region" > %s', (7,)),
        (f'SELECT * FROM {ORDERS} WHERE {ORDERS}."no_such" = %s', (7,)),
        (f'SELECT * FROM {ORDERS} T2 WHERE T2."region" = %s', (7,)),
        (f'SELECT * FROM {ORDERS} WHERE {ORDERS}."region" = 7', None),
        (f'SELECT * FROM {ORDERS} WHERE {ORDERS}."region" = %s', ()),
        (f"SELECT * FROM {ORDERS} WHERE 'a%%s' = %s", ("x",)),
    ],
)
def test_what_is_not_compared_with_a_skewed_column_has_no_tail(warehouse, sql, params):
    assert others(warehouse, sql, params) == []


@pytest.fixture
def trap(warehouse):
    """Rare values stand at the far end of the order: walking there reads everything, row by row."""
    with warehouse.connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS trial_trap")
        cursor.execute(
            "CREATE TABLE trial_trap (id bigint PRIMARY KEY, kind text, at int, filler text);"
            "INSERT INTO trial_trap SELECT n, CASE WHEN n % 100 = 0 THEN 'rare' WHEN n % 3 = 0 THEN 'other'"
            " ELSE 'common' END, CASE WHEN n % 100 = 0 THEN 900000 ELSE (n::bigint * 7919 % 150000)::int END,"
            " repeat('x', 60) FROM generate_series(1, 150000) n; ANALYZE trial_trap;"
        )
    yield warehouse
    with warehouse.connection.cursor() as cursor:
        cursor.execute("DROP TABLE trial_trap")


TRAP = 'SELECT * FROM "trial_trap" WHERE "trial_trap"."kind" = %s ORDER BY "trial_trap"."at" LIMIT 10'


def test_an_index_that_makes_a_rare_value_slower_is_refused_with_the_number(trap):
    walking = make_candidate("at", relation="trial_trap", name="walking")
    trial = run_trials(trap, [walking], Select(sql=TRAP, params=("common",)), budget_ms=5000)
    assert trial.proved == ()
    (refusal,) = trial.refusals
    assert refusal.kind == "slower-elsewhere"
    assert "with a rare value of kind the same query takes" in refusal.reason
    assert "rare'" not in refusal.reason


def test_other_parameters_are_tried_while_a_share_of_the_time_lasts(trap, monkeypatch):
    monkeypatch.setattr(trial_bench, "COMPARING", 0.0)
    walking = make_candidate("at", relation="trial_trap", name="walking")
    (advice,) = run_trials(trap, [walking], Select(sql=TRAP, params=("common",)), budget_ms=5000).proved
    assert "other parameters" not in advice.evidence.note


def test_a_candidate_that_harms_nobody_is_preferred(trap):
    candidates = [
        make_candidate("at", relation="trial_trap", name="walking"),
        make_candidate("kind", "at", relation="trial_trap", name="finding"),
    ]
    trial = run_trials(trap, candidates, Select(sql=TRAP, params=("common",)), budget_ms=5000)
    (advice,) = trial.proved
    assert (advice.name, advice.evidence.level) == ("finding", Level.TIMED)
    assert "With other parameters (2 tried) the query is not slower for it." in advice.evidence.note
    assert trial.refusals == ()


def test_the_first_execution_counts_as_well(trap):
    walking = make_candidate("at", relation="trial_trap", name="walking")
    sql = TRAP.replace('"trial_trap"."kind" = %s', '"trial_trap"."kind" || %s = %s')
    query = Select(sql=sql, params=("", "common"))
    typical = replace(query, params=("", "rare"))
    assert run_trials(trap, [walking], query, budget_ms=5000).proved
    trial = run_trials(trap, [walking], query, typical=typical, budget_ms=5000)
    assert trial.proved == ()
    assert "with the parameters of its first execution" in trial.refusals[0].reason
