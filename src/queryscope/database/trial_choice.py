"""Which tried indexes are worth their space: pure arithmetic over measures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from queryscope.database.proposals import Proposal, condition_count, named, relations
from queryscope.database.trial_build import Comparison, is_slower
from queryscope.model import IndexAdvice, Measure, Refusal

MIN_RATIO = 2.0
MIN_GAIN_MS = 1.0
MIN_FASTEST_GAIN_MS = 0.5  # of the fastest runs, which are shorter than the median
MIN_BLOCKS_RATIO = 5.0  # buffers have no noise
MIN_BLOCKS = 1000  # 8 MB spared: what is smaller stays in memory anyway
LONG_MS = 20.0  # of such a run they aren't all that its time is about
LONG_RATIO = 1.5  # so much faster it has to be too: a busy machine makes 1.3 of nothing
CLOSE = 1.2  # times the best
NOISE_MS = 0.05
NOISE_BLOCKS = 2
NOISE_RATIO = 3.0  # of runs that differ by less than an index must win
LONG_NOISE_RATIO = 1.5  # of longer ones
WIDE_RATIO = 10.0  # times the pages of the best
WIDE_BLOCKS = 64  # more pages than the best: half a megabyte, milliseconds from a disk
WIDE_BYTES = 4.0  # times the space that one may take which reads fewer
OUTWEIGHED = 0.5  # of the time that is won, which a common value may lose
ALIKE = 1.05  # times the bytes of another index: the same entries in another order
PARTIAL_SIZE = 0.25  # of the full index: a partial one serves fewer queries, so it must save much


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A candidate that was built, or a set of them, with both measures."""

    parts: Proposal
    before: Measure
    after: Measure
    size_bytes: int  # of all parts
    is_used: bool  # each part
    fastest_ms: float | None = None  # of the runs with the index
    fastest_before_ms: float | None = None  # of those without
    others: tuple[Comparison, ...] = ()  # the same query with other parameters
    without: tuple[tuple[str, float], ...] = ()  # of a set: name of each part, and the time without it
    idle: tuple[str, ...] = ()  # names of the parts that the planner left alone

    @property
    def advice(self) -> IndexAdvice:
        """The first part, which stands for all in what is said."""
        return self.parts[0]


def middle(runs: Sequence[Measure]) -> Measure:
    """The median of each number."""
    return Measure(
        queries=1,
        ms=round(median(run.ms or 0.0 for run in runs), 3),
        blocks=int(median(run.blocks or 0 for run in runs)),
    )


def is_accepted(outcome: Outcome) -> bool:
    """Twice as fast and a millisecond won, or a fifth of the buffers, 8 MB less, and not slower; and no harm.

    Twice as fast are the median and the fastest run: a busy machine makes a median of anything. A long run
    must be half as fast again with a fifth of the buffers.
    """
    return _is_gain(outcome) and harm(outcome) is None


def harm(outcome: Outcome) -> Comparison | None:
    """Other parameters with which the query is slower for it, and too much so, the worst of them.

    Of a value that half the table has nobody may ever ask for: there the planner takes the index or leaves it
    by its costs, and what it loses by their errors is weighed against what was won.
    """
    won_ms = (outcome.before.ms or 0.0) - fastest(outcome)
    slower = [one for one in losses(outcome) if not (one.is_common and _lost(one) <= OUTWEIGHED * won_ms)]
    return max(slower, key=_lost, default=None)


def losses(outcome: Outcome) -> list[Comparison]:
    """Other parameters with which the query is slower for it."""
    return [one for one in outcome.others if is_slower(one.before_ms, one.after_ms)]


def _lost(one: Comparison) -> float:
    """Milliseconds; of a run that didn't come to its end nobody knows them."""
    return math.inf if one.is_cut_off else one.after_ms - one.before_ms


def choose(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """For each table the smallest index within 20 % of the best accepted one; a set where it does better."""
    alone = [one for one in outcomes if len(one.parts) == 1]
    kept = []
    for relation in dict.fromkeys(one.advice.relation for one in alone):
        good = [one for one in alone if one.advice.relation == relation and is_accepted(one)]
        if good:  # one that makes nothing slower first
            kept.append(smallest([one for one in good if not losses(one)] or good))
    sets = [one for one in outcomes if len(one.parts) > 1 and is_accepted(one)]
    best = min(sets, key=fastest, default=None)
    if best is None or any(is_as_good(one, best) for one in kept):
        return tuple(kept)
    return (*(one for one in kept if one.advice.relation not in relations(best.parts)), best)


def is_as_good(outcome: Outcome, best: Outcome) -> bool:
    """Within 20 % of it."""
    return _is_close(outcome, fastest(best), best.after.blocks or 0)


def no_gain(outcomes: Sequence[Outcome], *, fingerprint: str) -> tuple[Refusal, ...]:
    """For each table without an accepted index the best that was tried, with its numbers."""
    refusals = []
    for relation in dict.fromkeys(name for outcome in outcomes for name in relations(outcome.parts)):
        own = [one for one in outcomes if relation in relations(one.parts)]
        if any(is_accepted(one) for one in own):
            continue
        best = min(own, key=lambda one: (not _is_gain(one), not one.is_used, one.after.ms or 0.0))
        kind = "slower-elsewhere" if _is_gain(best) else "no-gain" if best.is_used else "not-used"
        refusals.append(Refusal(fingerprint=fingerprint, relation=relation, kind=kind, reason=_tried(best)))
    return tuple(refusals)


def _is_gain(outcome: Outcome) -> bool:
    before_ms, after_ms = outcome.before.ms or 0.0, outcome.after.ms or 0.0
    before_blocks, after_blocks = outcome.before.blocks or 0, outcome.after.blocks or 0
    if not outcome.is_used:
        return False
    is_told = _is_twice(before_ms, after_ms, by_ms=MIN_GAIN_MS)
    if is_told and _is_twice(_fastest_before(outcome), fastest(outcome), by_ms=MIN_FASTEST_GAIN_MS):
        return True
    ratio = LONG_RATIO if before_ms >= LONG_MS else 1.0
    if before_blocks < MIN_BLOCKS_RATIO * max(after_blocks, 1) or before_blocks - after_blocks < MIN_BLOCKS:
        return False
    return before_ms >= ratio * after_ms


def _is_twice(before_ms: float, after_ms: float, *, by_ms: float) -> bool:
    return before_ms >= MIN_RATIO * after_ms and before_ms - after_ms >= by_ms


def _fastest_before(outcome: Outcome) -> float:
    return outcome.fastest_before_ms if outcome.fastest_before_ms is not None else outcome.before.ms or 0.0


def smallest(good: Sequence[Outcome], *, beside: int = 0) -> Outcome:
    """The smallest within 20 % of the best; of sets unlike in the last part `beside` bytes are common."""
    best_ms = min(fastest(one) for one in good)
    best_blocks = min(one.after.blocks or 0 for one in good)
    close = [one for one in good if _is_close(one, best_ms, best_blocks)]
    wide = [one for one in close if _is_wide(one, best_ms, best_blocks)]
    least = min(one.size_bytes for one in close if one not in wide)
    close = [one for one in close if one not in wide or least > WIDE_BYTES * one.size_bytes]
    full = _quickest([one for one in close if not one.parts[-1].predicate])
    partial = _plainest([one for one in close if one.parts[-1].predicate])
    if full is None or partial is None:
        return full or partial or good[0]
    return partial if partial.size_bytes - beside <= PARTIAL_SIZE * (full.size_bytes - beside) else full


def _quickest(full: Sequence[Outcome]) -> Outcome | None:
    """The smallest; of those hardly larger none that takes half as long again, which saves no space."""
    least = min((one.size_bytes for one in full), default=0)
    close = [one for one in full if one.size_bytes <= ALIKE * least]
    best_ms = min(map(fastest, close), default=0.0)
    quick = [one for one in close if fastest(one) <= max(LONG_NOISE_RATIO * best_ms, best_ms + NOISE_MS)]
    return min(quick, key=_size, default=None)


def is_large_part(outcome: Outcome, *, of_bytes: float) -> bool:
    """An index of some rows that is not much smaller than one of all rows, which serves more queries."""
    return bool(outcome.parts[-1].predicate) and outcome.size_bytes > PARTIAL_SIZE * of_bytes


def _plainest(partial: Sequence[Outcome]) -> Outcome | None:
    """The smallest; of those hardly larger the one with the fewest conditions, which serves more queries."""
    least = min((one.size_bytes for one in partial), default=0)
    close = [one for one in partial if one.size_bytes <= CLOSE * least]
    return min(close, key=lambda one: (condition_count(one.parts[-1]), *_size(one)), default=None)


def fastest(outcome: Outcome) -> float:
    """The fastest run is the one that other processes disturbed least."""
    return outcome.fastest_ms if outcome.fastest_ms is not None else outcome.after.ms or 0.0


def _is_close(outcome: Outcome, best_ms: float, best_blocks: int) -> bool:
    """Within 20 % in time; in buffers too, since the time of a short run is half noise."""
    ms, blocks = fastest(outcome), outcome.after.blocks or 0
    if ms <= best_ms * CLOSE + NOISE_MS:
        return True
    noise = NOISE_RATIO if ms - best_ms < MIN_GAIN_MS else LONG_NOISE_RATIO
    return blocks <= best_blocks * CLOSE + NOISE_BLOCKS and ms <= best_ms * noise


def _is_wide(outcome: Outcome, best_ms: float, best_blocks: int) -> bool:
    """It takes longer by what noise may be, but reads many more pages: that is no noise.

    From a disk they take milliseconds; and the planner, which counts them, may find another way cheaper.
    """
    blocks = outcome.after.blocks or 0
    is_many = blocks >= WIDE_RATIO * max(best_blocks, 1) and blocks - best_blocks >= WIDE_BLOCKS
    return is_many and fastest(outcome) > best_ms * CLOSE


def _size(outcome: Outcome) -> tuple[int, int]:
    return outcome.size_bytes, len(outcome.parts[-1].keys)


def _tried(outcome: Outcome) -> str:
    what = f"{named(outcome.parts)} {'was' if len(outcome.parts) == 1 else 'were'} built and rolled back"
    before, after = outcome.before, outcome.after
    if not outcome.is_used:
        return f"{what}: the planner didn't use {'it' if len(outcome.parts) == 1 else 'them all'}."
    told = f"{before.ms:.1f} → {after.ms:.1f} ms, {before.blocks:,} → {after.blocks:,} blocks"
    worst = harm(outcome)
    if worst is not None and _is_gain(outcome):
        most = "more than " if worst.is_cut_off else ""
        return (
            f"{what}: {told}. But {worst.label} the same query takes {worst.before_ms:.1f} ms without it "
            f"and {most}{worst.after_ms:.1f} ms with it."
        )
    return f"{what}: {told}. That is too little for its cost."
