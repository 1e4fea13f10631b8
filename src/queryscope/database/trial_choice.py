"""Which tried indexes are worth their space: pure arithmetic over measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from queryscope.model import IndexAdvice, Measure, Refusal

MIN_RATIO = 2.0
MIN_GAIN_MS = 1.0
MIN_BLOCKS_RATIO = 5.0  # buffers have no noise
CLOSE = 1.2  # times the best
NOISE_MS = 0.05
NOISE_BLOCKS = 2
NOISE_RATIO = 3.0
PARTIAL_SIZE = 0.25  # of the full index: a partial one serves fewer queries, so it must save much


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A candidate that was built, with both measures."""

    advice: IndexAdvice
    before: Measure
    after: Measure
    size_bytes: int
    is_used: bool
    fastest_ms: float | None = None  # of the runs with the index


def middle(runs: Sequence[Measure]) -> Measure:
    """The median of each number."""
    return Measure(
        queries=1,
        ms=round(median(run.ms or 0.0 for run in runs), 3),
        blocks=int(median(run.blocks or 0 for run in runs)),
    )


def is_accepted(outcome: Outcome) -> bool:
    """At least twice as fast and a millisecond won, or a fifth of the buffers and not slower."""
    before_ms, after_ms = outcome.before.ms or 0.0, outcome.after.ms or 0.0
    before_blocks, after_blocks = outcome.before.blocks or 0, outcome.after.blocks or 0
    if not outcome.is_used:
        return False
    if before_ms >= MIN_RATIO * after_ms and before_ms - after_ms >= MIN_GAIN_MS:
        return True
    return before_blocks >= MIN_BLOCKS_RATIO * max(after_blocks, 1) and after_ms <= before_ms


def choose(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """For each table the smallest index within 20 % of the best accepted one."""
    kept = []
    for relation in dict.fromkeys(outcome.advice.relation for outcome in outcomes):
        good = [one for one in outcomes if one.advice.relation == relation and is_accepted(one)]
        if good:
            kept.append(_smallest(good))
    return tuple(kept)


def no_gain(outcomes: Sequence[Outcome], *, fingerprint: str) -> tuple[Refusal, ...]:
    """For each table without an accepted index the best that was tried, with its numbers."""
    refusals = []
    for relation in dict.fromkeys(outcome.advice.relation for outcome in outcomes):
        own = [one for one in outcomes if one.advice.relation == relation]
        if any(is_accepted(one) for one in own):
            continue
        best = min(own, key=lambda one: (not one.is_used, one.after.ms or 0.0))
        kind = "no-gain" if best.is_used else "not-used"
        refusals.append(Refusal(fingerprint=fingerprint, relation=relation, kind=kind, reason=_tried(best)))
    return tuple(refusals)


def _smallest(good: Sequence[Outcome]) -> Outcome:
    best_ms = min(_fastest(one) for one in good)
    best_blocks = min(one.after.blocks or 0 for one in good)
    close = [one for one in good if _is_close(one, best_ms, best_blocks)]
    full = min((one for one in close if not one.advice.predicate), key=_size, default=None)
    partial = min((one for one in close if one.advice.predicate), key=_size, default=None)
    if full is None or partial is None:
        return full or partial or good[0]
    return partial if partial.size_bytes <= PARTIAL_SIZE * full.size_bytes else full


def _fastest(outcome: Outcome) -> float:
    """The fastest run is the one that other processes disturbed least."""
    return outcome.fastest_ms if outcome.fastest_ms is not None else outcome.after.ms or 0.0


def _is_close(outcome: Outcome, best_ms: float, best_blocks: int) -> bool:
    """Within 20 % in time; in buffers too, since the time of a short run is half noise."""
    ms, blocks = _fastest(outcome), outcome.after.blocks or 0
    if ms <= best_ms * CLOSE + NOISE_MS:
        return True
    return blocks <= best_blocks * CLOSE + NOISE_BLOCKS and ms <= best_ms * NOISE_RATIO


def _size(outcome: Outcome) -> tuple[int, int]:
    return outcome.size_bytes, len(outcome.advice.keys)


def _tried(outcome: Outcome) -> str:
    keys = ", ".join(key.column or key.expression for key in outcome.advice.keys)
    if not outcome.is_used:
        return f"An index on ({keys}) was built and rolled back: the planner didn't use it."
    before, after = outcome.before, outcome.after
    return (
        f"An index on ({keys}) was built and rolled back: {before.ms:.1f} → {after.ms:.1f} ms, "
        f"{before.blocks:,} → {after.blocks:,} blocks. That is too little for its cost."
    )
