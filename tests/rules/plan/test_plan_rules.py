"""What all plan rules share."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path

import pytest

from queryscope.config import Config
from queryscope.errors import ConfigError
from queryscope.model import Models, Schema
from queryscope.plans.metrics import walk
from queryscope.rules import check_options, configure
from queryscope.rules.base import PlanRule
from queryscope.rules.plan import PLAN_RULES, judge
from tests.plans.corpus import REAL
from tests.plans.nodes import REAL_PLANS, analyzed, insights_of, plan_of, real_plan, slowed
from tests.plans.shop import SCHEMA

RULES = [rule() for rule in PLAN_RULES]
PAGES = Path(__file__).resolve().parents[3] / "docs" / "rules"
HEADINGS = ("What it finds", "Why it is slow", "Before", "After", "When to leave it", "Options")


def test_every_rule_has_a_name_of_its_own():
    assert len({rule.name for rule in PLAN_RULES}) == len(PLAN_RULES)


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


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_file_class_and_name_agree(rule: PlanRule):
    words = rule.name.split("-")
    assert type(rule).__name__ == "".join(word.capitalize() for word in words)
    assert type(rule).__module__.rpartition(".")[2] == "_".join(words)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_its_page_tells_every_option_with_its_default(rule: PlanRule):
    page = (PAGES / f"{rule.name}.md").read_text(encoding="utf-8")
    assert [line[3:] for line in page.splitlines() if line.startswith("## ")] == list(HEADINGS)
    rows = [line.split("|")[1:3] for line in page.splitlines() if line.startswith("| `")]
    told = {name.strip(" `"): float(default) for name, default in rows}
    assert told == {option.name: getattr(rule, option.name) for option in fields(rule)}  # type: ignore[arg-type]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_options_are_set_by_name_and_never_changed(rule: PlanRule):
    for option in fields(rule):  # type: ignore[arg-type]
        [changed] = configure([type(rule)], {rule.name: {option.name: 7}})
        assert getattr(changed, option.name) == 7
        with pytest.raises(FrozenInstanceError):
            setattr(rule, option.name, 7)


def test_an_option_that_no_rule_has_is_refused_with_the_nearest():
    with pytest.raises(ConfigError, match="min_removed"):
        check_options(replace(Config(), rules={"limit-walk": {"min_removd": 5}}))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_higher_thresholds_silence_a_rule(rule: PlanRule):
    plans = (*map(real_plan, REAL_PLANS), *(slowed(case.plan) for case in REAL))
    plan = next(plan for plan in plans if insights_of(rule, plan, SCHEMA))
    strict = type(rule)(**{option.name: 10**9 for option in fields(rule)})  # type: ignore[arg-type]
    assert not insights_of(strict, plan, SCHEMA)


@pytest.mark.parametrize("name", REAL_PLANS)
def test_no_node_is_blamed_by_two_rules_for_one_cause(name: str):
    """A wrong estimate may stand beside what it causes; everything else is told once."""
    told = judge(real_plan(name), Schema(), Models(), RULES)
    blamed = [insight.node for insight in told if insight.fact != "estimate"]
    assert len(blamed) == len(set(blamed))
