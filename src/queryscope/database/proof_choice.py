"""Of candidates that nobody timed, the ones worth advising: pure arithmetic over plans."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.database.hypothetical import Planned
from queryscope.database.probe import Probed
from queryscope.database.proposals import condition_count, relations

CLOSE = 1.2  # times the lowest cost
NOISE_COST = 8.0  # two pages somewhere in the table: on a sample that is no difference
LEAST_BYTES = 16_384  # of any index: two pages, before there is a row in it
PARTIAL_SIZE = 0.25  # of a full one, as in trials


def choose_planned(found: Sequence[Planned]) -> list[Planned]:
    """For each table the smallest index within 20 % of the lowest cost; a set where it costs less."""
    alone = [one for one in found if len(one.proposal) == 1]
    kept = []
    for names in dict.fromkeys(relations(one.proposal) for one in alone):
        same = [one for one in alone if relations(one.proposal) == names]
        lowest = min(one.cost_after for one in same)
        close = [one for one in same if one.cost_after <= CLOSE * lowest]
        kept.append(min(close, key=lambda one: (sum(one.sizes_bytes), len(one.proposal[0].keys))))
    sets = [one for one in found if len(one.proposal) > 1]
    best = min(sets, key=lambda one: one.cost_after, default=None)
    if best is None or any(one.cost_after <= CLOSE * best.cost_after for one in kept):
        return kept
    return [*(one for one in kept if not set(relations(one.proposal)) & set(relations(best.proposal))), best]


def choose_probed(found: Sequence[Probed]) -> list[Probed]:
    """For each table the one that finds rows, then saves a sort, then costs least on the sample.

    Where size can't speak costs can't either: there the one that serves the query by the most keys.
    """
    alone = [one for one in found if len(one.proposal) == 1]
    kept = [
        _best([one for one in alone if relations(one.proposal) == names])
        for names in dict.fromkeys(relations(one.proposal) for one in alone)
    ]
    for one in found:
        rivals = [each for each in kept if set(relations(each.proposal)) & set(relations(one.proposal))]
        if len(one.proposal) > 1 and all(_is_worse(each, one) for each in rivals):
            kept = [each for each in kept if each not in rivals] + [one]
    return kept


def _best(same: Sequence[Probed]) -> Probed:
    if all(one.is_small for one in same):
        return max(same, key=lambda one: (_finds(one), _served(one), -one.size_bytes))
    first = max(map(_rank, same))
    equal = [one for one in same if _rank(one) == first]
    lowest = min(map(_cost, equal))
    close = [one for one in equal if _cost(one) <= CLOSE * lowest + NOISE_COST]
    full = min((one for one in close if not one.proposal[0].predicate), key=_size, default=None)
    partial = min((one for one in close if one.proposal[0].predicate), key=_size, default=None)
    if full is None or partial is None:
        return full or partial or same[0]
    is_small = _size(partial)[0] <= PARTIAL_SIZE * _size(full)[0]
    return partial if is_small else full


def _size(one: Probed) -> tuple[int, int, int]:
    first = one.proposal[0]
    return max(0, one.size_bytes - LEAST_BYTES), len(first.keys), condition_count(first)


def _is_worse(alone: Probed, one: Probed) -> bool:
    return not one.is_small and _cost(alone) > CLOSE * _cost(one)


def _rank(one: Probed) -> tuple[bool, bool]:
    return _finds(one), any(use.gives_order for use in one.uses)


def _finds(one: Probed) -> bool:
    return any(use.keys or use.is_partial for use in one.uses)


def _served(one: Probed) -> int:
    return sum(use.keys + use.is_partial + 2 * use.gives_order for use in one.uses)


def _cost(one: Probed) -> float:
    return max(use.cost for use in one.uses)
