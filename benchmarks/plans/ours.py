"""What queryscope says of a node or a plan, and why it says nothing of what another viewer marks."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from queryscope.config import Config
from queryscope.model import Models, Plan, PlanNode, Schema
from queryscope.plans.badges import badges_of
from queryscope.plans.facts import facts_of
from queryscope.plans.metrics import NodeMetrics, measure, number_nodes, walk
from queryscope.plans.weight import is_noise
from queryscope.rules import plan_rules
from queryscope.rules.plan import judge

LEVELS = ("insight", "badge", "row", "")  # from the strongest
FAR = 10.0  # the report marks an estimate so many times off
WARM = 0.22  # of the dearest node: from here on its bar is warm, then hot
_WORDS = {
    "rows removed": ("filter", "recheck"),
    "join filter": ("join filter",),
    "heap fetches": ("heap fetches",),
    "hash batches": ("batches",),
    "sort on disk": ("on disk",),
    "temporary files": ("temporary", "on disk", "batches"),
    "lossy pages": ("lossy",),
    "workers missing": ("workers", "worker"),
    "disabled": ("disabled",),
}
_HEADLINE = {
    "planning time": lambda plan: plan.planning_time_ms is not None,
    "JIT": lambda plan: plan.jit is not None,
    "triggers": lambda plan: bool(plan.triggers),
    "serialization": lambda plan: plan.serialization is not None,
}
# What an insight must be about to say the same; any that is about time will do for a slow or costly node.
_WORK = frozenset({"", "reading", "joining", "spill", "order", "result"})
_ROWS = frozenset({"reading", "joining"})
_FACTS = {
    "slow": _WORK,
    "costly": _WORK,
    "bad estimate": frozenset({"estimate"}),
    "rows removed": _ROWS,
    "join filter": _ROWS,
    "scan to join": _ROWS,
    "materialize loops": _ROWS,
    "nested loop": _ROWS,
    "subplan loops": _ROWS,
    "lossy pages": frozenset({"reading"}),
    "hash batches": frozenset({"spill"}),
    "temporary files": frozenset({"spill"}),
    "sort on disk": frozenset({"spill"}),
    "heap fetches": frozenset({""}),
    "triggers": frozenset({""}),
}
_BADGES = {
    "slow": (
        "parallel-not-used",
        "parallel-overhead",
        "workers-missing",
        "materialize-loops",
        "memoize-thrash",
    ),
    "planning time": ("planning-dominant",),
    "JIT": ("jit-overhead",),
    "workers missing": ("workers-missing",),
    "gather overhead": ("parallel-overhead",),
    "materialize loops": ("materialize-loops",),
    "disabled": ("disabled-node",),
}
# What is about time: a warm bar is a word for it.
_TIMED = frozenset(
    {"slow", "scan to join", "materialize loops", "nested loop", "subplan loops", "gather overhead"}
)


def told_of(plan: Plan) -> Told:
    """With all rules and badges, without a catalog."""
    plan = replace(plan, root=number_nodes(plan.root))
    insights = judge(plan, Schema(), Models(), plan_rules(Config()))
    plan = replace(plan, insights=insights, badges=badges_of(plan))
    nodes = {node.id: node for node in walk(plan.root)}
    above = {child.id: node.id for node in nodes.values() for child in node.children}
    return Told(plan, nodes, above, dict(measure(plan)) if plan.is_analyzed else {})


@dataclass(frozen=True)
class Told:
    """One plan with all that is said of it."""

    plan: Plan
    nodes: dict[int, PlanNode]
    above: dict[int, int]
    metrics: dict[int, NodeMetrics]

    def candidates(self, node_type: str, text: str) -> list[int]:
        """Nodes that a mark may be about, where it names a type only."""
        found = [node for node in self.nodes.values() if node_type in (node.node_type, "CTE")]
        named = [
            node.id
            for node in found
            if node.relation_name and re.search(rf"\bon {node.relation_name}\b", text)
        ]
        return named or [node.id for node in found]

    def answer(self, kind: str, node: int | None) -> tuple[str, str]:
        """How it is said, and if it isn't, why not."""
        facts, badges = _FACTS.get(kind, frozenset()), _BADGES.get(kind, ())
        same = [
            insight
            for insight in self.plan.insights
            if insight.fact in facts and (node is None or node in (insight.node, *insight.nodes))
        ]
        if any(not insight.is_badge for insight in same):
            return "insight", ""
        if same or any(badge.name in badges and badge.node == node for badge in self.plan.badges):
            return "badge", ""
        if node is None:
            return ("row", "") if _HEADLINE[kind](self.plan) else ("", "")
        return ("row", "") if self._in_row(kind, node) else ("", self._why(kind, node))

    def _in_row(self, kind: str, number: int) -> bool:
        node = self.nodes[number]
        own = self.metrics.get(number)
        facts = facts_of(node, own)
        if any(word in fact for fact in facts for word in _WORDS.get(kind, ())):
            return True
        if kind == "never executed":
            return own is not None and not own.is_executed
        if kind == "costly" and own is None:
            return True  # the heat of an estimated plan is its cost
        if kind == "bad estimate":
            return own is not None and own.estimate_error >= FAR
        return kind in _TIMED and own is not None and self._is_warm(own)

    def _is_warm(self, own: NodeMetrics) -> bool:
        most = max(each.self_ms for each in self.metrics.values())
        return own.self_ms >= WARM * most > 0

    def _why(self, kind: str, number: int) -> str:
        node, own = self.nodes[number], self.metrics.get(number)
        if own is None:
            return "the plan was not run"
        if kind == "costly":
            return "it was run: times decide, not planned costs"
        if kind == "bad estimate":
            return _why_estimate(node, own)
        if not own.is_executed:
            return "it never ran"
        if is_noise(own.total_ms, own.total_share):
            return "less than 1 ms or 5 % of the query"
        return self._why_no_time(kind, node, own)

    def _why_no_time(self, kind: str, node: PlanNode, own: NodeMetrics) -> str:
        if kind == "slow" and own.share >= 0.05:
            return "its bar is drawn cool: another node takes over four times as much"
        if kind == "slow":
            return "less than 5 % by itself once CTEs, InitPlans and loops are counted once"
        if kind == "temporary files":
            return "a child's, counted there"
        if kind == "gather overhead" and not node.workers_launched:
            return "no worker came, which is told"
        if kind == "gather overhead":
            return "less than 5 % of the query, or its work is worth its workers"
        if kind in ("scan to join", "materialize loops", "nested loop", "subplan loops"):
            return "less than a fifth of the dearest node"
        return ""


def _why_estimate(node: PlanNode, own: NodeMetrics) -> str:
    if node.node_type in ("BitmapAnd", "BitmapOr"):
        return "PostgreSQL counts no rows of a BitmapAnd or BitmapOr"
    if not own.is_executed:
        return "it never ran: no rows were asked for"
    planned, actual = node.plan_rows, node.actual_rows or 0.0
    if actual < 1 and planned < FAR:
        return "less than one row of a few"
    return ""
