"""Observations of one queryset site, over all traces, become one finding with one combined fix."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from queryscope.analysis.allowed import Allows
from queryscope.analysis.claims import Claims
from queryscope.analysis.shapes import query_count
from queryscope.fixes.chain import lines_of
from queryscope.fixes.placing import site_location
from queryscope.fixes.sources import Sources
from queryscope.fixes.wrapping import with_wrapped_diff
from queryscope.model import (
    Allow,
    AllowedFinding,
    Evidence,
    Finding,
    Fix,
    Frame,
    Location,
    Measure,
    Observation,
    Occurrence,
)
from queryscope.rules.attribution import function_name
from queryscope.rules.base import RunRule, TraceRule, confirms, gathers, places, remedies, weighs
from queryscope.rules.eager import eager_remedy
from queryscope.rules.remedy import Context, trigger_of

SiteKey = tuple[str, str, str, str, int, int]
Rules = Mapping[str, TraceRule | RunRule]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A finding before its id is known: the ordinal needs all findings of the function."""

    finding: Finding
    column: int = 0


def findings_of(
    observations: Iterable[Observation], *, rules: Rules, context: Context, allows: Allows | None = None
) -> list[Finding]:
    """All findings of the trace and run rules that nothing allows, with ids."""
    by_site = group_by_site(observations, rules=rules, context=context, allows=allows)
    totals = _totals(context)
    return with_ids([_draft(found, rules[found[0].rule], context, totals) for found in by_site.values()])


def _totals(context: Context) -> dict[str, int]:
    """How many queries each unit of work ran."""
    return {key: query_count(trace) for key, trace in context.traces.items()}


def allowed_findings(
    aside: Iterable[tuple[Allow, Observation]], *, rules: Rules, context: Context
) -> Iterator[AllowedFinding]:
    """The findings that were put aside, one for each site and what allows it."""
    grouped: dict[tuple[Allow, SiteKey], list[Observation]] = defaultdict(list)
    for allow, observation in aside:
        key = _key(observation, rules[observation.rule], context)
        grouped[allow, key].append(observation)
    totals = _totals(context)
    for (allow, _), found in grouped.items():
        [finding] = with_ids([_draft(found, rules[found[0].rule], context, totals)])
        yield AllowedFinding(finding=finding, allow=allow)


def group_by_site(
    observations: Iterable[Observation], *, rules: Rules, context: Context, allows: Allows | None = None
) -> dict[SiteKey, list[Observation]]:
    """What makes one finding each: confirmed by the source, claimed by no rule before, not allowed, worth it.

    Args:
        observations: in the order of the rules, for each trace.
        rules: by their names.
        context: what the rules may look at.
        allows: what is allowed; it keeps what it puts aside.
    """
    claims = Claims()
    by_site: dict[SiteKey, list[Observation]] = defaultdict(list)
    for observation in observations:
        rule = rules[observation.rule]
        if confirms(rule) and not rule.confirm(observation, context):
            continue
        if places(rule):
            observation = rule.placed(observation, context)
        # What is allowed has been told: no rule that stands behind tells it again.
        if claims.claim(observation) and (allows is None or not allows.puts_aside(observation)):
            by_site[_key(observation, rule, context)].append(observation)
    joined = _joined(by_site, rules)
    weighed = {key: _weighed(found, rules, context) for key, found in joined.items()}
    return {key: found for key, found in weighed.items() if found}


def _weighed(found: list[Observation], rules: Rules, context: Context) -> list[Observation]:
    """What is worth a finding, if the rule asks for that."""
    rule = rules[found[0].rule]
    return list(rule.weigh(found, context)) if weighs(rule) else found


def _joined(by_site: dict[SiteKey, list[Observation]], rules: Rules) -> dict[SiteKey, list[Observation]]:
    """What a rule saw at a place of which the rule that it is a part of speaks is told with that one."""
    for key in list(by_site):
        whole = getattr(rules[key[0]], "part_of", "")
        found = by_site.get((whole, *key[1:])) if whole else None
        if found:
            first = found[0]
            found += [
                replace(each, rule=whole, severity=first.severity, confidence=first.confidence)
                for each in by_site.pop(key)
            ]
    return by_site


def _key(observation: Observation, rule: object, context: Context) -> SiteKey:
    gathered = rule.gather(observation, context) if gathers(rule) else None
    if gathered is None:
        return _site_key(observation)
    place = (gathered.path, gathered.function, gathered.line, gathered.column)
    return (observation.rule, gathered.subject, *place)


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
    held = (holder.path, holder.name, holder.line) if holder else ("", "", 0)
    return (observation.rule, observation.model, *held, 0)


def _draft(
    found: list[Observation], rule: TraceRule | RunRule, context: Context, totals: Mapping[str, int]
) -> _Draft:
    occurrences = _occurrences(found)
    worst = max(occurrences, key=weight)
    found.sort(key=lambda each: (each.trace != worst.trace, -each.avoidable_queries))
    first = found[0]
    remedy = rule.remedy(found, context) if remedies(rule) else eager_remedy(found, context)
    message = rule.message(found)
    fixes: tuple[Fix, ...] = ()
    if remedy.fix is not None:
        if first.loads:
            message += f" {remedy.fix.title}."
        evidence = _count_evidence(worst.trace, totals, found)
        fixes = (replace(with_wrapped_diff(remedy.fix, context.sources), evidence=evidence),)
    finding = Finding(
        id="",
        rule=first.rule,
        severity=first.severity,
        confidence=first.confidence,
        message=message,
        model=first.model,
        relations=remedy.relations,
        location=remedy.location or _location(first, context.sources),
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
    """Where the queryset is built, or what a class says of it; the trigger, where nobody knows."""
    site, trigger = observation.site, observation.trigger
    place = site_location(site, sources.of(site))
    if place is None and trigger is not None:
        line, end_line = lines_of(None, trigger)
        place = Location(path=trigger.path, line=line, end_line=end_line, function=trigger.function)
    if place is None:
        return None
    frame = Frame(path=place.path, line=place.line, function=place.function)
    return replace(place, function=function_name(frame))


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


def _count_evidence(trace: str, totals: Mapping[str, int], found: Sequence[Observation]) -> Evidence:
    """Queries before and after, counted from the trace; what no fix names stays."""
    total = totals[trace]
    here = [each for each in found if each.trace == trace]
    safe = [each for each in here if not each.caveat] or here
    after = Measure(queries=total - sum(each.avoidable_queries for each in safe))
    return Evidence(before=Measure(queries=total), after=after)
