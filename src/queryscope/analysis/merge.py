"""Observations of one queryset site, over all traces, become one finding with one combined fix."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from queryscope.analysis.shapes import query_count
from queryscope.fixes.chain import called_name
from queryscope.fixes.orm import Wish, compose
from queryscope.fixes.reuse import reuse_fix
from queryscope.fixes.root import Target
from queryscope.fixes.source import Source
from queryscope.model import (
    EagerLoad,
    Evidence,
    Finding,
    Fix,
    Frame,
    Location,
    Measure,
    Model,
    Models,
    Observation,
    Occurrence,
    QuerySetSite,
    Trace,
    Trigger,
)
from queryscope.rules.attribution import function_name
from queryscope.rules.base import TraceRule

ReadSource = Callable[[str], str | None]
SiteKey = tuple[str, str, str, str, int, int]
# Asking for the same row again is what these are for.
_ASKS_AGAIN = frozenset({"refresh_from_db", "arefresh_from_db"})


@dataclass(frozen=True, slots=True)
class _Draft:
    """A finding before its id is known: the ordinal needs all findings of the function."""

    finding: Finding
    column: int = 0


def findings_of(
    observations: Sequence[Observation],
    traces: Sequence[Trace],
    *,
    rules: Sequence[TraceRule],
    models: Models,
    read_source: ReadSource,
) -> list[Finding]:
    """All findings of the trace rules, with ids."""
    by_site: dict[SiteKey, list[Observation]] = defaultdict(list)
    sources = _Sources(read_source)
    for observation in observations:
        if not _is_refresh(observation, sources):
            by_site[_site_key(observation)].append(observation)
    by_name = {rule.name: rule for rule in rules}
    by_id = {trace.id: trace for trace in traces}
    drafts = [_draft(found, by_name[found[0].rule], by_id, models, sources) for found in by_site.values()]
    return with_ids(drafts)


def _site_key(observation: Observation) -> SiteKey:
    site = observation.site
    frame = site.frame if site and site.frame else observation.trigger
    if frame is not None and (site is None or site.frame or not site.holder):
        return (
            observation.rule,
            observation.model,
            frame.path,
            frame.function,
            frame.line,
            frame.column or 0,
        )
    holder = site.holder if site else None
    place = (holder.path, holder.name, holder.line) if holder else ("", "", 0)
    return (observation.rule, observation.model, *place, 0)


class _Sources:
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
        try:
            return Source(path, text) if text is not None else None
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _is_refresh(observation: Observation, sources: _Sources) -> bool:
    frame = observation.site.frame if observation.site else None
    if observation.rule != "duplicate-query" or frame is None:
        return False
    source = sources.of(observation.site)
    return source is not None and called_name(source, frame) in _ASKS_AGAIN


def _draft(
    found: list[Observation], rule: TraceRule, traces: dict[str, Trace], models: Models, sources: _Sources
) -> _Draft:
    occurrences = _occurrences(found)
    worst = max(occurrences, key=lambda each: (each.avoidable_queries, each.duration_ms))
    found.sort(key=lambda each: (each.trace != worst.trace, -each.avoidable_queries))
    first = found[0]
    remedy = _remedy(found, models, sources)
    message = rule.message(found)
    if remedy.fix is not None and first.loads:
        message += f" {remedy.fix.title}."
    fixes = (
        () if remedy.fix is None else (replace(remedy.fix, evidence=_counted(traces[worst.trace], found)),)
    )
    finding = Finding(
        id="",
        rule=first.rule,
        severity=first.severity,
        confidence=first.confidence,
        message=message,
        model=first.model,
        relations=remedy.relations,
        location=remedy.location or _location(first),
        trigger=_trigger(first.trigger),
        worst=worst,
        occurrences=occurrences,
        fingerprints=tuple(dict.fromkeys(shape for each in found for shape in each.fingerprints)),
        fixes=fixes,
    )
    return _Draft(finding, (first.site.frame.column or 0) if first.site and first.site.frame else 0)


def _occurrences(found: list[Observation]) -> tuple[Occurrence, ...]:
    by_trace: dict[str, list[Observation]] = defaultdict(list)
    for observation in found:
        by_trace[observation.trace].append(observation)
    return tuple(
        Occurrence(
            trace=trace,
            query_count=sum(each.query_count for each in several),
            avoidable_queries=sum(each.avoidable_queries for each in several),
            duration_ms=sum(each.duration_ms for each in several),
        )
        for trace, several in by_trace.items()
    )


@dataclass(frozen=True, slots=True)
class _Remedy:
    fix: Fix | None = None
    location: Location | None = None
    relations: tuple[str, ...] = ()


def _remedy(found: list[Observation], models: Models, sources: _Sources) -> _Remedy:
    first = found[0]
    if first.rule == "duplicate-query":
        return _Remedy(reuse_fix(first.subject, _trigger(first.trigger)))
    if not first.loads or first.site is None:
        return _Remedy()
    site = _site_of(found, first.site)
    safe = [each for each in found if not each.caveat] or found
    wish = Wish(
        loads=_loads(safe),
        site=site,
        target=_target(first.model, models),
        method=next((each.method for each in found if each.method == "iterator"), first.method),
        obstacle=safe[0].caveat,
    )
    composed = compose(wish, sources.of(site))
    caveats = dict.fromkeys((composed.fix.caveat, *(each.caveat for each in found)))
    relations = {*composed.paths, *(load.path for each in found if each.caveat for load in each.loads)}
    fix = replace(composed.fix, caveat=" ".join(filter(None, caveats)))
    location = composed.location and _named(composed.location)
    return _Remedy(fix, location, tuple(sorted(relations)))


def _loads(found: list[Observation]) -> tuple[EagerLoad, ...]:
    return tuple(dict.fromkeys(load for each in found for load in each.loads))


def _target(label: str, models: Models) -> Target:
    relations = (relation for model in models.models for relation in model.relations)
    return Target(
        model=models.get(label) or Model(label=label, table=""),
        accessors=frozenset(relation.name for relation in relations if relation.target == label),
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


def _counted(trace: Trace, found: list[Observation]) -> Evidence:
    """Queries before and after, counted from the trace; what no fix names stays."""
    total = query_count(trace)
    here = [each for each in found if each.trace == trace.id]
    safe = [each for each in here if not each.caveat] or here
    after = Measure(queries=total - sum(each.avoidable_queries for each in safe))
    return Evidence(before=Measure(queries=total), after=after)


def _named(location: Location) -> Location:
    frame = Frame(path=location.path, line=location.line, function=location.function)
    return replace(location, function=function_name(frame))


def _trigger(frame: Frame | None) -> Trigger | None:
    if frame is None:
        return None
    return Trigger(path=frame.path, line=frame.line, function=function_name(frame), source=frame.source)


def _location(observation: Observation) -> Location | None:
    frame = observation.site.frame if observation.site else None
    frame = frame or (None if observation.site and observation.site.holder else observation.trigger)
    if frame is not None:
        end = frame.end_line or frame.line
        return Location(path=frame.path, line=frame.line, end_line=end, function=function_name(frame))
    holder = observation.site.holder if observation.site else None
    if holder is None:
        return None
    return Location(path=holder.path, line=holder.line, end_line=holder.line, function=holder.name)


def with_ids(drafts: Sequence[_Draft]) -> list[Finding]:
    """Ids of rule, path, qualified function, model and the ordinal within the function; no line number."""
    counted: dict[tuple[str, str, str, str], int] = defaultdict(int)
    findings = []
    for draft in sorted(drafts, key=_order):
        finding = draft.finding
        place = finding.location
        path, function = (place.path, place.function) if place else ("", "")
        key = (finding.rule, path, function, finding.model)
        counted[key] += 1
        findings.append(replace(finding, id=finding_id(*key, counted[key])))
    return findings


def _order(draft: _Draft) -> tuple[int, int, int]:
    place = draft.finding.location
    return (place.line, draft.column, place.end_line) if place else (0, 0, 0)


def finding_id(rule: str, path: str, function: str, model: str, ordinal: int) -> str:
    """`QS-` and eight hexadecimal digits."""
    text = "\0".join((rule, path, function, model, str(ordinal)))
    return "QS-" + hashlib.sha256(text.encode()).hexdigest()[:8]
