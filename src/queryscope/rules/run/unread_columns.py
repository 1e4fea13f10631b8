"""`unread-columns`: many rows bring wide columns, or many columns, that nobody reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from queryscope.fixes.leaving_out import Columns, Prefetched, compose_columns, compose_prefetched, in_order
from queryscope.fixes.reach import Reach
from queryscope.model import AccessKind, EagerLoad, Load, Model, Models, Observation, Trace
from queryscope.rules.eager import target_of
from queryscope.rules.passings import (
    Key,
    Passing,
    count_units,
    frames_around,
    is_observed,
    key_of,
    passings_by_site,
    written_at,
)
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.run.wasted import judged_in
from queryscope.rules.words import listed, spoken_place

_WIDE = 200  # bytes; shorter values take about as long to leave out as to load
# Forms and the admin read and write whole instances, at times that a run needn't see.
_WHOLE = frozenset({"admin", "form", "serializer"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadColumns:
    """Loaded columns that no instance of any unit of work read, where leaving them out is felt."""

    name: ClassVar[str] = "unread-columns"
    min_bytes: int = 100_000  # of one query's rows, in columns that nobody read
    min_values: int = 100_000  # of one query's rows in such columns, however short they are
    likely_units: int = 2

    def check(self, traces: Sequence[Trace], models: Models) -> Iterator[Observation]:
        """One observation for each column and each unit in which it was loaded in vain."""
        for (_, path, label), passings in _by_queryset(traces).items():
            model = models.get(label)
            if model is not None and is_observed(passings) and all(map(_may_leave_out, passings)):
                yield from self._observe(passings, model, path)

    def _observe(self, passings: Sequence[Passing], model: Model, path: str) -> Iterator[Observation]:
        judged = [each for each in passings if each.is_judged]
        loads = [each.load for each in passings if each.load is not None]
        told = self._unread(judged, loads, model)
        if not told:
            return
        units = count_units(each.trace for each in judged)
        frames = frames_around(passings)
        loads_them = (EagerLoad(path=path, kind="prefetch_related", model=model.label),) if path else ()
        for passing in judged:
            for name in in_order(told, passing.load.columns if passing.load else ()):
                yield Observation(
                    rule=self.name,
                    trace=passing.trace.id,
                    model=passing.site.model,
                    severity="info",
                    confidence="likely" if units >= self.likely_units else "idea",
                    site=passing.site,
                    fact="columns",
                    groups=(passing.group.index,),
                    fingerprints=(passing.group.fingerprint,),
                    query_count=passing.group.count,
                    owner_rows=_rows(passing),
                    loads=loads_them,
                    columns=(name,),
                    subject=f"{model.name}.{name}",
                    units=units,
                    frames=frames,
                )

    def _unread(self, judged: Sequence[Passing], loads: Sequence[Load], model: Model) -> set[str]:
        read = {name for load in loads for name in (*load.columns_read, *load.columns_needed)}
        fields = {field.name: field for field in model.fields if not field.target and not field.is_unique}
        unread = {name for load in loads for name in load.columns if name in fields} - read
        if len(unread) * max(map(_rows, judged), default=0) >= self.min_values:
            return unread
        for passing in judged:
            wide = {name: size for name, size in _sizes(passing).items() if name in unread and size >= _WIDE}
            if sum(wide.values()) * _rows(passing) >= self.min_bytes:
                return set(wide)
        return set()

    def message(self, observations: Sequence[Observation]) -> str:
        """Which columns of how many rows, and by how many units that was judged."""
        worst = observations[0]
        names = sorted({each.subject for each in observations})
        told = listed(names)
        was = "was" if len(names) == 1 else "were"
        loaded = f"{told} {was} loaded by {spoken_place(worst)} for {worst.owner_rows} rows"
        return f"{loaded} and not read {judged_in(observations)}."

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Whether no code in reach, run or not, names the column or keeps the rows."""
        site = observation.site
        if site is None:
            return False
        label = _rows_label(observation)
        reach = Reach.of(context.sources, context.models, observation.frames, site.holder, label)
        return not reach.keeps_rows and not reach.names(observation.columns[0])

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """Leave them out."""
        first = found[0]
        assert first.site is not None
        columns: dict[str, None] = {}
        is_joined = False
        for each in found:
            for load in context.traces[each.trace].loads:
                if load.group in each.groups and not load.path:
                    columns.update(dict.fromkeys(load.columns))
                    is_joined = is_joined or bool(load.select_related)
        unread = in_order([name for each in found for name in each.columns], tuple(columns))
        kept = tuple(name for name in columns if name not in unread)
        wanted = Columns(unread=unread, kept=kept, is_joined=is_joined)
        source, target = context.sources.of(first.site), target_of(first.model, context.models)
        if not first.loads:
            return Remedy(*compose_columns(source, first.site, target, wanted))
        rows = context.models.get(_rows_label(first)) or Model(label=_rows_label(first), table="")
        path = first.loads[0].path
        fix, location = compose_prefetched(source, first.site, target, wanted, Prefetched(path, rows))
        return Remedy(fix, location, (path,))


def _rows_label(observation: Observation) -> str:
    """The model of the rows: of a prefetch that isn't the queryset's."""
    return observation.loads[0].model if observation.loads else observation.model


def _by_queryset(traces: Sequence[Trace]) -> dict[tuple[Key, str, str], list[Passing]]:
    """Passings by the queryset that is written: a plain prefetch is a part of the one that it stands in."""
    found: dict[tuple[Key, str, str], list[Passing]] = {}
    for passings in passings_by_site(traces).values():
        for passing in passings:
            site, path = written_at(passing)
            key = (key_of(site), path, passing.site.model)
            found.setdefault(key, []).append(replace(passing, site=site))
    return found


def _rows(passing: Passing) -> int:
    """Rows of one of its queries."""
    return 0 if passing.load is None else passing.load.instances // max(passing.group.count, 1)


def _sizes(passing: Passing) -> dict[str, int]:
    load = passing.load
    return {} if load is None else dict(zip(load.columns, load.column_bytes, strict=False))


def _may_leave_out(passing: Passing) -> bool:
    site, access = passing.site, passing.group.access
    if access is not None and access.kind is AccessKind.RAW:
        return False
    if passing.load is not None and passing.load.is_escaped:
        return False
    is_whole = site.holder is not None and site.holder.kind in _WHOLE
    return not (is_whole or site.only or site.defer or site.is_combined or site.is_for_update)
