"""From a lazy access to the queryset that should have loaded it, with the lookup path from there."""

from __future__ import annotations

from dataclasses import dataclass

from queryscope.model import (
    RELATION_KINDS,
    Access,
    AccessKind,
    EagerLoad,
    Models,
    QueryGroup,
    QuerySetSite,
    Trace,
)

_SINGLE = frozenset({AccessKind.FORWARD, AccessKind.REVERSE_ONE_TO_ONE})
_MANY = frozenset({AccessKind.REVERSE, AccessKind.MANY_TO_MANY, AccessKind.GENERIC_RELATION})


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """The queryset whose code changes, and what it should load."""

    group: QueryGroup
    site: QuerySetSite
    load: EagerLoad
    gives_many: bool  # some query on the way was able to return many rows


def find_root(group: QueryGroup, trace: Trace, models: Models) -> Root | None:
    """The root of a relation access; None where the owner was not loaded in this trace."""
    access = group.access
    if access is None or access.owner_group is None:
        return None
    segments = [(access.model, access.attribute, access.kind)]
    gives_many = False
    current = access
    for _ in range(len(trace.groups)):  # a chain of owners is never longer
        segments = _select_related_hops(current, segments, trace, models) + segments
        owner = trace.groups[current.owner_group or 0]
        gives_many = gives_many or _gives_many(owner)
        climbed = _climb(owner)
        if climbed is None:
            if owner.site is None or _walks_a_tree(segments):
                return None
            load = _load(segments, owner.site, models)
            return Root(group=owner, site=owner.site, load=load, gives_many=gives_many)
        segments.insert(0, (climbed.model, climbed.attribute, climbed.kind))
        current = climbed
    return None


def _walks_a_tree(segments: list[tuple[str, str, AccessKind]]) -> bool:
    """Whether the same relation is followed again and again: its depth is the data's, no lookup path fits."""
    hops = [(label, name) for label, name, _ in segments]
    return len(set(hops)) < len(hops)


def _climb(owner: QueryGroup) -> Access | None:
    """The access that loaded the owner, where the change belongs further up."""
    access = owner.access
    if access is None or access.owner_group is None:
        return None
    if access.kind is AccessKind.PREFETCH:
        return access
    if access.kind not in RELATION_KINDS:
        return None
    repeats = owner.count > 1 and owner.owners > 1
    if access.is_plain and (repeats or not is_editable(owner.site)):
        return access
    return None


def is_editable(site: QuerySetSite | None) -> bool:
    """Whether the user can write a call where that queryset is built."""
    if site is None:
        return False
    if site.frame is not None:
        return not site.frame.is_template
    return site.holder is not None and site.holder.kind in ("view", "admin")


def _gives_many(owner: QueryGroup) -> bool:
    if owner.access is not None and owner.access.kind is AccessKind.PREFETCH:
        return True
    if owner.site is None or not owner.site.returns_many:
        return False
    # One row for every execution is a look-up in a loop, not a list.
    return owner.rows is None or owner.rows > owner.count or owner.count == 1


def _select_related_hops(
    access: Access, segments: list[tuple[str, str, AccessKind]], trace: Trace, models: Models
) -> list[tuple[str, str, AccessKind]]:
    """The hops by which select_related already reached the owner."""
    if not access.owner_path:
        return []
    owner = trace.groups[access.owner_group or 0]
    label = owner.site.model if owner.site else ""
    hops = []
    for name in access.owner_path.split("__"):
        model = models.get(label)
        relation = model.relation(name) if model else None
        hops.append((label, name, AccessKind(relation.kind) if relation else AccessKind.FORWARD))
        label = relation.target or "" if relation else ""
    return hops


def _load(segments: list[tuple[str, str, AccessKind]], site: QuerySetSite, models: Models) -> EagerLoad:
    path = "__".join(name for _, name, _ in segments)
    can_join = all(_is_joinable(segment, site, models) for segment in segments)
    return EagerLoad(path=path, kind="select_related" if can_join else "prefetch_related")


def _is_joinable(segment: tuple[str, str, AccessKind], site: QuerySetSite, models: Models) -> bool:
    label, name, kind = segment
    if kind not in _SINGLE:
        return False
    model = models.get(label)
    relation = model.relation(name) if model else None
    if relation is None:
        return True
    if not relation.db_constraint:
        return False  # a join would drop rows whose target is missing
    # FOR UPDATE cannot be applied to the nullable side of an outer join.
    return not (site.is_for_update and relation.is_null)
