"""What the rules on unused eager loading share: observations, the look at the source, words, remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from queryscope.fixes.reach import Reach
from queryscope.fixes.removal import compose_removal
from queryscope.fixes.written import find_written, names_path
from queryscope.model import EagerLoad, Observation, QueryGroup, QuerySetSite
from queryscope.rules.eager import target_of
from queryscope.rules.fates import Fate, Kind
from queryscope.rules.passings import Passing, count_units, frames_around
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.words import listed, spoken_place


def observe(
    rule: str, kind: Kind, passings: Sequence[Passing], found: Mapping[str, Fate], likely_units: int
) -> Iterator[Observation]:
    """One observation for each relation and each unit in which it was loaded in vain."""
    if not found:
        return
    frames = frames_around(passings)
    for path, fate in found.items():
        units = count_units(passings[index].trace for index in fate.unread)
        for index, own in fate.unread.items():
            passing = passings[index]
            groups = [passing.trace.groups[each] for each in own]
            told = groups or [passing.group]
            yield Observation(
                rule=rule,
                trace=passing.trace.id,
                model=passing.site.model,
                confidence="likely" if units >= likely_units else "idea",
                site=passing.site,
                fact="queries" if kind == "prefetch_related" else "joins",
                groups=tuple(group.index for group in told),
                fingerprints=tuple(dict.fromkeys(group.fingerprint for group in told)),
                query_count=sum(group.count for group in told),
                avoidable_queries=sum(group.count for group in groups),
                duration_ms=_spared_ms(groups),
                owner_rows=passing.load.instances if passing.load else 0,
                loads=(EagerLoad(path=path, kind=kind),),
                subject=f"{passing.site.model.rpartition('.')[2]}.{path.replace('__', '.')}",
                method=passing.group.access.method if passing.group.access else "",
                units=units,
                frames=frames,
            )


def _spared_ms(groups: Sequence[QueryGroup]) -> float:
    return sum(group.total_ms for group in groups)


def confirm(observation: Observation, context: Context) -> bool:
    """Whether the line names the relation, and no code in reach, run or not, reads it or keeps the rows."""
    site, load, frames = observation.site, observation.loads[0], observation.frames
    if site is None:
        return False
    memo = context.sources.memo
    # A line has the same frames in all its observations, of which there may be thousands.
    key = ("wasted", site.model, site.frame, site.holder, load, id(frames))
    if key not in memo:
        memo[key] = (_is_wasted(observation, site, context), frames)
    found: bool = memo[key][0]
    return found


def _is_wasted(observation: Observation, site: QuerySetSite, context: Context) -> bool:
    source, load = context.sources.of(site), observation.loads[0]
    if source is None:
        return False
    written = find_written(source, site, target_of(site.model, context.models), load.kind)
    if not any(names_path(each, load.path) for each in written):
        return False
    reach = Reach.of(context.sources, context.models, observation.frames, site.holder, site.model)
    return not reach.keeps_rows and not reach.names(load.path.rpartition("__")[2])


def remedy(found: Sequence[Observation], context: Context) -> Remedy:
    """One fix that loads none of these."""
    first = found[0]
    source = context.sources.of(first.site)
    paths = tuple(sorted({load.path for each in found for load in each.loads}))
    if source is None or first.site is None:
        return Remedy(relations=paths)
    kind = first.loads[0].kind
    removal = compose_removal(source, first.site, target_of(first.model, context.models), kind, paths)
    return Remedy(relations=paths) if removal is None else Remedy(removal.fix, removal.location, paths)


def message(observations: Sequence[Observation], did: str, but: str) -> str:
    """What was loaded for how many rows, and by how many units that was judged."""
    worst = observations[0]
    subjects = sorted({each.subject for each in observations})
    told = listed(subjects)
    if len(subjects) > 1:
        but = but.removesuffix("it") + "them"
    rows = f"{worst.owner_rows} {'row' if worst.owner_rows == 1 else 'rows'}"
    return f"{spoken_place(worst)} {did} {told} for {rows}, {but} {judged_in(observations)}."


def judged_in(observations: Sequence[Observation]) -> str:
    """By how many different units of work that was judged."""
    units = min(each.units for each in observations)
    return (
        "in the one unit of work that ran it"
        if units == 1
        else f"in any of {units} units of work that ran it"
    )
