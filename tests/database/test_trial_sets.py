"""Tests of sets in database/trial.py: what helps only together, and what each part gives."""

from __future__ import annotations

import pytest

from queryscope.database import trial_bench
from queryscope.database.proposals import named, proposals
from queryscope.database.trial import try_indexes
from queryscope.model import Level
from tests.database.test_trial import make_candidate, snapshot
from tests.database.warehouse import warehouse

__all__ = ["warehouse"]

ARMS = 'SELECT * FROM "warehouse_order" WHERE "code" = %s OR "note" = %s'
BY_CUSTOMER = (
    "SELECT warehouse_order.* FROM warehouse_order INNER JOIN warehouse_customer"
    " ON warehouse_order.customer_id = warehouse_customer.id WHERE warehouse_customer.name = %s"
)


def a_set(*candidates):
    """The candidates, each naming the others."""
    from dataclasses import replace

    names = [one.name for one in candidates]
    return [replace(one, together=tuple(n for n in names if n != one.name)) for one in candidates]


def test_candidates_that_name_each_other_are_one_proposal():
    alone = make_candidate("code")
    arms = a_set(make_candidate("code", name="a"), make_candidate("note", name="b"))
    assert proposals([arms[0], alone, arms[1]]) == ((arms[0], arms[1]), (alone,))


def test_of_a_set_each_part_is_named():
    arms = a_set(make_candidate("code", name="a"), make_candidate("note", "code", name="b"))
    assert named(arms[:1]) == "An index on (code)"
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
