"""One fact of a node is told once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from queryscope.model import Insight, Models, Plan, Schema
from queryscope.rules.plan import judge
from tests.plans.nodes import analyzed, plan_of

PLAN = plan_of(analyzed("Seq Scan"))


@dataclass(frozen=True)
class Rule:
    """One that has its insights with it."""

    insights: tuple[Insight, ...]
    name: str = "some-rule"

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        yield from self.insights


def insight(rule: str, node: int = 0, **more: Any) -> Insight:
    return Insight(rule=rule, node=node, severity="warning", message=f"{rule} {node}.", **more)


def told(*insights: Insight) -> list[str]:
    """What is left of it, each by a rule of its own."""
    rules: list[Any] = [Rule((each,)) for each in insights]
    return [each.rule for each in judge(PLAN, Schema(), Models(), rules)]


def test_the_first_rule_speaks_of_a_fact():
    assert told(insight("first", fact="reading"), insight("second", fact="reading")) == ["first"]


def test_another_fact_or_another_node_is_told_too():
    assert told(insight("first", fact="reading"), insight("second", fact="order")) == ["first", "second"]
    assert told(insight("first", fact="reading"), insight("second", 1, fact="reading")) == ["first", "second"]


def test_one_rule_may_say_two_things_of_a_node():
    assert told(insight("same", fact="reading"), insight("same", fact="reading")) == ["same", "same"]


def test_without_a_fact_a_rule_stands_by_itself():
    assert told(insight("first"), insight("second")) == ["first", "second"]


def test_what_an_insight_explains_is_not_told_again():
    reason = insight("reason", 2, fact="reading", explains=(("joining", 0),))
    assert told(reason, insight("effect", 0, fact="joining")) == ["reason"]
    assert told(reason, insight("other", 0, fact="reading")) == ["reason", "other"]


def test_an_insight_on_several_nodes_is_told_while_one_of_them_is_new():
    first = insight("first", 1, fact="reading")
    assert told(first, insight("sum", 0, fact="reading", nodes=(1, 2))) == ["first", "sum"]
    assert told(first, insight("sum", 0, fact="reading", nodes=(1,))) == ["first"]


def test_a_badge_keeps_nobody_from_speaking():
    badge = replace(insight("badge", fact="reading"), is_badge=True)
    assert told(badge, insight("rule", fact="reading")) == ["badge", "rule"]
    assert told(insight("rule", fact="reading"), badge) == ["rule"]
