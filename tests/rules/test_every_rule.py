"""Files, tuples, tests and pages of every rule agree: adding one is adding all four."""

from __future__ import annotations

import re
import sys
from dataclasses import FrozenInstanceError, fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from queryscope.config import Config
from queryscope.rules import all_rules
from queryscope.rules.index import INDEX_RULES
from queryscope.rules.plan import PLAN_RULES
from queryscope.rules.run import RUN_RULES
from queryscope.rules.trace import TRACE_RULES

ROOT = Path(__file__).resolve().parents[2]
FAMILIES: dict[str, tuple[Any, ...]] = {
    "trace": TRACE_RULES,
    "run": RUN_RULES,
    "plan": PLAN_RULES,
    "index": INDEX_RULES,
}
RULES = [(family, rule) for family, rules in FAMILIES.items() for rule in rules]
# Not a rule's own: what index rules propose, tried and told as a finding.
FINDINGS = {"missing-index"}
HEADINGS = ["What it finds", "Why it is slow", "Before", "After", "When to leave it", "Options"]
# What stands beside rules in their folder and is none.
PARTS = {
    "trace": {"loops", "owners", "page_order", "paths", "related", "trees"},
    "run": {"fates", "passings", "wasted"},
    "plan": {"asked", "claims", "sources"},
}

every_rule = pytest.mark.parametrize(("family", "rule"), RULES, ids=[rule.name for _, rule in RULES])
every_page = pytest.mark.parametrize("name", sorted({rule.name for _, rule in RULES} | FINDINGS))


def page(name: str) -> str:
    return (ROOT / "docs" / "rules" / f"{name}.md").read_text(encoding="utf-8")


def test_names_are_unique():
    names = [rule.name for rule in all_rules(Config())]
    assert len(set(names)) == len(names) == len(RULES)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_folder_holds_the_rules_of_its_tuple(family):
    files = {path.stem for path in (ROOT / "src/queryscope/rules" / family).glob("*.py")} - {"__init__"}
    assert files - PARTS.get(family, set()) == {rule.name.replace("-", "_") for rule in FAMILIES[family]}


@every_rule
def test_file_class_and_name_agree(family, rule):
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    assert rule.__name__ == "".join(word.capitalize() for word in rule.name.split("-"))
    assert rule.__module__ == f"queryscope.rules.{family}.{rule.name.replace('-', '_')}"


@every_rule
def test_a_rule_has_its_test(family, rule):
    assert (ROOT / "tests/rules" / family / f"test_{rule.name.replace('-', '_')}.py").is_file()


def test_every_test_and_every_page_has_its_rule():
    names = {rule.name for _, rule in RULES}
    assert {path.stem for path in (ROOT / "docs/rules").glob("*.md")} - {"README"} == names | FINDINGS


@every_rule
def test_a_rule_is_a_frozen_class_whose_fields_are_its_options(family, rule):
    assert is_dataclass(rule)
    made = rule()
    for option in fields(rule):
        assert option.kw_only
        with pytest.raises(FrozenInstanceError):
            setattr(made, option.name, 7)


@every_rule
def test_a_rule_says_what_it_is(family, rule):
    assert rule.__doc__.strip().endswith(".")
    assert (sys.modules[rule.__module__].__doc__ or "").strip()


@every_page
def test_a_page_has_its_parts(name):
    text = page(name)
    assert text.startswith(f"# {name}\n")
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == HEADINGS


@every_page
def test_a_page_has_no_empty_part(name):
    parts = re.split(r"^## .*$", page(name), flags=re.MULTILINE)[1:]
    assert all(part.strip() for part in parts)


@every_rule
def test_a_page_tells_every_option_with_its_default(family, rule):
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", page(rule.name), flags=re.MULTILINE)
    told = {name: float(default) for name, default in rows}
    assert told == {option.name: getattr(rule(), option.name) for option in fields(rule)}


def test_the_list_of_rules_names_each_once_with_its_first_sentence():
    text = page("README")
    rows = re.findall(r"^\| \[([\w-]+)\]\(([\w-]+)\.md\) \| (.+) \|$", text, flags=re.MULTILINE)
    told = {name: sentence for name, link, sentence in rows if name == link}
    assert len(rows) == len(told)
    assert told == {rule.name: rule.__doc__.strip().split("\n")[0].rstrip(".") for _, rule in RULES}
