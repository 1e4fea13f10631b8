"""Builds an index, or a set of them, below a savepoint, runs the query with it, and takes all away again.

From the first CREATE INDEX to the rollback writers of the table wait. `Limits.hold_ms` bounds that time, and
a watch lets them pass sooner.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from queryscope.database.proposals import (
    Proposal,
    table_names,
)
from queryscope.database.sandbox import TRIAL, below_savepoint, error_code, set_limits
from queryscope.database.table_copy import make_copy, read_relation, unqualified
from queryscope.database.trial_measure import Select, Timing, planned_indexes, run_once
from queryscope.database.trial_watch import Watch
from queryscope.errors import ExplainRefusedError
from queryscope.fixes.index_code import create_sql, quote, table_name
from queryscope.model import IndexAdvice, Measure

RUNS = 3  # with the index, and at least as many without
MOST_RUNS = 9  # of short ones, which others that run on the machine disturb most
SHORT_MS = 50.0  # all runs together, before those beyond the third are left out
HOPELESS = 1.2  # after a run that gained less no further one is made
PATIENCE = 1.5  # times the usual time: a run with the index is stopped there
LEAST_PATIENCE_MS = 250.0
MOST_COPIED_BYTES = 512_000_000
LOCK_TRIES = 3  # in between, those that wait behind us pass
LOCK_PAUSE_S = 0.1

# On a partitioned table those of the partitions are what plans name, and what takes space.
BUILT_INDEX = """
    SELECT coalesce(sum(pg_relation_size(i.indexrelid)), 0), coalesce(bool_or(i.indcheckxmin), false),
           coalesce(array_agg(x.relname::text), '{}')
    FROM pg_index i
    JOIN pg_class x ON x.oid = i.indexrelid
    WHERE x.oid = to_regclass(%s) OR x.oid IN (SELECT p.relid FROM pg_partition_tree(to_regclass(%s)) p)
"""
# What an interrupted CREATE INDEX CONCURRENTLY left behind holds the name, and serves nothing.
LEFT_BEHIND = """
    SELECT 1
    FROM pg_index
    WHERE indexrelid = to_regclass(%s) AND indrelid = to_regclass(%s) AND NOT indisvalid
"""
_LOCKED, _CUT_OFF = "55P03", "57014"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long each step may take."""

    build_ms: float
    run_ms: float
    lock_ms: float
    hold_ms: float  # from the first CREATE INDEX to the rollback


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """The same query with other parameters, and how long it takes without the index."""

    label: str  # "with a rare value of status"
    select: Select
    ms: float
    is_common: bool = False  # the most common value of a column, which nobody may have asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The same query with other parameters, without and with the index."""

    label: str
    before_ms: float
    after_ms: float
    is_cut_off: bool = False
    is_common: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An index as it was built."""

    advice: IndexAdvice
    names: frozenset[str]  # its own, and those on partitions
    size_bytes: int
    build_ms: float
    is_hidden: bool = False  # not usable in this transaction: rows updated here are in HOT chains


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """Indexes that were there for a moment."""

    parts: tuple[Part, ...]
    with_index: tuple[Timing, ...]
    without: tuple[Timing, ...] = ()  # on the same copy, where one was needed
    others: tuple[Comparison, ...] = ()
    is_copy: bool = False


def build_and_run(
    cursor: Any,
    proposal: Proposal,
    *,
    query: Select,
    limits: Limits,
    usual: Measure,
    others: Sequence[Other] = (),
    watch: Watch | None = None,
) -> Built:
    """The query with the index. The driver's errors pass through; the savepoint is rolled back before.

    Raises:
        OthersWaitError: somebody waited for a table too long.
    """
    watch = watch or Watch(None, cursor)
    work = _Work(cursor, query, limits, usual, others, watch)
    for left in reversed(range(LOCK_TRIES)):
        try:
            with below_savepoint(cursor, TRIAL), watch.step():
                built = work.in_place(proposal)
            break
        except Exception as error:
            if error_code(error) != _LOCKED or not left:
                raise
            time.sleep(LOCK_PAUSE_S)
    if built is not None:
        return built
    with below_savepoint(cursor):
        return work.on_copy(proposal)


class _Work:
    """Building and running under one set of limits."""

    def __init__(
        self,
        cursor: Any,
        query: Select,
        limits: Limits,
        usual: Measure,
        others: Sequence[Other],
        watch: Watch,
    ) -> None:
        self.cursor = cursor
        self.query = query
        self.names: set[str] = set()  # of the indexes that were built
        self.limits = limits
        self.usual = usual
        self.others = others
        self.watch = watch
        self.ends_at = 0.0

    def in_place(self, proposal: Proposal) -> Built | None:
        """None if the index is not usable in this transaction. One that is ignored is not run with."""
        self.ends_at = time.monotonic() + self.limits.hold_ms / 1000
        parts = tuple(self._create(advice, "") for advice in proposal)
        if any(part.is_hidden for part in parts):
            return None
        names = [part.names for part in parts]
        if planned_indexes(self.cursor, self.query).isdisjoint(name for own in names for name in own):
            return Built(parts=parts, with_index=(Timing(measure=self.usual, indexes=frozenset()),))
        runs = self._runs(lambda run: _is_hopeless(run, self.usual, names))
        is_promising = not _is_hopeless(runs[0], self.usual, names)
        return Built(parts=parts, with_index=runs, others=self._others() if is_promising else ())

    def on_copy(self, proposal: Proposal) -> Built:
        """Temporary tables of the same names, with all rows: their indexes are usable at once."""
        self.watch = Watch(None, self.cursor)  # nobody can wait for them
        set_limits(self.cursor, lock_ms=self.limits.lock_ms, statement_ms=self.limits.build_ms)
        for name in table_names(proposal):
            relation = read_relation(self.cursor, name)
            sql = unqualified(self.query.sql, relation) if relation else None
            if relation is None or sql is None or relation.size_bytes > MOST_COPIED_BYTES:
                raise ExplainRefusedError(
                    f"Not proved: rows of {name} were updated in this transaction, so an index built now is "
                    "not used, and the table is too large to be copied."
                )
            make_copy(self.cursor, relation)
            self.query = replace(self.query, sql=sql)
        self.ends_at = time.monotonic() + 2 * self.limits.hold_ms / 1000
        without = self._runs()
        parts = tuple(self._create(replace(advice, schema=""), "pg_temp") for advice in proposal)
        return Built(parts=parts, without=without, with_index=self._runs(), is_copy=True)

    def _create(self, advice: IndexAdvice, schema: str) -> Part:
        started = time.perf_counter()
        set_limits(
            self.cursor,
            lock_ms=self.limits.lock_ms,
            statement_ms=min(self.limits.build_ms, self._left_ms()),
        )
        for name in advice.extensions:
            self.cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {quote(name)}")
        name = advice.name if schema else self._free_name(advice)
        self.cursor.execute(create_sql(replace(advice, name=name), concurrently=False))
        if any(key.expression for key in advice.keys):
            # Without statistics of the expression the planner guesses half a per cent.
            self.cursor.execute(f"ANALYZE {quote(table_name(advice))}")
        relation = read_relation(self.cursor, table_name(advice))
        place = f"{quote(schema or (relation.schema if relation else 'public'))}.{quote(name)}"
        self.cursor.execute(BUILT_INDEX, [place, place])
        size_bytes, is_hidden, names = self.cursor.fetchone()
        self.names.update(names)
        return Part(
            advice=advice,
            names=frozenset(names),
            size_bytes=int(size_bytes),
            build_ms=(time.perf_counter() - started) * 1000.0,
            is_hidden=bool(is_hidden) and not schema,
        )

    def _free_name(self, advice: IndexAdvice) -> str:
        """Its name, or another where an INVALID index of that name is to be dropped first."""
        place = f"{quote(advice.schema)}.{quote(advice.name)}" if advice.schema else quote(advice.name)
        self.cursor.execute(LEFT_BEHIND, [place, quote(table_name(advice))])
        return f"{advice.name}_again" if self.cursor.fetchone() else advice.name

    def _runs(self, is_hopeless: Callable[[Timing], bool] | None = None) -> tuple[Timing, ...]:
        """A run to warm up and those that count; the first is enough if it is hopeless, or time is up.

        Of a short one the next has to be hopeless too: others that run on the machine may have made it long.
        """
        first = self._run(self.query, self._patience_ms(self.usual.ms or 0.0))
        if first.is_cut_off:
            return (first,)
        if is_hopeless is not None and is_hopeless(first):
            is_short = (first.measure.ms or 0.0) < SHORT_MS
            again = self._run_in_time(self.query, self.limits.run_ms) if is_short else None
            if again is None or again.is_cut_off or is_hopeless(again):
                return (first,)
        runs: list[Timing] = []
        while not are_enough(runs) and self._left_ms() > 2 * (first.measure.ms or 0.0):
            run = self._run_in_time(self.query, self.limits.run_ms)
            if run is None or run.is_cut_off:
                break
            runs.append(run)
        return tuple(runs) or (first,)

    def _others(self) -> tuple[Comparison, ...]:
        """As long as others may wait; what looks slower is run again, since others disturb.

        A run whose plan leaves the index alone is as slow as without, however long it took, be it to its end
        or not.
        """
        found = []
        for other in self.others:
            runs: list[Timing] = []
            while len(runs) < RUNS:
                run = self._run_in_time(other.select, self._patience_ms(other.ms))
                runs += [run] if run is not None else []
                if run is None or run.is_cut_off or not is_slower(other.ms, run.measure.ms or 0.0):
                    break
            if runs:
                best = min(runs, key=lambda run: run.measure.ms or 0.0)
                used = planned_indexes(self.cursor, other.select) if best.is_cut_off else best.indexes
                is_untouched = self.names.isdisjoint(used)
                found.append(
                    Comparison(
                        label=other.label,
                        before_ms=other.ms,
                        after_ms=other.ms if is_untouched else best.measure.ms or 0.0,
                        is_cut_off=best.is_cut_off and not is_untouched,
                        is_common=other.is_common,
                    )
                )
        return tuple(found)

    def _run_in_time(self, query: Select, most_ms: float) -> Timing | None:
        """One run, or none where others have waited long enough."""
        try:
            return self._run(query, most_ms) if self._left_ms() > 1.0 else None
        except Exception as error:
            if error_code(error) != _CUT_OFF:
                raise
            return None

    def _run(self, query: Select, most_ms: float) -> Timing:
        """One run; one that took its patience is no error, one that the time ran out for is."""
        left_ms = self._left_ms()
        started = time.perf_counter()
        try:
            return run_once(
                self.cursor, query, lock_ms=self.limits.lock_ms, statement_ms=min(most_ms, left_ms)
            )
        except Exception as error:
            if error_code(error) != _CUT_OFF or most_ms > left_ms or self.watch.is_over:
                raise
            ms = (time.perf_counter() - started) * 1000
            return Timing(
                measure=Measure(queries=1, ms=ms, blocks=self.usual.blocks),
                indexes=frozenset(),
                is_cut_off=True,
            )

    def _patience_ms(self, usual_ms: float) -> float:
        return min(self.limits.run_ms, max(LEAST_PATIENCE_MS, PATIENCE * usual_ms + 1.0))

    def _left_ms(self) -> float:
        """Nothing once somebody has waited too long."""
        return 0.0 if self.watch.is_over else max(0.0, (self.ends_at - time.monotonic()) * 1000)


def are_enough(runs: Sequence[Timing]) -> bool:
    """Three, and of short ones some more."""
    spent_ms = sum(run.measure.ms or 0.0 for run in runs)
    return len(runs) >= RUNS and (len(runs) >= MOST_RUNS or spent_ms >= SHORT_MS)


def is_slower(before_ms: float, after_ms: float) -> bool:
    """By more than half and a millisecond."""
    return after_ms > PATIENCE * before_ms and after_ms - before_ms > 1.0


def _is_hopeless(run: Timing, usual: Measure, names: Sequence[frozenset[str]]) -> bool:
    """The planner ignores an index, or gains nothing by it."""
    is_slow = (usual.ms or 0.0) < HOPELESS * (run.measure.ms or 0.0)
    reads_as_much = (usual.blocks or 0) < HOPELESS * (run.measure.blocks or 0)
    return not all(run.indexes & own for own in names) or (is_slow and reads_as_much)
