"""`n-plus-one`: a queryset's rows each run one more query for a relation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import RELATION_KINDS, Models, Observation, QueryGroup, Trace
from queryscope.rules.attribution import is_looped_by_application
from queryscope.rules.trace.owners import obstacle, owners_of, reader_of
from queryscope.rules.trace.paths import Root, find_root
from queryscope.rules.trace.trees import walked
from queryscope.rules.words import listed, spoken, spoken_place
from queryscope.rules.worth import spares_enough

_MANY_TIMES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class NPlusOne:
    """Relation accesses, one for each owner, where the owners came from a queryset able to return many."""

    name: ClassVar[str] = "n-plus-one"
    # Two owners at one line are enough: owner and queryset are known, not guessed.
    min_repeats: int = 2
    # Where no edit of the queryset is safe, the code around it has to change: for ten queries, or for a
    # quarter of what the page runs, or for more time than a small query takes on a busy machine.
    min_unsafe: int = 10
    min_share: float = 0.25
    min_ms: float = 50.0
    # Up to so many reads, of rows twenty times as many, are a branch that is seldom taken: to load the
    # relation of all of them would cost about what it spares.
    seldom: int = 4

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each relation that the same queryset should have loaded."""
        on_walks = walked(trace)
        charged: set[tuple[int, str]] = set()  # what a prefetch will cost, counted once
        for group in trace.groups:
            access = group.access
            if access is None or access.kind not in RELATION_KINDS or not access.is_plain:
                continue
            if group.count < self.min_repeats or group.error is not None or group.index in on_walks:
                continue
            root = find_root(group, trace, models, on_walks)
            if root is None or not root.gives_many or not is_looped_by_application(root.group, group):
                continue
            if owners_of(group, root, trace) < self.min_repeats or self._is_seldom(group, trace, models):
                continue
            key = (root.group.index, root.load.path)
            is_free = root.load.kind == "select_related" or key in charged
            spared = group.count - (0 if is_free else root.group.count)
            if spared <= 0:
                continue
            charged.add(key)
            observation = self._observe(group, root, trace, spared)
            if not observation.caveat or self._is_worth(observation, trace):
                yield observation

    def _is_worth(self, observation: Observation, trace: Trace) -> bool:
        return spares_enough(
            observation, trace, queries=self.min_unsafe, share=self.min_share, ms=self.min_ms
        )

    def _is_seldom(self, group: QueryGroup, trace: Trace, models: Models) -> bool:
        """Whether nearly all rows went without, though each of them leads to something."""
        access = group.access
        assert access is not None
        if group.count > self.seldom or access.owner_group is None or access.owner_path:
            return False
        model = models.get(access.model)
        relation = model.relation(access.attribute) if model is not None else None
        rows = trace.groups[access.owner_group].rows
        is_never_null = relation is not None and not relation.is_null
        return is_never_null and rows is not None and rows > _MANY_TIMES * group.count

    def _observe(self, group: QueryGroup, root: Root, trace: Trace, spared: int) -> Observation:
        access = group.access
        assert access is not None
        return Observation(
            rule=self.name,
            trace=trace.id,
            model=root.site.model,
            site=root.site,
            trigger=reader_of(group),
            groups=(group.index,),
            fingerprints=(group.fingerprint,),
            query_count=group.count,
            avoidable_queries=spared,
            duration_ms=group.total_ms,
            owner_rows=owners_of(group, root, trace),
            loads=(root.load,),
            subject=f"{access.model.rpartition('.')[2]}.{access.attribute}",
            method=root.group.access.method if root.group.access else "",
            caveat=obstacle(root, group, trace),
        )

    def message(self, observations: Sequence[Observation]) -> str:
        """What ran how often, for which relations."""
        worst = observations[0]
        same = [other for other in observations if other.trace == worst.trace]
        count = sum(other.query_count for other in same)
        subjects = sorted({other.subject for other in same})
        told = listed(subjects)
        each = f"one per {spoken(worst.subject)}" if len(subjects) == 1 else "one per row for each"
        return f"{spoken_place(worst)} ran {count} queries for {told}, {each}."
