"""Index advice over the whole run, the findings it makes, and slow queries that a plan contradicts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from queryscope.analysis.merge import finding_id
from queryscope.fixes.index_code import django_index
from queryscope.model import (
    Capture,
    Finding,
    Fix,
    IndexAdvice,
    Level,
    Location,
    Occurrence,
    QueryGroup,
    Trace,
    Trigger,
)
from queryscope.rules.attribution import first_python, function_name, is_run_by_application

RULE = "missing-index"


def merge_indexes(captures: Sequence[Capture]) -> tuple[IndexAdvice, ...]:
    """One entry for each index, serving all shapes that asked for it; the strongest trial is kept."""
    merged: dict[tuple[str, str], IndexAdvice] = {}
    for capture in captures:
        for advice in capture.indexes:
            key = (advice.relation, advice.name)
            known = merged.get(key)
            if known is None:
                merged[key] = advice
                continue
            serves = tuple(dict.fromkeys((*known.serves, *advice.serves)))
            merged[key] = replace(known if _gain(known) >= _gain(advice) else advice, serves=serves)
    return tuple(sorted(merged.values(), key=lambda advice: (-_gain(advice), advice.name)))


def _gain(advice: IndexAdvice) -> float:
    before, after = advice.evidence.before, advice.evidence.after
    if before is None or after is None or before.ms is None or after.ms is None:
        return 0.0
    return before.ms - after.ms


def index_findings(indexes: Sequence[IndexAdvice], traces: Sequence[Trace]) -> list[Finding]:
    """`missing-index`: a slow query whose index was built, timed and rolled back."""
    findings = []
    for advice in proved(indexes):
        places = [
            (trace, group)
            for trace in traces
            for group in trace.groups
            if group.fingerprint in advice.serves and is_run_by_application(group)
        ]
        if places:
            findings.append(_finding(advice, places))
    return findings


def proved(indexes: Sequence[IndexAdvice]) -> list[IndexAdvice]:
    """The advice that was tried: what nobody built and timed stands among the indexes, and is no finding."""
    return [advice for advice in indexes if advice.evidence.level is not Level.NONE]


def _place(group: QueryGroup) -> tuple[str, int]:
    location = _location(group)
    return (location.path, location.line) if location else ("", 0)


def _occurrences(places: list[tuple[Trace, QueryGroup]]) -> tuple[Occurrence, ...]:
    by_trace: dict[str, list[QueryGroup]] = defaultdict(list)
    for trace, group in places:
        by_trace[trace.id].append(group)
    return tuple(
        Occurrence(
            trace=trace,
            query_count=sum(group.count for group in groups),
            avoidable_queries=0,
            duration_ms=sum(group.total_ms for group in groups),
        )
        for trace, groups in by_trace.items()
    )


def _finding(advice: IndexAdvice, places: list[tuple[Trace, QueryGroup]]) -> Finding:
    # Of several lines that ask, the first: which one was slowest differs from run to run.
    group = min((group for _, group in places), key=_place)
    location = _location(group)
    function = location.function if location else ""
    path = location.path if location else ""
    place = first_python(group.stack)
    code = django_index(advice)
    is_timed = advice.evidence.level in (Level.TIMED, Level.RERUN)
    occurrences = _occurrences(places)
    return Finding(
        # One finding for each index: the name is stable, made of table and keys.
        id=finding_id(RULE, path, f"{function}\0{advice.name}", advice.model, 1),
        rule=RULE,
        severity="warning",
        confidence="certain" if is_timed else "idea",
        message=_message(advice, function, group),
        model=advice.model,
        location=location,
        trigger=Trigger(path=place.path, line=place.line, function=function_name(place)) if place else None,
        worst=max(occurrences, key=lambda each: each.duration_ms),
        occurrences=occurrences,
        fingerprints=advice.serves,
        fixes=(
            Fix(
                kinds=("index",),
                title=f"Add an index to {advice.model}",
                code=code,
                caveat=advice.write_cost,
                evidence=advice.evidence,
            ),
        ),
    )


def _message(advice: IndexAdvice, function: str, group: QueryGroup) -> str:
    before, after = advice.evidence.before, advice.evidence.after
    told = ""
    if before and after and before.ms is not None and after.ms is not None:
        told = f": {before.ms:.1f} ms without, {after.ms:.1f} ms with it"
    keys = ", ".join(key.django or key.column for key in advice.keys)
    return f"{function or 'A query'} reads {advice.model} without an index on ({keys}){told}."


def _location(group: QueryGroup) -> Location | None:
    frame = group.site.frame if group.site else None
    frame = frame or first_python(group.stack)
    if frame is not None:
        end = frame.end_line or frame.line
        return Location(path=frame.path, line=frame.line, end_line=end, function=function_name(frame))
    holder = group.site.holder if group.site else None
    if holder is None:
        return None
    return Location(path=holder.path, line=holder.line, end_line=holder.line, function=holder.name)
