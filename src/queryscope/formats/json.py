"""JSON, version 1: the contract that every other format is drawn beside; see schema/report-v1.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from math import isfinite
from typing import Any

from queryscope.formats.plan_keys import plan_keys
from queryscope.formats.totals import database_ms, findings_by_trace, query_count
from queryscope.formats.words import place, title
from queryscope.model import (
    AllowedFinding,
    ConnectionEvent,
    Evidence,
    Finding,
    Fix,
    Frame,
    IndexAdvice,
    Insight,
    Load,
    Measure,
    Occurrence,
    Plan,
    QueryGroup,
    Report,
    Run,
    Shape,
    Trace,
)

SCHEMA_VERSION = 1


def document(report: Report) -> dict[str, Any]:
    """The report as plain data: dicts, lists, strings, numbers."""
    shapes = {shape.fingerprint: index for index, shape in enumerate(report.shapes)}
    seen = findings_by_trace(report)
    return {
        "schema_version": SCHEMA_VERSION,
        "generated_at": report.generated_at,
        "run": run_record(report.run),
        "traces": [
            trace_record(trace, shapes, [finding.id for finding in seen[trace.id]]) for trace in report.traces
        ],
        "queries": [shape_record(shape) for shape in report.shapes],
        "findings": [finding_record(finding) for finding in report.findings],
        "allowed": [allowed_record(allowed) for allowed in report.allowed],
        "plans": [plan_record(plan) for plan in report.plans],
        "skipped_plans": [asdict(skipped) for skipped in report.skipped_plans],
        "indexes": [index_record(advice) for advice in report.indexes],
        "refusals": [asdict(refusal) for refusal in report.refusals],
        "removals": [asdict(removal) for removal in report.removals],
    }


def render(report: Report) -> str:
    """JSON text, one record a line: quick to read back, and a diff of two reports names the records."""
    parts = []
    for key, value in document(report).items():
        if isinstance(value, list) and value:
            body = "[\n" + ",\n".join(_dump(item) for item in value) + "\n]"
        else:
            body = _dump(value)
        parts.append(f"{_dump(key)}:{body}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _dump(value: Any) -> str:
    # ASCII only: a path that is not valid Unicode still makes a file that can be written.
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def _ms(value: float | None) -> float | None:
    if value is None:
        return None
    return round(value, 3) if isfinite(value) else 0.0


def run_record(run: Run) -> dict[str, Any]:
    """`run`."""
    lists = {name: list(getattr(run, name)) for name in ("missing", "gate", "breached", "notes")}
    return asdict(run) | lists


def allowed_record(allowed: AllowedFinding) -> dict[str, Any]:
    """One of `allowed`: the finding in short, and what allows it."""
    finding = allowed.finding
    return {
        "rule": finding.rule,
        "model": finding.model,
        "place": place(finding),
        "message": finding.message,
        "query_count": finding.worst.query_count,
        "avoidable_queries": finding.worst.avoidable_queries,
        "by": allowed.allow.origin,
        "reason": allowed.allow.reason,
    }


def trace_record(trace: Trace, shapes: Mapping[str, int], findings: list[str]) -> dict[str, Any]:
    """One of `traces`; an event's shape is a position in `queries`, −1 where the run kept no such shape."""
    fingerprints = {group.index: group.fingerprint for group in trace.groups}
    return {
        "id": trace.id,
        "origin": asdict(trace.origin),
        "started_at": trace.started_at,
        "query_count": query_count(trace),
        "db_ms": _ms(database_ms(trace)),
        "wall_ms": _ms(trace.wall_ms),
        "status": trace.status,
        "findings": findings,
        "dropped_queries": trace.dropped_queries,
        "notes": list(trace.notes),
        "otel_trace_id": trace.otel_trace_id,
        "events": {
            "start": [_ms(query.started_ms) for query in trace.queries],
            "duration": [_ms(query.duration_ms) for query in trace.queries],
            "shape": [shapes.get(fingerprints.get(query.group, ""), -1) for query in trace.queries],
            "thread": [query.thread for query in trace.queries],
        },
        "connections": [connection_record(event) for event in trace.connections],
        "saw_reads": trace.saw_reads,
        "loads": load_records(trace),
    }


def connection_record(event: ConnectionEvent) -> dict[str, Any]:
    """One of a trace's `connections`."""
    return {
        "kind": event.kind,
        "alias": event.alias,
        "start": _ms(event.started_ms),
        "duration": _ms(event.duration_ms),
        "thread": event.thread,
        "error": event.error,
        "is_pooled": event.is_pooled,
        "statements": event.statements,
    }


def load_records(trace: Trace) -> list[dict[str, Any]]:
    """`loads` of a trace: what its queries loaded, and what of it was read."""
    groups = {group.index: group for group in trace.groups}
    return [_load_record(load, groups[load.group]) for load in trace.loads if load.group in groups]


def _load_record(load: Load, group: QueryGroup) -> dict[str, Any]:
    left_out = ("group", "column_bytes", "readers", "is_escaped")
    record = {key: value for key, value in asdict(load).items() if key not in left_out}
    site = group.site
    holder = site.holder if site else None
    place = {"path": holder.path, "line": holder.line, "function": holder.name} if holder else None
    return {
        "fingerprint": group.fingerprint,
        "site": frame_record(site.frame) if site and site.frame else place,
        **{key: list(value) if isinstance(value, tuple) else value for key, value in record.items()},
        "escaped": load.is_escaped,
    }


def shape_record(shape: Shape) -> dict[str, Any]:
    """One of `queries`."""
    example = shape.example
    return {
        "fingerprint": shape.fingerprint,
        "sql": shape.sql,
        "count": shape.count,
        "total_ms": _ms(shape.total_ms),
        "max_ms": _ms(shape.max_ms),
        "relations": list(shape.relations),
        "example": example
        and {
            "trace": example.trace,
            "index": example.index,
            "stack": [frame_record(frame) for frame in example.stack],
        },
    }


def frame_record(frame: Frame) -> dict[str, Any]:
    """One frame of a stack."""
    record: dict[str, Any] = {"path": frame.path, "line": frame.line, "function": frame.function}
    if frame.is_template:
        record |= {"is_template": True, "source": frame.source}
    return record


def finding_record(finding: Finding) -> dict[str, Any]:
    """One of `findings`."""
    return {
        "id": finding.id,
        "rule": finding.rule,
        "title": title(finding),
        "severity": finding.severity,
        "confidence": finding.confidence,
        "status": finding.status,
        "message": finding.message,
        "model": finding.model,
        "relations": list(finding.relations),
        "location": finding.location and asdict(finding.location),
        "trigger": finding.trigger and asdict(finding.trigger),
        "worst": occurrence_record(finding.worst),
        "occurrences": [occurrence_record(occurrence) for occurrence in finding.occurrences],
        "fingerprints": list(finding.fingerprints),
        "fixes": [fix_record(fix) for fix in finding.fixes],
    }


def occurrence_record(occurrence: Occurrence) -> dict[str, Any]:
    """`worst`, and each of `occurrences`."""
    return asdict(occurrence) | {"duration_ms": _ms(occurrence.duration_ms)}


def fix_record(fix: Fix) -> dict[str, Any]:
    """One of `fixes`."""
    return {
        "kinds": list(fix.kinds),
        "title": fix.title,
        "code": fix.code,
        "diff": fix.diff,
        "edits": [asdict(edit) for edit in fix.edits],
        "caveat": fix.caveat,
        "evidence": evidence_record(fix.evidence),
    }


def evidence_record(evidence: Evidence) -> dict[str, Any]:
    """`evidence` of a fix."""
    return {
        "level": str(evidence.level),
        "before": measure_record(evidence.before),
        "after": measure_record(evidence.after),
        "note": evidence.note,
    }


def measure_record(measure: Measure | None) -> dict[str, Any] | None:
    """`before` or `after`."""
    if measure is None:
        return None
    return {"queries": measure.queries, "ms": _ms(measure.ms), "blocks": measure.blocks}


def plan_record(plan: Plan) -> dict[str, Any]:
    """One of `plans`; an insight's `node` counts the nodes depth first from 0."""
    return {
        "fingerprint": plan.fingerprint,
        "analyzed": plan.is_analyzed,
        "note": plan.note,
        "source": plan.source,
        "observed_ms": _ms(plan.observed_ms),
        "explain_ms": _ms(plan.explain_ms),
        "analyze_ms": _ms(plan.analyze_ms),
        "typical": asdict(plan.typical) if plan.typical else None,
        "jit_ms": _ms(plan.jit_ms),
        "trigger_ms": _ms(plan.trigger_ms),
        "plan": plan_keys(plan),
        "insights": [insight_record(insight) for insight in plan.insights],
        "badges": [asdict(badge) for badge in plan.badges],
    }


def insight_record(insight: Insight) -> dict[str, Any]:
    """One of `insights` of a plan."""
    return {
        "rule": insight.rule,
        "node": insight.node,
        "severity": insight.severity,
        "message": insight.message,
        "remedy": insight.remedy,
        "share": round(insight.share, 4),
        "is_badge": insight.is_badge,
    }


def index_record(advice: IndexAdvice) -> dict[str, Any]:
    """One of `indexes`."""
    from queryscope.fixes.index_code import create_sql, django_index
    from queryscope.fixes.migration import migration

    before, after = advice.evidence.before, advice.evidence.after
    return {
        "relation": advice.relation,
        "model": advice.model,
        "method": advice.method,
        "keys": [asdict(key) for key in advice.keys],
        "include": list(advice.include),
        "predicate": advice.predicate,
        "name": advice.name,
        "create_sql": create_sql(advice),
        "django": django_index(advice),
        "migration": migration(advice, previous="…"),
        "size_bytes": advice.size_bytes,
        "build_ms": _ms(advice.build_ms),
        "serves": list(advice.serves),
        "replaces": list(advice.replaces),
        "together": list(advice.together),
        "is_unique": advice.is_unique,
        "storage": [list(pair) for pair in advice.storage],
        "gain_ms": _ms(advice.gain_ms),
        "write_cost": advice.write_cost,
        "reason": advice.reason,
        "rule": advice.rule,
        "extensions": list(advice.extensions),
        "test": advice.test,
        "evidence": {
            "level": str(advice.evidence.level),
            "before_ms": _ms(before.ms) if before else None,
            "after_ms": _ms(after.ms) if after else None,
            "before_blocks": before.blocks if before else None,
            "after_blocks": after.blocks if after else None,
            "note": advice.evidence.note,
        },
    }
