"""Trials of one query with nothing else to decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from queryscope.database.proposals import distinct
from queryscope.database.trial import run_trials
from queryscope.database.trial_measure import Select
from queryscope.model import IndexAdvice, Refusal


def try_indexes(
    connection: Any, candidates: Sequence[IndexAdvice], sql: str, params: Any, *, budget_ms: float = 2000.0
) -> tuple[list[IndexAdvice], list[Refusal]]:
    """The candidates that proved themselves, with timed evidence, and why the others did not."""
    trial = run_trials(connection, candidates, Select(sql=sql, params=params), budget_ms=budget_ms)
    served = {advice.relation for advice in trial.proved}
    refused = [*trial.refusals, *(reason for _, reason in trial.undecided)]
    return list(trial.proved), [one for one in distinct(refused) if one.relation not in served]
