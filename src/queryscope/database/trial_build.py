"""Builds one index below a savepoint, runs the query with it, and takes it away again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from queryscope.database.sandbox import set_limits
from queryscope.database.trial_measure import Select, Timing, run_once
from queryscope.fixes.index_code import create_sql, quote
from queryscope.model import IndexAdvice, Measure, Table

RUNS = 3  # with the index, and at least as many without
HOPELESS = 1.2  # after a run that gained less no further one is made

SAVEPOINT = 'SAVEPOINT "queryscope_index"'
BACK_TO_SAVEPOINT = 'ROLLBACK TO SAVEPOINT "queryscope_index"'
RELEASE_SAVEPOINT = 'RELEASE SAVEPOINT "queryscope_index"'
BUILT_INDEX = """
    SELECT pg_relation_size(i.indexrelid), i.indcheckxmin
    FROM pg_index i
    WHERE i.indexrelid = to_regclass(%s)
"""
# Unqualified names find the temporary table first, so the query reads the copy unchanged.
COPY_TABLE = """
    CREATE TEMPORARY TABLE {name} (LIKE {source} INCLUDING INDEXES INCLUDING STATISTICS) ON COMMIT DROP
"""
COPY_ROWS = "INSERT INTO pg_temp.{name} SELECT * FROM {source}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long each step may take."""

    build_ms: float
    run_ms: float
    lock_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """An index that was there for a moment."""

    advice: IndexAdvice
    with_index: tuple[Timing, ...]
    without: tuple[Timing, ...] = ()  # on the same copy, where one was needed
    size_bytes: int
    build_ms: float
    is_copy: bool = False


def build_and_run(
    cursor: Any, advice: IndexAdvice, *, query: Select, table: Table, limits: Limits, usual: Measure
) -> Built:
    """The query with the index. The driver's errors pass through; the savepoint is rolled back before."""
    with _below_savepoint(cursor):
        built = _build(cursor, advice, query=query, limits=limits, usual=usual)
    if built is not None:
        return built
    with _below_savepoint(cursor):
        return _on_copy(cursor, advice, query=query, table=table, limits=limits)


def _build(
    cursor: Any, advice: IndexAdvice, *, query: Select, limits: Limits, usual: Measure
) -> Built | None:
    """None if the index is not usable in this transaction: rows updated here are in HOT chains."""
    started = time.perf_counter()
    size_bytes, is_hidden = _create(cursor, advice, limits)
    build_ms = (time.perf_counter() - started) * 1000.0
    if is_hidden:
        return None
    return Built(
        advice=advice,
        with_index=_runs(
            cursor, query, limits, is_hopeless=partial(_is_hopeless, usual=usual, name=advice.name)
        ),
        size_bytes=size_bytes,
        build_ms=build_ms,
    )


def _create(cursor: Any, advice: IndexAdvice, limits: Limits) -> tuple[int, bool]:
    set_limits(cursor, lock_ms=limits.lock_ms, statement_ms=limits.build_ms)
    for name in advice.extensions:
        cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {quote(name)}")
    cursor.execute(create_sql(advice, concurrently=False))
    if any(key.expression for key in advice.keys):
        # Without statistics of the expression the planner guesses half a per cent.
        cursor.execute(f"ANALYZE {quote(advice.relation)}")
    cursor.execute(BUILT_INDEX, [quote(advice.name)])
    size_bytes, is_hidden = cursor.fetchone()
    return int(size_bytes), bool(is_hidden)


def _on_copy(cursor: Any, advice: IndexAdvice, *, query: Select, table: Table, limits: Limits) -> Built:
    source = f"{quote(table.schema)}.{quote(table.name)}"
    set_limits(cursor, lock_ms=limits.lock_ms, statement_ms=limits.build_ms)
    cursor.execute(COPY_TABLE.format(name=quote(table.name), source=source))
    cursor.execute(COPY_ROWS.format(name=quote(table.name), source=source))
    cursor.execute(f"ANALYZE pg_temp.{quote(table.name)}")
    without = _runs(cursor, query, limits)
    started = time.perf_counter()
    size_bytes, _ = _create(cursor, advice, limits)
    build_ms = (time.perf_counter() - started) * 1000.0
    return Built(
        advice=advice,
        without=without,
        with_index=_runs(cursor, query, limits),
        size_bytes=size_bytes,
        build_ms=build_ms,
        is_copy=True,
    )


def _runs(
    cursor: Any, query: Select, limits: Limits, *, is_hopeless: Callable[[Timing], bool] | None = None
) -> tuple[Timing, ...]:
    """A run to warm up and three that count; the first is enough if it is hopeless."""
    first = run_once(cursor, query, lock_ms=limits.lock_ms, statement_ms=limits.run_ms)
    if is_hopeless is not None and is_hopeless(first):
        return (first,)
    return tuple(
        run_once(cursor, query, lock_ms=limits.lock_ms, statement_ms=limits.run_ms) for _ in range(RUNS)
    )


def _is_hopeless(run: Timing, usual: Measure, *, name: str) -> bool:
    """The planner ignores the index, or gains nothing by it."""
    is_slow = (usual.ms or 0.0) < HOPELESS * (run.measure.ms or 0.0)
    reads_as_much = (usual.blocks or 0) < HOPELESS * (run.measure.blocks or 0)
    return name not in run.indexes or (is_slow and reads_as_much)


@contextmanager
def _below_savepoint(cursor: Any) -> Iterator[None]:
    cursor.execute(SAVEPOINT)
    try:
        yield
    finally:
        cursor.execute(BACK_TO_SAVEPOINT)
        cursor.execute(RELEASE_SAVEPOINT)
