"""What the HTML report shows: Report as plain data, with the words of every format. Pure."""

from __future__ import annotations

from typing import Any

from queryscope.formats.events import columns
from queryscope.formats.index_view import index_sets, indexes_of, removal
from queryscope.formats.inert import inert, inert_block
from queryscope.formats.json import (
    evidence_record,
    finding_record,
    run_record,
    shape_record,
)
from queryscope.formats.numbers import count
from queryscope.formats.plan_view import plan_view
from queryscope.formats.totals import database_ms, findings_by_trace, query_count, statuses
from queryscope.formats.words import (
    ORIGINS,
    SIGNS,
    allowed_in_words,
    badge,
    comparison,
    counted,
    gain,
    meaning,
    on_connections,
    place,
    promise,
    proof,
    scope,
    seen_in,
    sentence,
    tally,
    title,
)
from queryscope.model import Evidence, Finding, Report, Trace
from queryscope.sql.layout import lay_out

STATIC_FINDINGS = 100  # findings in the <noscript> part
LAID_OUT = 60  # shapes; laying one out takes about 10 ms


def view(report: Report) -> dict[str, Any]:
    """Everything the script needs; names are those of the JSON report where both have the thing."""
    positions = {trace.id: index for index, trace in enumerate(report.traces)}
    counts = {trace.id: query_count(trace) for trace in report.traces}
    seen = findings_by_trace(report)
    events, sampled = columns(report)
    queries = shapes(report, positions)
    texts = {record["fingerprint"]: record.get("text") or record["sql"] for record in queries}
    return {
        "generated_at": report.generated_at,
        "run": run_record(report.run),
        "units": units_title(report),
        "traces": [unit(trace, [item.id for item in seen[trace.id]]) for trace in report.traces],
        "events": events,
        "sampled": sampled,
        "queries": queries,
        "findings": [_finding(finding, report, positions, counts) for finding in report.findings],
        "allowed": [allowed_in_words(each) for each in report.allowed],
        "plans": [plan_view(plan, texts.get(plan.fingerprint, "")) for plan in report.plans],
        "skipped": [[item.fingerprint, item.reason] for item in report.skipped_plans],
        "indexes": index_sets(report, proof=proof_parts, bars=measured),
        "refusals": [[item.relation, item.kind, item.reason, item.fingerprint] for item in report.refusals],
        "removals": [removal(item) for item in report.removals],
        "holds": data_classes(report),
    }


def head(report: Report) -> dict[str, Any]:
    """The verdict bar."""
    counts = statuses(report.findings)
    bad = [f"{counts[name]} {name}" for name in ("new", "worse") if counts[name]]
    rest = [f"{counts[name]} {name}" for name in ("known", "better") if counts[name]]
    return {
        "project": inert(report.run.root.replace("\\", "/").rstrip("/").rpartition("/")[2] or "report"),
        "scope": scope(report),
        "verdict": report.run.verdict,
        "badge": badge(report.run),
        "tally": tally(report),
        "strong": ", ".join(bad) or ("" if rest else tally(report)),
        "weak": " · ".join(rest),
        "promise": promise(report),
        "missing": [inert(text) for text in report.run.missing],
        "notes": [inert(text) for text in report.run.notes],
    }


def tabs(report: Report) -> list[dict[str, Any]]:
    """The views, with how much each holds."""
    units = {(trace.origin.kind, trace.origin.label) for trace in report.traces}
    return [
        {"name": "findings", "title": "Findings", "number": count(len(report.findings))},
        {"name": "units", "title": units_title(report), "number": count(len(units))},
        {"name": "queries", "title": "Queries", "number": count(len(report.shapes))},
        {"name": "plans", "title": "Plans", "number": count(len(report.plans))},
        {"name": "indexes", "title": "Indexes", "number": count(len(report.indexes))},
        {"name": "run", "title": "Run", "number": ""},
    ]


def static_cards(report: Report) -> list[dict[str, Any]]:
    """Findings as text, for a browser without JavaScript."""
    cards = []
    for finding in report.findings[:STATIC_FINDINGS]:
        fix = finding.fixes[0] if finding.fixes else None
        card = {
            "status": finding.status,
            "title": title(finding),
            "message": finding.message,
            "place": place(finding),
            "seen": seen_in(finding, report),
            "fix": (fix.diff or fix.code) if fix else "",
            "proof": proof(fix.evidence) if fix else "",
        }
        cards.append({key: inert_block(value) if value else value for key, value in card.items()})
    return cards


def units_title(report: Report) -> str:
    """What the units of work are called: "Routes", "Tests", "Routes, tests"."""
    kinds = [many for kind, (_, many) in ORIGINS.items() if any(t.origin.kind == kind for t in report.traces)]
    return ", ".join(kinds).capitalize() if kinds and len(kinds) < 3 else "Units of work"


def unit(trace: Trace, findings: list[str]) -> dict[str, Any]:
    """One unit of work."""
    return {
        "kind": trace.origin.kind,
        "label": trace.origin.label,
        "parent": trace.origin.parent,
        "queries": query_count(trace),
        "db": round(database_ms(trace), 2),
        "wall": round(trace.wall_ms, 2),
        "status": trace.status,
        "findings": findings,
        "dropped": trace.dropped_queries,
        "notes": list(trace.notes),
        "connections": on_connections(trace),
        "otel": trace.otel_trace_id,
    }


def proof_parts(evidence: Evidence) -> dict[str, str]:
    """The level, its numbers, what it means, its note: printed always, in this order."""
    return {
        "sign": SIGNS[evidence.level],
        "level": str(evidence.level),
        "numbers": comparison(evidence),
        "meaning": meaning(evidence),
        "note": sentence(evidence.note),
    }


def measured(evidence: Evidence) -> list[list[Any]]:
    """Bars of what a trial measured on both sides: unit, before, after."""
    before, after = evidence.before, evidence.after
    if before is None or after is None:
        return []
    pairs = (
        ("queries", *(counted(evidence) or (None, None))),
        ("ms", before.ms, after.ms),
        ("blocks", before.blocks, after.blocks),
    )
    return [[unit, left, right] for unit, left, right in pairs if left is not None and right is not None]


def effect(finding: Finding, counts: dict[str, int]) -> dict[str, Any]:
    """Before and after: measured where the fix was tried, else counted from the worst unit of work."""
    bars = measured(finding.fixes[0].evidence) if finding.fixes else []
    if bars:
        return {"bars": bars, "is_measured": True}
    total = counts.get(finding.worst.trace, finding.worst.query_count)
    if not finding.worst.avoidable_queries:
        return {"bars": [], "is_measured": False}
    return {
        "bars": [["queries", total, max(total - finding.worst.avoidable_queries, 0)]],
        "is_measured": False,
    }


def data_classes(report: Report) -> list[str]:
    """What classes of data the file holds."""
    held = [
        "query shapes: SQL with placeholders for every value",
        "paths, line numbers and names of functions of the application; the project's root path",
        "names of tables, columns, indexes and models",
        "route patterns, test ids, names of commands, tasks, consumers and GraphQL operations",
        "counts and times",
    ]
    if any(fix.diff for finding in report.findings for fix in finding.fixes):
        held.append("lines of the project's source, as context of the diffs")
    if any(trace.otel_trace_id for trace in report.traces):
        held.append("ids of OpenTelemetry traces")
    if report.plans:
        held.append("plans: node types, row counts, buffers, conditions with placeholders")
    return held


def _finding(
    finding: Finding, report: Report, positions: dict[str, int], counts: dict[str, int]
) -> dict[str, Any]:
    record = finding_record(finding)
    for fix, source in zip(record["fixes"], finding.fixes, strict=True):
        fix["evidence"] = evidence_record(source.evidence) | {"proof": proof_parts(source.evidence)}
        del fix["edits"]
    met = finding.occurrences or (finding.worst,)
    record["occurrences"] = [
        [positions.get(item.trace, -1), item.query_count, item.avoidable_queries, round(item.duration_ms, 2)]
        for item in met
    ]
    record["worst"]["trace"] = positions.get(finding.worst.trace, -1)
    return record | {
        "gain": gain(finding.worst),
        "place": place(finding),
        "seen": seen_in(finding, report),
        "effect": effect(finding, counts),
        "indexes": indexes_of(finding, report),
    }


def shapes(report: Report, positions: dict[str, int]) -> list[dict[str, Any]]:
    """Query shapes; those that a reader is most likely to open are laid out, one clause a line."""
    named = [fingerprint for finding in report.findings for fingerprint in finding.fingerprints]
    named += [plan.fingerprint for plan in report.plans]
    named += [shape.fingerprint for shape in sorted(report.shapes, key=lambda shape: -shape.total_ms)]
    opened = set(list(dict.fromkeys(named))[:LAID_OUT])
    records = []
    for shape in report.shapes:
        record = shape_record(shape)
        if shape.fingerprint in opened:
            record["text"] = lay_out(shape.sql)
        if record["example"]:
            record["example"]["trace"] = positions.get(record["example"]["trace"], -1)
        records.append(record)
    return records
