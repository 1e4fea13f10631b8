"""The usability probe: can an index serve this query at all? No lock, no right but TEMPORARY, nothing stays.

In a transaction that is rolled back, a temporary table of the same name with some of the real rows takes the
table's place; the candidate is built on it, and the query is planned, never run, with other ways turned off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from queryscope.database.probe_plan import Use, Wanted, idle_keys, read_use
from queryscope.database.proposals import (
    Proposal,
    failed,
    named,
    refusal,
    table_names,
)
from queryscope.database.sandbox import below_savepoint, set_limits
from queryscope.database.table_copy import (
    USUAL_ROW_BYTES,
    Relation,
    drop_indexes,
    make_copy,
    read_relation,
    unqualified,
)
from queryscope.database.trial_measure import Select, plan_once
from queryscope.database.trial_place import Place
from queryscope.fixes.index_code import create_sql, quote, table_name
from queryscope.model import IndexAdvice, Refusal

MOST_ROWS = 2_000
LEAST_ROWS = 200
MOST_BYTES = 1_000_000  # the indexes of the table are made for them too
STEP_MS = 2_000.0
LOCK_MS = 100.0
SMALL_ROWS = 500  # a table of so few rows tells nothing of its size in production

NO_SAMPLE_NOISE = """
    SELECT set_config('max_parallel_workers_per_gather', '0', true), set_config('jit', 'off', true)
"""
INDEX_KEYS = """
    SELECT m.amname::text, i.indpred IS NOT NULL, pg_relation_size(i.indexrelid),
           ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, false) FROM generate_series(1, i.indnkeyatts) n)
    FROM pg_index i
    JOIN pg_class x ON x.oid = i.indexrelid
    JOIN pg_am m ON m.oid = x.relam
    WHERE i.indexrelid = to_regclass(%s)
"""
# What a planner would rather do on few rows: read them all; sort them; join them by hashes.
STEPS = (
    ("enable_seqscan",),
    ("enable_seqscan", "enable_sort", "enable_incremental_sort", "enable_bitmapscan"),
    ("enable_seqscan", "enable_hashjoin", "enable_mergejoin"),
    ("enable_seqscan", "enable_sort", "enable_incremental_sort", "enable_hashjoin", "enable_mergejoin"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """A candidate, or a set, that the planner can use."""

    proposal: Proposal
    uses: tuple[Use, ...]  # one for each index
    size_bytes: int  # on the sample
    sample_rows: int
    table_rows: float  # of the largest table concerned, those of the sample where nobody counted them
    is_contested: bool = False  # on these rows the planner would take an index that is there

    @property
    def is_small(self) -> bool:
        """Size can't speak."""
        return self.table_rows < SMALL_ROWS


def probe(
    cursor: Any, candidates: Sequence[Proposal], query: Select, *, place: Place, errors: Any, may_extend: bool
) -> tuple[list[Probed], list[Refusal]]:
    """Those that the query can use, and why the others are not known to be, or known not to be, of use.

    `cursor` is one of a block that is rolled back. `may_extend` allows CREATE EXTENSION within it.
    """
    objection = place.objection_to_copying()
    if objection:
        text = f"Not probed: {objection}."
        return [], [refusal(one, "not-probed", text) for proposal in candidates for one in proposal]
    found: list[Probed] = []
    refusals: list[Refusal] = []
    for names in dict.fromkeys(table_names(proposal) for proposal in candidates):
        same = [proposal for proposal in candidates if table_names(proposal) == names]
        try:
            with below_savepoint(cursor):
                set_limits(cursor, lock_ms=LOCK_MS, statement_ms=STEP_MS)
                box = _boxed(cursor, names, query, place=place, may_extend=may_extend)
                if isinstance(box, str):
                    refusals += [refusal(one[0], "not-probed", f"Not probed: {box}.") for one in same]
                    continue
                for proposal in same:
                    answer = box.look_at(proposal, errors)
                    (found if isinstance(answer, Probed) else refusals).append(answer)  # type: ignore[arg-type]
        except errors as error:
            if cursor.connection.closed:
                raise
            refusals += [failed(one[0], error) for one in same]
    return found, refusals


def _boxed(cursor: Any, names: Sequence[str], query: Select, *, place: Place, may_extend: bool) -> _Box | str:
    """The query with its tables replaced, or why that can't be."""
    sql, rows = query.sql, MOST_ROWS
    tables: dict[str, Relation] = {}
    for name in names:
        relation = read_relation(cursor, name)
        if relation is None:
            return f"{name} is not on this connection's search path"
        if relation.persistence == "t" or relation.kind not in ("r", "p"):
            return f"{name} is no ordinary table"
        if relation.has_row_security:
            return f"row-level security adds conditions to {name} that a copy has not"
        alone = unqualified(sql, relation)
        if alone is None:
            return "the statement could not be read"
        sql = alone
        rows = min(rows, _sample_rows(relation))
        tables[name] = relation
    counts = [make_copy(cursor, relation, most_rows=rows) for relation in tables.values()]
    known = [relation.rows for relation in tables.values()]
    largest = max(own if own >= 0 else count for own, count in zip(known, counts, strict=True))
    cursor.execute(NO_SAMPLE_NOISE)
    return _Box(
        cursor, replace(query, sql=sql), tables, rows=(max(counts), largest),
        extensions=None if may_extend else place.extensions,
    )  # fmt: skip


def _sample_rows(relation: Relation) -> int:
    rows = max(relation.likely_rows, 1.0)
    row_bytes = max(relation.size_bytes / rows, 1.0) if relation.rows > 0 else USUAL_ROW_BYTES
    return int(min(MOST_ROWS, max(LEAST_ROWS, MOST_BYTES / row_bytes)))


class _Box:
    """The query with temporary tables in the place of its own."""

    def __init__(
        self,
        cursor: Any,
        query: Select,
        tables: Mapping[str, Relation],
        *,
        rows: tuple[int, float],
        extensions: frozenset[str] | None,
    ) -> None:
        self.cursor = cursor
        self.query = query
        self.tables = tables
        self.sample_rows, self.table_rows = rows
        self.extensions = extensions
        self.is_small = self.table_rows < SMALL_ROWS
        self.without = [self._plan(step) for step in STEPS]
        self.bare: list[dict[str, Any]] | None = None  # the same without any index

    def look_at(self, proposal: Proposal, errors: Any) -> Probed | Refusal:
        """Build it, plan with it, take it away."""
        for advice in proposal:
            missing = [name for name in advice.extensions if self._lacks(name)]
            if missing:
                text = f"Not probed: the extension {missing[0]} is not installed in this database."
                return refusal(advice, "missing-extension", text)
        alone = self._alone(proposal, errors) if self.is_small else None
        if alone is not None:  # what else is there is no matter where size can't speak
            return alone
        try:
            with below_savepoint(self.cursor):
                built = [self._build(advice) for advice in proposal]
                found = self._judged(proposal, built, self.without)
                if isinstance(found, Probed):
                    return found
            return self._alone(proposal, errors) or found
        except errors as error:
            if self.cursor.connection.closed:
                raise
            return failed(proposal[0], error)

    def _alone(self, proposal: Proposal, errors: Any) -> Probed | None:
        """The same without the indexes that are there, which a planner may prefer on few rows."""
        try:
            if self.bare is None:
                with below_savepoint(self.cursor):
                    self._drop_others(())
                    self.bare = [self._plan(step) for step in STEPS]
            with below_savepoint(self.cursor):
                built = [self._build(advice) for advice in proposal]
                self._drop_others(proposal)
                found = self._judged(proposal, built, self.bare)
        except errors:  # GROUP BY a primary key takes it for all columns
            if self.cursor.connection.closed:
                raise
            return None
        return replace(found, is_contested=True) if isinstance(found, Probed) else None

    def _drop_others(self, proposal: Proposal) -> None:
        for relation in self.tables.values():
            drop_indexes(self.cursor, relation, but=[advice.name for advice in proposal])

    def _lacks(self, extension: str) -> bool:
        return self.extensions is not None and extension not in self.extensions

    def _build(self, advice: IndexAdvice) -> tuple[Wanted, int]:
        for name in advice.extensions:
            self.cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {quote(name)}")
        table = self.tables[table_name(advice)]
        self.cursor.execute(create_sql(_on(advice, table.name), concurrently=False))
        if any(key.expression for key in advice.keys):
            self.cursor.execute(f"ANALYZE pg_temp.{quote(table.name)}")
        self.cursor.execute(INDEX_KEYS, [f"pg_temp.{quote(advice.name)}"])
        method, is_partial, size_bytes, keys = self.cursor.fetchone()
        names = frozenset([advice.name])
        return Wanted(names=names, method=method, keys=tuple(keys), is_partial=is_partial), int(size_bytes)

    def _judged(
        self, proposal: Proposal, built: Sequence[tuple[Wanted, int]], plans: Sequence[dict[str, Any]]
    ) -> Probed | Refusal:
        best: tuple[Use, ...] = ()
        for step, without in zip(STEPS, plans, strict=True):
            plan = self._plan(step)
            uses = tuple(use for wanted, _ in built if (use := read_use(plan, wanted, without=without)))
            is_whole = len(uses) == len(built) and all(use.is_of_use for use in uses)
            if is_whole and (not best or _worth(uses) > _worth(best)):
                best = uses
        if not best:
            text = f"{named(proposal)} is of no use here: the planner finds no rows by it, and no order."
            return refusal(proposal[0], "not-usable", text)
        if any(use.is_walk for use in best):
            text = (
                f"{named(proposal)} only gives an order. Rows that the query drops are read too, for a "
                "rare value the whole table: that has to be timed."
            )
            return refusal(proposal[0], "walk", text)
        idle = [idle_keys(use, wanted) for use, (wanted, _) in zip(best, built, strict=True)]
        if any(idle):
            number = sum(map(len, idle))
            text = f"{named(proposal)} has {number} key{'s' if number > 1 else ''} that this query can't use."
            return refusal(proposal[0], "idle-key", text)
        return Probed(
            proposal=proposal,
            uses=best,
            size_bytes=sum(size_bytes for _, size_bytes in built),
            sample_rows=self.sample_rows,
            table_rows=self.table_rows,
        )

    def _plan(self, step: Sequence[str]) -> dict[str, Any]:
        return plan_once(self.cursor, self.query, off=step)


def _worth(uses: Sequence[Use]) -> tuple[int, int]:
    """More keys that find rows, then an order."""
    return sum(use.keys + use.is_partial for use in uses), sum(use.gives_order for use in uses)


def _on(advice: IndexAdvice, name: str) -> IndexAdvice:
    return replace(advice, schema="", relation=f'"pg_temp".{quote(name)}')
