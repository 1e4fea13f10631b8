"""Runs EXPLAIN safely: nothing is written, nothing waits long, and the transaction stays as it was.

Works on raw psycopg cursors: Django's are seen by assertNumQueries and by the capture itself.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from queryscope.database.allowlist import Permission, judge, judge_plan
from queryscope.database.sandbox import database_error, error_code, own_connection, rolled_back, set_limits
from queryscope.errors import ExplainRefusedError
from queryscope.plans.words import PLANNED_FOR_TIME, TIME_USED_UP

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

PLAN_ONLY = "EXPLAIN (VERBOSE, SETTINGS, SUMMARY, FORMAT JSON) "
ANALYZE = "EXPLAIN (ANALYZE, BUFFERS, VERBOSE, SETTINGS, WAL, SUMMARY, FORMAT JSON) "
READ_ONLY = "SET TRANSACTION READ ONLY"

# An aggregate is as volatile as the functions that it is made of.
VOLATILE_OR_UNKNOWN = """
    SELECT called.name
    FROM unnest(%s::text[]) AS called(name)
    LEFT JOIN LATERAL (
        SELECT bool_or(
            proc.provolatile = 'v'
            OR EXISTS (
                SELECT
                FROM pg_catalog.pg_aggregate AS agg
                JOIN pg_catalog.pg_proc AS part
                    ON part.oid IN (agg.aggtransfn, agg.aggfinalfn, agg.aggcombinefn)
                WHERE agg.aggfnoid = proc.oid AND part.provolatile = 'v'
            )
        ) AS is_volatile
        FROM pg_catalog.pg_proc AS proc
        WHERE proc.proname = called.name
    ) AS known ON true
    WHERE known.is_volatile IS NOT FALSE
    ORDER BY called.name
"""

# Operators and casts call functions that no text names; 16384 is the first OID that is not PostgreSQL's own.
OWN_VOLATILE_OPERATORS = """
    SELECT EXISTS (
        SELECT
        FROM pg_catalog.pg_proc AS proc
        WHERE proc.provolatile = 'v'
            AND (
                proc.oid IN (SELECT oprcode FROM pg_catalog.pg_operator WHERE oid >= 16384)
                OR proc.oid IN (SELECT castfunc FROM pg_catalog.pg_cast WHERE oid >= 16384)
            )
    )
"""

LONGEST_LOCK_WAIT_MS = 100.0
LEAST_TIMEOUT_MS = 1_000.0  # of a query that took less than a third of it
LEAST_BUDGET_MS = 1.0

_TIMED_OUT = "57014"  # query_canceled


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A plan as PostgreSQL gave it."""

    document: str  # JSON
    is_analyzed: bool
    note: str = ""  # why it is only planned
    elapsed_ms: float
    server_version: int  # 150020 is 15.20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limits:
    """The time that may be spent."""

    started: float
    observed_ms: float
    statement_ms: float
    budget_ms: float

    def elapsed_ms(self) -> float:
        return (time.perf_counter() - self.started) * 1000

    def left_ms(self) -> float:
        return min(self.statement_ms, self.budget_ms - self.elapsed_ms())


def explain_in_place(
    connection: BaseDatabaseWrapper, sql: str, params: Any, *, observed_ms: float, budget_ms: float
) -> Explained:
    """The plan, taken on the connection itself: uncommitted rows are seen, its transaction stays as it is.

    Raises:
        ExplainRefusedError: the statement, or the state of the connection, does not allow it.
    """
    limits = _limits(observed_ms, budget_ms)
    permission = _judge(connection, sql)
    if connection.connection is None:
        raise ExplainRefusedError("Not explained: the connection is closed.")
    return _explain(connection, connection.connection, (sql, params), permission, limits)


def explain_apart(
    connection: BaseDatabaseWrapper, sql: str, params: Any, *, observed_ms: float, budget_ms: float
) -> Explained:
    """The plan, taken on a further connection to the same database; see `shared_connections`.

    Raises:
        ExplainRefusedError: the statement does not allow it, or the database does not answer.
    """
    limits = _limits(observed_ms, budget_ms)
    permission = _judge(connection, sql)
    try:
        with own_connection(connection) as raw:
            return _explain(connection, raw, (sql, params), permission, limits)
    except database_error(connection) as error:
        raise ExplainRefusedError(f"Not explained: no connection ({error_code(error)}).") from None


def _limits(observed_ms: float, budget_ms: float) -> _Limits:
    if budget_ms < LEAST_BUDGET_MS:
        raise ExplainRefusedError(f"Not explained: {TIME_USED_UP}.")
    longest = max(3 * observed_ms, LEAST_TIMEOUT_MS)
    return _Limits(
        started=time.perf_counter(), observed_ms=observed_ms, statement_ms=longest, budget_ms=budget_ms
    )


def _judge(connection: BaseDatabaseWrapper, sql: str) -> Permission:
    if connection.vendor != "postgresql":
        raise ExplainRefusedError(f"Not explained: plans are read from PostgreSQL, not {connection.vendor}.")
    if _driver(connection) != "psycopg":
        raise ExplainRefusedError("Not explained: plans need psycopg 3.")
    if not isinstance(sql, str):
        raise ExplainRefusedError(f"Not explained: the statement is a {type(sql).__name__}, not text.")
    return judge(sql)


def _driver(connection: Any) -> str:
    return str(connection.Database.__name__)


def _explain(
    connection: BaseDatabaseWrapper,
    raw: Any,
    query: tuple[str, Any],
    permission: Permission,
    limits: _Limits,
) -> Explained:
    sql, params = query
    failures = database_error(connection)
    document, is_analyzed = "", False
    try:
        with rolled_back(raw, lock_ms=LONGEST_LOCK_WAIT_MS, statement_ms=limits.left_ms()) as cursor:
            cursor.execute(READ_ONLY)
            document = _document(cursor, PLAN_ONLY + sql, params)
            note = permission.reason or _objection(cursor, permission, document)
            left_ms = limits.left_ms()
            if not note and left_ms < LEAST_BUDGET_MS:
                note = PLANNED_FOR_TIME
            if not note:
                set_limits(cursor, lock_ms=LONGEST_LOCK_WAIT_MS, statement_ms=left_ms)
                try:
                    document, is_analyzed = _document(cursor, ANALYZE + sql, params), True
                except failures as error:
                    note = _failure(error_code(error), left_ms, limits.observed_ms)
    except failures as error:
        raise ExplainRefusedError(_refusal(error_code(error))) from None
    return Explained(
        document=document,
        is_analyzed=is_analyzed,
        note=note,
        elapsed_ms=limits.elapsed_ms(),
        server_version=raw.info.server_version,
    )


def _document(cursor: Any, sql: str, params: Any) -> str:
    cursor.execute(sql, params)
    value = cursor.fetchone()[0]
    return value if isinstance(value, str) else json.dumps(value)


def _objection(cursor: Any, permission: Permission, document: str) -> str:
    """Why the planned statement must not be run again; "" if nothing speaks against it."""
    planned = judge_plan(json.loads(document))
    if not planned.may_analyze:
        return planned.reason
    functions = sorted(permission.functions | planned.functions)
    if functions:
        cursor.execute(VOLATILE_OR_UNKNOWN, [functions])
        found = cursor.fetchone()
        if found is not None:
            return f"Only planned: {found[0]}() may change something, or is not known."
    cursor.execute(OWN_VOLATILE_OPERATORS)
    if cursor.fetchone()[0]:
        return "Only planned: this database has operators or casts that may change something."
    return ""


def _refusal(code: str) -> str:
    if code == _TIMED_OUT:
        return "Not explained: planning it was stopped, it took longer than the time left for EXPLAIN."
    return f"Not explained: PostgreSQL refused it ({code})."


def _failure(code: str, left_ms: float, observed_ms: float) -> str:
    if code == _TIMED_OUT and left_ms < observed_ms:
        return PLANNED_FOR_TIME  # stopped before it had as long as the query itself: that proves nothing
    if code == _TIMED_OUT:
        return f"Only planned: EXPLAIN ANALYZE was stopped after {left_ms:.0f} ms."
    return f"Only planned: EXPLAIN ANALYZE failed ({code})."
