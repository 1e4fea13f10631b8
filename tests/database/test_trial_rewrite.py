"""Rewritten queries beside the ones that ran, within a test's own transaction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from queryscope.database.trial_measure import Select
from queryscope.database.trial_rewrite import fetch_one, time_rewrite
from queryscope.model import IndexAdvice, IndexKey, Level

pytestmark = pytest.mark.django_db

OLD = Select(sql="SELECT id FROM event WHERE (at AT TIME ZONE 'UTC')::date = %s", params=("2020-02-01",))
NEW = Select(
    sql="SELECT id FROM event WHERE at >= %s AND at < %s",
    params=("2020-02-01T00:00+00:00", "2020-02-02T00:00+00:00"),
)
OTHER = Select(sql="SELECT id + 1 FROM event WHERE at >= %s AND at < %s", params=NEW.params)
BY_AT = IndexAdvice(
    relation="event",
    model="app.Event",
    method="btree",
    keys=(IndexKey(column="at", django="at"),),
    name="by_at",
)
STATE = "SELECT relname::text FROM pg_class WHERE relname IN ('event', 'by_at', 'there') ORDER BY 1"


@pytest.fixture(autouse=True)
def events() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE event (id integer, at timestamptz)")
        cursor.execute(
            "INSERT INTO event SELECT n, timestamptz '2020-01-01Z' + n * interval '1 minute'"
            " FROM generate_series(1, 100000) n"
        )
        cursor.execute("ANALYZE event")
        yield
        cursor.execute(STATE)
        assert ("by_at",) not in cursor.fetchall()


def tried(new: Select | None, index: IndexAdvice | None = None, *, build_ms: float = 5000.0) -> Any:
    return time_rewrite(connection, OLD, lambda _: new, index=index, build_ms=build_ms)


def test_with_its_index_it_is_timed_and_the_index_is_gone() -> None:
    evidence, index = tried(NEW, BY_AT)
    assert index is BY_AT
    assert evidence.level is Level.TIMED
    assert evidence.before.ms > 2 * evidence.after.ms
    assert (
        evidence.note == "Both were run, and gave the same rows. With the index by_at, built and rolled back."
    )


def test_an_index_that_is_there_is_enough() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX there ON event (at)")
    evidence, index = tried(NEW)
    assert index is None
    assert evidence.note == "Both were run, and gave the same rows. An index that is there serves."


def test_other_rows_are_no_rewrite() -> None:
    assert tried(OTHER, BY_AT) is None


def test_what_gains_nothing_is_not_told() -> None:
    assert tried(OLD, BY_AT) is None
    assert tried(None) is None


def test_an_index_that_takes_too_long_is_done_without() -> None:
    found = tried(NEW, BY_AT, build_ms=1.0)
    assert found is None or found[1] is None


def test_an_error_of_the_database_leaves_the_transaction_usable() -> None:
    assert tried(Select(sql="SELECT nothing FROM event", params=())) is None
    assert tried(Select(sql="SELECT nextval('gone') FROM event", params=())) is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM event")
        assert cursor.fetchone() == (100_000,)


def test_what_writes_is_refused_by_the_server() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE numbers")
        assert tried(Select(sql="SELECT nextval('numbers')::int FROM event", params=())) is None
        cursor.execute("SELECT last_value, is_called FROM numbers")
        assert cursor.fetchone() == (1, False)


def test_a_row_is_fetched_below_a_savepoint() -> None:
    with connection.cursor() as cursor:
        raw = cursor.cursor
        assert fetch_one(raw, Select(sql="SELECT id FROM event ORDER BY id LIMIT 1 OFFSET 4")) == (5,)
        assert fetch_one(raw, Select(sql="SELECT id FROM event WHERE false")) is None
