"""Runs EXPLAIN safely: nothing is written, nothing waits long, and the transaction stays as it was.

Works on raw psycopg cursors: Django's are seen by assertNumQueries and by the capture itself.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from queryscope.database.allowlist import Permission, judge, judge_plan
from queryscope.database.calls import Calls
from queryscope.database.explain_words import explain_words
from queryscope.database.sandbox import (
    READ_ONLY,
    SERIAL,
    bound_text,
    database_error,
    error_code,
    own_connection,
    rolled_back,
    run_alone,
    set_limits,
)
from queryscope.errors import ExplainRefusedError
from queryscope.plans.words import PLANNED_FOR_TIME, TIME_USED_UP

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


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
    analyze_ms: float | None = None  # of that, running the statement again
    server_version: int  # 150020 is 15.20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limits:
    """The time that may be spent, and with how many hands."""

    started: float
    observed_ms: float
    statement_ms: float
    budget_ms: float
    is_serial: bool

    def elapsed_ms(self) -> float:
        return (time.perf_counter() - self.started) * 1000

    def left_ms(self) -> float:
        return min(self.statement_ms, self.budget_ms - self.elapsed_ms())


def explain_in_place(
    connection: BaseDatabaseWrapper,
    sql: str,
    params: Any,
    *,
    observed_ms: float,
    budget_ms: float,
    is_serial: bool = False,
) -> Explained:
    """The plan, taken on the connection itself: uncommitted rows are seen, its transaction stays as it is.

    `is_serial` forbids parallel workers.

    Raises:
        ExplainRefusedError: the statement, or the state of the connection, does not allow it.
    """
    limits = _limits(observed_ms, budget_ms, is_serial=is_serial)
    permission = _judge(connection, sql)
    if connection.connection is None:
        raise ExplainRefusedError("Not explained: the connection is closed.")
    return _explain(connection, connection.connection, (sql, params), permission, limits)


def explain_apart(
    connection: BaseDatabaseWrapper,
    sql: str,
    params: Any,
    *,
    observed_ms: float,
    budget_ms: float,
    is_serial: bool = False,
) -> Explained:
    """The plan, taken on a further connection to the same database; see `shared_connections`.

    `is_serial` forbids parallel workers.

    Raises:
        ExplainRefusedError: the statement does not allow it, or the database does not answer.
    """
    limits = _limits(observed_ms, budget_ms, is_serial=is_serial)
    permission = _judge(connection, sql)
    try:
        with own_connection(connection) as raw:
            return _explain(connection, raw, (sql, params), permission, limits)
    except database_error(connection) as error:
        raise ExplainRefusedError(f"Not explained: no connection ({error_code(error)}).") from None


def _limits(observed_ms: float, budget_ms: float, *, is_serial: bool) -> _Limits:
    if budget_ms < LEAST_BUDGET_MS:
        raise ExplainRefusedError(f"Not explained: {TIME_USED_UP}.")
    longest = max(3 * observed_ms, LEAST_TIMEOUT_MS)
    return _Limits(
        started=time.perf_counter(),
        observed_ms=observed_ms,
        statement_ms=longest,
        budget_ms=budget_ms,
        is_serial=is_serial,
    )


def _judge(connection: BaseDatabaseWrapper, sql: str) -> Permission:
    if connection.vendor != "postgresql":
        raise ExplainRefusedError(f"Not explained: plans are read from PostgreSQL, not {connection.vendor}.")
    if not isinstance(sql, str):
        raise ExplainRefusedError(f"Not explained: the statement is a {type(sql).__name__}, not text.")
    return judge(sql)


def _explain(
    connection: BaseDatabaseWrapper,
    raw: Any,
    query: tuple[str, Any],
    permission: Permission,
    limits: _Limits,
) -> Explained:
    sql, params = query
    failures = database_error(connection)
    if raw.info.parameter_status("standard_conforming_strings") == "off":
        raise ExplainRefusedError(
            "Not explained: standard_conforming_strings is off, so strings can't be told."
        )
    document, is_analyzed, analyze_ms = "", False, None
    version = raw.info.server_version
    try:
        with rolled_back(raw, lock_ms=LONGEST_LOCK_WAIT_MS, statement_ms=limits.left_ms()) as cursor:
            cursor.execute(READ_ONLY)
            if limits.is_serial:
                cursor.execute(SERIAL)
            text = bound_text(cursor, sql, params)
            permission = permission if text is None else judge(text)
            calls = _calls(cursor, permission)
            document = _document(cursor, explain_words(version, is_analyzed=False) + sql, params)
            note = permission.reason or _objection(calls, permission, document)
            left_ms = limits.left_ms()
            if not note and left_ms < LEAST_BUDGET_MS:
                note = PLANNED_FOR_TIME
            if not note:
                set_limits(cursor, lock_ms=LONGEST_LOCK_WAIT_MS, statement_ms=left_ms)
                began_ms = limits.elapsed_ms()
                try:
                    document = _document(cursor, explain_words(version, is_analyzed=True) + sql, params)
                    is_analyzed, analyze_ms = True, limits.elapsed_ms() - began_ms
                except failures as error:
                    note = _failure(error_code(error), left_ms, limits.observed_ms)
    except failures as error:
        raise ExplainRefusedError(_refusal(error_code(error))) from None
    return Explained(
        document=document,
        is_analyzed=is_analyzed,
        note=note,
        elapsed_ms=limits.elapsed_ms(),
        analyze_ms=analyze_ms,
        server_version=version,
    )


def _document(cursor: Any, sql: str, params: Any) -> str:
    value = run_alone(cursor, sql, params)
    return value if isinstance(value, str) else json.dumps(value)


def judge_calls(cursor: Any, sql: str, params: Any) -> None:
    """Look up what a statement calls, so that it can be planned.

    Raises:
        ExplainRefusedError: planning it might run what changes something.
    """
    text = bound_text(cursor, sql, params)
    _calls(cursor, judge(sql if text is None else text))


def _calls(cursor: Any, permission: Permission) -> Calls:
    """What the statement calls by its text; planning would run what is not declared volatile."""
    calls = Calls(cursor=cursor)
    calls.follow(permission.texts)
    if calls.lie:
        raise ExplainRefusedError(f"Not explained: {calls.lie}.")
    return calls


def _objection(calls: Calls, permission: Permission, document: str) -> str:
    """Why the planned statement must not be run again; "" if nothing speaks against it."""
    planned = judge_plan(json.loads(document))
    if not planned.may_analyze:
        return planned.reason
    calls.follow(planned.texts, permission.functions | planned.functions)
    return f"Only planned: {calls.objection}." if calls.objection else ""


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
