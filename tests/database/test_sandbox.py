"""Tests of database/sandbox.py, on the real server."""

from __future__ import annotations

import socket
import time

import pytest
from django.db import connection, connections, transaction
from django.db.backends.signals import connection_created

from queryscope.database.sandbox import (
    database_error,
    error_code,
    own_connection,
    rolled_back,
    shared_connections,
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
            with rolled_back(own, **LIMITS):
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
                with rolled_back(own, **LIMITS):
                    assert value_of(own, "SELECT current_user") == "sandbox_reader"
                assert value_of(own, "SELECT current_user") == value_of(own, "SELECT session_user")
            assert twin.settings_dict["OPTIONS"]["pool"] is False
        finally:
            owner.execute("DROP ROLE sandbox_reader")


def test_a_server_that_is_silent_is_not_waited_for(db):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, and never says a word
        twin = connection.copy()
        twin.settings_dict |= {"HOST": "127.0.0.1", "PORT": silent.getsockname()[1], "OPTIONS": {}}
        started = time.monotonic()
        with pytest.raises(database_error(connection)), own_connection(twin):
            pass
        assert 1.5 < time.monotonic() - started < 4


@pytest.mark.parametrize("timeout", [0, 1, "30"])
def test_the_timeout_of_the_settings_gives_way(db, monkeypatch, timeout):
    twin = connection.copy()
    twin.settings_dict["OPTIONS"] = {"connect_timeout": timeout}
    asked = []
    monkeypatch.setattr(twin.Database, "connect", lambda **more: asked.append(more) or 1 / 0)
    with pytest.raises(ZeroDivisionError), own_connection(twin):
        pass
    assert [more["connect_timeout"] for more in asked] == [2]
    assert twin.settings_dict["OPTIONS"] == {"connect_timeout": timeout}


def test_a_connection_that_can_t_be_prepared_is_closed(db, monkeypatch):
    opened = []
    connect = connection.Database.connect
    monkeypatch.setattr(
        connection.Database, "connect", lambda **more: opened.append(connect(**more)) or opened[-1]
    )
    twin = connection.copy()
    twin.settings_dict["OPTIONS"] = {"assume_role": "sandbox_nobody"}
    with pytest.raises(database_error(connection)), own_connection(twin) as own, rolled_back(own, **LIMITS):
        pass
    assert [raw.closed for raw in opened] == [True]


def backend(alias="default"):
    with own_connection(connections[alias]) as raw:
        return raw.info.backend_pid


class TestSharedConnections:
    def test_each_database_is_connected_to_once(self, db):
        with shared_connections():
            first, again, other = backend(), backend(), backend("reports")
        assert first == again != other

    def test_without_the_block_each_has_its_own(self, db):
        with own_connection(connection) as one, own_connection(connection) as other:
            assert one.info.backend_pid != other.info.backend_pid
        assert (one.closed, other.closed) == (True, True)

    def test_they_are_closed_at_the_end_of_the_block_whatever_happens(self, db):
        with shared_connections():
            with own_connection(connection) as raw:
                pass
            assert not raw.closed
        assert raw.closed
        with pytest.raises(ZeroDivisionError), shared_connections(), own_connection(connection) as raw:
            raise ZeroDivisionError
        assert raw.closed

    def test_nothing_is_opened_unless_asked_for(self, db, monkeypatch):
        monkeypatch.setattr(connection.Database, "connect", lambda **_: 1 / 0)
        with shared_connections():
            pass

    def test_a_lost_one_is_replaced(self, db):
        with shared_connections():
            with own_connection(connection) as raw:
                raw.close()
            with own_connection(connection) as other:
                assert value_of(other, "SELECT 1") == 1

    def test_one_that_was_left_in_a_transaction_is_replaced(self, db):
        with shared_connections():
            with own_connection(connection) as raw:
                raw.execute("BEGIN")
            with own_connection(connection) as other:
                assert state(other) == 0
                assert raw.closed

    def test_a_failed_attempt_leaves_room_for_the_next(self, db, monkeypatch):
        with shared_connections():
            with monkeypatch.context() as patched:
                patched.setattr(connection.Database, "connect", lambda **_: 1 / 0)
                with pytest.raises(ZeroDivisionError), own_connection(connection):
                    pass
            assert backend()

    def test_a_block_inside_has_its_own(self, db):
        with shared_connections():
            outer = backend()
            with shared_connections():
                assert backend() != outer
            assert backend() == outer

    def test_settings_of_a_block_are_gone_in_the_next(self, db):
        with shared_connections():
            with own_connection(connection) as raw, rolled_back(raw, **LIMITS) as cursor:
                cursor.execute("CREATE TEMPORARY TABLE sandbox_toy (id integer) ON COMMIT DROP")
                cursor.execute("SET TRANSACTION READ ONLY")
            with own_connection(connection) as raw, rolled_back(raw, **LIMITS) as cursor:
                cursor.execute("SELECT current_setting('transaction_read_only'), to_regclass('sandbox_toy')")
                assert cursor.fetchone() == ("off", None)


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
