"""Connections, transaction bounds, and what never passes Django's execute wrapper."""

from __future__ import annotations

import html
import io
import json
import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, connections, transaction
from django.db.backends.signals import connection_created
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper

import queryscope
from catalog.models import Product, Tag
from queryscope.analysis.shapes import query_count
from queryscope.capture import hooks_connection
from queryscope.formats import FORMATS
from queryscope.formats.view import head, view
from tests.capture.recording import Recording, access_of, record
from tests.capture.shop import add_products


def kinds(recording: Recording) -> list[tuple[str, str]]:
    return [(event.kind, event.alias) for event in recording.trace.connections]


@pytest.fixture
def other(db: None) -> Iterator[Any]:
    """A connection that is not open yet."""
    found = connection.copy()
    try:
        yield found
    finally:
        found.close()


@pytest.fixture
def default(transactional_db: None) -> Any:
    """The open connection of this thread, in no transaction."""
    connection.ensure_connection()
    return connection


def test_a_block_begins_and_commits(default: Any) -> None:
    with record() as recording, transaction.atomic():
        list(Tag.objects.all())
    assert kinds(recording) == [("begin", "default"), ("commit", "default")]
    begin, commit = recording.trace.connections
    [query] = recording.trace.queries
    assert 0 <= begin.started_ms <= query.started_ms <= commit.started_ms <= recording.trace.wall_ms
    assert (begin.error, commit.error, commit.thread) == (None, None, query.thread)
    assert commit.duration_ms > 0


def test_bounds_are_no_queries(default: Any) -> None:
    with record() as recording, transaction.atomic():
        list(Tag.objects.all())
    assert query_count(recording.trace) == 1
    assert [group.kind for group in recording.trace.groups] == ["select"]


def test_a_block_that_fails_rolls_back(default: Any) -> None:
    @transaction.atomic
    def fail() -> None:
        list(Tag.objects.all())
        raise ZeroDivisionError

    with record() as recording, pytest.raises(ZeroDivisionError):
        fail()
    assert kinds(recording) == [("begin", "default"), ("rollback", "default")]


def test_blocks_within_are_savepoints_and_no_bounds(default: Any) -> None:
    with record() as recording, transaction.atomic(), transaction.atomic():
        list(Tag.objects.all())
    assert kinds(recording) == [("begin", "default"), ("commit", "default")]
    assert [group.kind for group in recording.trace.groups] == ["transaction", "select", "transaction"]


def test_a_commit_that_fails_keeps_its_sqlstate(default: Any) -> None:
    @transaction.atomic
    def link_to_nothing() -> None:
        Tag.objects.create(pk=1, name="a", slug="a")
        with connection.cursor() as cursor:  # Django's foreign keys are checked at the commit
            cursor.execute("INSERT INTO catalog_product_tags (product_id, tag_id) VALUES (-1, 1)")

    with record() as recording, pytest.raises(IntegrityError):
        link_to_nothing()
    told = [(event.kind, event.error) for event in recording.trace.connections]
    assert told == [("begin", None), ("commit", "23503"), ("rollback", None)]
    assert Tag.objects.count() == 0


def test_manual_transactions_have_bounds(default: Any) -> None:
    with record() as recording:
        transaction.set_autocommit(False)
        list(Tag.objects.all())
        transaction.rollback()
        list(Tag.objects.all())
        transaction.commit()
        transaction.set_autocommit(True)
    assert [kind for kind, _ in kinds(recording)] == ["begin", "rollback", "commit"]


def test_callbacks_on_commit_are_queries_after_the_commit(default: Any) -> None:
    with record() as recording, transaction.atomic():
        transaction.on_commit(lambda: list(Tag.objects.all()))
    [query] = recording.trace.queries
    assert [kind for kind, _ in kinds(recording)] == ["begin", "commit"]
    assert recording.trace.connections[1].started_ms < query.started_ms
    assert recording.last.stack[0].function.endswith("<lambda>")


def test_without_autocommit_to_turn_off_nothing_begins(default: Any) -> None:
    with record() as recording:
        connection.set_autocommit(True)
    assert kinds(recording) == []


def test_opening_a_connection_is_timed(other: Any) -> None:
    with record() as recording, other.cursor() as cursor:
        cursor.execute("SELECT 1")
    [opened] = recording.trace.connections
    [query] = recording.trace.queries
    assert (opened.kind, opened.alias, opened.error, opened.is_pooled) == ("connect", "default", None, False)
    assert 0 < opened.duration_ms < recording.trace.wall_ms
    assert opened.started_ms + opened.duration_ms <= query.started_ms


def test_statements_that_set_a_connection_up_are_no_queries(other: Any) -> None:
    def receive(connection: Any, **_: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET application_name TO 'shop'")
            cursor.execute("SELECT 1")

    connection_created.connect(receive)
    try:
        with record() as recording, other.cursor() as cursor:
            cursor.execute("SELECT 2")
    finally:
        connection_created.disconnect(receive)
    [opened] = recording.trace.connections
    assert opened.statements >= 2
    assert (query_count(recording.trace), recording.trace.notes) == (1, ())


def test_a_connection_that_cannot_be_opened_says_why(other: Any) -> None:
    other.settings_dict["NAME"] = "no_such_database"
    with record() as recording, pytest.raises(DatabaseError), other.cursor():
        pass
    [failed] = recording.trace.connections
    assert (failed.kind, failed.error) == ("connect", "OperationalError")
    with record() as recording:
        list(Tag.objects.all())
    assert recording.last.count == 1  # the recorder is active again, and so is the next one


def test_closing_is_told_once(other: Any) -> None:
    other.ensure_connection()
    with record() as recording:
        other.close()
        other.close()
    assert kinds(recording) == [("close", "default")]


def test_nothing_is_told_of_connections_outside_of_the_recording(other: Any) -> None:
    other.ensure_connection()
    with record() as recording:
        pass
    other.close()
    assert recording.trace.connections == ()


def test_waiting_for_a_pool_is_part_of_opening(other: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(other), "_connection_pools", {})
    other.settings_dict["OPTIONS"] = {
        **other.settings_dict["OPTIONS"],
        "pool": {"min_size": 1, "max_size": 1, "timeout": 30},
    }
    other.settings_dict["CONN_MAX_AGE"] = 0
    taken = other.copy()
    try:
        taken.ensure_connection()  # the only one of the pool, given back while somebody waits
        giving_back = threading.Timer(0.2, taken.pool.putconn, [taken.connection])
        giving_back.start()
        with record() as recording:
            for _ in range(2):
                with other.cursor() as cursor:
                    cursor.execute("SELECT 1")
                other.close()
        giving_back.join()
    finally:
        other.close_pool()
    opened = [event for event in recording.trace.connections if event.kind == "connect"]
    assert [event.is_pooled for event in opened] == [True, True]
    assert opened[0].duration_ms >= 100 > opened[1].duration_ms
    assert query_count(recording.trace) == 2


def test_a_pool_that_has_nothing_to_give_is_an_error_of_opening(
    other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(other), "_connection_pools", {})
    pool = {"min_size": 1, "max_size": 1, "timeout": 0.1}
    other.settings_dict["OPTIONS"] = {**other.settings_dict["OPTIONS"], "pool": pool}
    other.settings_dict["CONN_MAX_AGE"] = 0
    taken = other.copy()
    try:
        taken.ensure_connection()
        with record() as recording, pytest.raises(OperationalError):
            other.ensure_connection()
    finally:
        taken.close()
        other.close_pool()
    [opened] = recording.trace.connections
    assert (opened.kind, opened.error, opened.is_pooled) == ("connect", "PoolTimeout", True)


def test_a_copy_is_told_as_unseen(db: None) -> None:
    with record() as recording, connection.cursor() as cursor:
        for number in range(3):
            with cursor.copy("COPY catalog_tag (name, slug) FROM STDIN") as copy:
                copy.write_row((f"zqzq {number}", f"tag-{number}"))
        with cursor.copy("COPY catalog_tag TO STDOUT") as copy:
            assert len(list(copy)) == 3
    told = "COPY ran 4 times on 'default': what it moves isn't among the queries"
    assert (recording.groups, recording.trace.notes) == ((), (told,))
    assert Tag.objects.count() == 3


def test_a_copy_on_a_cursor_of_the_driver_is_told(db: None) -> None:
    connection.ensure_connection()
    with record() as recording, connection.connection.cursor() as cursor:
        with cursor.copy("COPY (SELECT 1) TO STDOUT") as copy:
            assert [bytes(row) for row in copy] == [b"1\n"]
        assert [row[0] for row in cursor.stream("SELECT generate_series(1, 3)")] == [1, 2, 3]
    assert [note.partition(":")[0] for note in recording.trace.notes] == [
        "COPY ran once on 'default'",
        "stream() ran once on 'default'",
    ]


def test_a_copy_on_a_connection_of_no_alias_is_told(other: Any) -> None:
    with record() as recording, other.cursor() as cursor, cursor.copy("COPY (SELECT 1) TO STDOUT") as copy:
        list(copy)
    assert recording.trace.notes[0].startswith("COPY ran once on a connection of no alias")


def test_a_copy_that_fails_raises_what_it_raises(db: None) -> None:
    with record() as recording, transaction.atomic(), connection.cursor() as cursor:
        with (
            pytest.raises(psycopg.errors.UndefinedTable),
            transaction.atomic(),
            cursor.copy("COPY no TO STDOUT"),
        ):
            pass
    assert recording.trace.notes[0].startswith("COPY ran once")


def test_the_c_cursors_of_psycopg2_are_told_when_their_copy_is_taken(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Cursor:
        """Has psycopg 2's names; its own class can't be changed, it is written in C."""

        connection = None

        def copy_expert(self, statement: str, file: Any) -> str:
            return statement + file.read()

        copy_from = copy_expert

    class Debug(CursorDebugWrapper):
        """Django's for psycopg 2, which logs what it passes on."""

        def copy_expert(self, statement: str, file: Any) -> Any:
            with self.debug_sql(statement):
                return self.cursor.copy_expert(statement, file)

    backend = SimpleNamespace(is_psycopg3=False, CursorDebugWrapper=Debug)
    monkeypatch.setitem(sys.modules, hooks_connection._POSTGRESQL, backend)
    cursor = CursorWrapper(Cursor(), connection)
    with record() as recording:
        assert cursor.copy_expert("COPY t FROM STDIN", io.StringIO("!")) == "COPY t FROM STDIN!"
        with pytest.raises(AttributeError):
            _ = cursor.copy_to
        debug = Debug(Cursor(), connection)
        assert debug.copy_expert("a", io.StringIO("b")) == "ab"
        assert debug.copy_from("a", io.StringIO("b")) == "ab"
    assert "__getattr__" in vars(CursorWrapper)
    assert not hasattr(vars(CursorWrapper)["__getattr__"], "__wrapped__")
    assert not hasattr(vars(Debug)["copy_expert"], "__wrapped__")
    assert [note.partition(":")[0] for note in recording.trace.notes] == [
        "COPY ran 2 times on 'default'",
        "COPY ran once on a connection of no alias",  # as this Cursor has none
    ]


def test_a_function_that_is_called_by_name_is_a_query(db: None) -> None:
    with record() as recording, connection.cursor() as cursor:
        cursor.callproc("generate_series", [1, 3])
        assert len(cursor.fetchall()) == 3
        cursor.callproc("pg_backend_pid")
    assert [(group.sql, group.rows) for group in recording.groups] == [
        ('SELECT * FROM "generate_series"(%s, %s)', 3),
        ('SELECT * FROM "pg_backend_pid"()', 1),
    ]
    assert recording.groups[0].stack[0].function.startswith("test_a_function")


def test_a_function_that_fails_keeps_its_sqlstate(db: None) -> None:
    with record() as recording, connection.cursor() as cursor:
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.callproc("zqzq_no_such_function", ["secret"])
    assert recording.groups[0].error == "42883"
    assert "secret" not in recording.groups[0].sql


@pytest.mark.parametrize("is_atomic", [True, False])
def test_server_side_cursors_have_their_alias_and_their_errors(default: Any, is_atomic: bool) -> None:
    add_products(3)
    with record() as recording:
        if is_atomic:
            with transaction.atomic():
                names = [each.name for each in Product.objects.order_by("pk").iterator(chunk_size=2)]
        else:
            names = [each.name for each in Product.objects.order_by("pk").iterator(chunk_size=2)]
        with pytest.raises(DatabaseError), connection.chunked_cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        connection.rollback()
    assert names == ["product 0", "product 1", "product 2"]
    first, second = recording.groups
    assert (first.alias, first.count, access_of(first).method) == ("default", 1, "iterator")
    assert first.rows is None  # a server-side cursor doesn't know them when it is declared
    assert (second.alias, second.count, second.error) == ("default", 1, "22012")


def test_server_side_cursors_are_told_by_the_statement_that_they_stand_for(db: None) -> None:
    with record() as recording, connection.chunked_cursor() as cursor:
        cursor.execute("SELECT generate_series(1, %s)", [5])
        assert len(cursor.fetchmany(2)) == 2
    assert (recording.last.sql, recording.last.count) == ("SELECT generate_series(%s, %s)", 1)


def test_executemany_keeps_rows_and_sqlstate(db: None) -> None:
    insert = "INSERT INTO catalog_tag (name, slug) VALUES (%s, %s)"
    with record() as recording, connection.cursor() as cursor:
        cursor.executemany(insert, [("a", "a"), ("b", "b")])
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.executemany(insert, [("c", "c"), ("a", "a")])
    assert [(group.count, group.rows, group.error) for group in recording.groups] == [
        (1, 2, None),
        (1, None, "23505"),
    ]


@pytest.mark.django_db(databases=["default", "reports"], transaction=True)
def test_every_alias_has_its_own_connections_bounds_rows_and_errors() -> None:
    def work(alias: str) -> None:
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            cursor.execute("SELECT generate_series(1, 3)")
            cursor.execute("SELECT 1 / 0")

    for alias in ("default", "reports"):
        connections[alias].ensure_connection()
    with record() as recording:
        for alias in ("default", "reports"):
            with pytest.raises(DatabaseError):
                work(alias)
    assert [(group.alias, group.rows, group.error) for group in recording.groups] == [
        ("default", 3, None),
        ("default", None, "22012"),
        ("reports", 3, None),
        ("reports", None, "22012"),
    ]
    assert kinds(recording) == [
        (kind, alias) for alias in ("default", "reports") for kind in ("begin", "rollback")
    ]


def test_what_was_not_seen_reaches_every_format(db: None) -> None:
    with queryscope.profile("import", explain="off") as run, connection.cursor() as cursor:
        with cursor.copy("COPY (SELECT 1) TO STDOUT") as copy:
            list(copy)
    told = "import: COPY ran once on 'default': what it moves isn't among the queries"
    assert run.report.run.missing == (told,)
    assert f"Not seen: {told}" in FORMATS["terminal"](run.report)
    assert f"Not seen: {told}" in html.unescape(FORMATS["markdown"](run.report))
    assert json.loads(FORMATS["json"](run.report))["traces"][0]["notes"] == [told.removeprefix("import: ")]
    assert view(run.report)["run"]["missing"] == [told]
    assert head(run.report)["missing"] == [told]
