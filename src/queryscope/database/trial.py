"""Proves an index: builds it in a transaction, times the query with and without it, and rolls all back.

While an index is built and timed, writers of its table wait (ShareLock). trial_watch lets them pass; where it
can't, the limits in trial_bench bound how long they wait. The query is timed without the index before each
build and after the last, never by hiding the index: DROP INDEX would lock out readers too. Whether trials are
allowed on a database is decided by the caller.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from queryscope.database.allowlist import judge
from queryscope.database.catalog import read_schema
from queryscope.database.key_lengths import Length, read_lengths, too_long, with_length
from queryscope.database.proposals import (
    Proposal,
    distinct,
    failed,
    keys_text,
    named,
    proposals,
    refusal,
    table_names,
)
from queryscope.database.sandbox import database_error, rolled_back, usable_connection
from queryscope.database.table_copy import Relation, read_relation
from queryscope.database.trial_bench import LONGEST_RUN_MS, Bench, Budget, with_shares
from queryscope.database.trial_choice import Outcome, choose, fastest, is_accepted, is_large_part, no_gain
from queryscope.database.trial_cost import predicted_bytes
from queryscope.database.trial_measure import Select
from queryscope.database.trial_note import timed_advice
from queryscope.database.trial_place import read_place
from queryscope.database.trial_sets import grow, used_part, used_parts
from queryscope.database.trial_watch import Watch, watching
from queryscope.errors import ExplainRefusedError
from queryscope.fixes.index_code import quote, table_name
from queryscope.model import IndexAdvice, Refusal, Schema, Table
from queryscope.sql.names import bare_table
from queryscope.sql.patterns import like_pattern

LOCK_MS = 500.0  # of the catalog
FASTEST_MS = 1.0  # an index must win a millisecond
TOTAL_BUDGETS = 15  # of one build: the longest that all trials of a query may take together
SHORTEST_PATTERN = 3

IMMEDIATE_CONSTRAINTS = "SET CONSTRAINTS ALL IMMEDIATE"
# Partitions and indexes have sizes of their own, which CREATE INDEX and ANALYZE write too.
TABLE_SIZES = """
    SELECT t.name, c.oid, c.reltuples::float8, c.relpages
    FROM unnest(%s::text[]) t(name)
    JOIN pg_class c ON c.oid = to_regclass(t.name)
        OR c.oid IN (SELECT p.relid FROM pg_partition_tree(to_regclass(t.name)) p)
        OR c.oid IN (SELECT i.indexrelid FROM pg_index i WHERE i.indrelid = to_regclass(t.name))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the trials of one query came to."""

    proved: tuple[IndexAdvice, ...] = ()
    refusals: tuple[Refusal, ...] = ()  # measured, or known, to be of no use
    undecided: tuple[tuple[IndexAdvice, Refusal], ...] = ()  # what could not be tried, and why
    spent_ms: float = 0.0


def run_trials(
    connection: Any,
    candidates: Sequence[IndexAdvice],
    query: Select,
    *,
    typical: Select | None = None,
    budget_ms: float,
    patient_ms: float | None = None,
    total_ms: float | None = None,
    is_alone: bool = False,
) -> Trial:
    """Build the candidates, one after the other, where `query` and `typical` ran.

    Inside a transaction under way (a test) it works in place, below a savepoint; else on a connection of its
    own. The caller has run the query under EXPLAIN ANALYZE, so its functions are known to be harmless. No
    error of the database leaves. `budget_ms` is for one build, `patient_ms` for one where a watch lets others
    pass, or nobody else uses the database (`is_alone`); `total_ms` for all (15 of one by default).
    """
    if not candidates:
        return Trial()
    errors = database_error(connection)
    objection = statement_objection(connection, query.sql)
    if objection:
        return Trial(refusals=tuple(distinct([refusal(one, "not-tried", objection) for one in candidates])))
    names = table_names(candidates)
    started = time.monotonic()
    total_ms = TOTAL_BUDGETS * budget_ms if total_ms is None else total_ms
    try:
        with usable_connection(connection) as raw:
            sizes = _table_sizes(raw, names)
            with rolled_back(raw, lock_ms=LOCK_MS, statement_ms=LONGEST_RUN_MS) as cursor:
                budget = Budget(
                    build_ms=budget_ms,
                    patient_ms=max(budget_ms, patient_ms or 0.0),
                    ends_at=started + total_ms / 1000,
                )
                with watching(connection, cursor, is_alone=is_alone) as watch:
                    trial = _Trials(cursor, candidates, query, errors).run(typical, budget, watch)
            changed = _changes(sizes, _table_sizes(raw, names))
    except (ExplainRefusedError, errors) as error:
        return Trial(undecided=tuple((one, failed(one, error)) for one in candidates))
    return replace(
        trial,
        proved=tuple(_with_note(advice, changed) for advice in trial.proved),
        refusals=tuple(replace(one, reason=one.reason + changed) for one in trial.refusals),
        undecided=tuple((one, replace(why, reason=why.reason + changed)) for one, why in trial.undecided),
        spent_ms=(time.monotonic() - started) * 1000,
    )


def statement_objection(connection: Any, sql: str) -> str:
    """A second look, since what runs here runs again and again: one SELECT, through psycopg 3."""
    if connection.Database.__name__ != "psycopg":
        return "Not tried: indexes are tried through psycopg 3 only."
    try:
        permission = judge(sql)
    except ExplainRefusedError as error:
        return str(error)
    return "" if permission.may_analyze else f"Not tried: {permission.reason}."


class _Trials:
    """The candidates of one query in one transaction."""

    def __init__(self, cursor: Any, candidates: Sequence[IndexAdvice], query: Select, errors: Any) -> None:
        self.cursor = cursor
        self.candidates = candidates
        self.query = query
        self.errors = errors
        self.refusals: list[Refusal] = []
        self.undecided: list[tuple[IndexAdvice, Refusal]] = []

    def run(self, typical: Select | None, budget: Budget, watch: Watch) -> Trial:
        """Measure, choose, and say why not."""
        objection = read_place(self.cursor).objection_to_building()
        if objection:
            return self._none("not-tried", f"Not tried: {objection}.")
        # A pending deferred constraint check would refuse CREATE INDEX.
        self.cursor.execute(IMMEDIATE_CONSTRAINTS)
        tables = self._tables()
        bench = Bench(self.cursor, self.query, tables=tables, budget=budget, watch=watch, errors=self.errors)
        if (bench.usual.ms or 0.0) < FASTEST_MS:
            text = f"The query takes {bench.usual.ms:.2f} ms: no index can win a millisecond."
            return self._none("fast", text)
        lengths = read_lengths(self.cursor, self.candidates, tables, errors=self.errors, may_scan=True)
        outcomes = self._outcomes(bench, tables, typical, lengths)
        outcomes += [self._shared(bench, one, one.parts) for one in used_parts(bench, outcomes)]
        late = [advice for advice, why in self.undecided if why.kind == "timeout"]
        grown = grow(bench, outcomes, late)
        if grown is not None:
            outcomes.append(self._shared(bench, grown, grown.parts))
        kept = self._together(bench, choose(outcomes))
        self._decide(bench, late, {part.name for outcome in kept for part in outcome.parts})
        runs = len(bench.without)
        proved = tuple(
            with_length(advice, lengths)
            for outcome in kept
            for advice in timed_advice(bench.built(outcome), outcome, runs=runs)
        )
        fingerprint = next(iter(self.candidates[0].serves), "")
        self.refusals += no_gain(outcomes, fingerprint=fingerprint)
        return Trial(proved=proved, refusals=tuple(self.refusals), undecided=tuple(self.undecided))

    def _none(self, kind: str, text: str) -> Trial:
        return Trial(undecided=tuple((one, refusal(one, kind, text)) for one in self.candidates))

    def _outcomes(
        self, bench: Bench, tables: dict[str, Table], typical: Select | None, lengths: Mapping[str, Length]
    ) -> list[Outcome]:
        """The likeliest first; what takes long to build afterwards, the shortest first."""
        found: list[Outcome] = []
        tried: list[Proposal] = []
        for proposal in proposals(self.candidates):
            known = _objection(proposal, query=self.query, tables=tables, lengths=lengths)
            if known is None:
                tried.append(proposal)
            else:
                self.refusals.append(known)
        is_compared = False
        for proposal in sorted(tried, key=lambda one: bench.expected_ms(one) if bench.is_long(one) else 0.0):
            best_ms = min(map(fastest, _spared(choose(found), proposal, tables)), default=FASTEST_MS)
            if best_ms < FASTEST_MS and bench.is_long(proposal):
                self.refusals.append(_needless(proposal, best_ms))
                continue
            late = bench.objection(proposal)
            if late is None and not is_compared:
                bench.compare_with(typical, table_names(self.candidates))
                is_compared = True
            outcome = late or bench.measure(proposal)
            if isinstance(outcome, Refusal):
                self.undecided += [(advice, outcome) for advice in proposal]
            else:
                found.append(self._shared(bench, outcome, outcome.parts))
        return found

    def _decide(self, bench: Bench, late: Sequence[IndexAdvice], kept: set[str]) -> None:
        """What took too long alone is known all the same once it was timed beside another."""
        known = {part.name for outcome in bench.measured() for part in outcome.parts}
        for advice in late:
            if advice.name in known and advice.name not in kept:
                text = f"{named([advice])} gives less than a fifth more beside the others that were tried."
                self.refusals.append(refusal(advice, "no-share", text))
        decided = {advice.name for advice in late} & known
        self.undecided = [(one, why) for one, why in self.undecided if one.name not in decided]

    def _together(self, bench: Bench, kept: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
        """Does an index of one of the tables suffice?"""
        if len(kept) < 2:
            return kept
        parts = tuple(part for outcome in kept for part in outcome.parts)
        whole = bench.measure(parts)
        rest = used_part(bench, whole) if isinstance(whole, Outcome) else None
        return kept if rest is None or not is_accepted(rest) else (self._shared(bench, rest, parts),)

    def _shared(self, bench: Bench, outcome: Outcome, parts: Proposal) -> Outcome:
        """The accepted set without what is needless of `parts`, of which that is told."""
        if not is_accepted(outcome):
            return outcome
        rest = with_shares(bench, outcome)
        others = ") and (".join(keys_text(one) for one in rest.parts)
        for advice in parts:
            if advice not in rest.parts:
                text = f"{named([advice])} gives less than a fifth more beside one on ({others})."
                self.refusals.append(refusal(advice, "no-share", text))
        return rest

    def _tables(self) -> dict[str, Table]:
        """The tables; those never analysed are, so that both sides are planned with statistics."""
        found: dict[str, Table] = {}
        for name in table_names(self.candidates):
            relation = read_relation(self.cursor, name)
            if relation is None:
                continue
            table = _table(read_schema(self.cursor, [name]), relation)
            if relation.rows < 0 or not _has_statistics(table, relation):
                self.cursor.execute(f"ANALYZE {relation.source}")
                relation = read_relation(self.cursor, name) or relation
                table = _table(read_schema(self.cursor, [name]), relation)
            found[name] = table
        return found


def _table(schema: Schema, relation: Relation) -> Table:
    known = next((one for one in schema.tables if one.schema == relation.schema), None)
    pages = int(relation.size_bytes / 8192)
    table = known or Table(schema=relation.schema, name=relation.name, rows=relation.rows, pages=pages)
    return replace(table, rows=max(table.rows, relation.rows))


def _has_statistics(table: Table, relation: Relation) -> bool:
    """Or they can't be seen, and so can't be missed: below policies, of columns that may not be read."""
    if relation.has_row_security or not relation.is_readable:
        return True
    return any(column.n_distinct is not None for column in table.columns)


def _objection(
    proposal: Sequence[IndexAdvice], *, query: Select, tables: dict[str, Table], lengths: Mapping[str, Length]
) -> Refusal | None:
    for advice in proposal:
        if table_name(advice) not in tables:
            text = f"{advice.relation} is not on this connection's search path."
            return refusal(advice, "not-visible", text)
        known = short_pattern(advice, query) or too_long(advice, lengths)
        if known is not None:
            return known
    return None


def _spared(kept: Sequence[Outcome], proposal: Proposal, tables: dict[str, Table]) -> Iterator[Outcome]:
    """Without the indexes of some rows that take nearly as much space as the one of all rows would."""
    sizes = {one.relation: predicted_bytes(one, tables[table_name(one)]) for one in proposal}
    for outcome in kept:
        if not is_large_part(outcome, of_bytes=sizes.get(outcome.advice.relation, 0.0)):
            yield outcome


def _needless(proposal: Proposal, best_ms: float) -> Refusal:
    text = f"With another index the query takes {best_ms:.2f} ms: none that takes long to build is tried."
    return refusal(proposal[0], "fast", text)


def short_pattern(advice: IndexAdvice, query: Select) -> Refusal | None:
    """Against trigrams for a pattern that has none."""
    if any("trgm" in key.opclass for key in advice.keys):
        lengths = [like_pattern(pattern)[1] for pattern in _patterns(query.params)]
        if min(lengths, default=SHORTEST_PATTERN) < SHORTEST_PATTERN:
            text = f"No word of the pattern has {SHORTEST_PATTERN} characters: a trigram index needs them."
            return refusal(advice, "short-pattern", text)
    return None


def _patterns(params: Any) -> list[str]:
    values: Iterable[Any] = params.values() if isinstance(params, dict) else params or ()
    return [value for value in values if isinstance(value, str) and value.startswith("%")]


def _with_note(advice: IndexAdvice, more: str) -> IndexAdvice:
    return replace(advice, evidence=replace(advice.evidence, note=advice.evidence.note + more))


def _table_sizes(raw: Any, names: Sequence[str]) -> dict[tuple[str, int], tuple[float, int]]:
    with rolled_back(raw, lock_ms=LOCK_MS, statement_ms=LONGEST_RUN_MS) as cursor:
        cursor.execute(TABLE_SIZES, [[quote(name) for name in names]])
        return {(name, oid): (rows, pages) for name, oid, rows, pages in cursor.fetchall()}


def _changes(before: dict[tuple[str, int], Any], after: dict[tuple[str, int], Any]) -> str:
    """CREATE INDEX and ANALYZE write a table's size into pg_class for good, even when rolled back."""
    changed = dict.fromkeys(bare_table(key[0]) for key, size in after.items() if before.get(key) != size)
    if not changed:
        return ""
    return f" PostgreSQL kept the new row and page estimates (pg_class) of {', '.join(changed)}."
