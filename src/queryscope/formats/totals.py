"""What a report adds up to: pure functions over `Report`, shared by every format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from queryscope.model import Finding, Report, Trace


def query_count(trace: Trace) -> int:
    """Queries of one unit of work, counted from its exact groups."""
    return sum(group.count for group in trace.groups)


def database_ms(trace: Trace) -> float:
    """Time spent in the database by one unit of work."""
    return sum(group.total_ms for group in trace.groups)


def statuses(findings: Sequence[Finding]) -> dict[str, int]:
    """How many findings are new, worse, known, better; those without a status are not counted."""
    return {
        name: sum(finding.status == name for finding in findings)
        for name in ("new", "worse", "known", "better")
    }


def confidences(findings: Sequence[Finding]) -> dict[str, int]:
    """How many findings are certain, likely, ideas."""
    return {
        name: sum(finding.confidence == name for finding in findings)
        for name in ("certain", "likely", "idea")
    }


def findings_by_trace(report: Report) -> Mapping[str, list[Finding]]:
    """The findings seen in each unit of work, in rank order."""
    found: dict[str, list[Finding]] = {trace.id: [] for trace in report.traces}
    for finding in report.findings:
        for occurrence in finding.occurrences or (finding.worst,):
            if occurrence.trace in found and finding not in found[occurrence.trace]:
                found[occurrence.trace].append(finding)
    return found


def removable_share(report: Report, top: int = 3) -> float:
    """Share of the run's queries that the first `top` findings avoid, counted with care.

    Two findings may speak of the same queries: of findings that share a shape in one unit of work,
    only the first counts. A lower bound, since it is printed as a promise.
    """
    counts = {trace.id: query_count(trace) for trace in report.traces}
    total = sum(counts.values())
    if not total:
        return 0.0
    avoided: dict[str, int] = {}
    claimed: dict[str, set[str]] = {}
    for finding in report.findings[:top]:
        for occurrence in finding.occurrences or (finding.worst,):
            shapes = claimed.setdefault(occurrence.trace, set())
            if occurrence.trace in counts and shapes.isdisjoint(finding.fingerprints):
                avoided[occurrence.trace] = avoided.get(occurrence.trace, 0) + occurrence.avoidable_queries
            shapes.update(finding.fingerprints)
    return sum(min(number, counts[trace]) for trace, number in avoided.items()) / total
