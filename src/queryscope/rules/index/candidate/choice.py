"""Which of the candidates for one query are built: each costs a trial, so no table may crowd out another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, zip_longest

from queryscope.model import IndexAdvice

IndexId = tuple[object, ...]

MAX_CANDIDATES = 8  # per query: each is built and timed
MAX_OF_TABLE = 6


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
    named = {advice.name: advice for advice in candidates}
    chosen: dict[str, IndexAdvice] = {}
    for advice in chain.from_iterable(turns):
        if advice is None or advice.name in chosen:
            continue
        whole = [advice, *(named[name] for name in advice.together if name in named and name not in chosen)]
        if len(chosen) + len(whole) <= MAX_CANDIDATES:
            chosen.update((one.name, one) for one in whole)
    picked = [advice for advice in candidates if advice.name in chosen]
    return tuple(
        replace(one, together=tuple(name for name in one.together if name in chosen)) for one in picked
    )


def _of_table(own: Sequence[IndexAdvice]) -> list[IndexAdvice]:
    """Of each rule in turn, so that the btrees of a table don't crowd out its other indexes."""
    rules: dict[str, list[IndexAdvice]] = {}
    for advice in own:
        rules.setdefault(advice.rule, []).append(advice)
    turns = chain.from_iterable(zip_longest(*rules.values()))
    return [advice for advice in turns if advice is not None][:MAX_OF_TABLE]
