"""Slow queries and their plans: dropped where a plan contradicts, told with what the plan shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from queryscope.analysis.index_wishes import MEASURED
from queryscope.model import (
    Capture,
    Evidence,
    Finding,
    Fix,
    IndexAdvice,
    Insight,
    Measure,
    Observation,
    Plan,
    SkippedPlan,
    Trace,
)
from queryscope.plans.metrics import measure, total_rows, walk
from queryscope.plans.words import PLANNED_FOR_TIME

RULE = "slow-query"
# What is told by its duration alone: a plan or an index may show that it was something else.
TIMED = frozenset({RULE, "expensive-count"})
# In units of reading a page in sequence: at PostgreSQL's own weights 25 pages read at random. Of these a few
# are cold, some milliseconds each from a disk that has to seek; a query counts as slow from 100 ms on.
TINY_COST = 100.0
# What these rules tell is in the plan too, if there is one: told once, with its numbers.
TOLD_WITH = {
    "deep-offset": "offset-deep",
    "random-order": "sort-for-limit",
    "distinct-after-join": "distinct-on-join",
}
RANDOM = "random-order"
# Of these the size of the tables decides, which is read when the unit of work has ended.
SIZED = frozenset({RANDOM, "distinct-after-join"})
TINY_ROWS = 1_000  # sorted in less than a millisecond
_INDEX_SCANS = frozenset({"Index Scan", "Index Only Scan", "Bitmap Index Scan"})
_UNFORESEEN = 10.0  # times the rows that were expected: the estimate rests on old statistics


def drop_explained_away(
    observations: Sequence[Observation], captures: Sequence[Capture], indexes: Sequence[IndexAdvice] = ()
) -> list[Observation]:
    """Without slow queries that a timed index explains, or whose own plan shows that they aren't slow.

    Nor what a plan shows to sort few rows. An index that was not timed is an idea: the query stays slow.
    """
    timed = (advice for advice in indexes if advice.evidence.level in MEASURED)
    served = {shape for advice in timed for shape in advice.serves}
    plans: defaultdict[str, list[Plan]] = defaultdict(list)
    for plan in (plan for capture in captures for plan in capture.plans):
        plans[plan.fingerprint].append(plan)
    traces = {capture.trace.id: capture.trace for capture in captures}

    def is_kept(each: Observation) -> bool:
        found = [plans[shape] for shape in each.fingerprints if shape in plans]
        if each.rule == RANDOM:
            return not any(_sorts_few(plan) for several in found for plan in several)
        if each.rule not in TIMED:
            return True
        if served.intersection(each.fingerprints):
            return False
        return not any(_contradict(several, each, traces.get(each.trace)) for several in found)

    return [each for each in observations if is_kept(each)]


def _sorts_few(plan: Plan) -> bool:
    return plan.is_analyzed and max(map(total_rows, walk(plan.root))) < TINY_ROWS


def _contradict(plans: Sequence[Plan], slow: Observation, trace: Trace | None) -> bool:
    """Whether the plans of a shape show that it wasn't what took so long."""
    times = [
        plan.execution_time_ms for plan in plans if plan.is_analyzed and plan.execution_time_ms is not None
    ]
    if times:
        return max(times) < slow.duration_ms / 2
    groups = [trace.groups[index] for index in slow.groups] if trace is not None else []
    rows = max((group.rows / group.count for group in groups if group.rows is not None), default=0.0)
    return all(_is_tiny(plan) and rows <= _UNFORESEEN * max(plan.root.plan_rows, 1.0) for plan in plans)


def _is_tiny(plan: Plan) -> bool:
    """Whether an estimate leaves nothing that could take long: a few pages, all found by an index.

    Of a table that is read from end to end, old statistics may make the cost small; of a function, PostgreSQL
    doesn't know it. Every reason for planning only but the lack of time tells of something like that.
    """
    if plan.is_analyzed or plan.note not in ("", PLANNED_FOR_TIME) or plan.root.total_cost > TINY_COST:
        return False
    return all(node.children or node.node_type in _INDEX_SCANS for node in walk(plan.root))


def with_plans(
    findings: Sequence[Finding], plans: Sequence[Plan], skipped: Sequence[SkippedPlan] = ()
) -> list[Finding]:
    """Slow queries with what their plan says: the costliest insight, or where the time goes.

    What other rules tell of the time of a query is told with its plan too: no slow query is then.
    """
    by_shape = {plan.fingerprint: plan for plan in plans}
    reasons = {skip.fingerprint: skip.reason for skip in skipped}
    told = []
    for each in findings:
        if each.rule == RULE:
            told.append(_with_plan(each, by_shape, reasons))
        elif each.rule in TOLD_WITH:
            told.append(_with_insight(each, by_shape))
        else:
            told.append(each)
    return told


def _with_insight(finding: Finding, plans: dict[str, Plan]) -> Finding:
    """A finding with the insight that says the same in numbers, or the costliest one."""
    own = TOLD_WITH[finding.rule]
    seen = [
        insight
        for shape in finding.fingerprints
        if shape in plans and plans[shape].is_analyzed
        for insight in plans[shape].insights
        if not insight.is_badge
    ]
    worst = max(seen, key=lambda insight: (insight.rule == own, *_weight(insight)), default=None)
    if worst is None:
        return finding
    fixes = [replace(fix, evidence=replace(fix.evidence, note=worst.message)) for fix in finding.fixes]
    return replace(finding, fixes=tuple(fixes))


def _with_plan(finding: Finding, plans: dict[str, Plan], reasons: dict[str, str]) -> Finding:
    plan = next((plans[shape] for shape in finding.fingerprints if shape in plans), None)
    if plan is None or not plan.is_analyzed:
        told = next((reasons[shape] for shape in finding.fingerprints if shape in reasons), "")
        why = plan.note if plan is not None and plan.note else told
        return replace(finding, fixes=(_rewrite(None, caveat=why or "No plan was taken."),))
    seen = [insight for insight in plan.insights if not insight.is_badge]
    worst = max(seen, key=_weight, default=None)
    message = f"{finding.message} {worst.message if worst else _where(plan)}"
    fix = _rewrite(worst, caveat="No diff: what the page needs of these rows is not in the plan.")
    evidence = Evidence(before=Measure(queries=1, ms=plan.execution_time_ms))
    return replace(finding, message=message, fixes=(replace(fix, evidence=evidence),))


def _weight(insight: Insight) -> tuple[bool, float]:
    """What only informs stands behind everything else, however large its share is."""
    return insight.severity != "info", insight.share


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
