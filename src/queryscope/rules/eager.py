"""The remedy of a finding: one fix for all that was seen at a site, and where it belongs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from queryscope.analysis.shapes import query_count
from queryscope.fixes.orm import Wish, compose
from queryscope.fixes.reuse import reuse_fix
from queryscope.fixes.root import Target
from queryscope.fixes.source import Source
from queryscope.model import (
    AccessKind,
    EagerLoad,
    Evidence,
    Fix,
    Frame,
    Location,
    Measure,
    Model,
    Models,
    Observation,
    QuerySetSite,
    Trace,
    Trigger,
)
from queryscope.rules.attribution import function_name

ReadSource = Callable[[str], str | None]


class Sources:
    """Files of the project, parsed once; what can't be read or parsed is None."""

    def __init__(self, read: ReadSource) -> None:
        self._read = read
        self._known: dict[str, Source | None] = {}

    def of(self, site: QuerySetSite | None) -> Source | None:
        """The file in which that queryset is built."""
        if site is None:
            return None
        python = site.frame is not None and not site.frame.is_template
        path = site.frame.path if python and site.frame else site.holder.path if site.holder else ""
        if path and path not in self._known:
            self._known[path] = self._parsed(path)
        return self._known.get(path)

    def _parsed(self, path: str) -> Source | None:
        text = self._read(path)
        return None if text is None else _parsed(path, text)


@lru_cache(maxsize=64)
def _parsed(path: str, text: str) -> Source | None:
    try:
        return Source(path, text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@dataclass(frozen=True, slots=True)
class Remedy:
    fix: Fix | None = None
    location: Location | None = None
    relations: tuple[str, ...] = ()


def find_remedy(found: list[Observation], models: Models, sources: Sources) -> Remedy:
    first = found[0]
    if first.rule == "duplicate-query":
        return Remedy(reuse_fix(first.subject, trigger_of(first.trigger)))
    if not first.loads or first.site is None:
        return Remedy()
    site = _site_of(found, first.site)
    safe = [each for each in found if not each.caveat]
    if not safe and any(_crosses_generic(load.path, first.model, models) for load in _loads(found)):
        return Remedy(_generic_fix(found, models), None, _relations(found))
    safe = safe or found
    wish = Wish(
        loads=_loads(safe),
        site=site,
        target=_target(first.model, models),
        method=next((each.method for each in found if each.method == "iterator"), first.method),
        obstacle=safe[0].caveat,
    )
    composed = _compose(wish, sources.of(site))
    caveats = dict.fromkeys((composed.fix.caveat, *(each.caveat for each in found)))
    relations = {*composed.paths, *_relations([each for each in found if each.caveat])}
    fix = replace(composed.fix, caveat=" ".join(filter(None, caveats)))
    location = composed.location and _named(composed.location)
    return Remedy(fix, location, tuple(sorted(relations)))


# A page that is loaded again has the same findings. Equal texts have the same Source, see _parsed.
_compose = lru_cache(maxsize=256)(compose)


def _loads(found: list[Observation]) -> tuple[EagerLoad, ...]:
    return tuple(dict.fromkeys(load for each in found for load in each.loads))


def _relations(found: list[Observation]) -> tuple[str, ...]:
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


def _generic_fix(found: list[Observation], models: Models) -> Fix:
    """What helps behind a GenericForeignKey: one queryset for each model that it leads to."""
    first = found[0]
    model = models.get(first.model) or Model(label=first.model, table="")
    owner, _, attribute = first.subject.partition(".")
    key = first.loads[0].path.rpartition("__")[0]
    call = f'.prefetch_related(GenericPrefetch("{key}", [{owner}.objects.prefetch_related("{attribute}")]))'
    return Fix(
        kinds=("prefetch_related",),
        title=f"Add {call}",
        code=f"{model.name}.{model.default_manager}{call}",
        caveat=first.caveat,
    )


def _target(label: str, models: Models) -> Target:
    leading: dict[str, set[str]] = defaultdict(set)
    owners = set()
    for model in models.models:
        for relation in model.relations:
            leading[relation.name].add(relation.target or "")
            if relation.target == label:
                owners.add((model.name, relation.name))
    return Target(
        model=models.get(label) or Model(label=label, table=""),
        accessors=frozenset(name for _, name in owners if leading[name] == {label}),
        shared=frozenset((owner, name) for owner, name in owners if leading[name] != {label}),
    )


def _site_of(found: list[Observation], first: QuerySetSite) -> QuerySetSite:
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


def count_evidence(trace: Trace, found: list[Observation]) -> Evidence:
    """Queries before and after, counted from the trace; what no fix names stays."""
    total = query_count(trace)
    here = [each for each in found if each.trace == trace.id]
    safe = [each for each in here if not each.caveat] or here
    after = Measure(queries=total - sum(each.avoidable_queries for each in safe))
    return Evidence(before=Measure(queries=total), after=after)


def _named(location: Location) -> Location:
    frame = Frame(path=location.path, line=location.line, function=location.function)
    return replace(location, function=function_name(frame))


def trigger_of(frame: Frame | None) -> Trigger | None:
    if frame is None:
        return None
    return Trigger(path=frame.path, line=frame.line, function=function_name(frame), source=frame.source)
