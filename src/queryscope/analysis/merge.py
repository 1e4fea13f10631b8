"""Observations of one queryset site, over all traces, become one finding with one combined fix."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from queryscope.analysis.remedy import ReadSource, Sources, count_evidence, find_remedy, trigger_of
from queryscope.fixes.chain import called_name, lines_of
from queryscope.model import Finding, Location, Models, Observation, Occurrence, Trace
from queryscope.rules.attribution import function_name
from queryscope.rules.base import TraceRule

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
    sources = Sources(read_source)
    by_name = {rule.name: rule for rule in rules}
    by_id = {trace.id: trace for trace in traces}
    by_site = group_by_site(observations, by_id, sources)
    drafts = [_draft(found, by_name[found[0].rule], by_id, models, sources) for found in by_site.values()]
    return with_ids(drafts)


def group_by_site(
    observations: Iterable[Observation], traces: Mapping[str, Trace], sources: Sources
) -> dict[SiteKey, list[Observation]]:
    """What makes one finding each; without reads that ask again on purpose."""
    by_site: dict[SiteKey, list[Observation]] = defaultdict(list)
    for observation in observations:
        if not _is_refresh(observation, traces[observation.trace], sources):
            by_site[_site_key(observation)].append(observation)
    return by_site


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


def _is_refresh(observation: Observation, trace: Trace, sources: Sources) -> bool:
    if observation.rule != "duplicate-query":
        return False
    for site in (trace.groups[index].site for index in observation.groups):
        source, frame = sources.of(site), site.frame if site else None
        if source is not None and frame is not None and called_name(source, frame) in _ASKS_AGAIN:
            return True
    return False


def _draft(
    found: list[Observation], rule: TraceRule, traces: dict[str, Trace], models: Models, sources: Sources
) -> _Draft:
    occurrences = _occurrences(found)
    worst = max(occurrences, key=weight)
    found.sort(key=lambda each: (each.trace != worst.trace, -each.avoidable_queries))
    first = found[0]
    remedy = find_remedy(found, models, sources)
    message = rule.message(found)
    if remedy.fix is not None and first.loads:
        message += f" {remedy.fix.title}."
    fixes = (
        ()
        if remedy.fix is None
        else (replace(remedy.fix, evidence=count_evidence(traces[worst.trace], found)),)
    )
    finding = Finding(
        id="",
        rule=first.rule,
        severity=first.severity,
        confidence=first.confidence,
        message=message,
        model=first.model,
        relations=remedy.relations,
        location=remedy.location or _location(first, sources),
        trigger=trigger_of(first.trigger),
        worst=worst,
        occurrences=occurrences,
        fingerprints=tuple(dict.fromkeys(shape for each in found for shape in each.fingerprints)),
        fixes=fixes,
    )
    return _Draft(finding, (first.site.frame.column or 0) if first.site and first.site.frame else 0)


def weight(occurrence: Occurrence) -> tuple[int, float]:
    """How bad: queries avoided where there are any, the same in every run; else milliseconds."""
    avoided = occurrence.avoidable_queries
    return (avoided, float(occurrence.query_count) if avoided else occurrence.duration_ms)


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


def _location(observation: Observation, sources: Sources) -> Location | None:
    site = observation.site
    frame = site.frame if site else None
    frame = frame or (None if site and site.holder else observation.trigger)
    if frame is not None:
        line, end_line = lines_of(sources.of(site), frame) if site and site.frame else lines_of(None, frame)
        return Location(path=frame.path, line=line, end_line=end_line, function=function_name(frame))
    holder = site.holder if site else None
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
