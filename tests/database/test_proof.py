"""Tests of database/proof.py: how far up the ladder each candidate comes, and what is said of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import transaction

from queryscope.database.proof import Permit, prove_indexes
from queryscope.database.trial_measure import Select
from queryscope.model import Evidence, IndexKey, Level
from tests.database.test_trial import BY_CODE, CODE, make_candidate
from tests.database.warehouse import warehouse

__all__ = ["warehouse"]

QUERY = Select(sql=BY_CODE, params=CODE)
ALLOWED = Permit(may_build=True)
NOT_HERE = Permit(may_build=False, reason="Not tried: 'default' is not listed.")
SHORT = Permit(may_build=True, budget_ms=100)


def proved(warehouse, *candidates, query=QUERY, permit=NOT_HERE, **more):
    return prove_indexes(warehouse, candidates, query, permit=permit, **more)


def test_without_candidates_nothing_is_done():
    assert prove_indexes(None, [], QUERY, permit=ALLOWED).indexes == ()


def test_where_it_may_be_built_it_is_timed(warehouse):
    proof = proved(warehouse, make_candidate("code"), permit=ALLOWED)
    assert [one.evidence.level for one in proof.indexes] == [Level.TIMED]
    assert proof.refusals == ()
    assert proof.trial_ms > 1


def test_where_it_may_not_it_is_probed_and_the_reason_stands_there(warehouse):
    proof = proved(warehouse, make_candidate("code"))
    (advice,) = proof.indexes
    assert advice.evidence.level is Level.USABLE
    assert (advice.evidence.before, advice.evidence.after, advice.size_bytes) == (None, None, None)
    assert advice.evidence.note.endswith("Not tried: 'default' is not listed.")
    assert "on a copy of 2,000 rows" in advice.evidence.note
    assert "what it gains was not measured" in advice.evidence.note
    assert (proof.refusals, proof.trial_ms) == ((), 0.0)


def test_what_takes_too_long_to_build_is_not_lost(warehouse):
    (advice,) = proved(warehouse, make_candidate("code"), permit=SHORT).indexes
    assert advice.evidence.level is Level.USABLE
    assert "building it over 200,000 rows would take about 0.4 s" in advice.evidence.note


def test_what_was_measured_to_be_of_no_use_is_not_probed(warehouse):
    query = Select(sql='SELECT * FROM "warehouse_order" WHERE "status" = %s', params=("done",))
    proof = proved(warehouse, make_candidate("status"), query=query, permit=ALLOWED)
    assert proof.indexes == ()
    assert [one.kind for one in proof.refusals] == ["not-used"]


def test_what_no_query_can_use_is_refused(warehouse):
    key = IndexKey(expression='LOWER("code")', django='Lower("code")')
    query = Select(sql='SELECT * FROM "warehouse_order" WHERE UPPER("code") = %s', params=CODE)
    proof = proved(warehouse, make_candidate(keys=(key,)), query=query)
    assert proof.indexes == ()
    assert [one.kind for one in proof.refusals] == ["not-usable"]


def test_of_several_that_can_be_used_one_is_advised(warehouse):
    query = Select(
        sql='SELECT * FROM "warehouse_order" WHERE "region" = %s ORDER BY "created" LIMIT 10', params=(7,)
    )
    candidates = [
        make_candidate("region", name="a"),
        make_candidate("region", "created", name="b"),
        make_candidate("created", name="c"),
    ]
    assert [one.name for one in proved(warehouse, *candidates, query=query).indexes] == ["b"]


def test_a_query_of_a_large_table_that_is_fast_already_needs_none(warehouse):
    query = Select(sql='SELECT * FROM "warehouse_order" WHERE "id" = %s', params=(5,))
    proof = proved(warehouse, make_candidate("id"), query=query, permit=ALLOWED)
    assert proof.indexes == ()
    assert [one.kind for one in proof.refusals] == ["fast"]


def test_a_fast_query_needs_none_where_nothing_can_be_probed_either(warehouse):
    query = Select(sql='SELECT * FROM "warehouse_order" WHERE "id" = %s', params=(5,))
    with transaction.atomic():
        with warehouse.connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE proof_shadow (LIKE warehouse_order)")
            cursor.execute("ALTER TABLE proof_shadow RENAME TO warehouse_order")
        proof = proved(warehouse, make_candidate("id"), query=query, permit=ALLOWED)
        transaction.set_rollback(True)
    assert proof.indexes == ()
    assert [one.kind for one in proof.refusals] == ["fast"]


def test_a_small_table_beside_a_large_one_has_its_size(warehouse):
    query = Select(
        sql="SELECT o.* FROM warehouse_order o JOIN warehouse_depot d ON d.id = o.region WHERE d.city = %s",
        params=("City 1",),
    )
    names = ("by_region", "by_city")
    both = [
        replace(make_candidate("region", name=names[0]), together=names[1:]),
        replace(make_candidate("city", name=names[1], relation="warehouse_depot"), together=names[:1]),
    ]
    for advice in proved(warehouse, *both, query=query).indexes:
        assert "size can't speak" not in advice.evidence.note


def test_a_table_that_takes_no_time_to_read_needs_none(warehouse):
    query = Select(sql='SELECT * FROM "warehouse_customer" WHERE "name" = %s', params=("Customer 7",))
    candidate = make_candidate("name", relation="warehouse_customer")
    assert proved(warehouse, candidate, query=query).indexes
    proof = proved(warehouse, candidate, query=query, reading_ms={"warehouse_customer": 0.42})
    assert proof.indexes == ()
    assert proof.refusals[0].reason == (
        "Reading warehouse_customer takes 0.42 ms of this query: no index can win a millisecond."
    )


@pytest.mark.parametrize(("share", "count"), [(0.2, 1), (0.21, 0)])
def test_of_a_large_part_of_a_table_an_index_has_to_be_timed(warehouse, share, count):
    query = Select(sql='SELECT * FROM "warehouse_order" WHERE "status" = %s', params=("done",))
    proof = proved(
        warehouse, make_candidate("status"), query=query, needed_rows={"warehouse_order": 200_000 * share}
    )
    assert len(proof.indexes) == count
    told = [one.reason.partition(":")[0] for one in proof.refusals]
    assert told == ["The query needs 21% of the 200,000 rows of warehouse_order"] * (1 - count)


def test_the_first_rows_in_an_order_may_be_of_many(warehouse):
    query = Select(sql='SELECT MAX("code") FROM "warehouse_order"', params=())
    candidate = make_candidate("code")
    assert proved(warehouse, candidate, query=query, needed_rows={"warehouse_order": 200_000.0}).indexes


@pytest.mark.parametrize("permit", [ALLOWED, NOT_HERE])
def test_of_a_table_with_few_rows_size_cant_speak(warehouse, permit):
    query = Select(sql='SELECT * FROM "warehouse_depot" WHERE "city" = %s', params=("City 1",))
    (advice,) = proved(
        warehouse,
        make_candidate("city", relation="warehouse_depot"),
        query=query,
        permit=permit,
        reading_ms={"warehouse_depot": 0.01},
    ).indexes
    assert advice.evidence.level is Level.USABLE
    assert "on a copy of 60 rows. So few rows are here that size can't speak" in advice.evidence.note
    assert "millisecond" not in advice.evidence.note


def test_of_few_rows_the_index_that_serves_by_most_keys_is_advised(warehouse):
    query = Select(
        sql='SELECT * FROM "warehouse_depot" WHERE "city" = %s ORDER BY "id" DESC LIMIT 3', params=("City 1",)
    )
    candidates = [
        make_candidate("city", relation="warehouse_depot", name="a"),
        make_candidate("city", "id", relation="warehouse_depot", name="b"),
    ]
    assert [one.name for one in proved(warehouse, *candidates, query=query).indexes] == ["b"]


def test_a_pattern_without_trigrams_is_refused_at_every_step(warehouse):
    key = IndexKey(expression='UPPER("note")', django='Upper("note")', opclass="gin_trgm_ops")
    query = Select(sql='SELECT * FROM "warehouse_order" WHERE UPPER("note") LIKE UPPER(%s)', params=("%ab%",))
    candidate = make_candidate(keys=(key,), extensions=("pg_trgm",))
    for permit in (ALLOWED, NOT_HERE):
        proof = proved(warehouse, candidate, query=query, permit=permit)
        assert proof.indexes == ()
        assert [one.kind for one in proof.refusals] == ["short-pattern"]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE warehouse_order SET status = 'x' WHERE code = %s",
        "SELECT * FROM warehouse_order WHERE code = %s FOR UPDATE",
        "SELECT 1 WHERE %s = ''; DROP TABLE warehouse_depot",
    ],
)
def test_what_may_not_run_twice_is_not_probed_either(warehouse, sql):
    for permit in (ALLOWED, NOT_HERE):
        proof = proved(warehouse, make_candidate("code"), query=Select(sql=sql, params=CODE), permit=permit)
        assert {one.evidence.level for one in proof.indexes} <= {Level.NONE}


def test_a_statement_that_nobody_ran_again_is_planned_only_if_what_it_calls_is_known(warehouse):
    unchecked = Permit(may_build=False, reason="Not tried.", is_checked=False)
    (advice,) = proved(warehouse, make_candidate("code"), permit=unchecked).indexes
    assert advice.evidence.level is Level.USABLE
    with transaction.atomic():
        with warehouse.connection.cursor() as cursor:
            cursor.execute(
                "CREATE FUNCTION proof_liar() RETURNS text STABLE LANGUAGE plpgsql AS"
                " $$ BEGIN PERFORM nextval('proof_numbers'); RETURN 'C7'; END $$"
            )
            cursor.execute("CREATE SEQUENCE proof_numbers")
            query = Select(sql="SELECT * FROM warehouse_order WHERE code = proof_liar()")
            (advice,) = proved(warehouse, make_candidate("code"), query=query, permit=unchecked).indexes
            assert advice.evidence.level is Level.NONE
            cursor.execute("SELECT is_called FROM proof_numbers")
            assert cursor.fetchone() == (False,)
        transaction.set_rollback(True)


def test_an_aborted_transaction_leaves_no_proof_and_stays_aborted(warehouse):
    from django.db import DatabaseError

    with transaction.atomic():
        with warehouse.cursor() as cursor, pytest.raises(DatabaseError):
            cursor.execute("SELECT no_such_column")
        (advice,) = proved(warehouse, make_candidate("code"), permit=ALLOWED).indexes
        assert advice.evidence.level is Level.NONE
        assert "aborted" in advice.evidence.note
        transaction.set_rollback(True)


def test_no_value_stands_in_what_is_said(warehouse):
    for permit in (ALLOWED, NOT_HERE, SHORT):
        proof = proved(
            warehouse, make_candidate("code"), query=Select(sql=BY_CODE, params=("secret",)), permit=permit
        )
        assert proof.indexes
        assert "secret" not in repr(proof)


def test_no_query_of_django_is_counted(warehouse, django_assert_num_queries):
    with transaction.atomic(), django_assert_num_queries(0):
        proved(warehouse, make_candidate("code"))


def test_binding_parameters_on_the_server_makes_no_difference(warehouse):
    twin = warehouse.copy()
    twin.settings_dict["OPTIONS"] = {**twin.settings_dict.get("OPTIONS", {}), "server_side_binding": True}
    for permit in (ALLOWED, NOT_HERE):
        (advice,) = proved(twin, make_candidate("code"), permit=permit).indexes
        assert advice.evidence.level is (Level.TIMED if permit is ALLOWED else Level.USABLE)


@pytest.mark.parametrize("permit", [ALLOWED, NOT_HERE])
def test_what_a_rule_says_of_the_untimed_is_told_only_where_nobody_timed_it(warehouse, permit):
    told = replace(make_candidate("code"), evidence=Evidence(note="Another may be better."))
    (advice,) = proved(warehouse, told, permit=permit).indexes
    assert ("Another may be better." in advice.evidence.note) is (advice.evidence.level is Level.USABLE)
    assert (advice.evidence.level is Level.TIMED) is (permit is ALLOWED)
