"""Thousands of statements go through EXPLAIN as slow ones would, and the database stays as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from django.db import connection

from queryscope.database.explain import Explained, explain_apart, explain_in_place
from queryscope.database.sandbox import own_connection, shared_connections
from queryscope.errors import ExplainRefusedError
from tests.database.fuzz_schema import DROP, ROLE, SCHEMA, checksum, session
from tests.database.grammar import Maker
from tests.database.traps import LOOKALIKES, TRAPS

STATEMENTS = 2_000  # over all modes
BATCH = 40
Explain = Callable[[str], Explained]


@pytest.fixture(scope="module")
def fuzzed(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """A cursor of a session that only looks; the schema is there for every session."""
    with django_db_blocker.unblock(), own_connection(connection) as watcher, watcher.cursor() as cursor:
        cursor.execute(DROP)
        cursor.execute(SCHEMA)
        try:
            yield cursor
        finally:
            cursor.execute(DROP)


@pytest.fixture(params=["apart", "apart-as-a-reader", "autocommit", "transaction", "transaction-as-a-reader"])
def explain(request: pytest.FixtureRequest, fuzzed: Any) -> Iterator[Explain]:
    """EXPLAIN on each kind of connection; what belongs to its session stays as it was, too."""
    mode = request.param
    twin = connection.copy()
    if mode.endswith("reader"):
        twin.settings_dict["OPTIONS"] = {**twin.settings_dict["OPTIONS"], "assume_role": ROLE}
    if mode.startswith("apart"):
        with shared_connections():
            yield lambda sql: explain_apart(twin, sql, None, observed_ms=1, budget_ms=2_000)
        return
    twin.connect()
    with closing(twin):
        raw = twin.connection
        if mode.startswith("transaction"):
            raw.execute("BEGIN")
        with raw.cursor() as cursor:
            before, state = session(cursor), raw.info.transaction_status
        yield lambda sql: explain_in_place(twin, sql, None, observed_ms=1, budget_ms=2_000)
        assert raw.info.transaction_status == state
        with raw.cursor() as cursor:
            assert session(cursor) == before
            cursor.execute("SELECT pg_stat_force_next_flush()")
            cursor.execute("ROLLBACK")


def outcome(explain: Explain, sql: str) -> str:
    try:
        explained = explain(sql)
    except ExplainRefusedError:
        return "refused"
    assert explained.is_analyzed is (explained.note == "")
    return "analyzed" if explained.is_analyzed else "planned"


def test_the_checksum_tells_what_was_run(fuzzed: Any):
    before = checksum(fuzzed)
    with own_connection(connection) as raw:
        raw.execute("BEGIN READ ONLY")
        with pytest.raises(connection.Database.Error):
            raw.execute("SELECT fuzz_touch()")
        raw.execute("ROLLBACK")
        assert checksum(fuzzed) != before
        raw.execute("SELECT pg_advisory_unlock_all()")  # the session ends a moment after its connection
    fuzzed.execute("SELECT nextval('fuzz_counter')")
    assert checksum(fuzzed) != before


def test_no_trap_is_run(fuzzed: Any, explain: Explain):
    before = checksum(fuzzed)
    seen = Counter()
    for sql in TRAPS:
        seen[outcome(explain, sql)] += 1
        assert seen["analyzed"] == 0, sql
        assert checksum(fuzzed) == before, sql
    assert seen["planned"] > 80


def test_what_only_looks_like_a_trap_is_analyzed(fuzzed: Any, explain: Explain):
    before = checksum(fuzzed)
    assert [sql for sql in LOOKALIKES if outcome(explain, sql) != "analyzed"] == []
    assert checksum(fuzzed) == before


def test_statements_at_random_change_nothing(fuzzed: Any, explain: Explain, request: pytest.FixtureRequest):
    modes = 5
    mode = request.node.callspec.params["explain"]
    maker = Maker(seed=hash_of(mode))
    before = checksum(fuzzed)
    seen: Counter[tuple[bool, str]] = Counter()
    for batch in range(STATEMENTS // modes // BATCH):
        statements = [maker.statement() for _ in range(BATCH)]
        for each in statements:
            told = outcome(explain, each.sql)
            seen[each.is_bad, told] += 1
            assert not (each.is_bad and told == "analyzed"), each.sql
        assert checksum(fuzzed) == before, (batch, [each.sql for each in statements])
    good = sum(times for (is_bad, _), times in seen.items() if not is_bad)
    assert seen[False, "analyzed"] > 0.5 * good, seen
    assert seen[True, "planned"] > 40, seen


def hash_of(text: str) -> int:
    """The same on every run."""
    return sum(ord(letter) * 31**place for place, letter in enumerate(text)) % 2**32
