"""The ladder of evidence: an index is timed, else planned by HypoPG, else probed, else not proved.

What can't be timed (not allowed here, too long to build, a lock in the way) is not lost: it falls to the next
step, and the note says why it stands there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from queryscope.database.catalog import read_schema
from queryscope.database.explain import judge_calls
from queryscope.database.hypothetical import Planned, plan_with
from queryscope.database.key_lengths import Length, read_lengths, too_long, with_length
from queryscope.database.probe import SMALL_ROWS, STEP_MS, Probed, probe
from queryscope.database.proof_choice import choose_planned, choose_probed
from queryscope.database.proposals import (
    Proposal,
    distinct,
    failed,
    proposals,
    refusal,
    relations,
    table_names,
)
from queryscope.database.sandbox import database_error, rolled_back, usable_connection
from queryscope.database.table_copy import read_relation
from queryscope.database.trial import FASTEST_MS, Trial, run_trials, short_pattern, statement_objection
from queryscope.database.trial_measure import Select
from queryscope.database.trial_place import read_place
from queryscope.errors import ExplainRefusedError
from queryscope.model import Evidence, IndexAdvice, Level, Refusal
from queryscope.rules.index.candidate.objections import MOST_KEPT

LOCK_MS = 100.0
LEAST_BYTES = 40_000  # on the sample, of an index whose size on the table can be told from it
USELESS = frozenset({"not-usable", "idle-key", "walk"})  # what a probe found out, where others couldn't tell
_UNMOVED = frozenset({"fast"})  # reasons that only a table too small to speak takes back


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """What may be done to prove an index on a database."""

    may_build: bool
    reason: str = ""  # why it may not be built: a sentence
    budget_ms: float = 2000.0  # for one build
    patient_ms: float | None = None  # for one build where nobody has to wait for its end; else the same
    is_alone: bool = False  # nobody else uses the database
    total_ms: float | None = None  # for all trials of a query; fifteen builds by default
    is_checked: bool = True  # the query ran under EXPLAIN ANALYZE: nothing that it calls does harm


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What is known of the candidates of one query."""

    indexes: tuple[IndexAdvice, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    trial_ms: float = 0.0  # spent on building and timing


def prove_indexes(
    connection: Any,
    candidates: Sequence[IndexAdvice],
    query: Select,
    *,
    typical: Select | None = None,
    permit: Permit,
    reading_ms: Mapping[str, float] | None = None,
    needed_rows: Mapping[str, float] | None = None,
) -> Proof:
    """The candidates worth advising, each with the strongest evidence to be had, and why the others are not.

    One that nothing could be found out about comes back with `Level.NONE` and the reason. No error of the
    database leaves, nothing stays in it. What nobody timed is not advised where reading its table took less
    of the query than an index must win (`reading_ms`), nor where many of its rows are needed (`needed_rows`).
    """
    if not candidates:
        return Proof()
    if permit.may_build:
        trial = run_trials(
            connection,
            candidates,
            query,
            typical=typical,
            budget_ms=permit.budget_ms,
            patient_ms=permit.patient_ms,
            total_ms=permit.total_ms,
            is_alone=permit.is_alone,
        )
    else:
        trial = Trial(undecided=tuple((one, refusal(one, "not-tried", permit.reason)) for one in candidates))
    served = {advice.relation for advice in trial.proved}
    left = [(advice, why) for advice, why in trial.undecided if advice.relation not in served]
    more = (
        _Ladder(connection, query, permit, reading_ms or {}, needed_rows or {}).climb(left)
        if left
        else Proof()
    )
    served |= {advice.relation for advice in more.indexes}
    refused = [one for one in distinct([*trial.refusals, *more.refusals]) if one.relation not in served]
    return Proof(indexes=(*trial.proved, *more.indexes), refusals=tuple(refused), trial_ms=trial.spent_ms)


class _Ladder:
    """Candidates that could not be timed."""

    def __init__(
        self,
        connection: Any,
        query: Select,
        permit: Permit,
        reading_ms: Mapping[str, float],
        needed_rows: Mapping[str, float],
    ) -> None:
        self.connection = connection
        self.query = query
        self.permit = permit
        self.reading_ms = reading_ms
        self.needed_rows = needed_rows
        self.errors = database_error(connection)
        self.reasons: dict[str, Refusal] = {}  # why a candidate was not timed, by its name
        self.unplanned: dict[str, str] = {}  # why HypoPG could not plan with it
        self.lengths: dict[str, Length] = {}  # of keys that may be too long, by the index's name

    def climb(self, left: Sequence[tuple[IndexAdvice, Refusal]]) -> Proof:
        """The best step that each can reach."""
        self.reasons = {advice.name: why for advice, why in left}
        short = {advice.name: why for advice, _ in left if (why := short_pattern(advice, self.query))}
        candidates = [advice for advice, _ in left if advice.name not in short]
        objection = statement_objection(self.connection, self.query.sql)
        if objection:
            return self._unproved(candidates, objection, list(short.values()))
        try:
            with (
                usable_connection(self.connection) as raw,
                rolled_back(raw, lock_ms=LOCK_MS, statement_ms=STEP_MS) as cursor,
            ):
                if not self.permit.is_checked:
                    judge_calls(cursor, self.query.sql, self.query.params)
                return self._climb(cursor, proposals(candidates), list(short.values()))
        except (ExplainRefusedError, self.errors) as error:
            reason = failed(candidates[0], error).reason if candidates else ""
            return self._unproved(candidates, reason, list(short.values()))

    def _climb(self, cursor: Any, every: Sequence[Proposal], refusals: list[Refusal]) -> Proof:
        place = read_place(cursor)
        self._read_lengths(cursor, [advice for proposal in every for advice in proposal])
        long = {
            advice.name: why for one in every for advice in one if (why := too_long(advice, self.lengths))
        }
        refusals += long.values()
        candidates = [one for one in every if long.keys().isdisjoint(advice.name for advice in one)]
        planned, rest = self._plan(cursor, candidates, place.hypopg_schema, refusals)
        probed, refused = probe(
            cursor, rest, self.query, place=place, errors=self.errors, may_extend=self.permit.may_build
        )
        known = [(one, self._known(one)) for one in probed]
        speaking = [one for one, why in known if why is not None]
        refusals += [why for _, why in known if why is not None]
        refusals += [one for one in refused if one.kind in USELESS]
        indexes = [advice for one in choose_planned(planned) for advice in self._planned(one)]
        served = {advice.relation for advice in indexes}
        for usable in choose_probed([one for one in probed if one not in speaking]):
            if not served & set(relations(usable.proposal)):
                indexes += self._usable(usable)
        served = {advice.relation for advice in (*indexes, *(one.proposal[0] for one in speaking))}
        unknown = {one.relation: one.reason for one in refused if one.kind not in USELESS}
        for advice in (one for proposal in rest for one in proposal):
            if advice.relation not in unknown.keys() - served:
                continue
            if self._is_unmoved((advice,)):
                refusals.append(self.reasons[advice.name])
            else:
                indexes.append(self._none(advice, unknown[advice.relation]))
        told = tuple(with_length(advice, self.lengths) for advice in indexes)
        return Proof(indexes=told, refusals=tuple(refusals))

    def _read_lengths(self, cursor: Any, candidates: Sequence[IndexAdvice]) -> None:
        """What the statistics say of the longest keys; a table that is out of reach is told by others."""
        found = [(name, read_schema(cursor, [name]).tables) for name in table_names(candidates)]
        tables = {name: several[0] for name, several in found if several}
        self.lengths = read_lengths(cursor, candidates, tables, errors=self.errors, may_scan=False)

    def _plan(
        self, cursor: Any, candidates: Sequence[Proposal], schema: str, refusals: list[Refusal]
    ) -> tuple[list[Planned], list[Proposal]]:
        """What HypoPG says, where it is installed, and the proposals of which it says nothing."""
        planned: list[Planned] = []
        rest: list[Proposal] = []
        for proposal in candidates:
            answer: Planned | Refusal | str = ""
            if schema and self._is_large(cursor, proposal):
                answer = plan_with(cursor, proposal, self.query, schema=schema, errors=self.errors)
            if isinstance(answer, Planned):
                planned.append(answer)
            elif isinstance(answer, Refusal):
                refusals.append(answer)
            else:
                rest.append(proposal)
                self.unplanned |= {advice.name: answer for advice in proposal}
        return planned, rest

    def _known(self, found: Probed) -> Refusal | None:
        """Why a usable index is of no use all the same: the table is large enough that its times tell."""
        advice = found.proposal[0]
        if found.is_small:
            return None
        if self._is_unmoved(found.proposal):
            return self.reasons[advice.name]
        many = self._many(found)
        if many is not None:
            return many
        ms = self.reading_ms.get(advice.relation, FASTEST_MS)
        if len(found.proposal) > 1 or ms >= FASTEST_MS:
            return None
        text = f"Reading {advice.relation} takes {ms:.2f} ms of this query: no index can win a millisecond."
        return refusal(advice, "no-gain", text)

    def _many(self, found: Probed) -> Refusal | None:
        """So many rows are needed that only a trial could tell, unless the first in some order are enough."""
        for advice, use in zip(found.proposal, found.uses, strict=True):
            share = self.needed_rows.get(advice.relation, 0.0) / found.table_rows
            if share > MOST_KEPT and not use.stops_early:
                text = (
                    f"The query needs {min(share, 1.0):.0%} of the {found.table_rows:,.0f} rows of "
                    f"{advice.relation}: whether an index is faster then has to be timed."
                )
                return refusal(advice, "low-selectivity", text)
        return None

    def _is_large(self, cursor: Any, proposal: Proposal) -> bool:
        """Large enough that a planner's choice tells something."""
        if self._is_unmoved(proposal):
            return False
        found = [read_relation(cursor, name) for name in table_names(proposal)]
        return all(one is not None and one.likely_rows >= SMALL_ROWS for one in found)

    def _is_unmoved(self, proposal: Proposal) -> bool:
        return any(self.reasons[advice.name].kind in _UNMOVED for advice in proposal)

    def _planned(self, found: Planned) -> list[IndexAdvice]:
        note = (
            f"Planned with HypoPG at the size of the table: the planner chooses it, and the cost falls from "
            f"{found.cost_before:,.0f} to {found.cost_after:,.0f}. A cost is a prediction."
        )
        return [
            replace(
                advice,
                size_bytes=size_bytes,
                evidence=Evidence(level=Level.PLANNED, note=f"{note} {self._reason(advice)}".strip()),
            )
            for advice, size_bytes in zip(found.proposal, found.sizes_bytes, strict=True)
        ]

    def _usable(self, found: Probed) -> list[IndexAdvice]:
        text = [f"Usable: {_how(found)} with sequential scans turned off, on a copy of "]
        text.append(f"{found.sample_rows:,} rows. ")
        if found.is_small:
            text.append("So few rows are here that size can't speak: what it gains is not known. ")
        elif found.size_bytes >= LEAST_BYTES and found.table_rows > 0:
            megabytes = found.size_bytes * found.table_rows / found.sample_rows / 1e6
            text.append(f"It would take about {megabytes:,.1f} MB; what it gains was not measured. ")
        else:
            text.append("What it gains was not measured. ")
        if found.is_contested and not found.is_small:
            text.append("On so few rows the planner would take an index that is there. ")
        more = self.unplanned.get(found.proposal[0].name, "")
        text += [f"{more}. "] if more else []
        note = "".join(text)
        return [
            replace(
                advice, evidence=Evidence(level=Level.USABLE, note=f"{note}{self._reason(advice)}".strip())
            )
            for advice in found.proposal
        ]

    def _unproved(self, candidates: Sequence[IndexAdvice], reason: str, refusals: Sequence[Refusal]) -> Proof:
        indexes = tuple(self._none(advice, reason) for advice in candidates)
        return Proof(indexes=indexes, refusals=tuple(refusals))

    def _none(self, advice: IndexAdvice, reason: str) -> IndexAdvice:
        note = " ".join(dict.fromkeys(text for text in (self._reason(advice), reason) if text))
        return replace(advice, evidence=Evidence(level=Level.NONE, note=note))

    def _reason(self, advice: IndexAdvice) -> str:
        """Why it isn't proved further, and what its rule says of a candidate that nobody times."""
        why = self.reasons[advice.name]
        return " ".join(filter(None, ["" if why.kind in _UNMOVED else why.reason, advice.evidence.note]))


def _how(found: Probed) -> str:
    if any(use.gives_order for use in found.uses):
        return "the planner finds rows by it, and needs no sort," if _finds(found) else "it spares a sort"
    return "the planner finds rows by it"


def _finds(found: Probed) -> bool:
    return any(use.keys or use.is_partial for use in found.uses)
