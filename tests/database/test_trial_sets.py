"""Tests of database/trial_sets.py: what helps only together, and what each part gives."""

from __future__ import annotations

import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

from queryscope.database import trial_bench, trial_sets
from queryscope.database.proposals import named, proposals
from queryscope.database.trial import run_trials
from queryscope.database.trial_build import build_and_run
from queryscope.database.trial_choice import Outcome
from queryscope.database.trial_measure import Select
from queryscope.database.trial_watch import Watch
from queryscope.model import Level, Measure, Table
from tests.database.test_trial import make_candidate, snapshot
from tests.database.trying import try_indexes
from tests.database.warehouse import warehouse

__all__ = ["warehouse"]

ARMS = 'SELECT * FROM "warehouse_order" WHERE "code" = %s OR "note" = %s'
BY_CUSTOMER = (
    "SELECT warehouse_order.* FROM warehouse_order INNER JOIN warehouse_customer"
    " ON warehouse_order.customer_id = warehouse_customer.id WHERE warehouse_customer.name = %s"
)


# Works, of which one in twenty is of the kind 7, with their loans and reports.
WORKS = """
    CREATE TABLE trial_work AS
    SELECT n AS id, CASE WHEN n % 20 = 0 THEN 7 ELSE n % 6 END AS kind, n % 1000 AS made
    FROM generate_series(1, 100000) n;
    CREATE TABLE trial_loan AS
    SELECT n AS id, n * 7919 % 99000 + 1 AS work_id, n % 700 AS borrower
    FROM generate_series(1, 140000) n;
    CREATE TABLE trial_report AS
    SELECT n AS id, n * 6151 % 100000 + 1 AS work_id, CASE WHEN n % 300 = 0 THEN 4 ELSE n % 3 END AS grade
    FROM generate_series(1, 160000) n;
    ALTER TABLE trial_work ADD PRIMARY KEY (id);
    ANALYZE trial_work, trial_loan, trial_report
"""
LENT_AND_POOR = """
    SELECT * FROM trial_work w
    WHERE EXISTS (SELECT 1 FROM trial_loan l WHERE l.work_id = w.id AND l.borrower = %s)
        AND EXISTS (SELECT 1 FROM trial_report r WHERE r.work_id = w.id AND r.grade = %s)
"""
NEVER_LENT = """
    SELECT * FROM trial_work w
    WHERE w.kind = %s AND w.made < %s AND NOT EXISTS (SELECT 1 FROM trial_loan l WHERE l.work_id = w.id)
"""
LENT_TO = """
    SELECT * FROM trial_loan l JOIN trial_work w ON w.id = l.work_id WHERE l.borrower < %s AND w.kind < %s
"""


@pytest.fixture(scope="module")
def works(warehouse):
    """The connection to a database that holds works, their loans and reports too."""
    with warehouse.connection.cursor() as cursor:
        cursor.execute(WORKS)
    yield warehouse
    with warehouse.connection.cursor() as cursor:
        cursor.execute("DROP TABLE trial_work, trial_loan, trial_report")


@pytest.fixture
def builds(monkeypatch):
    """The names of the indexes of each build."""
    found = []

    def note(cursor, proposal, **more):
        found.append([one.name for one in proposal])
        return build_and_run(cursor, proposal, **more)

    monkeypatch.setattr(trial_bench, "build_and_run", note)
    return found


def on(relation, *columns):
    return make_candidate(*columns, name="_".join((relation, *columns)), relation=f"trial_{relation}")


def a_set(*candidates):
    """The candidates, each naming the others."""
    names = [one.name for one in candidates]
    return [replace(one, together=tuple(n for n in names if n != one.name)) for one in candidates]


def test_candidates_that_name_each_other_are_one_proposal():
    alone = make_candidate("code")
    arms = a_set(make_candidate("code", name="a"), make_candidate("note", name="b"))
    assert proposals([arms[0], alone, arms[1]]) == ((arms[0], arms[1]), (alone,))


def test_of_a_set_each_part_is_named():
    arms = a_set(make_candidate("code", name="a"), make_candidate("note", "code", name="b"))
    assert named(arms[:1]) == "An index on (code)"
    covering = replace(arms[0], include=("total",), predicate="total > 0")
    assert named([covering]) == "An index on (code) INCLUDE (total) of some rows"
    assert named(arms) == "Indexes on warehouse_order (code) and warehouse_order (note, code)"


def test_an_index_for_each_arm_of_an_or_is_proved_as_a_set(warehouse):
    before = snapshot(warehouse)
    arms = a_set(make_candidate("code", name="arm_code"), make_candidate("note", name="arm_note"))
    proved, refusals = try_indexes(warehouse, arms, ARMS, ("C777", "no such note"))
    assert [(one.name, one.together) for one in proved] == [
        ("arm_code", ("arm_note",)),
        ("arm_note", ("arm_code",)),
    ]
    assert refusals == []
    for one in proved:
        assert one.evidence.level is Level.TIMED
        assert one.evidence.before.blocks > 1000 > 20 > one.evidence.after.blocks
        assert "Timed together with arm_" in one.evidence.note
        assert "without this one" in one.evidence.note
        assert one.size_bytes > 1_000_000
    assert snapshot(warehouse) == before


def test_one_arm_alone_is_not_proved(warehouse):
    proved, refusals = try_indexes(warehouse, [make_candidate("code")], ARMS, ("C777", "no such note"))
    assert proved == []
    assert [one.kind for one in refusals] == ["not-used"]


def test_a_part_without_a_share_is_dropped(warehouse):
    both = a_set(
        make_candidate("customer_id", name="by_customer"),
        make_candidate("name", name="by_name", relation="warehouse_customer"),
    )
    proved, _ = try_indexes(warehouse, both, BY_CUSTOMER, ("Customer 77",))
    # The table of 5 000 customers is read in half a millisecond: the foreign key is what counts.
    kept = {one.name for one in proved}
    assert "by_customer" in kept
    if kept == {"by_customer"}:
        assert proved[0].together == ()


def test_two_tables_that_both_gain_are_timed_together_and_one_that_suffices_stays(warehouse):
    with warehouse.connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS trial_line")
        cursor.execute(
            "CREATE TABLE trial_line AS SELECT n AS id, n AS order_id, 'L' || n AS label"
            " FROM generate_series(1, 200000) n; ANALYZE trial_line"
        )
        try:
            sql = (
                "SELECT trial_line.* FROM trial_line INNER JOIN warehouse_order"
                " ON trial_line.order_id = warehouse_order.id WHERE warehouse_order.code = %s"
            )
            candidates = [
                make_candidate("order_id", name="by_order", relation="trial_line"),
                make_candidate("code", name="by_code"),
            ]
            proved, _ = try_indexes(warehouse, a_set(*candidates), sql, ("C777",))
            assert {one.name for one in proved} == {"by_order", "by_code"}
            alone, _ = try_indexes(warehouse, candidates, sql, ("C777",))
            assert {one.name for one in alone} <= {"by_order", "by_code"}
        finally:
            cursor.execute("DROP TABLE trial_line")


def test_a_set_whose_part_takes_too_long_is_not_built(warehouse, monkeypatch):
    monkeypatch.setattr(trial_bench, "build_and_run", None)
    arms = a_set(make_candidate("code", name="a"), make_candidate("note", name="b"))
    proved, refusals = try_indexes(warehouse, arms, ARMS, ("C777", "x"), budget_ms=100)
    assert proved == []
    assert [one.kind for one in refusals] == ["budget"]


@pytest.mark.parametrize("number", [3])
def test_more_arms_are_proved_too(warehouse, number):
    sql = 'SELECT * FROM "warehouse_order" WHERE "code" = %s OR "note" = %s OR "total" = %s'
    arms = a_set(
        make_candidate("code", name="a"), make_candidate("note", name="b"), make_candidate("total", name="c")
    )
    proved, refusals = try_indexes(warehouse, arms, sql, ("C777", "x", -5))
    # There is an index that begins with the total: the third of ours has no share.
    assert {one.name for one in proved} == {"a", "b"}
    assert refusals == []


def test_indexes_of_two_tables_that_only_help_together_are_found_though_no_rule_joined_them(works):
    before = snapshot(works)
    candidates = [on("loan", "borrower"), on("loan", "work_id"), on("report", "work_id")]
    proved, _ = try_indexes(works, candidates, LENT_AND_POOR, (77, 4))
    assert [(one.name, one.together) for one in sorted(proved, key=lambda one: one.name)] == [
        ("loan_borrower", ("report_work_id",)),
        ("report_work_id", ("loan_borrower",)),
    ]
    assert all("; without this one" in one.evidence.note for one in proved)
    assert snapshot(works) == before


def test_a_selective_parent_and_the_foreign_key_of_an_anti_join_are_found_together(works):
    candidates = [on("loan", "work_id"), on("work", "kind", "made")]
    proved, _ = try_indexes(works, candidates, NEVER_LENT, (7, 30))
    assert {one.name for one in proved} == {"loan_work_id", "work_kind_made"}
    assert all("Timed together with" in one.evidence.note for one in proved)


def test_a_part_of_a_proposed_set_gives_way_to_an_index_that_finds_fewer_rows(works):
    candidates = [*a_set(on("loan", "work_id"), on("work", "kind")), on("work", "kind", "made")]
    proved, _ = try_indexes(works, candidates, NEVER_LENT, (3, 30))
    assert {(one.name, one.together) for one in proved} == {
        ("loan_work_id", ("work_kind_made",)),
        ("work_kind_made", ("loan_work_id",)),
    }


def test_it_may_give_way_too_to_what_is_of_no_use_without_the_others():
    both = a_set(on("loan", "work_id"), on("work", "kind"))
    others = [on("work", "kind", "made"), on("work", "made"), on("work", "borrower")]
    current = outcome(*both, after_ms=20.0)
    measured = [
        current,
        outcome(both[1], after_ms=40.0),
        outcome(others[0], after_ms=38.0),  # no better than what it would stand for
        outcome(others[1], after_ms=50.0, is_used=False),
        outcome(others[2], after_ms=10.0),
    ]
    bench = SimpleNamespace(
        measured=lambda: measured,
        without=[SimpleNamespace(scans=("trial_loan", "trial_work"))],
    )
    ((beside, tried),) = trial_sets._additions(bench, current, [current], [])
    assert [one.name for one in beside] == ["loan_work_id"]
    assert [one.name for one in tried] == ["work_borrower", "work_made"]


def outcome(*parts, after_ms, is_used=True):
    return Outcome(
        parts=parts,
        before=Measure(queries=1, ms=50.0, blocks=1000),
        after=Measure(queries=1, ms=after_ms, blocks=1000),
        size_bytes=1,
        is_used=is_used,
    )


def test_of_a_set_that_the_planner_uses_in_part_that_part_is_timed_alone(works):
    proposed = a_set(on("loan", "borrower"), on("work", "kind"))
    proved, refusals = try_indexes(works, proposed, LENT_TO, (1, 6))
    assert [(one.name, one.together) for one in proved] == [("loan_borrower", ())]
    assert [(one.relation, one.kind) for one in refusals] == [("trial_work", "not-used")]


def test_a_second_table_that_adds_nothing_gets_no_index(works, builds, monkeypatch):
    monkeypatch.setattr(trial_sets, "ENOUGH_MS", 0.0)
    proved, refusals = try_indexes(works, [on("loan", "borrower"), on("work", "kind")], LENT_TO, (1, 6))
    assert [(one.name, one.together) for one in proved] == [("loan_borrower", ())]
    assert [(one.relation, one.kind) for one in refusals] == [("trial_work", "not-used")]
    assert builds == [["loan_borrower"], ["work_kind"], ["loan_borrower", "work_kind"]]


def test_nothing_is_added_to_what_takes_less_than_a_millisecond(works, builds):
    proved, _ = try_indexes(works, [on("loan", "borrower"), on("work", "kind")], LENT_TO, (1, 6))
    assert [one.name for one in proved] == ["loan_borrower"]
    assert builds == [["loan_borrower"], ["work_kind"]]


def test_where_the_time_for_trials_is_spent_no_more_is_tried(works, builds, monkeypatch):
    monkeypatch.setattr(trial_bench.Bench, "is_affordable", lambda bench, proposal: False)
    try_indexes(works, [on("loan", "borrower"), on("report", "work_id")], LENT_AND_POOR, (77, 4))
    assert builds == [["loan_borrower"], ["report_work_id"]]


@pytest.mark.parametrize(
    ("left_s", "budget_ms", "is_affordable"),
    [(30.0, 2000.0, True), (0.05, 2000.0, False), (30.0, 40.0, False)],
)
def test_a_build_is_paid_from_the_time_left_and_from_what_writers_may_wait(
    works, left_s, budget_ms, is_affordable
):
    # 140 000 numbers take 84 ms to build, by the prediction.
    table = Table(schema="public", name="trial_loan", rows=140_000, pages=760)
    with works.connection.transaction(), works.connection.cursor() as cursor:
        bench = trial_bench.Bench(
            cursor,
            Select(sql="SELECT 1"),
            tables={"trial_loan": table},
            budget=trial_bench.Budget(
                build_ms=budget_ms, patient_ms=budget_ms, ends_at=time.monotonic() + left_s
            ),
            watch=Watch(None, cursor),
            errors=(),
        )
        assert bench.is_affordable((on("loan", "work_id"),)) is is_affordable


@pytest.mark.parametrize(
    ("sql", "params", "candidates", "kept", "refused"),
    [
        (NEVER_LENT, (7, 30), ("loan.work_id", "work.kind"), {"loan_work_id", "work_kind"}, []),
        (LENT_TO, (1, 6), ("loan.borrower", "work.kind"), {"loan_borrower"}, ["no-share"]),
    ],
)
def test_what_takes_too_long_alone_is_timed_beside_the_best(
    works, monkeypatch, sql, params, candidates, kept, refused
):
    def slow_alone(cursor, proposal, **more):
        if [one.name for one in proposal] == ["work_kind"]:
            cursor.execute("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)")
        return build_and_run(cursor, proposal, **more)

    monkeypatch.setattr(
        trial_bench, "build_and_run", lambda *them, **more: in_savepoint(slow_alone, *them, **more)
    )
    monkeypatch.setattr(trial_sets, "ENOUGH_MS", 0.0)
    tried = [on(*name.split(".")) for name in candidates]
    trial = run_trials(works, tried, Select(sql=sql, params=params), budget_ms=2000)
    assert {one.name for one in trial.proved} == kept
    assert [one.kind for one in trial.refusals if one.relation == "trial_work"] == refused
    assert trial.undecided == ()


def in_savepoint(call, cursor, *them, **more):
    """What fails is rolled back, as in a build."""
    cursor.execute("SAVEPOINT slow")
    try:
        return call(cursor, *them, **more)
    finally:
        cursor.execute("ROLLBACK TO SAVEPOINT slow")
