"""Times a rewritten query beside the one that ran, on the same rows, and rolls all back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from queryscope.database.sandbox import (
    READ_ONLY,
    TRIAL,
    below_savepoint,
    database_error,
    rolled_back,
    set_limits,
    usable_connection,
)
from queryscope.database.trial_measure import Select, Timing, run_once
from queryscope.database.trial_watch import Watch, watching
from queryscope.errors import ExplainRefusedError, OthersWaitError
from queryscope.fixes.index_code import create_sql
from queryscope.model import Evidence, IndexAdvice, Level

RUNS = 3
LOCK_MS = 500.0
LONGEST_RUN_MS = 10_000.0
LONG_MS = 300.0
MOST_RUNS = 6  # of a query that takes long: two for its digest, four for its times
MIN_RATIO = 2.0
MIN_GAIN_MS = 1.0

IMMEDIATE_CONSTRAINTS = "SET CONSTRAINTS ALL IMMEDIATE"
# Only whether two results are the same is looked at; no row leaves the server.
DIGEST = """
    SELECT count(*), md5(coalesce(string_agg(q::text, E'\\n' ORDER BY q::text), ''))
    FROM ({sql}) q
"""

Way = Callable[[Any], Select | None]  # makes the other statement, given a cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class _Build:
    """How long an index may take, who looks after others meanwhile, and the driver's root of errors."""

    longest_ms: float
    watch: Watch
    errors: Any


def time_rewrite(
    connection: Any,
    old: Select,
    way: Way,
    *,
    index: IndexAdvice | None,
    build_ms: float,
    is_alone: bool = False,
    same: Select | None = None,
) -> tuple[Evidence, IndexAdvice | None] | None:
    """What a rewritten query gains, if it gave the same rows and was worth it.

    Args:
        connection: Django's; within its transaction under way, or on a session of its own.
        old: the query as it ran, which has been found to be harmless.
        way: makes the other one of it.
        index: is built for it where the indexes that are there don't serve; None: nothing is built.
        build_ms: how long that may take.
        is_alone: nobody else uses the database.
        same: what has to give the same rows as the other one, where the query itself leaves open which.

    Returns:
        Timed evidence, and the index if it was needed; None if nothing is gained, or the rows differ, or a
        lock, a timeout or a missing right was in the way. No error of the database leaves.
    """
    if connection.Database.__name__ != "psycopg":
        return None
    try:
        with (
            usable_connection(connection) as raw,
            rolled_back(raw, lock_ms=LOCK_MS, statement_ms=LONGEST_RUN_MS) as cursor,
        ):
            new = way(cursor)
            if new is None or _digest(cursor, same or old) != _digest(cursor, new):
                return None
            with watching(connection, cursor, is_alone=is_alone) as watch:
                build = _Build(longest_ms=build_ms, watch=watch, errors=database_error(connection))
                return _compared(cursor, old, new, index, build)
    except (ExplainRefusedError, database_error(connection)):
        return None


def _compared(
    cursor: Any, old: Select, new: Select, index: IndexAdvice | None, build: _Build
) -> tuple[Evidence, IndexAdvice | None] | None:
    before, after = _fastest(cursor, old), _fastest(cursor, new)
    built = _with_index(cursor, old, new, index, build) if index is not None else None
    if index is not None and built is not None:
        beside, best = built
        if _is_worth(after, best) and _is_worth(before, best):
            if not _is_worth(beside, best):  # the index does it, and not the rewrite
                return None
            return _evidence(before, best, f"With the index {index.name}, built and rolled back."), index
    if not _is_worth(before, after):
        return None
    return _evidence(before, after, "An index that is there serves." if after.indexes else ""), None


def _with_index(
    cursor: Any, old: Select, new: Select, index: IndexAdvice, build: _Build
) -> tuple[Timing, Timing] | None:
    """Both with the index; None where it can't be built: a lock of others, a timeout, a missing right."""
    try:
        with below_savepoint(cursor, TRIAL), build.watch.step():
            cursor.execute(IMMEDIATE_CONSTRAINTS)
            set_limits(cursor, lock_ms=LOCK_MS, statement_ms=build.longest_ms)
            cursor.execute(create_sql(index, concurrently=False))
            return _fastest(cursor, old), _fastest(cursor, new)
    except (OthersWaitError, build.errors):
        if cursor.connection.closed:
            raise
        return None


def fetch_one(cursor: Any, select: Select) -> Sequence[Any] | None:
    """A row that a read-only run of a statement gives; the values are parameters of the next one."""
    with _read_only(cursor):
        cursor.execute(select.sql, select.params)
        row: Sequence[Any] | None = cursor.fetchone()
        return row


def _digest(cursor: Any, select: Select) -> tuple[Any, ...]:
    with _read_only(cursor):
        cursor.execute(DIGEST.format(sql=select.sql), select.params)
        found: tuple[Any, ...] = cursor.fetchone()
        return found


def _fastest(cursor: Any, select: Select) -> Timing:
    """The fastest of three, after one to warm up: other processes only ever slow one down.

    One that takes long is run once: what warming up gains is little beside it.
    """
    first = run_once(cursor, select, lock_ms=LOCK_MS, statement_ms=LONGEST_RUN_MS)
    if (first.measure.ms or 0.0) > LONG_MS:
        return first
    runs = [run_once(cursor, select, lock_ms=LOCK_MS, statement_ms=LONGEST_RUN_MS) for _ in range(RUNS)]
    return min(runs, key=lambda run: run.measure.ms or 0.0)


def _is_worth(before: Timing, after: Timing) -> bool:
    one, other = before.measure.ms or 0.0, after.measure.ms or 0.0
    return one >= MIN_RATIO * other and one - other >= MIN_GAIN_MS


def _evidence(before: Timing, after: Timing, note: str) -> Evidence:
    told = f"Both were run, and gave the same rows. {note}".strip()
    return Evidence(level=Level.TIMED, before=before.measure, after=after.measure, note=told)


@contextmanager
def _read_only(cursor: Any) -> Iterator[None]:
    with below_savepoint(cursor):
        cursor.execute(READ_ONLY)
        set_limits(cursor, lock_ms=LOCK_MS, statement_ms=LONGEST_RUN_MS)
        yield
