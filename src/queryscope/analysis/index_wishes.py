"""What each query shape of a run asks of indexes, and what an answer saves over the whole run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from queryscope.analysis.index_order import Order, order_of, serves
from queryscope.model import Capture, IndexAdvice, Level, Plan
from queryscope.plans.equalities import conditions_in, equal_operands, shared_conditions

CLOSE = 1.2  # times the best: as good, as in a trial
NOISE_MS = 0.05
RANKS = {level: rank for rank, level in enumerate(reversed(Level))}  # the strongest is the highest
MEASURED = frozenset({Level.RERUN, Level.TIMED})

Identity: TypeAlias = tuple[object, ...]


@dataclass(frozen=True)
class Wish:
    """One shape's need of a table: any of these indexes answers it. Of a set each index is a wish."""

    fingerprint: str
    relation: str
    answers: tuple[IndexAdvice, ...]  # of the strongest level that was reached, the best first
    saved_ms: float  # of the whole run, at most so much where nothing was timed
    plan: Plan | None = None

    @property
    def level(self) -> Level:
        """How far its answers are proved."""
        return self.answers[0].evidence.level

    @cached_property
    def equal(self) -> frozenset[str]:
        """What may stand in any order. Asked only where there is something to arrange."""
        return equal_operands(self.plan, self.relation) if self.plan is not None else frozenset()

    @cached_property
    def tests(self) -> frozenset[str]:
        """What holds of all rows that it needs. Asked only where a partial index might do."""
        return shared_conditions(self.plan, self.relation) if self.plan is not None else frozenset()

    @cached_property
    def orders(self) -> tuple[Order, ...]:
        """The keys of its answers."""
        return tuple(order_of(answer.keys, self.equal) for answer in self.answers)

    @cached_property
    def identities(self) -> frozenset[Identity]:
        """Its answers, to be compared."""
        return frozenset(map(identity, self.answers))

    @property
    def is_part_of_set(self) -> bool:
        """Whether its index alone helps little."""
        return bool(self.answers[0].together)

    def is_served_by(self, candidate: Candidate) -> bool:
        """Whether that index is one of the answers, or begins with one. A weaker proof answers none."""
        return candidate.rank >= RANKS[self.level] and self.is_begun_by(candidate)

    def is_begun_by(self, candidate: Candidate) -> bool:
        """The same, however far it is proved."""
        if candidate.identity in self.identities:
            return True
        advice = candidate.advice
        if advice.method != "btree":
            return False
        return any(
            self.is_of_kind(answer, candidate)
            and set(answer.include) <= candidate.columns
            and serves(advice.keys, self.orders[at])
            for at, answer in enumerate(self.answers)
        )

    def is_of_kind(self, answer: IndexAdvice, candidate: Candidate) -> bool:
        """Whether that index can do the work of this answer: it has the same rows, or all that are needed."""
        if kind_of(answer) == candidate.kind:
            return True
        *other, predicate, storage = kind_of(answer)
        *own, _, own_storage = candidate.kind
        is_alike = not predicate and not answer.is_unique and (other, storage) == (own, own_storage)
        return is_alike and candidate.tests is not None and candidate.tests <= self.tests


class Candidate:
    """An index that may be chosen, with what is asked of it again and again."""

    def __init__(self, advice: IndexAdvice) -> None:
        self.advice = advice
        self.identity = identity(advice)
        self.kind = kind_of(advice)
        self.columns = held_columns(advice)
        self.rank = RANKS[advice.evidence.level]
        self.tests = conditions_in(advice.predicate) if advice.predicate else frozenset[str]()


def held_columns(advice: IndexAdvice) -> set[str]:
    """The columns that can be read from the index alone."""
    return {*advice.include, *(key.column for key in advice.keys)}


def kind_of(advice: IndexAdvice) -> Identity:
    """What two indexes must share before one can do the work of the other."""
    return (advice.relation, advice.method, advice.predicate, advice.storage)


def identity(advice: IndexAdvice) -> Identity:
    """What makes an index this one, whatever its name."""
    return (*kind_of(advice), advice.keys, advice.include)


def wishes_of(
    captures: Sequence[Capture], totals: Mapping[str, float], plans: Mapping[str, Plan]
) -> list[Wish]:
    """What all shapes ask for, those first that gain most.

    Args:
        captures: of the run.
        totals: what each shape took in the whole run, in milliseconds.
        plans: by fingerprint; from them it is read which keys are equalities.
    """
    asked: dict[tuple[str, str, str], list[IndexAdvice]] = defaultdict(list)
    for fingerprint, several in _by_shape(captures).items():
        for advice in _one_way(several):
            key = (fingerprint, advice.relation, advice.name if advice.together else "")
            asked[key].append(advice)
    wishes = []
    for (fingerprint, relation, _), several in asked.items():
        answers = _best(several)
        share = 1 + len(answers[0].together)
        saved_ms = saved_by(answers[0], totals.get(fingerprint)) / share
        wishes.append(Wish(fingerprint, relation, answers, saved_ms, plans.get(fingerprint)))
    return sorted(wishes, key=lambda wish: (-RANKS[wish.level], -wish.saved_ms, wish.fingerprint))


def won_ms(advice: IndexAdvice) -> float:
    """What one execution took less in the trial; 0 where none was timed."""
    before, after = advice.evidence.before, advice.evidence.after
    if before is None or after is None or before.ms is None or after.ms is None:
        return 0.0
    return max(before.ms - after.ms, 0.0)


def saved_by(advice: IndexAdvice, total_ms: float | None) -> float:
    """What a shape takes less in the whole run: the trial's share of its time; all where none was timed."""
    before = advice.evidence.before
    if before is None or before.ms is None or advice.evidence.level not in MEASURED:
        return total_ms or 0.0
    if total_ms is None or before.ms <= 0:
        return won_ms(advice)
    return total_ms * won_ms(advice) / before.ms


def _by_shape(captures: Iterable[Capture]) -> dict[str, list[IndexAdvice]]:
    found: dict[str, list[IndexAdvice]] = defaultdict(list)
    for capture in captures:
        for advice in capture.indexes:
            for fingerprint in advice.serves:
                found[fingerprint].append(advice)
    return found


def _one_way(several: list[IndexAdvice]) -> list[IndexAdvice]:
    """Of a set and what was advised beside it for the same tables the better proved; one if as good."""
    sets = {frozenset({each.name, *each.together}) for each in several if each.together}
    if not sets:
        return several
    best = max(sets, key=lambda names: max(_strength(each) for each in several if each.name in names))
    members = [each for each in several if each.together and each.name in best]
    tables = {each.relation for each in members}
    beside = [each for each in several if not each.together and each.relation in tables]
    if beside and _is_enough(max(beside, key=_strength), max(members, key=_strength)):
        return [each for each in several if not each.together]
    return [*members, *(each for each in several if not each.together and each.relation not in tables)]


def _is_enough(alone: IndexAdvice, member: IndexAdvice) -> bool:
    """Whether one index does within 20 % what a set does, proved as far."""
    ranks = RANKS[alone.evidence.level], RANKS[member.evidence.level]
    if ranks[0] != ranks[1] or alone.evidence.level not in MEASURED:
        return ranks[0] > ranks[1]
    after = [each.evidence.after.ms or 0.0 for each in (alone, member) if each.evidence.after is not None]
    return len(after) == 2 and after[0] <= after[1] * CLOSE + NOISE_MS


def _strength(advice: IndexAdvice) -> tuple[int, float]:
    return RANKS[advice.evidence.level], won_ms(advice)


def _best(several: Sequence[IndexAdvice]) -> tuple[IndexAdvice, ...]:
    """The best proved; of timed ones those within 20 % of the best; of others the first that was proposed."""
    strongest = max(RANKS[each.evidence.level] for each in several)
    found = {
        identity(each): each
        for each in sorted(several, key=won_ms)  # of one index the trial that won most
        if RANKS[each.evidence.level] == strongest
    }
    if strongest < RANKS[Level.TIMED]:
        first = next(each for each in several if RANKS[each.evidence.level] == strongest)
        return (first,)
    after = [each.evidence.after.ms or 0.0 for each in found.values() if each.evidence.after is not None]
    most = min(after, default=0.0) * CLOSE + NOISE_MS
    kept = [
        each
        for each in found.values()
        if each.evidence.after is None or (each.evidence.after.ms or 0.0) <= most
    ]
    return tuple(sorted(kept, key=lambda each: -won_ms(each)))
