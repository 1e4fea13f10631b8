"""Which of the candidates for one query are built: each costs a trial, so no table may crowd out another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, zip_longest

from queryscope.model import IndexAdvice

IndexId = tuple[object, ...]

MAX_CANDIDATES = 12  # per query: each is built and timed
MAX_OF_TABLE = 9


def index_id(advice: IndexAdvice) -> IndexId:
    """What makes an index the same as another."""
    return (
        advice.relation,
        advice.method,
        advice.keys,
        advice.include,
        advice.predicate,
        advice.storage,
    )


def add_candidate(candidates: dict[IndexId, IndexAdvice], advice: IndexAdvice) -> None:
    """Keep the first of equal indexes; it belongs to all sets that any of them belongs to."""
    known = candidates.setdefault(index_id(advice), advice)
    if known is not advice and advice.together:
        together = tuple(dict.fromkeys((*known.together, *advice.together)))
        candidates[index_id(advice)] = replace(known, together=together)


def choose_candidates(candidates: Sequence[IndexAdvice]) -> tuple[IndexAdvice, ...]:
    """The first ones of each table in turn, in the order in which rules proposed them; sets whole or not."""
    tables: dict[str, list[IndexAdvice]] = {}
    for advice in candidates:
        tables.setdefault(advice.relation, []).append(advice)
    turns = zip_longest(*(_of_table(own) for own in tables.values()))
    sets = _sets(candidates)
    chosen: set[str] = set()
    for advice in chain.from_iterable(turns):
        if advice is not None and len(chosen | sets[advice.name]) <= MAX_CANDIDATES:
            chosen |= sets[advice.name]
    return tuple(
        replace(
            one,
            together=tuple(other.name for other in candidates if other.name in sets[one.name] - {one.name}),
        )
        for one in candidates
        if one.name in chosen
    )


def _sets(candidates: Sequence[IndexAdvice]) -> dict[str, set[str]]:
    """Name → all that belong together with it; two sets with an index in common are one."""
    sets = {advice.name: {advice.name} for advice in candidates}
    for advice in candidates:
        for name in advice.together:
            if name in sets and sets[name] is not sets[advice.name]:
                whole = sets[name] | sets[advice.name]
                sets.update((member, whole) for member in whole)
    return sets


def _of_table(own: Sequence[IndexAdvice]) -> list[IndexAdvice]:
    """Of each rule in turn, so that the btrees of a table don't crowd out its other indexes."""
    rules: dict[str, list[IndexAdvice]] = {}
    for advice in own:
        rules.setdefault(advice.rule, []).append(advice)
    turns = chain.from_iterable(zip_longest(*rules.values()))
    return [advice for advice in turns if advice is not None][:MAX_OF_TABLE]
