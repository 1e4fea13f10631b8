"""Which of the indexes that shapes ask for a run needs: few that serve many, by what a byte of them saves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from queryscope.analysis.index_order import keys_in, merged
from queryscope.analysis.index_wishes import (
    MEASURED,
    RANKS,
    Candidate,
    Identity,
    Wish,
    held_columns,
    identity,
    kind_of,
)
from queryscope.fixes.index_sets import keys_in_words
from queryscope.model import IndexAdvice, Refusal, Table
from queryscope.rules.index.candidate.keys import index_name

MOST_ARRANGED = 40  # wishes of one table and kind that are arranged with each other
_ENTRY_BYTES = 16  # of a btree besides its keys
_KEY_BYTES = 8  # of a column whose width nobody knows

Chosen: TypeAlias = tuple[Candidate, list[Wish]]  # with what it is chosen for


def choose(
    wishes: Sequence[Wish], tables: Mapping[str, Table]
) -> tuple[tuple[IndexAdvice, ...], tuple[Refusal, ...]]:
    """The indexes that answer all wishes, and those wishes that wait for a better proved index.

    Args:
        wishes: of the whole run, the weightiest first.
        tables: by name; for the size of what nobody has built.
    """
    by_table: dict[str, list[Wish]] = defaultdict(list)
    for wish in wishes:
        by_table[wish.relation].append(wish)
    kept: list[Chosen] = []
    refusals: list[Refusal] = []
    for relation, asked in by_table.items():
        chosen = _cover(_pool(asked), asked, tables.get(relation))
        for each in chosen:
            better = _better(each, chosen)
            if better is None:
                kept.append(each)
            else:
                refusals += _waiting(each, better)
    names = {answer.name: one.advice.name for one, asked in kept for wish in asked for answer in wish.answers}
    built = [_built(one.advice, asked, names) for one, asked in kept]
    return tuple(sorted(built, key=_rank)), tuple(refusals)


def _pool(asked: Sequence[Wish]) -> list[Candidate]:
    """Every index that was asked for, and those that do the work of several at once."""
    pool: dict[Identity, Candidate] = {}
    groups: dict[tuple[object, ...], list[Wish]] = defaultdict(list)
    for wish in asked:
        for answer in wish.answers:
            pool.setdefault(identity(answer), Candidate(answer))
        first = wish.answers[0]
        if first.method == "btree" and not first.is_unique:
            groups[(*kind_of(first), wish.level)].append(wish)
    for (relation, method, predicate, *rest), several in groups.items():
        whole = groups.get((relation, method, "", *rest), []) if predicate else []
        partial = Candidate(several[0].answers[0])
        beside = [wish for wish in whole if wish.is_of_kind(wish.answers[0], partial)]
        if len({identity(wish.answers[0]) for wish in (*several, *beside)}) > 1:
            for arranged in _arranged(several[:MOST_ARRANGED], beside[:MOST_ARRANGED]):
                pool.setdefault(identity(arranged), Candidate(arranged))
    return list(pool.values())


def _arranged(own: Sequence[Wish], beside: Sequence[Wish]) -> Iterator[IndexAdvice]:
    """For each wish the index that answers it and as many of the others as fit, the weightiest first.

    Those `beside` ask for an index of all rows, but need none that the condition of the others leaves out.
    """
    several = (*own, *beside)
    for wish in own:
        first, order = wish.answers[0], wish.orders[0]
        include, size = set(first.include), first.size_bytes
        for other in several:
            fitting = merged(order, other.orders[0]) if other is not wish else None
            if fitting is not None:
                order = fitting
                include |= set(other.answers[0].include)
                size = max(size or 0, other.answers[0].size_bytes or 0) or None
        keys = keys_in(order)
        rest = tuple(sorted(include - {key.column for key in keys}))
        if (keys, rest) != (first.keys, first.include):
            name = index_name(first.relation, keys=keys, method=first.method, predicate=first.predicate)
            yield replace(first, keys=keys, include=rest, name=name, size_bytes=size, together=())


def _cover(pool: Sequence[Candidate], asked: Sequence[Wish], table: Table | None) -> list[Chosen]:
    """Indexes that answer all wishes, that first which saves most for a byte; then none that is left over."""
    served = [{at for at, wish in enumerate(asked) if wish.is_served_by(one)} for one in pool]
    sizes = [float(size_of(one.advice, table)) for one in pool]
    waiting, picked = set(range(len(asked))), list[int]()
    while waiting:
        worth = [_worth(asked, waiting & own, size) for own, size in zip(served, sizes, strict=True)]
        picked.append(max(range(len(pool)), key=worth.__getitem__))
        waiting -= served[picked[-1]]
    _unite(picked, served, sizes)
    for least in sorted(picked, key=lambda at: sum(asked[each].saved_ms for each in served[at])):
        others = {each for at in picked if at != least for each in served[at]}
        if others >= served[least]:
            picked.remove(least)
    return _shared_out(pool, asked, [(at, served[at]) for at in picked])


def _unite(picked: list[int], served: Sequence[set[int]], sizes: Sequence[float]) -> None:
    """Put one in the place of several that it does the work of in no more space."""
    for at, own in enumerate(served):
        spared = [each for each in picked if each != at and served[each] <= own]
        if at not in picked and len(spared) > 1 and sizes[at] <= sum(sizes[each] for each in spared):
            picked[:] = [*(each for each in picked if each not in spared), at]


def _worth(asked: Sequence[Wish], own: set[int], size: float) -> tuple[int, float, int]:
    """The best proof that it gives, what a byte of it saves, and how many shapes it serves."""
    level = max((RANKS[asked[at].level] for at in own), default=-1)
    return level, sum(asked[at].saved_ms for at in own) / size, len(own)


def _shared_out(
    pool: Sequence[Candidate], asked: Sequence[Wish], picked: Sequence[tuple[int, set[int]]]
) -> list[Chosen]:
    """Each wish with one of the chosen indexes: with the very one that was tried for it, if there is one."""
    found: dict[int, list[Wish]] = {at: [] for at, _ in picked}
    for number, wish in enumerate(asked):
        able = [at for at, served in picked if number in served]
        found[next((at for at in able if pool[at].identity in wish.identities), able[0])].append(wish)
    return [(pool[at], wishes) for at, wishes in found.items() if wishes]


def size_of(advice: IndexAdvice, table: Table | None) -> int:
    """Bytes: as built, else from the rows and the widths of its columns; never 0."""
    if advice.size_bytes is not None or table is None:
        return max(advice.size_bytes or 0, 1)
    widths = [column.avg_width for name in held_columns(advice) if (column := table.column(name))]
    entry = _ENTRY_BYTES + sum(width or _KEY_BYTES for width in widths)
    return max(int(max(table.rows, 1.0) * entry), 1)


def _better(each: Chosen, chosen: Sequence[Chosen]) -> IndexAdvice | None:
    """A better proved index that this one only lengthens."""
    one, asked = each
    if any(wish.is_part_of_set for wish in asked):
        return None
    for other, own in chosen:
        if other.rank > one.rank and any(wish.is_begun_by(one) for wish in own):
            return other.advice
    return None


def _waiting(each: Chosen, better: IndexAdvice) -> Iterator[Refusal]:
    one, asked = each
    text = (
        f"An index on ({keys_in_words(better)}) of {better.relation}, which is proved better, begins like "
        f"the one on ({keys_in_words(one.advice)}) that this query would get: build it, and measure again."
    )
    for wish in asked:
        yield Refusal(
            fingerprint=wish.fingerprint, relation=better.relation, kind="after-another", reason=text
        )


def _built(advice: IndexAdvice, asked: Sequence[Wish], names: Mapping[str, str]) -> IndexAdvice:
    """The chosen index with all that it serves, and the evidence of its own trial that saves most.

    One that serves some shape by itself is told by itself, whatever set it completes.
    """
    tried = identity(advice)
    alone_first = sorted(asked, key=lambda wish: wish.is_part_of_set)
    own = (each for wish in alone_first for each in wish.answers if identity(each) == tried)
    proof = next(own, alone_first[0].answers[0])
    is_own = identity(proof) == tried
    builds = [each for wish in asked for each in wish.answers if each.build_ms is not None]
    is_alone = not alone_first[0].is_part_of_set
    sets = [] if is_alone else [name for wish in asked for each in wish.answers for name in each.together]
    others = dict.fromkeys(names.get(name, name) for name in sets)
    evidence = proof.evidence
    if not is_own:
        evidence = replace(evidence, note=f"{evidence.note} {_arranged_note(proof, advice)}".strip())
    return replace(
        proof,
        name=advice.name,
        keys=advice.keys,
        predicate=advice.predicate,
        predicate_django=advice.predicate_django,
        include=advice.include,
        serves=tuple(dict.fromkeys(wish.fingerprint for wish in asked)),
        size_bytes=proof.size_bytes if is_own else advice.size_bytes,
        build_ms=proof.build_ms if is_own else max((each.build_ms or 0.0 for each in builds), default=None),
        together=tuple(name for name in others if name != advice.name),
        gain_ms=_gain(asked),
        evidence=evidence,
    )


def _gain(asked: Sequence[Wish]) -> float | None:
    """What was timed, summed over the run."""
    timed = [wish.saved_ms for wish in asked if wish.level in MEASURED]
    return round(sum(timed), 3) if timed else None


def _arranged_note(proof: IndexAdvice, advice: IndexAdvice) -> str:
    is_longer = len(advice.keys) > len(proof.keys) or set(advice.include) > set(proof.include)
    if advice.predicate != proof.predicate:
        return (
            f"Tried was the one on ({keys_in_words(proof)}) over all rows; that on ({keys_in_words(advice)}) "
            "serves other queries of this run too, and has all rows that this one asks for."
        )
    why = "the longer one begins with it" if is_longer else "equalities may stand in any order"
    return (
        f"Tried was the one on ({keys_in_words(proof)}); that on ({keys_in_words(advice)}) serves other "
        f"queries of this run too: {why}."
    )


def _rank(advice: IndexAdvice) -> tuple[int, float, str]:
    return (-RANKS[advice.evidence.level], -(advice.gain_ms or 0.0), advice.name)
