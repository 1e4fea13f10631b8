"""Tests of database/hypothetical.py, on a server that has HypoPG."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

from queryscope.database.hypothetical import Planned, plan_with
from queryscope.database.proof import Permit, prove_indexes
from queryscope.database.sandbox import database_error, own_connection, rolled_back
from queryscope.database.trial_measure import Select
from queryscope.model import IndexAdvice, IndexKey, Level
from tests.database import hypopg

pytestmark = pytest.mark.hypopg
SCHEMA = """
    CREATE SCHEMA tools;
    CREATE EXTENSION hypopg SCHEMA tools;
    CREATE TABLE item (id bigint PRIMARY KEY, code text NOT NULL, state text NOT NULL, tags text[] NOT NULL);
    INSERT INTO item
    SELECT n, 'C' || n, CASE WHEN n % 500 = 0 THEN 'new' ELSE 'done' END, ARRAY['t' || n % 50]
    FROM generate_series(1, 60000) n;
    CREATE TABLE kind (id bigint PRIMARY KEY, name text NOT NULL);
    INSERT INTO kind SELECT n, 'kind ' || n FROM generate_series(1, 20) n;
    ANALYZE item, kind;
"""
BY_CODE = Select(sql='SELECT * FROM "item" WHERE "code" = %s', params=("C777",))
NOT_HERE = Permit(may_build=False, reason="Not tried: 'default' is not listed.")


def candidate(*columns, name="item_x", relation="item", method="btree", **more) -> IndexAdvice:
    keys = tuple(IndexKey(column=column, django=column) for column in columns)
    return IndexAdvice(
        relation=relation, model="a.Item", method=method, keys=keys, name=name, serves=("f0",), **more
    )


@pytest.fixture(scope="module")
def items(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """A connection of Django's to it."""
    with django_db_blocker.unblock(), hypopg.server() as directory:
        twin = connections["default"].copy()
        twin.settings_dict.update(
            {"NAME": "postgres", "HOST": str(directory), "PORT": "", "USER": "postgres", "OPTIONS": {}}
        )
        twin.connect()
        with twin.connection.cursor() as cursor:
            cursor.execute(SCHEMA)
        yield twin
        twin.close()


def planned(items, *proposal, query=BY_CODE):
    with own_connection(items) as raw, rolled_back(raw, lock_ms=100, statement_ms=5000) as cursor:
        answer = plan_with(cursor, proposal, query, schema="tools", errors=database_error(items))
        cursor.execute("SELECT count(*) FROM tools.hypopg_list_indexes")
        assert cursor.fetchone() == (0,)
        return answer


def test_an_index_that_the_planner_would_choose_is_planned_with_its_size(items):
    answer = planned(items, candidate("code"))
    assert isinstance(answer, Planned)
    assert answer.cost_before > 100 * answer.cost_after
    (size_bytes,) = answer.sizes_bytes
    assert 500_000 < size_bytes < 5_000_000


def test_one_that_it_would_not_is_refused(items):
    assert planned(items, candidate("state", "code")).kind == "not-used"


def test_a_method_that_it_has_not_is_told(items):
    assert planned(items, candidate("tags", method="gin")) == "HypoPG has no GIN indexes"


def test_what_cannot_be_planned_is_told_and_the_transaction_goes_on(items):
    assert planned(items, candidate("no_such_column")) == "HypoPG could not plan with it"


def test_others_of_the_same_session_stay(items):
    errors = database_error(items)
    with own_connection(items) as raw, rolled_back(raw, lock_ms=100, statement_ms=5000) as cursor:
        cursor.execute("SELECT tools.hypopg_create_index('CREATE INDEX ON kind (name)')")
        plan_with(cursor, (candidate("code"),), BY_CODE, schema="tools", errors=errors)
        cursor.execute("SELECT count(*) FROM tools.hypopg_list_indexes")
        assert cursor.fetchone() == (1,)


def test_where_building_is_not_allowed_it_is_the_evidence(items):
    longer = candidate("code", "state", name="item_longer")
    proof = prove_indexes(items, [longer, candidate("code")], BY_CODE, permit=NOT_HERE)
    (advice,) = proof.indexes
    assert (advice.name, advice.evidence.level) == ("item_x", Level.PLANNED)
    assert advice.size_bytes > 500_000
    assert "the cost falls from" in advice.evidence.note
    assert "Not tried: 'default' is not listed." in advice.evidence.note


def test_what_it_has_not_is_probed(items):
    query = Select(sql='SELECT * FROM "item" WHERE "tags" @> %s', params=(["t7"],))
    (advice,) = prove_indexes(items, [candidate("tags", method="gin")], query, permit=NOT_HERE).indexes
    assert advice.evidence.level is Level.USABLE
    assert "HypoPG has no GIN indexes" in advice.evidence.note


def test_a_table_too_small_for_a_planner_to_tell_is_probed(items):
    query = Select(sql='SELECT * FROM "kind" WHERE "name" = %s', params=("kind 3",))
    (advice,) = prove_indexes(items, [candidate("name", relation="kind")], query, permit=NOT_HERE).indexes
    assert advice.evidence.level is Level.USABLE
    assert "size can't speak" in advice.evidence.note


def test_too_long_to_build_is_planned(items):
    permit = Permit(may_build=True, budget_ms=10)
    (advice,) = prove_indexes(items, [candidate("code")], BY_CODE, permit=permit).indexes
    assert advice.evidence.level is Level.PLANNED
    assert "more than the budget" in advice.evidence.note
