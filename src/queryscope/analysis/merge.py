"""Observations of one queryset site, over all traces, become one finding with one combined fix."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from queryscope.analysis.shapes import query_count
from queryscope.fixes.orm import compose
from queryscope.fixes.reuse import reuse_fix
from queryscope.fixes.source import Source
from queryscope.model import (
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
from queryscope.rules.base import TraceRule

ReadSource = Callable[[str], str | None]
SiteKey = tuple[str, str, str, str, int, int]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A finding before its id is known: the ordinal needs all findings of the function."""

    finding: Finding
    function: str


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
    for observation in observations:
        by_site[_site_key(observation)].append(observation)
    by_name = {rule.name: rule for rule in rules}
    by_id = {trace.id: trace for trace in traces}
    sources = _Sources(read_source)
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
        except (SyntaxError, ValueError, RecursionError):
            return None


def _draft(
    found: list[Observation], rule: TraceRule, traces: dict[str, Trace], models: Models, sources: _Sources
) -> _Draft:
    occurrences = _occurrences(found)
    worst = max(occurrences, key=lambda each: (each.avoidable_queries, each.duration_ms))
    found.sort(key=lambda each: (each.trace != worst.trace, -each.avoidable_queries))
    first = found[0]
    trigger = _trigger(first.trigger)
    fix, location, relations = _fix(found, models, sources, trigger)
    message = rule.message(found)
    if fix is not None:
        if fix.kinds and first.loads:
            message += f" {fix.title}."
        fix = replace(fix, evidence=_counted(traces[worst.trace], worst))
    location = location or _location(first)
    finding = Finding(
        id="",
        rule=first.rule,
        severity=first.severity,
        confidence=first.confidence,
        message=message,
        model=first.model,
        relations=relations,
        location=location,
        trigger=trigger,
        worst=worst,
        occurrences=occurrences,
        fingerprints=tuple(dict.fromkeys(shape for each in found for shape in each.fingerprints)),
        fixes=(fix,) if fix else (),
    )
    return _Draft(finding, location.function if location else "")


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


def _fix(
    found: list[Observation], models: Models, sources: _Sources, trigger: Trigger | None
) -> tuple[Fix | None, Location | None, tuple[str, ...]]:
    first = found[0]
    loads = tuple(dict.fromkeys(load for each in found for load in each.loads))
    if loads and first.site is not None:
        model = models.get(first.model) or Model(label=first.model, table="")
        composed = compose(loads, first.site, sources.of(first.site), model)
        return composed.fix, composed.location, composed.paths
    if first.rule == "duplicate-query":
        return reuse_fix(first.subject, trigger), None, ()
    return None, None, ()


def _counted(trace: Trace, worst: Occurrence) -> Evidence:
    total = query_count(trace)
    after = Measure(queries=total - worst.avoidable_queries)
    return Evidence(before=Measure(queries=total), after=after)


def _trigger(frame: Frame | None) -> Trigger | None:
    if frame is None:
        return None
    return Trigger(path=frame.path, line=frame.line, function=frame.function, source=frame.source)


def _location(observation: Observation) -> Location | None:
    frame = observation.site.frame if observation.site else None
    frame = frame or (None if observation.site and observation.site.holder else observation.trigger)
    if frame is not None:
        end = frame.end_line or frame.line
        return Location(path=frame.path, line=frame.line, end_line=end, function=frame.function)
    holder = observation.site.holder if observation.site else None
    if holder is None:
        return None
    return Location(path=holder.path, line=holder.line, end_line=holder.line, function=holder.name)


def with_ids(drafts: Sequence[_Draft]) -> list[Finding]:
    """Ids of rule, path, qualified function, model and the ordinal within the function; no line number."""
    counted: dict[tuple[str, str, str, str], int] = defaultdict(int)
    findings = []
    for draft in sorted(drafts, key=lambda each: each.finding.location.line if each.finding.location else 0):
        finding = draft.finding
        path = finding.location.path if finding.location else ""
        key = (finding.rule, path, draft.function, finding.model)
        counted[key] += 1
        findings.append(replace(finding, id=finding_id(*key, counted[key])))
    return findings


def finding_id(rule: str, path: str, function: str, model: str, ordinal: int) -> str:
    """`QS-` and eight hexadecimal digits."""
    text = "\0".join((rule, path, function, model, str(ordinal)))
    return "QS-" + hashlib.sha256(text.encode()).hexdigest()[:8]
