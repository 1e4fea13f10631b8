"""Sets that no rule proposed: indexes that gain little alone and much together, found one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from queryscope.database.proposals import Proposal, relations
from queryscope.database.trial_bench import Bench
from queryscope.database.trial_choice import Outcome, choose, fastest, harm, is_as_good, smallest
from queryscope.model import IndexAdvice

ROUNDS = 3
MOST_OF_TABLE = 5  # additions of one table that are tried in a round
LEAST_RATIO = 1.2  # in time or buffers, of what others are added to
ENOUGH_MS = 1.0  # no index can win a millisecond any more


def used_parts(bench: Bench, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Of each set that the planner used in part, that part: built without the others, and timed."""
    found = [
        rest
        for one in outcomes
        if not one.is_used and _gains(one)
        if (rest := used_part(bench, one)) is not None
    ]
    known = {frozenset(part.name for part in one.parts) for one in outcomes}
    return [one for one in found if frozenset(part.name for part in one.parts) not in known]


def used_part(bench: Bench, outcome: Outcome) -> Outcome | None:
    """The outcome itself if the planner used all of it, else that of the part that it used, if any."""
    if outcome.is_used:
        return outcome
    parts = tuple(part for part in outcome.parts if part.name not in outcome.idle)
    if not parts or not bench.is_affordable(parts):
        return None
    rest = bench.measure(parts)
    return rest if isinstance(rest, Outcome) and rest.is_used else None


def grow(bench: Bench, outcomes: Sequence[Outcome], late: Sequence[IndexAdvice] = ()) -> Outcome | None:
    """The best so far, with more beside it or one exchanged, each of which gives a fifth; None if none does.

    Forward selection: a set of three is found where two of them, and one of these alone, gain something.
    `late` are candidates with which alone the query took too long.
    """
    start = current = _start(bench, outcomes)
    for _ in range(ROUNDS):
        if current is None or fastest(current) < ENOUGH_MS:
            break
        better = _better(bench, current, choose(outcomes), late)
        if better is None:
            break
        current = better
    return None if current is start else current


def _start(bench: Bench, outcomes: Sequence[Outcome]) -> Outcome | None:
    """The fastest of what would be kept; where nothing is, of what gains anything."""
    kept = choose(outcomes) or [
        one for one in (*outcomes, *bench.measured()) if one.is_used and harm(one) is None and _gains(one)
    ]
    return min(kept, key=fastest, default=None)


def _better(
    bench: Bench, current: Outcome, kept: Sequence[Outcome], late: Sequence[IndexAdvice]
) -> Outcome | None:
    """With one more index: of those of a table the smallest, of tables the one that gives most."""
    best: list[Outcome] = []
    for beside, several in _additions(bench, current, kept, late):
        good = [better for one in several if (better := _with(bench, current, beside, one)) is not None]
        best += [smallest(good, beside=_bytes_of(bench, beside))] if good else []
        if good and fastest(best[-1]) < ENOUGH_MS:
            break
    return min(best, key=fastest, default=None)


def _with(bench: Bench, current: Outcome, beside: Proposal, addition: IndexAdvice) -> Outcome | None:
    """What is used of both together, where the addition is, and the query is a fifth faster than now."""
    proposal = (*beside, addition)
    whole = bench.measure(proposal) if bench.is_affordable(proposal) else None
    if not isinstance(whole, Outcome) or addition.name in whole.idle or is_as_good(current, whole):
        return None
    rest = used_part(bench, whole)
    if rest is None or harm(rest) is not None or is_as_good(current, rest):
        return None
    return rest


def _additions(
    bench: Bench, current: Outcome, kept: Sequence[Outcome], late: Sequence[IndexAdvice]
) -> Iterator[tuple[Proposal, Proposal]]:
    """What stays of the best so far, and the likeliest candidates of a table to be tried beside that.

    A table that has one in the set already gets another where the query reads it more than once; else what
    gains a fifth more alone may take its place, or what the planner left alone without the others.
    """
    measured = bench.measured()
    alone = {one.advice.name: one for one in measured if len(one.parts) == 1 and one.is_used}
    first = {part.name for one in kept for part in one.parts}
    taken = {part.name for part in current.parts}
    built = {part.name: part for one in measured for part in one.parts}
    candidates = [
        one for one in {**built, **{one.name: one for one in late}}.values() if one.name not in taken
    ]

    def rank(one: IndexAdvice) -> tuple[bool, bool, float]:
        known = alone.get(one.name)
        return one.name not in first, known is None, 0.0 if known is None else fastest(known)

    free = sorted(candidates, key=rank)
    for relation in relations(free):
        several = [one for one in free if one.relation == relation]
        own = [one for one in current.parts if one.relation == relation]
        if not own or bench.without[0].scans.count(relation) > 1:
            yield current.parts, _unlike(several)
        elif len(own) == 1 and len(taken) > 1:
            than = alone.get(own[0].name)
            better = [one for one in several if one.name not in alone or _gains(alone[one.name], than)]
            yield tuple(one for one in current.parts if one not in own), _unlike(better)


def _unlike(several: Sequence[IndexAdvice]) -> Proposal:
    """The first ones, such that begin with different keys before others, then of different rules.

    They find rows in different ways: the one that gives an order may need what another finds.
    """
    heads: dict[object, IndexAdvice] = {}
    rules: dict[object, IndexAdvice] = {}
    for one in several:
        heads.setdefault((one.keys[0].column, one.keys[0].expression), one)
        rules.setdefault(one.rule, one)
    return tuple(dict.fromkeys([*heads.values(), *rules.values(), *several]))[:MOST_OF_TABLE]


def _bytes_of(bench: Bench, parts: Proposal) -> int:
    sizes = {part.advice.name: part.size_bytes for part in bench.parts()}
    return sum(sizes[part.name] for part in parts)


def _gains(outcome: Outcome, than: Outcome | None = None) -> bool:
    """In time or buffers, compared with another index or with none."""
    before_ms = (outcome.before.ms or 0.0) if than is None else fastest(than)
    before_blocks = (outcome.before.blocks if than is None else than.after.blocks) or 0
    is_faster = before_ms >= LEAST_RATIO * fastest(outcome)
    return is_faster or before_blocks >= LEAST_RATIO * max(outcome.after.blocks or 0, 1)
