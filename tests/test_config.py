"""The one setting: every key, every wrong value, the nearest valid name."""

from __future__ import annotations

import ast
import re
from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from queryscope.config import Config, nearest, observing, read_config
from queryscope.errors import ConfigError
from queryscope.model import Allow
from queryscope.rules import check_options


@pytest.mark.parametrize("settings", [None, {}, MappingProxyType({})])
def test_without_settings_everything_has_a_default(settings):
    assert read_config(settings) == Config()


def test_the_defaults_are_what_the_manual_says():
    config = Config()
    assert (config.slow_ms, config.costly_ms, config.explain_budget_ms) == (100.0, 5.0, 500.0)
    assert (config.explain, config.trial_indexes, config.packages, config.root) == ("slow", (), (), "")
    assert (config.rules, config.extra_rules, config.allow, config.reads) == ({}, (), (), None)


PAGE = (Path(__file__).parent.parent / "docs" / "settings.md").read_text(encoding="utf-8")


def test_the_page_of_settings_tells_every_key_with_its_default():
    rows = re.findall(r"^\| `([A-Z_]+)` \| `([^`]*)` \| ?([^|]*) \| [^|]{20,} \|$", PAGE, flags=re.MULTILINE)
    assert sorted(key for key, *_ in rows) == sorted(entry.name.upper() for entry in fields(Config))
    told = read_config({key: ast.literal_eval(default) for key, default, _ in rows})
    assert told == Config()
    for key, _, unit in rows:
        assert (unit == "ms") is key.endswith("_MS")


def test_the_example_of_the_page_of_settings_can_be_used():
    (example,) = re.findall(r"```python\nQUERYSCOPE = (.*?)```", PAGE, flags=re.DOTALL)
    config = read_config(ast.literal_eval(example))
    check_options(config)
    assert config.slow_ms == 50


ALLOW = Allow(origin="settings", rule="n-plus-one", path="shop/legacy/*", reason="it goes in May")
VALUES: dict[str, tuple[Any, Any]] = {
    "slow_ms": (5, 5.0),
    "costly_ms": (0, 0.0),
    "explain": ("all", "all"),
    "explain_budget_ms": (2.5, 2.5),
    "explain_run_budget_ms": (10_000, 10_000.0),
    "explain_run_plans": (20, 20),
    "auto_explain": (True, True),
    "trial_indexes": (["default"], ("default",)),
    "trial_budget_ms": (10.0, 10.0),
    "trial_run_budget_ms": (0, 0.0),
    "packages": (("shop",), ("shop",)),
    "root": (Path("/srv/shop"), "/srv/shop"),
    "store": (Path("/var/queryscope"), "/var/queryscope"),
    "max_queries": (1, 1),
    "reads": (True, True),
    "allow_findings": ([ALLOW], (ALLOW,)),
    "rules": ({"n-plus-one": {"min_repeats": 5}}, {"n-plus-one": {"min_repeats": 5}}),
    "extra_rules": (["shop.rules.Own"], ("shop.rules.Own",)),
    "keep": (3.0, 3),
    "allow": (["10.0.0.0/8", "192.168.1.5"], ("10.0.0.0/8", "192.168.1.5/32")),
}


def test_every_option_is_tried_here():
    assert set(VALUES) == {entry.name for entry in fields(Config)}


@pytest.mark.parametrize("name", VALUES)
def test_a_key_is_read_in_upper_case_and_an_override_in_lower(name):
    given, told = VALUES[name]
    assert getattr(read_config({name.upper(): given}), name) == told
    assert getattr(read_config(None, **{name: given}), name) == told
    assert type(getattr(read_config({name.upper(): given}), name)) is type(told)


def test_an_override_wins():
    assert read_config({"SLOW_MS": 5, "KEEP": 9}, slow_ms=7) == Config(slow_ms=7.0, keep=9)


def test_strings_may_come_from_anything_that_gives_them_once():
    assert read_config({"PACKAGES": (name for name in ("a", "b"))}).packages == ("a", "b")


def test_a_callable_may_decide_who_is_allowed():
    assert read_config({"ALLOW": callable}).allow is callable


WRONG: dict[str, list[Any]] = {
    "slow_ms": ["5", None, True, -1, -0.1, float("nan"), float("inf"), 10**400, [5], 1j],
    "costly_ms": ["", object()],
    "explain_budget_ms": [{}, -1],
    "explain_run_budget_ms": ["1 min", -1],
    "explain_run_plans": [0, 1.5, None],
    "auto_explain": [None, 1, "on"],
    "trial_budget_ms": ["1s"],
    "trial_run_budget_ms": ["2m", -1],
    "explain": ["ALL", None, True, "", ["slow"], {}],
    "trial_indexes": ["default", None, True, 5, [5], [None], [b"x"], {"default": True}, b"x"],
    "packages": ["shop", [["shop"]]],
    "extra_rules": ["shop.Rule", [type]],
    "root": [None, 5, ["/srv"], b"/srv"],
    "store": [None, 5, ["/srv"], b"/srv"],
    "max_queries": [0, -1, 1.5, "9", True, None, float("inf"), float("nan"), 10**400],
    "keep": [0, 0.5, "3"],
    "reads": [1, 0, "yes", []],
    "allow_findings": [None, 5, "n-plus-one", {"rule": "n-plus-one"}],
    "rules": [None, [], "n-plus-one", {"n-plus-one": 5}, {"n-plus-one": None}, ["n-plus-one"]],
    "allow": ["10.0.0.0/8", ["10.0.0.0/99"], ["nonsense"], [5], 5, None, [b"\n\0\0\1"]],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in WRONG for value in WRONG[name]])
def test_a_value_of_the_wrong_kind_is_shown(name, value):
    with pytest.raises(ConfigError) as raised:
        read_config({name.upper(): value})
    assert f"QUERYSCOPE[{name.upper()!r}] must be" in str(raised.value)
    assert repr(value) in str(raised.value)
    with pytest.raises(ConfigError, match=f"^{name} must be"):
        read_config(None, **{name: value})


def test_every_option_refuses_something():
    assert set(WRONG) == {entry.name for entry in fields(Config)}


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("SLOWMS", "Did you mean 'SLOW_MS'?"),
        ("EXPLAIN_BUDGET", "Did you mean 'EXPLAIN_BUDGET_MS'?"),
        ("slow_ms", "Did you mean 'SLOW_MS'?"),
        ("Rules", "Did you mean 'RULES'?"),
        ("XYZ", "Valid names: ALLOW, ALLOW_FINDINGS, AUTO_EXPLAIN"),
        ("", "Valid names:"),
        (5, "Valid names:"),
        (None, "Valid names:"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest(key, hint):
    with pytest.raises(ConfigError) as raised:
        read_config({key: 5})
    assert f"Unknown key {key!r} in QUERYSCOPE. {hint}" in str(raised.value)


@pytest.mark.parametrize(
    ("key", "hint"), [("slowms", "'slow_ms'"), ("SLOW_MS", "Valid names"), ("x", "Valid names")]
)
def test_an_unknown_override_is_refused_with_the_nearest(key, hint):
    with pytest.raises(ConfigError, match=f"Unknown option '{key}'.*{hint}"):
        read_config(None, **{key: 5})


@pytest.mark.parametrize("settings", [[], "QUERYSCOPE", 5, [("SLOW_MS", 5)]])
def test_a_setting_that_is_no_dict_is_refused(settings):
    with pytest.raises(ConfigError, match="QUERYSCOPE must be a dict, not"):
        read_config(settings)


def test_what_was_read_does_not_change_with_the_settings():
    rules = {"n-plus-one": {"min_repeats": 5}}
    config = read_config({"RULES": rules})
    rules["n-plus-one"]["min_repeats"] = 9
    assert config.rules == {"n-plus-one": {"min_repeats": 5}}
    with pytest.raises(FrozenInstanceError):
        config.slow_ms = 1.0


def test_the_nearest_name_or_all_of_them():
    assert nearest("min_repeat", ["min_repeats", "pause_ms"]) == "Did you mean 'min_repeats'?"
    assert nearest("zzz", ["b", "a"]) == "Valid names: a, b."


def test_an_entry_that_allows_findings_knows_where_it_is_written():
    entry = {"rule": "n-plus-one", "path": "shop/legacy/*", "reason": "it goes in May"}
    config = read_config({"ALLOW_FINDINGS": [{"model": "shop.Book"}, entry]})
    assert config.allow_findings[1] == Allow(origin="QUERYSCOPE['ALLOW_FINDINGS'][1]", **entry)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (5, "must be a dict of strings, not 5"),
        ({}, "must name a rule, model, path or stack"),
        ({"rule": ""}, "must name a rule, model, path or stack"),
        ({"reason": "x"}, "must name a rule, model, path or stack"),
        ({"rule": 5}, "must be a dict of strings"),
        ({"model": None}, "must be a dict of strings"),
        ({"rules": "n-plus-one"}, "Unknown key 'rules' in QUERYSCOPE['ALLOW_FINDINGS'][0]. Did you"),
    ],
)  # fmt: skip
def test_an_entry_that_nobody_can_read_is_refused(entry, told):
    with pytest.raises(ConfigError, match=re.escape(told)):
        read_config({"ALLOW_FINDINGS": [entry]})


@pytest.mark.parametrize("rule", ["n-plus-one", "missing-index", "slow-query", ""])
def test_an_entry_names_a_rule_that_makes_findings(rule):
    check_options(read_config({"ALLOW_FINDINGS": [{"rule": rule, "model": "shop.Book"}]}))


def test_an_unknown_rule_of_an_entry_is_refused_with_the_nearest():
    with pytest.raises(ConfigError, match=r"Unknown rule 'n-plus-1' in .*Did you mean 'n-plus-one'"):
        check_options(read_config({"ALLOW_FINDINGS": [{"rule": "n-plus-1"}]}))


def test_a_door_that_observes_reads_does_so_unless_the_settings_speak():
    assert observing(Config()).reads is True
    assert observing(Config(reads=False)).reads is False
    assert observing(Config(reads=True)).reads is True
    assert not Config().reads
