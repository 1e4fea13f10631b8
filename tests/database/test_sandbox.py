"""Tests of database/sandbox.py, on the real server."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.backends.signals import connection_created

from queryscope.database.sandbox import (
    database_error,
    error_code,
    own_connection,
    rolled_back,
    usable_connection,
)
from queryscope.errors import ExplainRefusedError

LIMITS = {"lock_ms": 100, "statement_ms": 200}


def value_of(raw, sql, params=None):
    with raw.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()[0]


@pytest.fixture
def raw(db):
    with own_connection(connection) as own:
        yield own


def state(raw):
    return int(raw.info.transaction_status)


def test_outside_of_a_transaction_all_is_rolled_back(raw):
    with rolled_back(raw, **LIMITS) as cursor:
        cursor.execute("CREATE TABLE sandbox_toy (id integer)")
        assert state(raw) == 2
    assert state(raw) == 0
    assert value_of(raw, "SELECT to_regclass('sandbox_toy')") is None


def test_inside_a_transaction_only_the_block_is_rolled_back(raw):
    raw.execute("BEGIN")
    raw.execute("CREATE TABLE sandbox_kept (id integer)")
    with rolled_back(raw, **LIMITS) as cursor:
        cursor.execute("CREATE TABLE sandbox_toy (id integer)")
    assert state(raw) == 2
    assert value_of(raw, "SELECT to_regclass('sandbox_kept')::text") == "sandbox_kept"
    assert value_of(raw, "SELECT to_regclass('sandbox_toy')") is None
    raw.execute("ROLLBACK")


def test_without_autocommit_the_drivers_own_transaction_is_ended(raw):
    raw.autocommit = False
    with rolled_back(raw, **LIMITS) as cursor:
        cursor.execute("CREATE TABLE sandbox_toy (id integer)")
    assert state(raw) == 0


def test_timeouts_hold_inside_only(raw):
    with rolled_back(raw, **LIMITS) as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
        assert cursor.fetchone() == ("100ms", "200ms")
    assert value_of(raw, "SELECT current_setting('statement_timeout')") == "0"


def test_an_error_passes_through_and_leaves_the_transaction_usable(raw):
    raw.execute("BEGIN")
    with pytest.raises(database_error(connection)) as caught, rolled_back(raw, **LIMITS) as cursor:
        cursor.execute("SELECT pg_sleep(5)")
    assert error_code(caught.value) == "57014"
    assert value_of(raw, "SELECT 1") == 1
    raw.execute("ROLLBACK")


def test_an_aborted_transaction_is_refused(raw):
    raw.execute("BEGIN")
    with pytest.raises(database_error(connection)):
        raw.execute("SELECT no_such_column")
    with pytest.raises(ExplainRefusedError, match="aborted"), rolled_back(raw, **LIMITS):
        pass
    raw.execute("ROLLBACK")


def test_a_lost_connection_is_refused(raw):
    raw.close()
    with pytest.raises(ExplainRefusedError, match="lost"), rolled_back(raw, **LIMITS):
        pass


def test_an_own_connection_has_the_time_zone_of_django_and_sends_no_signal(db):
    created = []
    connection_created.connect(created.append, weak=False, dispatch_uid="sandbox")
    try:
        with own_connection(connection) as own:
            assert value_of(own, "SELECT current_setting('TimeZone')") == connection.timezone_name
            assert own is not connection.connection
    finally:
        connection_created.disconnect(dispatch_uid="sandbox")
    assert created == []
    assert own.closed


def test_an_own_connection_assumes_the_same_role(db):
    with own_connection(connection) as owner:
        owner.execute("DROP ROLE IF EXISTS sandbox_reader")
        owner.execute("CREATE ROLE sandbox_reader")
        try:
            twin = connection.copy()
            twin.settings_dict["OPTIONS"] = {"assume_role": "sandbox_reader", "pool": False}
            with own_connection(twin) as own:
                assert value_of(own, "SELECT current_user") == "sandbox_reader"
            assert twin.settings_dict["OPTIONS"]["pool"] is False
        finally:
            owner.execute("DROP ROLE sandbox_reader")


def test_rows_of_an_open_transaction_are_seen(db):
    with transaction.atomic(), usable_connection(connection) as raw:
        assert raw is connection.connection


@pytest.mark.django_db(transaction=True)
def test_without_one_the_connection_is_our_own():
    connection.ensure_connection()
    with usable_connection(connection) as raw:
        assert raw is not connection.connection


def test_an_error_without_a_code_is_named_by_its_class():
    assert error_code(ValueError("secret")) == "ValueError"
