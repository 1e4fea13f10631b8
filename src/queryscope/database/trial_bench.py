"""One query on one cursor: its time without an index, and with those that are built for a moment."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from queryscope.database.proposals import (
    Proposal,
    failed,
    refusal,
    table_names,
    told,
)
from queryscope.database.trial_build import Built, Limits, Other, Part, are_enough, build_and_run
from queryscope.database.trial_choice import Outcome, is_as_good, middle
from queryscope.database.trial_cost import predicted_bytes, predicted_ms
from queryscope.database.trial_measure import Select, Timing, run_once
from queryscope.database.trial_progress import say
from queryscope.database.trial_tail import COMMON, other_parameters
from queryscope.database.trial_watch import Watch
from queryscope.errors import ExplainRefusedError, OthersWaitError
from queryscope.fixes.index_code import table_name
from queryscope.model import IndexAdvice, Refusal, Table

LOCK_MS = 100.0  # others queue behind a lock that is waited for
LONGEST_RUN_MS = 10_000.0
HOLD_BUDGETS = 2.0  # of one build: how long writers of the table may wait
MOST_BYTES = 512_000_000
VERY_LONG_MS = 1_000.0  # runs of this time differ by little
ENOUGH_RUNS = 2  # of them without an index: one before the first build, one after it
COMPARING = 0.25  # of the time that is left, for other parameters: those of a slow query are tried in part
LONG_MS = 200.0  # a run of this time is not made a second time for other parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How long trials may take."""

    build_ms: float  # one build
    patient_ms: float  # one build where nobody has to wait for its end
    ends_at: float  # all of a query: monotonic seconds


class Bench:
    """What was measured so far; a proposal is built once."""

    def __init__(
        self,
        cursor: Any,
        query: Select,
        *,
        tables: Mapping[str, Table],
        budget: Budget,
        watch: Watch,
        errors: Any,
    ) -> None:
        self.cursor = cursor
        self.query = query
        self.tables = tables
        self.budget = budget
        self.watch = watch
        self.errors = errors
        self.wanted: dict[str, Refusal] = {}  # tables that others waited for
        first = self._run(query)  # warms up
        self.without: list[Timing] = [self._run(query)]
        while (first.measure.ms or 0.0) <= VERY_LONG_MS and not are_enough(self.without):
            self.without.append(self._run(query))
        self.usual = middle([timing.measure for timing in self.without])
        self.others: tuple[Other, ...] = ()
        self._built: dict[frozenset[str], Built | Refusal] = {}

    def compare_with(self, typical: Select | None, names: Sequence[str]) -> None:
        """Run the query with other parameters too, so that no index makes those slower."""
        labelled = [] if typical is None else [("with the parameters of its first execution", typical)]
        try:
            labelled += other_parameters(self.cursor, self.query, names)
        except self.errors:
            if self.cursor.connection.closed:
                raise
        enough_ms = self.left_ms * (1 - COMPARING)
        self.others = tuple(
            Other(label=label, select=select, ms=ms, is_common=label.startswith(COMMON))
            for label, select in labelled
            if self.left_ms > enough_ms and (ms := self._fastest(select)) is not None
        )

    @property
    def longest_ms(self) -> float:
        """The longest that one build may take now."""
        return self.budget.patient_ms if self.watch.may_hold_long else self.budget.build_ms

    @property
    def left_ms(self) -> float:
        """What is left of the time for all trials; below 0 when it is over."""
        return (self.budget.ends_at - time.monotonic()) * 1000

    def _fastest(self, select: Select) -> float | None:
        """The time without an index; None where the run fails."""
        try:
            first = self._run(select).measure.ms or 0.0
            return first if first > LONG_MS else min(first, self._run(select).measure.ms or 0.0)
        except self.errors:
            if self.cursor.connection.closed:
                raise
            return None

    def objection(self, proposal: Proposal) -> Refusal | None:
        """It takes too long, or too much space, or others wait: known before a lock is taken."""
        for advice in proposal:
            table = self.tables[table_name(advice)]
            expected_ms, expected_bytes = predicted_ms(advice, table), predicted_bytes(advice, table)
            if expected_ms > self.longest_ms:
                text = (
                    f"Not tried: building it over {table.rows:,.0f} rows would take about "
                    f"{expected_ms / 1000:.1f} s, more than the budget of {self.longest_ms / 1000:.1f} s."
                )
                return refusal(advice, "budget", text)
            if expected_bytes > MOST_BYTES:
                text = f"Not tried: it would take about {expected_bytes / 1e6:,.0f} MB of space for a moment."
                return refusal(advice, "budget", text)
            if table_name(advice) in self.wanted:
                return self.wanted[table_name(advice)]
        if self.left_ms < 0 or (self.is_long(proposal) and self.left_ms < self.expected_ms(proposal)):
            return refusal(proposal[0], "budget", "Not tried: the time for trials of this query is used up.")
        return None

    def is_long(self, proposal: Proposal) -> bool:
        """Whether building a part of it takes more than a build may where others wait for its end."""
        return any(self.expected_ms([advice]) > self.budget.build_ms for advice in proposal)

    def expected_ms(self, proposal: Sequence[IndexAdvice]) -> float:
        """How long building takes, by what it took before, else as predicted."""
        known = {part.advice.name: part.build_ms for part in self.parts()}
        return sum(
            known.get(advice.name, predicted_ms(advice, self.tables[table_name(advice)]))
            for advice in proposal
        )

    def measure(self, proposal: Proposal) -> Outcome | Refusal:
        """The proposal, built unless it was before."""
        key = frozenset(advice.name for advice in proposal)
        if key not in self._built:
            self._built[key] = self.objection(proposal) or self._build(proposal)
        built = self._built[key]
        return built if isinstance(built, Refusal) else _outcome(built, self.without)

    def measured(self) -> list[Outcome]:
        """All that was built and timed so far, alone and in sets."""
        return [_outcome(one, self.without) for one in self._built.values() if isinstance(one, Built)]

    def parts(self) -> list[Part]:
        """Each index as it was built, as often as it was."""
        return [part for one in self._built.values() if isinstance(one, Built) for part in one.parts]

    def is_affordable(self, proposal: Proposal) -> bool:
        """Built before, or there is time left to build and run it, and tables may be held so long."""
        if frozenset(advice.name for advice in proposal) in self._built:
            return True
        build_ms = self.expected_ms(proposal)
        run_ms = self.usual.ms or 0.0  # once more without it; with it the query should take little
        return build_ms + run_ms <= self.left_ms and build_ms <= HOLD_BUDGETS * self.longest_ms

    def built(self, outcome: Outcome) -> Built:
        """What an outcome was computed from."""
        found = self._built[frozenset(advice.name for advice in outcome.parts)]
        assert isinstance(found, Built)
        return found

    def _build(self, proposal: Proposal) -> Built | Refusal:
        limits = Limits(
            build_ms=self.longest_ms,
            run_ms=LONGEST_RUN_MS,
            lock_ms=LOCK_MS,
            hold_ms=HOLD_BUDGETS * self.longest_ms,
        )
        say(f"Trying an index on {told(proposal)}", self.expected_ms(proposal))
        try:
            answer: Built | Refusal = build_and_run(
                self.cursor,
                proposal,
                query=self.query,
                limits=limits,
                usual=self.usual,
                others=self.others,
                watch=self.watch,
            )
        except (ExplainRefusedError, self.errors) as error:
            if self.cursor.connection.closed:
                raise
            answer = failed(proposal[0], error)
            if isinstance(error, OthersWaitError):
                self.wanted |= dict.fromkeys(table_names(proposal), answer)
                return answer
        if (self.usual.ms or 0.0) <= VERY_LONG_MS or len(self.without) < ENOUGH_RUNS:
            self.without.append(self._run(self.query))
        return answer

    def _run(self, query: Select) -> Timing:
        return run_once(self.cursor, query, lock_ms=LOCK_MS, statement_ms=LONGEST_RUN_MS)


def _outcome(built: Built, without: Sequence[Timing]) -> Outcome:
    runs, before = built.with_index, built.without or without
    idle = [part for part in built.parts if not any(part.names & timing.indexes for timing in runs)]
    return Outcome(
        parts=tuple(part.advice for part in built.parts),
        before=middle([timing.measure for timing in before]),
        after=middle([timing.measure for timing in runs]),
        size_bytes=sum(part.size_bytes for part in built.parts),
        fastest_ms=min((timing.measure.ms or 0.0 for timing in runs), default=None),
        fastest_before_ms=min((timing.measure.ms or 0.0 for timing in before), default=None),
        is_used=not idle,
        idle=tuple(part.advice.name for part in idle),
        others=built.others,
    )


def with_shares(bench: Bench, outcome: Outcome) -> Outcome:
    """The set without the parts that it does as well without; what is left is told what each part gives."""
    while len(outcome.parts) > 1:
        without: list[tuple[str, float]] = []
        spare = None
        for part in outcome.parts:
            rest = bench.measure(tuple(one for one in outcome.parts if one is not part))
            if isinstance(rest, Refusal):
                continue
            without.append((part.name, rest.fastest_ms or 0.0))
            if is_as_good(rest, outcome) and (spare is None or rest.size_bytes < spare.size_bytes):
                spare = rest
        if spare is None:
            return replace(outcome, without=tuple(without))
        outcome = spare
    return outcome
