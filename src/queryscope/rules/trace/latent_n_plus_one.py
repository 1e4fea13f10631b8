"""`latent-n-plus-one`: an N+1 that has one row today."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import (
    RELATION_KINDS,
    AccessKind,
    Frame,
    Models,
    Observation,
    QueryGroup,
    QuerySetSite,
    Trace,
)
from queryscope.rules.attribution import is_looped_by_application
from queryscope.rules.looping import reads_each_row
from queryscope.rules.remedy import Context
from queryscope.rules.trace.owners import obstacle, reader_of
from queryscope.rules.trace.paths import MOST_HOPS, Root, can_edit, find_root
from queryscope.rules.trace.trees import walked
from queryscope.rules.words import listed, spoken, spoken_place

_TO_MANY = frozenset({AccessKind.REVERSE, AccessKind.MANY_TO_MANY, AccessKind.GENERIC_RELATION})
_WHOLE = frozenset({"iterate", "iterator", "len", "bool", "in_bulk"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentNPlusOne:
    """A relation read in a loop over rows of a queryset that may give many, and gave one."""

    name: ClassVar[str] = "latent-n-plus-one"
    # Where that rule speaks of a queryset, what this one saw of it in a run is told there: one edit.
    part_of: ClassVar[str] = "n-plus-one"

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each relation that was read of the only row, for each possible root.

        Which of several it is, the source decides.
        """
        on_walks = walked(trace)
        for group in trace.groups:
            if not _is_read_once(group, on_walks) or _is_root_itself(group, trace):
                continue
            for root in _roots(group, trace, models, on_walks):
                if is_looped_by_application(root.group, group):
                    yield self._observe(group, root, trace)

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Whether the line that reads the relation does so for each row of that queryset."""
        trace = context.traces[observation.trace]
        (group,) = context.groups(observation)
        if not _is_looped(group, trace, context):
            return False
        chosen: Root | None = None
        for root in _roots(group, trace, context.models, walked(trace)):
            if chosen is not None and not _is_looped(chosen.group, trace, context):
                break
            chosen = root
        return chosen is not None and (chosen.site, (chosen.load,)) == (observation.site, observation.loads)

    def _observe(self, group: QueryGroup, root: Root, trace: Trace) -> Observation:
        access = group.access
        assert access is not None
        is_joined = root.load.kind == "select_related"
        return Observation(
            rule=self.name,
            trace=trace.id,
            model=root.site.model,
            severity="info",
            confidence="likely",
            site=root.site,
            trigger=reader_of(group),
            groups=(group.index,),
            fingerprints=(group.fingerprint,),
            query_count=group.count,
            avoidable_queries=max(group.count - (0 if is_joined else root.group.count), 0),
            duration_ms=group.total_ms,
            owner_rows=1,
            loads=(root.load,),
            subject=f"{access.model.rpartition('.')[2]}.{access.attribute}",
            method=root.group.access.method if root.group.access else "",
            caveat=obstacle(root, group, trace),
        )

    def message(self, observations: Sequence[Observation]) -> str:
        """What will run for each row once there are more of them."""
        worst = observations[0]
        subjects = sorted({each.subject for each in observations if each.trace == worst.trace})
        told = listed(subjects)
        each = f"each {spoken(worst.subject)}" if len(subjects) == 1 else "each row"
        asks = f"{spoken_place(worst)} asks for {told} of {each} by a query of its own"
        return f"{asks}; today there is one row."


def _is_read_once(group: QueryGroup, on_walks: frozenset[int]) -> bool:
    """Whether a relation's own rows were asked for by one owner."""
    access = group.access
    if access is None or access.kind not in RELATION_KINDS or not access.is_plain:
        return False
    return group.owners == 1 and group.error is None and group.index not in on_walks


def _is_root_itself(group: QueryGroup, trace: Trace) -> bool:
    """Whether the line that reads a relation will say what its rows need: no prefetch can serve that."""
    return can_edit(group) and any(
        below.access is not None
        and below.access.owner_group == group.index
        and below.access.kind in RELATION_KINDS
        and below.access.is_plain
        and below.owners > 1
        for below in trace.groups
    )


def _roots(group: QueryGroup, trace: Trace, models: Models, on_walks: frozenset[int]) -> Iterator[Root]:
    """The querysets that may be the root, the nearest first: a latent relation's own leads on."""
    passed: frozenset[int] = frozenset()
    for _ in range(MOST_HOPS):
        root = find_root(group, trace, models, on_walks, passed=passed)
        if root is None or root.group.index in passed or not _gave_one_of_many(root, models):
            return
        yield root
        if not _is_read_once(root.group, on_walks):
            return
        above = find_root(root.group, trace, models, on_walks)
        if above is None or not _gave_one_of_many(above, models):
            return
        passed |= {root.group.index}


def _is_looped(group: QueryGroup, trace: Trace, context: Context) -> bool:
    """Whether some query that led to the group's owners gave rows that code goes over to read it."""
    owner = group.access.owner_group if group.access is not None else None
    while owner is not None:
        giver = trace.groups[owner]
        if _loops(group, giver, context):
            return True
        owner = giver.access.owner_group if giver.access is not None else None
    return False


def _gave_one_of_many(root: Root, models: Models) -> bool:
    """Whether some query on the way may give many rows, and all that may gave one."""
    many = [giver for giver in root.givers if _may_give_many(giver, models)]
    return bool(many) and all(giver.rows == 1 and giver.count == 1 for giver in many)


def _may_give_many(giver: QueryGroup, models: Models) -> bool:
    access, site = giver.access, giver.site
    if access is None or (site is not None and not site.returns_many):
        return False
    if site is not None and _is_look_up(site, models):
        return False
    if access.kind in RELATION_KINDS or access.kind is AccessKind.PREFETCH:
        model = models.get(access.model)
        relation = model.relation(access.attribute) if model else None
        kind = relation.kind if relation else access.kind
        return kind in _TO_MANY or kind is AccessKind.PREFETCH  # a `to_attr`, which is a list
    return site is not None and access.method in _WHOLE


def _is_look_up(site: QuerySetSite, models: Models) -> bool:
    """Whether rows are asked for by a unique column: there is one, or none."""
    model = models.get(site.model)
    asked = [lookup.removesuffix("__exact") for lookup in site.lookups if lookup.endswith("__exact")]
    fields = [model.field(name) for name in asked] if model else []
    return any(field is not None and field.is_unique for field in fields)


def _loops(group: QueryGroup, giver: QueryGroup, context: Context) -> bool:
    """Whether code reads the relation for each row that the giver gave."""
    if not giver.stack:  # a list view, a changelist
        return giver.is_asked_by_library
    inner = _without_common(group.stack, giver.stack)
    if len(group.stack) - len(inner) == len(giver.stack):
        # One expression loads the rows and reads of them: what it calls goes over them.
        return True
    return any(reads_each_row(frame, context.sources, giver.stack) for frame in inner)


def _without_common(stack: tuple[Frame, ...], other: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """The frames of a stack that don't stand around both."""
    length = 0
    for one, two in zip(reversed(stack), reversed(other), strict=False):
        if one != two:
            break
        length += 1
    return stack[: len(stack) - length]
