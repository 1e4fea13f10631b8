"""Rules get their options from the settings; what nobody has is refused."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, ClassVar

import pytest

from queryscope.config import Config
from queryscope.errors import ConfigError
from queryscope.rules import (
    all_rules,
    check_options,
    configure,
    index_rules,
    plan_rules,
    run_rules,
    trace_rules,
)
from queryscope.rules.index import INDEX_RULES
from queryscope.rules.plan import PLAN_RULES
from queryscope.rules.run import RUN_RULES
from queryscope.rules.trace import TRACE_RULES, NPlusOne, SlowQuery


@dataclass(frozen=True)
class Own:
    name: ClassVar[str] = "own-rule"
    limit: float = 1.5
    names: tuple[str, ...] = ()

    def check(self, trace: Any, models: Any) -> Iterator[Any]:
        yield from ()

    def message(self, observations: Any) -> str:
        return ""


@pytest.fixture
def shop_rules(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("shop_rules")
    module.Own = Own  # type: ignore[attr-defined]
    module.Plain = type("Plain", (), {"name": "plain"})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "shop_rules", module)
    return module


def by_name(config: Config) -> dict[str, Any]:
    return {rule.name: rule for rule in trace_rules(config)}


def test_rules_come_in_the_order_of_a_report():
    assert [type(rule) for rule in trace_rules(Config())] == list(TRACE_RULES)
    assert [type(rule) for rule in plan_rules(Config())] == list(PLAN_RULES)
    assert [type(rule) for rule in index_rules(Config())] == list(INDEX_RULES)
    assert [type(rule) for rule in run_rules(Config())] == list(RUN_RULES)
    assert all_rules(Config()) == [*TRACE_RULES, *RUN_RULES, *PLAN_RULES, *INDEX_RULES]


def test_options_of_the_settings_reach_their_rule():
    rules = by_name(Config(rules={"n-plus-one": {"min_repeats": 7}}))
    assert rules["n-plus-one"] == NPlusOne(min_repeats=7)


def test_slow_means_the_same_everywhere_unless_its_rule_says_otherwise():
    assert by_name(Config(slow_ms=20.0))["slow-query"].slow_ms == 20.0
    assert by_name(Config(slow_ms=20.0, rules={"slow-query": {"slow_ms": 9}}))["slow-query"].slow_ms == 9


def test_rules_of_the_project_come_last(shop_rules):
    config = Config(extra_rules=("shop_rules.Own",), rules={"own-rule": {"limit": 2, "names": ("a",)}})
    check_options(config)
    assert trace_rules(config)[-1] == Own(limit=2, names=("a",))
    assert all_rules(config)[-1] is Own


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("shop_rules.Nothing", "can't be imported"),
        ("shop_nowhere.Own", "can't be imported"),
        ("Own", "can't be imported"),
        ("", "can't be imported"),
        ("shop_rules.Plain", "is no dataclass with name, check, message"),
    ],
)
def test_a_rule_that_is_not_there_is_refused(shop_rules, path, told):
    with pytest.raises(ConfigError, match=told) as raised:
        check_options(Config(extra_rules=(path,)))
    assert repr(path) in str(raised.value)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("n-plus-1", "Did you mean 'n-plus-one'?"), ("nonsense", "Valid names: "), (5, "Valid names: ")],
)
def test_an_unknown_rule_is_refused_with_the_nearest(name, hint):
    with pytest.raises(ConfigError) as raised:
        check_options(Config(rules={name: {}}))
    assert f"Unknown rule {name!r} in QUERYSCOPE['RULES']. {hint}" in str(raised.value)


@pytest.mark.parametrize(
    ("option", "hint"),
    [("min_repeat", "Did you mean 'min_repeats'?"), ("x", "Valid names: min_ms, min_repeats"), (5, "Valid")],
)
def test_an_unknown_option_is_refused_with_the_nearest(option, hint):
    with pytest.raises(ConfigError) as raised:
        check_options(Config(rules={"n-plus-one": {option: 3}}))
    assert f"Unknown option {option!r} of rule 'n-plus-one'. {hint}" in str(raised.value)


@pytest.mark.parametrize("value", ["3", None, True, -1, 2.5, float("nan"), float("inf"), [3]])
def test_a_whole_number_is_asked_for(value):
    with pytest.raises(ConfigError, match=r"min_repeats.*must be a whole number, 0 or more") as raised:
        check_options(Config(rules={"n-plus-one": {"min_repeats": value}}))
    assert repr(value) in str(raised.value)


@pytest.mark.parametrize("value", ["3", None, True, -0.5, float("nan")])
def test_a_number_is_asked_for(value):
    with pytest.raises(ConfigError, match=r"slow_ms.*must be a number, 0 or more"):
        check_options(Config(rules={"slow-query": {"slow_ms": value}}))


def test_a_rule_without_options_says_so():
    @dataclass(frozen=True)
    class Bare:
        name: ClassVar[str] = "bare"

    with pytest.raises(ConfigError, match=r"Unknown option 'x' of rule 'bare'\. It has none\."):
        configure([Bare], {"bare": {"x": 1}})


def test_options_win_over_defaults():
    assert configure([SlowQuery], {}, {"slow-query": {"slow_ms": 1}}) == [SlowQuery(slow_ms=1)]
    told = configure([SlowQuery], {"slow-query": {"slow_ms": 2}}, {"slow-query": {"slow_ms": 1}})
    assert told == [SlowQuery(slow_ms=2)]


def test_nothing_to_check_is_no_trouble():
    check_options(Config())
