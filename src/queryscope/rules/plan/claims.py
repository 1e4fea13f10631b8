"""One fact, one finding: what a rule has told of a node, no rule behind it tells again."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.model import Insight, Models, NodeFact, Plan, Schema
from queryscope.rules.base import PlanRule


class PlanClaims:
    """Facts of nodes that rules have spoken of. Rules come in their order, the more specific first."""

    def __init__(self) -> None:
        self._rules: dict[tuple[NodeFact | str, int], str] = {}

    def claim(self, insight: Insight) -> bool:
        """Whether the insight tells something that no other rule has told; a badge claims nothing."""
        fact = insight.fact or insight.rule
        own = [(fact, node) for node in insight.nodes or (insight.node,)]
        if all(self._rules.get(key, insight.rule) != insight.rule for key in own):
            return False
        if not insight.is_badge:
            for key in (*own, *insight.explains):
                self._rules.setdefault(key, insight.rule)
        return True


def judge(plan: Plan, schema: Schema, models: Models, rules: Sequence[PlanRule]) -> tuple[Insight, ...]:
    """What the rules say of a plan, each fact once."""
    claims = PlanClaims()
    return tuple(
        insight for rule in rules for insight in rule.check(plan, schema, models) if claims.claim(insight)
    )
