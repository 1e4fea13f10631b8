"""Slow queries and their plans: dropped where the plan contradicts, told with what the plan shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from queryscope.analysis.indexes import proved
from queryscope.model import Capture, Evidence, Finding, Fix, Insight, Measure, Observation, Plan, SkippedPlan
from queryscope.plans.metrics import measure, walk

RULE = "slow-query"


def drop_explained_away(
    observations: Sequence[Observation], captures: Sequence[Capture]
) -> list[Observation]:
    """Without slow queries that an index finding explains, or whose own plan shows that they aren't slow."""
    served = {shape for each in captures for advice in proved(each.indexes) for shape in advice.serves}
    planned: dict[str, float] = {}  # the longest of all plans of a shape
    for plan in (plan for capture in captures for plan in capture.plans):
        if plan.is_analyzed and plan.execution_time_ms is not None:
            known = planned.get(plan.fingerprint, 0.0)
            planned[plan.fingerprint] = max(known, plan.execution_time_ms)
    return [
        each
        for each in observations
        if each.rule != RULE
        or not (
            served.intersection(each.fingerprints)
            or any(planned.get(shape, each.duration_ms) < each.duration_ms / 2 for shape in each.fingerprints)
        )
    ]


def with_plans(
    findings: Sequence[Finding], plans: Sequence[Plan], skipped: Sequence[SkippedPlan] = ()
) -> list[Finding]:
    """Slow queries with what their plan says: the costliest insight, or where the time goes."""
    by_shape = {plan.fingerprint: plan for plan in plans}
    reasons = {skip.fingerprint: skip.reason for skip in skipped}
    return [_with_plan(each, by_shape, reasons) if each.rule == RULE else each for each in findings]


def _with_plan(finding: Finding, plans: dict[str, Plan], reasons: dict[str, str]) -> Finding:
    plan = next((plans[shape] for shape in finding.fingerprints if shape in plans), None)
    if plan is None or not plan.is_analyzed:
        told = next((reasons[shape] for shape in finding.fingerprints if shape in reasons), "")
        why = plan.note if plan is not None and plan.note else told
        return replace(
            finding, fixes=(_rewrite(None, caveat=f"No plan: {why}" if why else "No plan was taken."),)
        )
    seen = [insight for insight in plan.insights if not insight.is_badge]
    worst = max(seen, key=lambda insight: insight.share, default=None)
    message = f"{finding.message} {worst.message if worst else _where(plan)}"
    fix = _rewrite(worst, caveat="No diff: what the page needs of these rows is not in the plan.")
    evidence = Evidence(before=Measure(queries=1, ms=plan.execution_time_ms))
    return replace(finding, message=message, fixes=(replace(fix, evidence=evidence),))


def _rewrite(insight: Insight | None, *, caveat: str) -> Fix:
    remedy = insight.remedy if insight is not None and insight.remedy else ""
    return Fix(
        kinds=("rewrite",),
        title="Ask for less, or keep the result",
        code=remedy or "Narrow the rows before they are joined and sorted, or keep the result for some time.",
        caveat=caveat,
    )


def _where(plan: Plan) -> str:
    """The node that takes the most time by itself."""
    times = measure(plan)
    node = max(walk(plan.root), key=lambda each: times[each.id].self_ms)
    relation = f" on {node.relation_name}" if node.relation_name else ""
    return f"Most of it, {times[node.id].self_ms:.0f} ms, goes into {node.node_type}{relation}."
