"""`one-query-per-instance-prefetch`: a prefetch that runs again for each single row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.fixes.prefetch_each import find_each, in_bulk_fix, once_fix
from queryscope.model import Access, AccessKind, Fix, Model, Models, Observation, QueryGroup, Trace
from queryscope.rules.attribution import function_name, is_application
from queryscope.rules.looping import is_open_ended, looping_frame
from queryscope.rules.remedy import Context, Remedy

_LOOK_UPS = frozenset({"get", "first"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OneQueryPerInstancePrefetch:
    """The queries of a prefetch, one for each row: of a list of one, or of a row that was looked up."""

    name: ClassVar[str] = "one-query-per-instance-prefetch"
    # Two rows at one line are enough: that each was a list of its own stands in the source.
    min_repeats: int = 2

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each line that prefetches for one row at a time."""
        told: set[int] = set()  # a line may prefetch several relations
        for group in trace.groups:
            access = group.access
            if access is None or access.kind is not AccessKind.PREFETCH or access.owner_group is None:
                continue
            loaded = trace.groups[access.owner_group]
            is_part = group.index in told or _is_part(group, loaded)
            if is_part or not _is_repeated(group, self.min_repeats):
                continue
            groups = _at_place(group, trace)
            if _loads_itself(loaded, access):
                if not _is_look_up(loaded, models) or loaded.count < self.min_repeats:
                    continue
                groups = (loaded, *groups)
            elif not group.stack or group.stack[0].is_template:
                continue
            told.update(each.index for each in groups)
            yield self._observe(groups, loaded, group, trace)

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Whether the source prefetches for a list of one, or looks rows up in a loop over their keys."""
        group = context.groups(observation)[-1]
        loop = looping_frame(group.stack, context.sources)
        if loop is not None and not is_application(loop):
            return False
        if observation.method:
            return loop is not None and not is_open_ended(loop, context.sources)
        source = context.sources.around(observation.trigger)
        return (
            source is not None
            and observation.trigger is not None
            and (find_each(source, observation.trigger) is not None)
        )

    def _observe(
        self, groups: Sequence[QueryGroup], loaded: QueryGroup, group: QueryGroup, trace: Trace
    ) -> Observation:
        access = group.access
        assert access is not None
        count = sum(each.count for each in groups)
        is_look_up = loaded in groups
        once = 1 if is_look_up else loaded.count if loaded.count < group.count else 1
        return Observation(
            rule=self.name,
            trace=trace.id,
            model=access.model,
            site=loaded.site if loaded.site is not None and loaded.site.frame is not None else None,
            trigger=group.stack[0] if group.stack else None,
            groups=tuple(each.index for each in groups),
            fingerprints=tuple(dict.fromkeys(each.fingerprint for each in groups)),
            query_count=count,
            avoidable_queries=count - len(groups) * once,
            duration_ms=sum(each.total_ms for each in groups),
            owner_rows=group.owners,
            subject=_subject(groups, access.model),
            method=loaded.access.method if is_look_up and loaded.access else "",
        )

    def message(self, observations: Sequence[Observation]) -> str:
        """Who prefetched what, for how many rows one by one."""
        worst = observations[0]
        same = [other for other in observations if other.trace == worst.trace]
        count = sum(other.query_count for other in same)
        place = function_name(worst.trigger) if worst.trigger else "The page"
        subjects = " and ".join(sorted({other.subject for other in same}))
        rows = max(other.owner_rows for other in same)
        return f"{place} prefetched {subjects} for {rows} rows one by one: {count} queries."

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """The prefetch once, for all rows."""
        first = found[0]
        groups = context.groups(first)
        if not first.method:
            assert first.trigger is not None
            return Remedy(once_fix(context.sources.around(first.trigger), first.trigger))
        return Remedy(_in_bulk(groups[0], context.models))


def _subject(groups: Sequence[QueryGroup], label: str) -> str:
    """What is prefetched: `Order.customer and Order.lines`."""
    accesses = [each.access for each in groups if each.access is not None]
    found = {each.attribute for each in accesses if each.model == label and each.attribute}
    return " and ".join(f"{label.rpartition('.')[2]}.{name}" for name in sorted(found))


def _in_bulk(loaded: QueryGroup, models: Models) -> Fix:
    site = loaded.site
    assert site is not None
    model = models.get(site.model) or Model(label=site.model, table="")
    return in_bulk_fix(model.name, model.default_manager, site.prefetch_related, _key(loaded, models))


def _is_repeated(group: QueryGroup, least: int) -> bool:
    return group.count >= least and group.owners >= least and group.error is None


def _is_part(group: QueryGroup, loaded: QueryGroup) -> bool:
    """Whether it is a further level of a prefetch, of which the first is told."""
    is_prefetch = loaded.access is not None and loaded.access.kind is AccessKind.PREFETCH
    return is_prefetch and loaded.stack == group.stack


def _at_place(group: QueryGroup, trace: Trace) -> tuple[QueryGroup, ...]:
    """The prefetches that one line runs, all levels of them; the given one comes last."""
    others = [
        each
        for each in trace.groups
        if each.access is not None
        and each.access.kind is AccessKind.PREFETCH
        and each.stack == group.stack
        and each is not group
        and _is_repeated(each, 2)
    ]
    return (*others, group)


def _loads_itself(loaded: QueryGroup, access: Access) -> bool:
    """Whether the queryset that gave the rows asked for the prefetch."""
    known = loaded.site.prefetch_related if loaded.site is not None else ()
    return any(path.split("__")[0] == access.attribute for path in known)


def _is_look_up(loaded: QueryGroup, models: Models) -> bool:
    site, access = loaded.site, loaded.access
    if site is None or access is None or site.is_for_update or access.kind is not AccessKind.MANAGER:
        return False
    is_one_by_one = access.method in _LOOK_UPS and loaded.distinct > 1 and loaded.error is None
    return is_one_by_one and bool(_key(loaded, models))


def _key(loaded: QueryGroup, models: Models) -> str:
    """The unique column by which rows are looked up."""
    site = loaded.site
    model = models.get(site.model) if site is not None else None
    if site is None or model is None:
        return ""
    names = [lookup.removesuffix("__exact") for lookup in site.lookups if lookup.endswith("__exact")]
    fields = [model.field(name) for name in names]
    return next((field.name for field in fields if field is not None and field.is_unique), "")
