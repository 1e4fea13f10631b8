"""Seam: how far indexes may be proved, by the settings and what is left of a run's time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from queryscope.capture.finish import Slow
from queryscope.capture.project import Project
from queryscope.config import Config
from queryscope.model import IndexAdvice, Plan
from queryscope.overheard import Heard
from queryscope.plans.metrics import measure, walk
from queryscope.plans.needed import needed_rows
from queryscope.plans.words import TIME_USED_UP
from queryscope.remembered import RUN
from queryscope.sql.locking import without_locks

if TYPE_CHECKING:
    from queryscope.database.proof import Proof
    from queryscope.database.trial_measure import Select

TOTAL_BUDGETS = 15  # builds, in time: the longest that the trials of one query may take together
PATIENCE = 10  # times TRIAL_BUDGET_MS for one build, where somebody waits for it and nobody for the table
PATIENT_TOTAL_BUDGETS = 30  # builds, in time, of one query then
LEAST_MS = 100.0
ESTIMATED_MS = 20.0  # that a query took, which was only planned: its plan has no times
FEW_ROWS = 1_000  # to sort or join them takes no time


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where plans are taken: settings, project, and whether inside the transaction of this thread."""

    config: Config
    project: Project
    in_place: bool
    is_test_database: bool = False  # made by a test runner: an index may be tried on it
    is_patient: bool = False  # somebody waits for the answer, and no server for its next request
    is_repeated: bool = False  # the same pages come again and again: what is known of a shape is used
    heard: Heard = field(default_factory=dict)  # plans that PostgreSQL told as it ran the statements


def prove(
    connection: Any, candidates: Sequence[IndexAdvice], slow: Slow, *, place: Place, plan: Plan
) -> Proof:
    """Prove the candidates for the statement that was slow, as far as that is allowed here.

    Args:
        connection: Django's, in whose transaction the statement ran, or a copy to open a session for.
        candidates: what the rules propose.
        slow: the statement with its parameters, and those of its first execution.
        place: the settings, and what is known of the database.
        plan: its plan. Of one that `auto_explain` told nobody asked whether it may run again; what was only
            planned, a SELECT … FOR UPDATE say, isn't run.
    """
    from queryscope.database.proof import Permit, prove_indexes
    from queryscope.database.trial_measure import Select

    config, is_heard = place.config, plan.source == "auto_explain"
    left_ms = float("inf") if place.is_repeated else RUN.trial_left_ms(config)
    objection = _not_run_again(plan) or _objection(slow.alias, place, left_ms=left_ms)
    proof = prove_indexes(
        connection,
        candidates,
        # What locks rows would never be run: its rows are found in the same way without.
        Select(
            sql=slow.sql if plan.is_analyzed else without_locks(slow.sql),
            params=slow.params,
            is_serial=slow.is_search,
        ),
        typical=_typical(slow),
        permit=Permit(
            may_build=not objection,
            reason=objection,
            budget_ms=config.trial_budget_ms,
            patient_ms=patient_build_ms(place),
            total_ms=min(total_ms(place), left_ms),
            is_alone=place.is_test_database,
            is_checked=plan.is_analyzed and not is_heard,
        ),
        reading_ms=_reading_ms(plan) if plan.is_analyzed else {},
        needed_rows=needed_rows(plan),
    )
    if not place.is_repeated:
        RUN.spend_on_trials(proof.trial_ms)
    return proof


def patient_build_ms(place: Place) -> float:
    """The longest build where nobody has to wait for its end."""
    return (PATIENCE if place.is_patient else 1) * place.config.trial_budget_ms


def total_ms(place: Place) -> float:
    """The longest that all trials of a query may take."""
    return (PATIENT_TOTAL_BUDGETS if place.is_patient else TOTAL_BUDGETS) * place.config.trial_budget_ms


def says_enough(plan: Plan, slow: Slow, place: Place) -> bool:
    """Whether indexes may be proposed from a plan: it has times, or the application waited long for the rows.

    Where it was only planned since no time was left, the next visit to the page asks again.
    """
    if plan.is_analyzed:
        return True
    is_asked_again = place.is_repeated and TIME_USED_UP in plan.note
    return slow.is_select and slow.max_ms >= ESTIMATED_MS and not is_asked_again


def _typical(slow: Slow) -> Select | None:
    from queryscope.database.trial_measure import Select

    if slow.typical is None:
        return None
    return Select(sql=slow.typical[0], params=slow.typical[1], is_serial=slow.is_search)


def _reading_ms(plan: Plan) -> dict[str, float]:
    """What reading each table takes of the query, where so little of it is kept that nothing else does."""
    metrics = measure(plan)
    found: dict[str, float] = {}
    for node in walk(plan.root):
        if node.relation_name:
            own = metrics[node.id]
            ms = own.total_ms if own.rows < FEW_ROWS else float("inf")
            found[node.relation_name] = found.get(node.relation_name, 0.0) + ms
    return found


def _not_run_again(plan: Plan) -> str:
    """Why the statement itself isn't run to time an index, as a sentence."""
    if plan.source == "auto_explain":
        return "Not tried: the plan is that of the very execution, which is not run again."
    if not plan.is_analyzed:
        return f"Not tried: {plan.note.removeprefix('Only planned: ') or 'it was only planned.'}"
    return ""


def _objection(alias: str, place: Place, *, left_ms: float) -> str:
    """Why no index may be built here to time this query, as a sentence; "" if one may."""
    if alias not in place.config.trial_indexes and not place.is_test_database:
        return f"Not tried: {alias!r} is not listed in QUERYSCOPE['TRIAL_INDEXES']."
    if left_ms < LEAST_MS:
        return "Not tried: the time for trials of this run (TRIAL_RUN_BUDGET_MS) is used up."
    return ""
