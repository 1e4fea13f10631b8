"""The remedy of rows that are loaded one by one: one fix for all relations of their queryset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from queryscope.fixes.change import merge
from queryscope.fixes.orm import Wish, compose
from queryscope.fixes.root import Target
from queryscope.model import (
    RELATION_KINDS,
    AccessKind,
    EagerLoad,
    Fix,
    Frame,
    Location,
    Model,
    Models,
    Observation,
    QuerySetSite,
)
from queryscope.rules.attribution import function_name
from queryscope.rules.remedy import Context, Remedy

_MANY = 3  # times as many units without need of a prefetch: it would cost more than it spares


def eager_remedy(found: Sequence[Observation], context: Context) -> Remedy:
    """One fix that loads every relation named by `Observation.loads` with the rows of the site's queryset."""
    first, models = found[0], context.models
    if not first.loads or first.site is None:
        return Remedy()
    site = _site_of(found, first.site)
    found = [replace(each, caveat=each.caveat or _seldom(each, site, context)) for each in found]
    first = found[0]
    safe: Sequence[Observation] = [each for each in found if not each.caveat]
    if not safe and any(_crosses_generic(load.path, first.model, models) for load in _loads(found)):
        return Remedy(_generic_fix(found, models), None, _relations(found))
    safe = safe or found
    wish = Wish(
        loads=_loads(safe),
        site=site,
        target=target_of(first.model, models),
        method=next((each.method for each in found if each.method == "iterator"), first.method),
        obstacle=safe[0].caveat,
    )
    composed = _compose(wish, context.sources.of(site))
    caveats = dict.fromkeys((composed.fix.caveat, *(_told(each, found, models) for each in found)))
    relations = {*composed.paths, *_relations([each for each in found if each.caveat])}
    fix = replace(composed.fix, caveat=" ".join(filter(None, caveats)))
    location = composed.location and _named(composed.location)
    return Remedy(fix, location, tuple(sorted(relations)))


def _seldom(observation: Observation, site: QuerySetSite, context: Context) -> str:
    """That few who take these rows read what would be prefetched for all of them; "" where many do."""
    loads = [load for load in observation.loads if load.kind == "prefetch_related"]
    if site.frame is None or not loads:
        return ""
    path = loads[0].path
    known = max(
        (len(each) for each in site.prefetch_related if f"{path}__".startswith(f"{each}__")), default=0
    )
    before, names = path[:known].rpartition("__")[2], path[known:].strip("_").split("__")
    ran = read = 0
    for trace in context.units_at(site.frame):
        accesses = [(group.access, group.rows) for group in trace.groups if group.access is not None]
        # A lookup below rows that aren't there runs no query.
        is_asked = not before or any(
            rows and access.kind is AccessKind.PREFETCH and access.attribute == before
            for access, rows in accesses
        )
        ran += is_asked
        read += is_asked and any(
            access.kind in RELATION_KINDS and access.attribute in names for access, _ in accesses
        )
    if ran < _MANY * max(read, 1):
        return ""
    return f"Only {read} of {ran} units that take these rows read {path}: prefetch it for those that do."


# A page that is loaded again has the same findings. Equal texts have the same Source.
_compose = lru_cache(maxsize=256)(compose)


def _loads(found: Sequence[Observation]) -> tuple[EagerLoad, ...]:
    return tuple(dict.fromkeys(load for each in found for load in each.loads))


def _relations(found: Sequence[Observation]) -> tuple[str, ...]:
    return tuple(sorted({load.path for load in _loads(found)}))


def _crosses_generic(path: str, label: str, models: Models) -> bool:
    """Whether a lookup path goes on behind a GenericForeignKey."""
    names = path.split("__")
    for name in names[:-1]:
        model = models.get(label)
        relation = model.relation(name) if model else None
        if relation is None:
            return False
        if relation.kind == AccessKind.GENERIC_FORWARD:
            return True
        label = relation.target or ""
    return False


def _told(observation: Observation, found: Sequence[Observation], models: Models) -> str:
    """What is in the way of one load; behind a GenericForeignKey with the querysets that all of them take."""
    paths = [load.path for load in observation.loads]
    if not any(_crosses_generic(path, observation.model, models) for path in paths):
        return observation.caveat
    calls = " and ".join(_generic_prefetches(_loads(found), models))
    return f"{observation.caveat.partition(': use ')[0]}: use {calls}."


def _generic_fix(found: Sequence[Observation], models: Models) -> Fix:
    """What helps behind a GenericForeignKey: one queryset for each model that it leads to."""
    first = found[0]
    model = models.get(first.model) or Model(label=first.model, table="")
    calls = f".prefetch_related({', '.join(_generic_prefetches(_loads(found), models))})"
    return Fix(
        kinds=("prefetch_related",),
        title=f"Add {calls}",
        code=f"{model.name}.{model.default_manager}{calls}",
        caveat=first.caveat,
    )


def _generic_prefetches(loads: Sequence[EagerLoad], models: Models) -> Iterator[str]:
    """`GenericPrefetch("subject", [Review.objects.select_related("product")])` for each such key."""
    behind: dict[str, dict[str, list[EagerLoad]]] = {}
    for load in loads:
        if load.prefetched and load.model:
            behind.setdefault(load.prefetched, {}).setdefault(load.model, []).append(load)
    for key, of_model in behind.items():
        querysets = []
        for label, several in sorted(of_model.items()):
            rows = models.get(label) or Model(label=label, table="")
            plan = merge(
                EagerLoad(path=load.joined, kind="select_related")
                if load.joined
                else EagerLoad(path=load.path[len(key) + 2 :], kind="prefetch_related")
                for load in several
            )
            querysets.append(f"{rows.name}.{rows.default_manager}{''.join(plan.calls())}")
        yield f'GenericPrefetch("{key}", [{", ".join(querysets)}])'


def target_of(label: str, models: Models) -> Target:
    """The model of a chain, and the accessors that lead to its rows."""
    owners = models.leading_to(label)
    only = {label}
    return Target(
        model=models.get(label) or Model(label=label, table=""),
        accessors=frozenset(name for _, name in owners if models.targets_of(name) == only),
        shared=frozenset((owner, name) for owner, name in owners if models.targets_of(name) != only),
        fields=tuple(_fields_with_choices(label, models)),
    )


def _fields_with_choices(label: str, models: Models) -> Iterator[tuple[str, str, str]]:
    for model in models.models:
        for relation in model.relations:
            is_field = relation.kind in (AccessKind.FORWARD, AccessKind.MANY_TO_MANY)
            if is_field and relation.target == label:
                yield (model.name, relation.name, relation.kind)


def _site_of(found: Sequence[Observation], first: QuerySetSite) -> QuerySetSite:
    """One site with what any trace saw on it: branches may differ."""
    sites = [each.site for each in found if each.site is not None]

    def every(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(path for site in sites for path in getattr(site, name)))

    return replace(
        first,
        select_related=every("select_related"),
        prefetch_related=every("prefetch_related"),
        only=every("only"),
        defer=every("defer"),
        is_combined=any(site.is_combined for site in sites),
    )


def _named(location: Location) -> Location:
    frame = Frame(path=location.path, line=location.line, function=location.function)
    return replace(location, function=function_name(frame))
