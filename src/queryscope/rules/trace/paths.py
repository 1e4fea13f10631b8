"""From a lazy access to the queryset that should have loaded it, with the lookup path from there."""

from __future__ import annotations

from dataclasses import dataclass

from queryscope.model import (
    RELATION_KINDS,
    Access,
    AccessKind,
    EagerLoad,
    ModelRelation,
    Models,
    QueryGroup,
    QuerySetSite,
    Trace,
)

MOST_HOPS = 40  # owners that are asked for their owners; nobody writes a longer lookup path
_SINGLE = frozenset({AccessKind.FORWARD, AccessKind.REVERSE_ONE_TO_ONE})
OF_ONE = _SINGLE | {AccessKind.GENERIC_FORWARD}
_TO_MANY = frozenset({AccessKind.REVERSE, AccessKind.MANY_TO_MANY, AccessKind.GENERIC_RELATION})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One step of a lookup path: an attribute of a model."""

    model: str  # label
    attribute: str
    kind: AccessKind
    relation: ModelRelation | None = None  # None: the model graph doesn't know it
    is_prefetched: bool = False  # a prefetch loads it already


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """The queryset whose code changes, and what it should load."""

    group: QueryGroup
    site: QuerySetSite
    load: EagerLoad
    hops: tuple[Hop, ...]
    gives_many: bool  # some query on the way was able to return many rows
    givers: tuple[QueryGroup, ...] = ()  # the queries on the way, from the access to the root


def find_root(
    group: QueryGroup,
    trace: Trace,
    models: Models,
    walked: frozenset[int] = frozenset(),
    *,
    passed: frozenset[int] = frozenset(),
) -> Root | None:
    """The root of a relation access; None where the owner was not loaded in this trace.

    Args:
        group: the queries of the access.
        trace: what it is part of.
        models: the project's models.
        walked: groups of walks over trees. What their rows ask for belongs to the line that walks: the depth
            is the data's, and no lookup path from further up fits.
        passed: groups that are known to run for each row of their owners: the root lies further up.
    """
    access = group.access
    if access is None or access.owner_group is None:
        return None
    hops = [_hop(access, models)]
    gives_many = False
    givers: list[QueryGroup] = []
    found: Root | None = None
    current = access
    for _ in range(min(len(trace.groups), MOST_HOPS)):
        owner = trace.groups[current.owner_group or 0]
        hops = [*_joined_hops(current, owner, models), *hops]
        gives_many = gives_many or _gives_many(owner)
        givers.append(owner)
        is_walked = owner.index in walked
        if is_walked and not _can_load_for_walk(owner):
            return found
        must_climb = _must_climb(owner, trace, passed)
        if owner.site is not None and (is_walked or not must_climb) and (found is None or can_edit(owner)):
            found = Root(
                group=owner,
                site=owner.site,
                load=_load(hops, owner),
                hops=tuple(hops),
                gives_many=gives_many,
                givers=tuple(givers),
            )
        climbed = None if is_walked else owner.access if must_climb else _climb(owner)
        if climbed is None:
            return found
        hops.insert(0, _hop(climbed, models))
        current = climbed
    return None


def _hop(access: Access, models: Models) -> Hop:
    model = models.get(access.model)
    relation = model.relation(access.attribute) if model else None
    return Hop(
        model=access.model,
        attribute=access.to_attr or access.attribute,
        kind=access.kind,
        relation=relation,
        is_prefetched=access.kind is AccessKind.PREFETCH,
    )


def _joined_hops(access: Access, owner: QueryGroup, models: Models) -> list[Hop]:
    """The hops by which select_related already reached the owner; it speaks in query names."""
    hops = []
    label = owner.site.model if owner.site else ""
    for name in filter(None, access.owner_path.split("__")):
        model = models.get(label)
        relation = (
            next((each for each in model.relations if each.query_name == name), None) if model else None
        )
        relation = relation or (model.relation(name) if model else None)
        kind = AccessKind(relation.kind) if relation else AccessKind.FORWARD
        hops.append(
            Hop(model=label, attribute=relation.name if relation else name, kind=kind, relation=relation)
        )
        label = (relation.target if relation else None) or ""
    return hops


def _can_load_for_walk(owner: QueryGroup) -> bool:
    """Whether the line that walks down a tree builds a queryset that could load more with its rows."""
    return owner.access is not None and owner.access.kind in _TO_MANY and can_edit(owner)


def _climb(owner: QueryGroup) -> Access | None:
    """The access that loaded the owner, where the change belongs further up."""
    access = owner.access
    if access is None or access.owner_group is None:
        return None
    can_climb = access.kind in RELATION_KINDS and access.is_plain
    return access if can_climb and not can_edit(owner) else None


def _must_climb(owner: QueryGroup, trace: Trace, passed: frozenset[int]) -> bool:
    """Whether the owner was loaded by a prefetch, row by row, or where no queryset is written."""
    access = owner.access
    if access is None or access.owner_group is None:
        return False
    if access.kind is AccessKind.PREFETCH or access.kind in OF_ONE or owner.index in passed:
        return True
    if access.kind not in RELATION_KINDS or not access.is_plain or owner.count < 2:
        return False
    return owner.owners > 1 or has_instances_of_one(owner, trace)


def has_instances_of_one(group: QueryGroup, trace: Trace) -> bool:
    """Whether each of these queries was asked by an instance of its own, all of them of the same row.

    Forty products of one brand have forty instances of that brand, and each asks for its company.
    """
    access = group.access
    if access is None or access.owner_group is None:
        return False
    owner = trace.groups[access.owner_group]
    is_of_one = bool(access.owner_path) or (owner.access is not None and owner.access.kind in OF_ONE)
    return is_of_one and owner.rows == group.count


def is_editable(site: QuerySetSite | None) -> bool:
    """Whether the user can write a call where that queryset is built."""
    if site is None:
        return False
    if site.frame is not None:
        return not site.frame.is_template
    return site.holder is not None


def can_edit(owner: QueryGroup) -> bool:
    """Whether the user can write a call where the queryset of these queries is built."""
    return is_editable(owner.site) and not is_read_by_holder(owner)


def is_read_by_holder(owner: QueryGroup) -> bool:
    """Whether a class only reads a relation, as a serializer does: it builds no queryset of its own there."""
    if owner.site is None or owner.site.frame is not None or owner.site.holder is None:
        return False
    return owner.access is not None and owner.access.kind in RELATION_KINDS


def _gives_many(owner: QueryGroup) -> bool:
    if owner.access is not None and owner.access.kind is AccessKind.PREFETCH:
        return True
    if owner.site is None or not owner.site.returns_many:
        return False
    # One row for every execution is a look-up in a loop, not a list.
    return owner.rows is None or owner.rows > owner.count or owner.count == 1


def _load(hops: list[Hop], root: QueryGroup) -> EagerLoad:
    can_join = _can_join(root) and all(_is_joinable(hop) for hop in hops)
    # A join is named by the relation's query name, a prefetch by its attribute.
    names = [hop.relation.query_name if can_join and hop.relation else hop.attribute for hop in hops]
    path = "__".join(names)
    if can_join:
        return EagerLoad(path=path, kind="select_related")
    return EagerLoad(path=path, kind="prefetch_related", **_below_prefetch(hops))


def _below_prefetch(hops: list[Hop]) -> dict[str, str]:
    """What a join would bring with the rows of the last prefetch, or behind a GenericForeignKey."""
    last = [at for at, hop in enumerate(hops) if hop.is_prefetched or is_generic(hop)]
    at = last[-1] if last else len(hops)
    rest = hops[at + 1 :]
    is_joined = all(_is_joinable(hop) for hop in rest)
    if not rest or not (is_joined or is_generic(hops[at])):
        return {}
    names = [hop.relation.query_name if hop.relation else hop.attribute for hop in rest]
    return {
        "prefetched": "__".join(hop.attribute for hop in hops[: at + 1]),
        "joined": "__".join(names) if is_joined else "",
        "model": rest[0].model,
    }


def is_generic(hop: Hop) -> bool:
    """Whether a step leads through a GenericForeignKey, to rows of any model."""
    return AccessKind.GENERIC_FORWARD in (hop.kind, hop.relation.kind if hop.relation else None)


def _can_join(root: QueryGroup) -> bool:
    if root.access is not None and root.access.kind is AccessKind.RAW:
        return False  # a RawQuerySet can prefetch only
    if root.site is None:
        return True
    if "*" in root.site.select_related and root.site.frame is not None:
        return False  # select_related() without names: naming one takes the others away
    # FOR UPDATE would lock the joined rows too, and fails on the nullable side of an outer join.
    return not root.site.is_for_update


def _is_joinable(hop: Hop) -> bool:
    if hop.kind not in _SINGLE:
        return False
    if hop.relation is None:
        # A row of one child has its parent's accessors for others, which select_related() doesn't know.
        return hop.kind is not AccessKind.REVERSE_ONE_TO_ONE
    # Over a key without constraint a join drops rows whose target is missing.
    return hop.relation.db_constraint and hop.relation.can_join
