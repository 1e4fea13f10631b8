"""What all plan rules share."""

from __future__ import annotations

import pytest

from queryscope.model import Models, Schema
from queryscope.plans.metrics import walk
from queryscope.rules.base import PlanRule
from queryscope.rules.plan import PLAN_RULES
from tests.plans.nodes import REAL_PLANS, analyzed, insights_of, plan_of, real_plan

RULES = [rule() for rule in PLAN_RULES]


def test_there_are_ten_rules_with_names_of_their_own():
    assert len({rule.name for rule in PLAN_RULES}) == len(PLAN_RULES) == 10


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@pytest.mark.parametrize("name", REAL_PLANS)
def test_an_insight_names_its_rule_a_node_and_a_remedy(rule: PlanRule, name: str):
    plan = real_plan(name)
    ids = {node.id for node in walk(plan.root)}
    for insight in rule.check(plan, Schema(), Models()):
        assert insight.rule == rule.name
        assert insight.node in ids
        assert insight.message.endswith(".")
        assert insight.remedy.endswith(".")
        assert 0 <= insight.share <= 1.001
        assert "'" not in insight.message


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_plans_that_were_only_estimated_say_nothing(rule: PlanRule):
    assert not insights_of(rule, real_plan("pg15/plan_only"))
    assert not insights_of(rule, real_plan("pg18/plan_only"))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_fast_and_simple_plans_say_nothing(rule: PlanRule):
    for name in ("primary_key", "bitmap_or", "limit_early", "never_executed", "disabled_node"):
        assert not insights_of(rule, real_plan(f"pg15/{name}"))
        assert not insights_of(rule, real_plan(f"pg18/{name}"))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_node_without_times_harms_no_rule(rule: PlanRule):
    untimed = analyzed("Seq Scan", ms=0, rows_removed_by_filter=1_000_000)
    assert not insights_of(rule, plan_of(analyzed("Limit", untimed, ms=0)))
