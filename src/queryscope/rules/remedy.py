"""What a rule may look at to name a remedy, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from queryscope.fixes.sources import Sources
from queryscope.model import Fix, Frame, Location, Models, Observation, QueryGroup, Trace, Trigger
from queryscope.rules.attribution import function_name


@dataclass(frozen=True, slots=True)
class Context:
    """What stands around the observations of a run: models, sources, traces by their id, sizes."""

    models: Models
    sources: Sources
    traces: Mapping[str, Trace]
    table_rows: Mapping[str, float] = field(default_factory=dict)  # of tables that the catalog was asked for
    _at: dict[Frame, list[Trace]] = field(default_factory=dict, init=False, compare=False, repr=False)

    def groups(self, observation: Observation) -> tuple[QueryGroup, ...]:
        """The query groups that an observation speaks of."""
        trace = self.traces[observation.trace]
        return tuple(trace.groups[index] for index in observation.groups)

    def units_at(self, frame: Frame) -> Sequence[Trace]:
        """The units of work in which a queryset that is built at that frame gave rows."""
        if not self._at:
            for trace in self.traces.values():
                sites = (group.site for group in trace.groups if group.rows)
                for each in {site.frame for site in sites if site is not None and site.frame is not None}:
                    self._at.setdefault(each, []).append(trace)
        return self._at.get(frame, ())


@dataclass(frozen=True, slots=True)
class Remedy:
    """The fix of a finding, the place that it speaks of, and the relations that it loads."""

    fix: Fix | None = None
    location: Location | None = None  # None: where the observation's queryset is built
    relations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gathered:
    """What observations of one finding share where that isn't their site: a loop, a transaction."""

    subject: str  # what is done there; "" where that doesn't matter
    path: str
    function: str
    line: int
    column: int


def trigger_of(frame: Frame | None) -> Trigger | None:
    """The place that set something off."""
    if frame is None:
        return None
    return Trigger(path=frame.path, line=frame.line, function=function_name(frame), source=frame.source)
