"""Every passing of a line that builds a queryset: what it loaded, in each unit of work, and what was read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from queryscope.model import AccessKind, Frame, Load, QueryGroup, QuerySetSite, Trace
from queryscope.rules.attribution import function_name, is_application
from queryscope.rules.remedy import Context

Key = tuple[str, str, str, int, int]
# Methods whose query gives no instances: they tell nothing of what would be read of them.
_NO_INSTANCES = frozenset(
    {"count", "exists", "aggregate", "contains", "update", "delete", "dates", "datetimes"}
)
_MOST_FRAMES = 60


class Unit:
    """The loads of one trace, to be looked up."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.loads: dict[tuple[int, str], Load] = {}
        self.prefetches: dict[tuple[int, str], list[QueryGroup]] = defaultdict(list)
        for load in trace.loads:
            key = (load.group, load.path)
            # Rows of one statement as two models: nobody knows which of them was read.
            self.loads[key] = load if key not in self.loads else replace(load, is_escaped=True)
        for group in trace.groups:
            access = group.access
            if access is not None and access.kind is AccessKind.PREFETCH and access.owner_group is not None:
                self.prefetches[access.owner_group, access.owner_path].append(group)

    def all_below(self, groups: Iterable[QueryGroup]) -> Iterator[int]:
        """These prefetches, and those that only go on from them: group indexes."""
        waiting = list(groups)
        met: set[int] = set()
        while waiting:
            group = waiting.pop()
            if group.index in met:
                continue
            met.add(group.index)
            yield group.index
            waiting += self.prefetches.get((group.index, ""), [])

    @property
    def went_well(self) -> bool:
        """Whether it came to the answer it is for: errors and redirects leave before the rows are read."""
        if self.trace.origin.kind == "request":
            return self.trace.status is not None and 200 <= self.trace.status < 300
        return self.trace.status is None


@dataclass(frozen=True, slots=True)
class Passing:
    """The queries that a line ran in one unit of work, and what they loaded."""

    unit: Unit
    group: QueryGroup
    site: QuerySetSite
    load: Load | None  # of the queryset's own rows; None: it gave none, or nobody looked

    @property
    def trace(self) -> Trace:
        """The unit of work."""
        return self.unit.trace

    @property
    def is_judged(self) -> bool:
        """Whether what is unread here is evidence: the rows were used, and not by a test for its own ends."""
        load = self.load
        if load is None or self.group.error is not None or not self.unit.went_well:
            return False
        return is_used(load) and all(is_application(frame) for frame in load.readers)


def passings_by_site(traces: Sequence[Trace]) -> dict[Key, list[Passing]]:
    """All passings of each line of the application that builds a queryset of instances."""
    found: dict[Key, list[Passing]] = defaultdict(list)
    for trace in traces:
        unit = Unit(trace)
        for group in trace.groups:
            site = group.site
            if site is None or site.is_values or group.kind != "select" or not _is_editable(site):
                continue
            if group.access is not None and group.access.method in _NO_INSTANCES:
                continue
            found[key_of(site)].append(Passing(unit, group, site, unit.loads.get((group.index, ""))))
    return found


def written_at(passing: Passing) -> tuple[QuerySetSite, str]:
    """The queryset that the code writes, and the lookup path of its prefetch; "" for its own rows.

    A prefetch without a queryset of its own runs where the rows are gone over: there nothing is written.
    """
    group = passing.group
    names: list[str] = []
    while (access := group.access) is not None and access.kind is AccessKind.PREFETCH:
        if access.owner_group is None or _has_own_queryset(group):
            return passing.site, ""
        names = [*filter(None, access.owner_path.split("__")), access.to_attr or access.attribute, *names]
        group = passing.trace.groups[access.owner_group]
    path, site = "__".join(names), group.site
    if not path or site is None or not _is_editable(site):
        return passing.site, ""
    is_named = any(f"{entry}__".startswith(f"{path}__") for entry in site.prefetch_related)
    return (site, path) if is_named else (passing.site, "")


def _has_own_queryset(group: QueryGroup) -> bool:
    """Whether a prefetch was given a queryset, at another place than where it runs."""
    built = group.site.frame if group.site is not None else None
    return built is not None and built not in group.stack[:1] and built.operation == "call"


def passings_of(site: QuerySetSite, context: Context) -> list[Passing]:
    """All passings of one line in the run that is judged."""
    memo = context.sources.memo
    key = ("passings", id(context.traces))
    if key not in memo:
        memo[key] = (passings_by_site(list(context.traces.values())), context.traces)
    found: list[Passing] = memo[key][0].get(key_of(site), [])
    return found


def is_used(load: Load) -> bool:
    """Whether something was read of the rows: of others nobody knows what would have been."""
    return bool(load.columns_read or load.annotations_read or load.relations_read)


def is_observed(passings: Iterable[Passing]) -> bool:
    """Whether everything that passed the line was observed: what nobody looked at may have read anything."""
    return all(each.trace.saw_reads or each.group.rows == 0 for each in passings)


def count_units(traces: Iterable[Trace]) -> int:
    """How many different units of work these are: a page that is opened twice is one."""
    return len({trace.origin for trace in traces})


def frames_around(passings: Iterable[Passing]) -> tuple[Frame, ...]:
    """Functions of the application that ran with the rows of a line: where an untaken branch may stand."""
    frames: dict[tuple[str, str], Frame] = {}
    for passing in passings:
        here = set(passing.unit.all_below([passing.group]))
        loads = [load for (group, _), load in passing.unit.loads.items() if group in here]
        readers = [frame for load in loads for frame in load.readers]
        for frame in (passing.site.frame, *passing.group.stack, *readers):
            if frame is not None and is_application(frame) and len(frames) < _MOST_FRAMES:
                frames.setdefault((frame.path, "" if frame.is_template else frame.function), frame)
    return tuple(frames.values())


def _is_editable(site: QuerySetSite) -> bool:
    if site.frame is not None:
        return not site.frame.is_template and is_application(site.frame)
    return site.holder is not None


def key_of(site: QuerySetSite) -> Key:
    """What tells the line apart that builds a queryset."""
    frame = site.frame
    if frame is not None:
        return (site.model, frame.path, function_name(frame), frame.line, frame.column or 0)
    holder = site.holder
    return (site.model, holder.path, holder.name, holder.line, 0) if holder else (site.model, "", "", 0, 0)
