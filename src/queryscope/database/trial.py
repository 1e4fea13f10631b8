"""Proves an index: builds it in a transaction, times the query with and without it, and rolls all back.

While an index is built and timed, writers of its table wait (ShareLock); the timeouts here bound how long.
The query is timed without the index before each build and after the last, never by hiding the index: DROP
INDEX would lock out readers too. Whether trials are allowed on a database is decided by the caller.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from queryscope.database.allowlist import judge
from queryscope.database.catalog import read_schema
from queryscope.database.sandbox import database_error, error_code, rolled_back, usable_connection
from queryscope.database.trial_build import RUNS, Built, Limits, build_and_run
from queryscope.database.trial_choice import Outcome, choose, middle, no_gain
from queryscope.database.trial_cost import predicted_ms
from queryscope.database.trial_measure import Select, Timing, run_once
from queryscope.errors import ExplainRefusedError
from queryscope.fixes.index_code import quote
from queryscope.model import Evidence, IndexAdvice, Level, Refusal, Schema
from queryscope.plans.conditions import longest_word

LOCK_MS = 500.0
LONGEST_RUN_MS = 10_000.0
FASTEST_MS = 1.0  # an index must win a millisecond
TOTAL_BUDGETS = 15  # of one build: the longest that all trials of a query may take together
SHORTEST_PATTERN = 3

IMMEDIATE_CONSTRAINTS = "SET CONSTRAINTS ALL IMMEDIATE"
TABLE_SIZES = """
    SELECT c.relname::text, c.reltuples::float8, c.relpages
    FROM pg_class c
    WHERE c.relname = ANY(%s) AND pg_table_is_visible(c.oid)
"""

_REASONS = {
    "55P03": ("locked", "another session holds a lock on the table"),
    "57014": ("timeout", "it took longer than its timeout"),
    "25006": ("writes", "the query writes"),
    "42501": ("not-allowed", "the role may not do this"),
    "55006": ("in-use", "an open cursor or a pending trigger of this session uses the table"),
    "42P07": ("exists", "an index of this name is there already; if it is INVALID, drop it and try again"),
}


def try_indexes(
    connection: Any, candidates: Sequence[IndexAdvice], sql: str, params: Any, *, budget_ms: float = 2000.0
) -> tuple[list[IndexAdvice], list[Refusal]]:
    """The candidates that proved themselves, with timed evidence, and why the others did not.

    Inside a transaction under way (a test) it works in place, below a savepoint; else on a connection of its
    own. The caller has run `sql` under EXPLAIN ANALYZE, so its functions are known to be harmless. No error
    of the database leaves.
    """
    if not candidates:
        return [], []
    errors = database_error(connection)
    objection = _statement_objection(connection, sql)
    if objection:
        return [], [_refusal(advice, "not-tried", objection) for advice in _one_a_table(candidates)]
    names = sorted({advice.relation for advice in candidates})
    try:
        with usable_connection(connection) as raw:
            sizes = _table_sizes(raw, names)
            with rolled_back(raw, lock_ms=LOCK_MS, statement_ms=LONGEST_RUN_MS) as cursor:
                query = Select(sql=sql, params=params)
                outcomes, refusals = _try_all(
                    cursor, candidates, query=query, budget_ms=budget_ms, errors=errors
                )
            changed = _changes(sizes, _table_sizes(raw, names))
    except (ExplainRefusedError, errors) as error:
        return [], [_failed(advice, error) for advice in _one_a_table(candidates)]
    kept = choose([outcome for outcome, _ in outcomes])
    proved = [_proved(built, outcome, changed) for outcome, built in outcomes if outcome in kept]
    fingerprint = _fingerprint(candidates[0])
    refused = [*refusals, *no_gain([outcome for outcome, _ in outcomes], fingerprint=fingerprint)]
    served = {advice.relation for advice in proved}
    return proved, [refusal for refusal in _distinct(refused) if refusal.relation not in served]


def _statement_objection(connection: Any, sql: str) -> str:
    """A second look, since what runs here runs again and again: one SELECT, through psycopg 3."""
    if connection.Database.__name__ != "psycopg":
        return "Not tried: indexes are tried through psycopg 3 only."
    try:
        permission = judge(sql)
    except ExplainRefusedError as error:
        return str(error)
    return "" if permission.may_analyze else f"Not tried: {permission.reason}."


def _try_all(
    cursor: Any, candidates: Sequence[IndexAdvice], *, query: Select, budget_ms: float, errors: Any
) -> tuple[list[tuple[Outcome, Built]], list[Refusal]]:
    ends_at = time.monotonic() + TOTAL_BUDGETS * budget_ms / 1000.0
    # A pending deferred constraint check would refuse CREATE INDEX.
    cursor.execute(IMMEDIATE_CONSTRAINTS)
    schema = _read_analysed(cursor, candidates)
    without = [_run(cursor, query) for _ in range(RUNS + 1)][1:]
    usual = middle([timing.measure for timing in without])
    if (usual.ms or 0.0) < FASTEST_MS:
        return [], [
            _refusal(advice, "fast", f"The query takes {usual.ms:.2f} ms: no index can win a millisecond.")
            for advice in _one_a_table(candidates)
        ]
    found: list[Built] = []
    refusals: list[Refusal] = []
    for advice in candidates:
        objection = _objection(advice, query=query, schema=schema, budget_ms=budget_ms)
        if objection is None and time.monotonic() > ends_at:
            objection = _refusal(advice, "budget", "Not tried: the time for trials of this query is used up.")
        if objection is not None:
            refusals.append(objection)
            continue
        table = schema.table(advice.relation)
        limits = Limits(build_ms=budget_ms, run_ms=LONGEST_RUN_MS, lock_ms=LOCK_MS)
        try:
            assert table is not None
            found.append(build_and_run(cursor, advice, query=query, table=table, limits=limits, usual=usual))
        except errors as error:
            if cursor.connection.closed:
                raise
            refusals.append(_failed(advice, error))
        without.append(_run(cursor, query))
    return [(_outcome(built, without), built) for built in found], refusals


def _run(cursor: Any, query: Select) -> Timing:
    return run_once(cursor, query, lock_ms=LOCK_MS, statement_ms=LONGEST_RUN_MS)


def _read_analysed(cursor: Any, candidates: Sequence[IndexAdvice]) -> Schema:
    """The catalog; tables that were never analysed are, so that both sides are planned with statistics."""
    names = sorted({advice.relation for advice in candidates})
    schema = read_schema(cursor, names)
    unknown = [
        table.name for table in schema.tables if table.rows < 0 or not _has_statistics(schema, table.name)
    ]
    for name in unknown:
        cursor.execute(f"ANALYZE {quote(name)}")
    return read_schema(cursor, names) if unknown else schema


def _has_statistics(schema: Schema, name: str) -> bool:
    table = schema.table(name)
    return table is not None and any(column.n_distinct is not None for column in table.columns)


def _objection(advice: IndexAdvice, *, query: Select, schema: Schema, budget_ms: float) -> Refusal | None:
    table = schema.table(advice.relation)
    if table is None:
        return _refusal(advice, "not-visible", f"{advice.relation} is not on this connection's search path.")
    if any("trgm" in key.opclass for key in advice.keys):
        shortest = min(map(longest_word, _patterns(query.params)), default=SHORTEST_PATTERN)
        if shortest < SHORTEST_PATTERN:
            text = f"The pattern has {shortest} characters: a trigram index needs {SHORTEST_PATTERN}."
            return _refusal(advice, "short-pattern", text)
    expected_ms = predicted_ms(advice, table)
    if expected_ms > budget_ms:
        text = (
            f"Not tried: building it over {table.rows:,.0f} rows would take about "
            f"{expected_ms / 1000:.1f} s, more than the budget of {budget_ms / 1000:.1f} s."
        )
        return _refusal(advice, "budget", text)
    return None


def _patterns(params: Any) -> list[str]:
    values: Iterable[Any] = params.values() if isinstance(params, dict) else params or ()
    return [value for value in values if isinstance(value, str) and value.startswith("%")]


def _outcome(built: Built, without: Sequence[Timing]) -> Outcome:
    return Outcome(
        advice=built.advice,
        before=middle([timing.measure for timing in built.without or without]),
        after=middle([timing.measure for timing in built.with_index]),
        size_bytes=built.size_bytes,
        fastest_ms=min((timing.measure.ms or 0.0 for timing in built.with_index), default=None),
        is_used=any(built.advice.name in timing.indexes for timing in built.with_index),
    )


def _proved(built: Built, outcome: Outcome, changed: str) -> IndexAdvice:
    where = (
        " on a temporary copy of the table, whose rows this transaction had updated" if built.is_copy else ""
    )
    note = (
        f"Built in {built.build_ms:,.0f} ms{where}, the query run {len(built.with_index)} times with it "
        f"and {RUNS} times or more without, all rolled back.{changed}"
    )
    return replace(
        outcome.advice,
        size_bytes=outcome.size_bytes,
        build_ms=round(built.build_ms, 1),
        evidence=Evidence(level=Level.TIMED, before=outcome.before, after=outcome.after, note=note),
    )


def _table_sizes(raw: Any, names: Sequence[str]) -> dict[str, tuple[float, int]]:
    with rolled_back(raw, lock_ms=LOCK_MS, statement_ms=LONGEST_RUN_MS) as cursor:
        cursor.execute(TABLE_SIZES, [list(names)])
        return {name: (rows, pages) for name, rows, pages in cursor.fetchall()}


def _changes(before: dict[str, tuple[float, int]], after: dict[str, tuple[float, int]]) -> str:
    """CREATE INDEX and ANALYZE write a table's size into pg_class for good, even when rolled back."""
    changed = [name for name, size in after.items() if before.get(name) != size]
    if not changed:
        return ""
    return f" PostgreSQL kept the new row and page estimates (pg_class) of {', '.join(changed)}."


def _failed(advice: IndexAdvice, error: BaseException) -> Refusal:
    """The driver's text may hold values, so only its code is told."""
    if isinstance(error, ExplainRefusedError):
        return _refusal(advice, "not-tried", str(error))
    code = error_code(error)
    is_extension_missing = bool(advice.extensions) and code in ("42501", "0A000", "58P01")
    if is_extension_missing:
        name = advice.extensions[0]
        text = f"Not tried: the extension {name} is not installed and this role can't install it."
        return _refusal(advice, "missing-extension", text)
    kind, reason = _REASONS.get(code, ("failed", f"PostgreSQL answered {code}"))
    return _refusal(advice, kind, f"Not proved: {reason}.")


def _refusal(advice: IndexAdvice, kind: str, reason: str) -> Refusal:
    return Refusal(fingerprint=_fingerprint(advice), relation=advice.relation, kind=kind, reason=reason)


def _fingerprint(advice: IndexAdvice) -> str:
    return next(iter(advice.serves), "")


def _one_a_table(candidates: Sequence[IndexAdvice]) -> list[IndexAdvice]:
    return list({advice.relation: advice for advice in candidates}.values())


def _distinct(refusals: Sequence[Refusal]) -> list[Refusal]:
    return list({(refusal.relation, refusal.kind): refusal for refusal in refusals}.values())
