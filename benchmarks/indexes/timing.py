"""What a page's queries cost, with and without indexes that are really there."""

from __future__ import annotations

import contextlib
import json
import re
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection, transaction

RUNS = 5
SLOW_MS = 1000.0  # what takes longer is run three times
TIMEOUT_MS = 120_000
EXPLAIN = "EXPLAIN (ANALYZE, TIMING OFF, BUFFERS, FORMAT JSON) "
PLAN = "EXPLAIN (FORMAT JSON) "
FINDS_ROWS = re.compile(r"[\s(]*(SELECT|WITH|UPDATE|DELETE)\b", re.IGNORECASE)
CHANGES = re.compile(r"\s*(UPDATE|DELETE)\b", re.IGNORECASE)
INDEXES = """
    SELECT i.indexrelid::regclass::text, i.indrelid::regclass::text, i.indexprs IS NOT NULL, inhparent IS NULL
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid LEFT JOIN pg_inherits ON inhrelid = i.indexrelid
    WHERE c.relnamespace = 'public'::regnamespace
"""
PARTITIONS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass"
EXTENSIONS = "SELECT extname FROM pg_extension"

Statement = tuple[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Sums over a page's queries: the median and the fastest of the runs, blocks, and the indexes used."""

    ms: float
    fastest_ms: float
    blocks: int
    used: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def queries_of(page: Callable[[], object]) -> list[Statement]:
    """Run a page once and note what has to find rows."""
    found: list[Statement] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if FINDS_ROWS.match(sql):
            found.append((sql, params))
        return execute(sql, params, many, context)

    connection.ensure_connection()  # what Django asks of a new one is no query of the page
    with connection.execute_wrapper(note):
        page()
    return found


def cost(statements: Sequence[Statement]) -> Cost:
    """Run each some times, warm."""
    ms = fastest = 0.0
    blocks = 0
    used: set[str] = set()
    for sql, params in statements:
        first = explain(sql, params)
        plans = [explain(sql, params) for _ in range(RUNS if first["Execution Time"] < SLOW_MS else 3)]
        times = [plan["Execution Time"] for plan in plans]
        ms += statistics.median(times)
        fastest += min(times)
        root = plans[-1]["Plan"]
        blocks += root["Shared Hit Blocks"] + root["Shared Read Blocks"]
        used |= set(indexes_in(root))
    return Cost(ms=round(ms, 3), fastest_ms=round(fastest, 3), blocks=blocks, used=tuple(sorted(used)))


def explain(sql: str, params: Any, *, is_run: bool = True) -> dict[str, Any]:
    """The plan, of one run if it is run; what it changes is rolled back."""
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute(f"SET statement_timeout = {TIMEOUT_MS}")
        cursor.execute((EXPLAIN if is_run else PLAN) + sql, params)
        told = cursor.fetchone()[0]
        if CHANGES.match(sql):
            transaction.set_rollback(True)
    plans: list[dict[str, Any]] = json.loads(told) if isinstance(told, str) else told
    return plans[0]


def indexes_in(node: dict[str, Any]) -> Iterator[str]:
    """The names of indexes that a plan uses."""
    if name := node.get("Index Name"):
        yield name
    for child in node.get("Plans", ()):
        yield from indexes_in(child)


@contextlib.contextmanager
def built(statements: Sequence[str]) -> Iterator[list[str]]:
    """Create indexes for real, and remove them and their extensions afterwards; gives their names.

    Statistics are gathered anew where an index has an expression; those of columns are there.
    """
    indexes, extensions = _rows(INDEXES), _rows(EXTENSIONS)
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = {10 * TIMEOUT_MS}; SET maintenance_work_mem = '256MB'")
            for statement in statements:
                cursor.execute(statement.replace(" CONCURRENTLY ", " "))
            made = _new(INDEXES, indexes, 1, statements)
            for table in sorted({table for _, table, has_expressions, _ in made if has_expressions}):
                cursor.execute(f"ANALYZE {table}")
        yield [name for name, *_, is_root in made if is_root]
    finally:
        with connection.cursor() as cursor:
            for name, *_, is_root in _new(INDEXES, indexes, 1, statements):
                if is_root:
                    cursor.execute(f"DROP INDEX {name}")
            for (name,) in _new(EXTENSIONS, extensions, 0, statements):
                cursor.execute(f"DROP EXTENSION {name}")


def with_partitions(name: str) -> set[str]:
    """An index and those of partitions that belong to it."""
    return {name, *(child for (child,) in _rows(PARTITIONS, name))}


def cost_without(name: str, statements: Sequence[Statement]) -> Cost:
    """Of an index that is there; it is there again afterwards."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX {name}")
        found = cost(statements)
        transaction.set_rollback(True)
    return found


def _new(
    sql: str, before: Sequence[tuple[Any, ...]], column: int, statements: Sequence[str]
) -> list[tuple[Any, ...]]:
    """What is there now and was not before, if the statements name it: others may work beside."""
    text = "\n".join(statements)
    return [row for row in _rows(sql) if row not in before and row[column] in text]


def _rows(sql: str, *parameters: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return list(cursor.fetchall())
