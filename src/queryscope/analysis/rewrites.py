"""Findings with the rewrites that plans know of: what was timed beside the query that ran."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from queryscope.fixes.date_range import date_range_fix
from queryscope.fixes.json_contains import json_contains_fix
from queryscope.fixes.sources import Sources
from queryscope.fixes.wrapping import with_wrapped_diff
from queryscope.model import Finding, Fix, Models, Plan, QueryGroup, Rewrite, Trace

_WITHOUT_INDEX = frozenset({"slow-query"})  # whose fix a range replaces
_WITH_INDEX = frozenset({"missing-index"})  # beside whose index it stands
_KEYSET = "deep-offset"


def with_rewrites(
    findings: Sequence[Finding],
    plans: Sequence[Plan],
    traces: Sequence[Trace],
    *,
    models: Models,
    sources: Sources,
) -> list[Finding]:
    """The same findings; of those whose query has been rewritten and timed, the fix says so."""
    by_shape = {plan.fingerprint: plan.rewrites for plan in plans if plan.rewrites}
    if not by_shape:
        return list(findings)
    return [_told(each, by_shape, traces, models, sources) for each in findings]


def _told(
    finding: Finding,
    by_shape: dict[str, tuple[Rewrite, ...]],
    traces: Sequence[Trace],
    models: Models,
    sources: Sources,
) -> Finding:
    for shape in finding.fingerprints:
        for rewrite in by_shape.get(shape, ()):
            if rewrite.kind == "keyset" and finding.rule == _KEYSET and finding.fixes:
                first, *more = finding.fixes
                return replace(finding, fixes=(replace(first, evidence=rewrite.evidence), *more))
            if rewrite.kind in ("range", "containment") and finding.rule in _WITHOUT_INDEX | _WITH_INDEX:
                fix = _fix(rewrite, shape, traces, models, sources)
                if fix is not None:
                    kept = finding.fixes if finding.rule in _WITH_INDEX else ()
                    return replace(finding, fixes=(*kept, fix))
    return finding


def _fix(
    rewrite: Rewrite, shape: str, traces: Sequence[Trace], models: Models, sources: Sources
) -> Fix | None:
    group = _slowest(shape, traces)
    site = group.site if group is not None else None
    model = models.get(site.model) if site is not None else None
    if site is None or model is None:
        return None
    source = sources.of(site)
    if rewrite.kind == "containment":
        found = json_contains_fix(site, model, source, columns=rewrite.columns, evidence=rewrite.evidence)
        return with_wrapped_diff(found, sources)
    fix = date_range_fix(
        site,
        model,
        source,
        columns=rewrite.columns,
        is_aware=rewrite.is_aware,
        is_month=rewrite.is_month,
        evidence=rewrite.evidence,
        index=rewrite.index,
    )
    return with_wrapped_diff(fix, sources)


def _slowest(shape: str, traces: Sequence[Trace]) -> QueryGroup | None:
    groups = (group for trace in traces for group in trace.groups if group.fingerprint == shape)
    return max(groups, key=lambda group: group.max_ms, default=None)
