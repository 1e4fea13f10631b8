"""`refiltered-prefetch`: a relation that the queryset prefetches is filtered or sorted anew, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

from queryscope.fixes.refilter import Around, Reread, read_from_prefetch
from queryscope.model import AccessKind, Frame, Model, Models, Observation, QueryGroup, Trace
from queryscope.rules.attribution import function_name, is_application, is_read_by_application
from queryscope.rules.eager import target_of
from queryscope.rules.fates import rows_are_unread
from queryscope.rules.passings import frames_around, passings_of
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.trace.paths import find_root
from queryscope.rules.words import listed, spoken
from queryscope.sql.fingerprint import tables

_MANAGERS = frozenset({AccessKind.REVERSE, AccessKind.MANY_TO_MANY, AccessKind.GENERIC_RELATION})
# A number over rows is an annotation of the owners, prefetched or not.
_NUMBERS = frozenset({"aggregate", "aaggregate"})
_WRITES = frozenset({"insert", "update", "delete", "other"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prefetched:
    """The queryset that prefetches a relation, the lookup path there, and the prefetch's own queries."""

    owner: QueryGroup
    path: str
    query: QueryGroup
    is_by_function: bool = False  # prefetch_related_objects(), not the queryset itself


class _Facts:
    """What is asked of a trace again and again, found in one pass."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.prefetches: dict[tuple[Any, ...], QueryGroup] = {}  # by what they load, of whose rows
        self.of_nobody: dict[str, list[QueryGroup]] = {}  # by fingerprint
        for group in trace.groups:
            if group.access is not None and group.access.kind is AccessKind.PREFETCH:
                self.prefetches.setdefault(_loaded(group), group)
            elif group.access is not None and group.access.kind is AccessKind.MANAGER:
                self.of_nobody.setdefault(group.fingerprint, []).append(group)

    @cached_property
    def last(self) -> dict[int, int]:
        """The position of the last query of each group, as far as single queries were held."""
        return {query.group: at for at, query in enumerate(self.trace.queries)}

    @cached_property
    def writes(self) -> list[tuple[int, frozenset[str]]]:
        """Where something is written, and into which tables; into none: nobody knows."""
        written = {
            group.index: frozenset(tables(group.sql)) for group in self.trace.groups if group.kind in _WRITES
        }
        found = [(self.trace.groups[index].first_index, names) for index, names in written.items()]
        for at, query in enumerate(self.trace.queries):
            if query.group in written:
                found.append((at, written[query.group]))
        return found


def _loaded(group: QueryGroup) -> tuple[Any, ...]:
    """The relation that a query loads, of which rows, from which database."""
    access = group.access
    assert access is not None
    return (access.owner_group, access.owner_path, access.attribute, group.alias)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefilteredPrefetch:
    """Reads of a prefetched relation that its cache can't answer, one for each owner."""

    name: ClassVar[str] = "refiltered-prefetch"
    # Two owners at one line are enough: the prefetch was meant to spare these queries.
    min_repeats: int = 2

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each line that reads a prefetched relation by a queryset of its own."""
        facts = _Facts(trace)
        for group in trace.groups:
            access, site = group.access, group.site
            if access is None or access.kind not in _MANAGERS or access.is_plain or group.kind != "select":
                continue
            if site is None or site.is_for_update or group.error is not None or access.method in _NUMBERS:
                continue
            found = _prefetched(group, facts, models)
            if found is None or found.owner.site is None or _is_written(group, found.query, facts):
                continue
            same = _of_one_queryset(group, found.query, facts)
            count = sum(each.count for each in same)
            owners = group.owners + sum(each.count for each in same if each is not group)
            spared = count - found.query.count
            if owners < self.min_repeats or spared <= 0 or not _is_own(group, found):
                continue
            yield Observation(
                rule=self.name,
                trace=trace.id,
                model=found.owner.site.model,
                site=found.owner.site,
                trigger=_place_of(group, found.query),
                groups=tuple(each.index for each in same),
                fingerprints=(group.fingerprint,),
                query_count=count,
                avoidable_queries=spared,
                duration_ms=sum(each.total_ms for each in same),
                owner_rows=owners,
                subject=f"{access.model.rpartition('.')[2]}.{access.attribute}",
            )

    def message(self, observations: Sequence[Observation]) -> str:
        """What ran how often though it was prefetched."""
        worst = observations[0]
        same = [other for other in observations if other.trace == worst.trace]
        count = sum(other.query_count for other in same)
        subjects = sorted({other.subject for other in same})
        told = listed(subjects)
        site = worst.site
        place = function_name(site.frame) if site and site.frame else "The page"
        place = site.holder.name if site and site.holder and not site.frame else place
        each = f"one per {spoken(worst.subject)}" if len(same) == 1 else "row by row"
        return f"{place} ran {count} queries for {told}, {each}, past what it had prefetched."

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """Prefetch what is read, or read what is prefetched."""
        site = found[0].site
        assert site is not None
        passings = passings_of(site, context)
        around = Around(frames_around(passings), context.models)
        rereads = []
        for observation in found:
            trace = context.traces[observation.trace]
            group = next(
                each for each in context.groups(observation) if each.access and each.access.attribute
            )
            prefetched = _prefetched(group, _Facts(trace), context.models)
            if prefetched is not None and group.access is not None:
                is_unread = rows_are_unread(passings, prefetched.path)
                reread = _reread(observation, group, prefetched, context.models)
                rereads.append(replace(reread, is_unread=is_unread))
        target = target_of(found[0].model, context.models)
        told = tuple(dict.fromkeys(rereads))
        fix, location = read_from_prefetch(told, site, target, context.sources, around)
        return Remedy(fix, location)


def _reread(observation: Observation, group: QueryGroup, prefetched: _Prefetched, models: Models) -> Reread:
    access, query = group.access, prefetched.query
    assert access is not None
    own = query.site.frame if query.site and query.stack and query.site.frame != query.stack[0] else None
    if own is not None and own.operation != "call":
        own = None
    return Reread(
        frame=observation.trigger,
        owner=models.get(access.model) or Model(label=access.model, table=""),
        accessor=access.attribute,
        target=models.get(access.target) or Model(label=access.target, table=""),
        path=prefetched.path,
        queryset=None if prefetched.is_by_function else own,
        by_function=query.stack[0] if prefetched.is_by_function and query.stack else None,
    )


def _prefetched(group: QueryGroup, facts: _Facts, models: Models) -> _Prefetched | None:
    """What prefetched the relation that a query reads; None where nothing did, or into another attribute."""
    access = group.access
    if access is None or access.owner_group is None:
        return None
    trace, query = facts.trace, facts.prefetches.get(_loaded(group))
    if query is None:
        return None
    names, current = [access.attribute], access
    for _ in range(len(trace.groups)):  # a chain of owners is never longer
        owner = trace.groups[current.owner_group or 0]
        names = [*filter(None, current.owner_path.split("__")), *names]
        entries = owner.site.prefetch_related if owner.site is not None else ()
        path = _path(names, entries)
        if path:
            return _Prefetched(owner=owner, path=path, query=query)
        if owner.access is None or owner.access.owner_group is None:
            break
        names.insert(0, owner.access.attribute)
        current = owner.access
    root = find_root(group, trace, models)
    loader = trace.groups[access.owner_group]
    if root is None or query.stack == loader.stack:
        return None  # Prefetch(to_attr=…): the relation itself was never prefetched
    return _Prefetched(owner=root.group, path=root.load.path, query=query, is_by_function=True)


def _path(names: Sequence[str], entries: Sequence[str]) -> str:
    """The path among `entries` that leads along `names`; what stands in between may have other names."""
    end = len(names)
    cut = [entry.split("__")[:end] for entry in entries]
    same = [parts for parts in cut if parts == list(names)]
    close = [parts for parts in cut if len(parts) == end > 1 and parts[-1] == names[-1]]
    found = same or (close if len({tuple(parts) for parts in close}) == 1 else [])
    return "__".join(found[0]) if found else ""


def _of_one_queryset(group: QueryGroup, query: QueryGroup, facts: _Facts) -> list[QueryGroup]:
    """The group, and those without an owner: all rows of a Prefetch(queryset=…) share its hints."""
    shared = query.site.frame if query.site else None
    same = (
        each
        for each in facts.of_nobody.get(group.fingerprint, ())
        if each.site is not None
        and each.site.frame == shared
        and (each.stack, each.alias) == (group.stack, group.alias)
    )
    return [group, *same]


def _place_of(group: QueryGroup, query: QueryGroup) -> Frame | None:
    """Where the relation is filtered anew; what only runs, as iterator() does, builds nothing."""
    built = group.site.frame if group.site else None
    if built is not None and (query.site is None or built != query.site.frame):
        return built
    return group.stack[0] if group.stack else None


def _is_own(group: QueryGroup, found: _Prefetched) -> bool:
    place = _place_of(group, found.query)
    if place is None or not is_application(place) or found.owner.site is None:
        return False
    return is_read_by_application(found.owner, group)


def _is_written(group: QueryGroup, query: QueryGroup, facts: _Facts) -> bool:
    """Whether the rows are written between the prefetch and the last time that they are read again."""
    last = facts.last.get(group.index, group.first_index)
    read = set(tables(group.sql)) if facts.writes else set()
    return any(
        query.first_index < at < last and (not names or read.intersection(names))
        for at, names in facts.writes
    )
