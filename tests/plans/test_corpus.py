"""The corpus holds what its manifest says, judged by the triggers of the catalogue."""

from __future__ import annotations

import re

import pytest

from queryscope.model import Models, Plan
from queryscope.plans.metrics import walk
from queryscope.rules.plan import PLAN_RULES, judge
from tests.plans.corpus import CASES, CATALOGUE, FOLDER, MADE_BY, REAL, Case
from tests.plans.corpus.derive import derived
from tests.plans.nodes import slowed
from tests.plans.shop import SCHEMA
from tests.plans.triggers import TRIGGERS

LARGEST_BYTES = 30_000
# What only one of the servers has: the embedded 18 can't compile, 15 knows neither of the others.
ONLY_ON = {"R29": {15}, "R42": {18}, "R43": {18}, "R44": {18}}
RULES = {
    "seq-scan-selective": "R01",
    "seq-scan-unselective": "R02",
    "index-filter-waste": "R04",
    "limit-walk": "R05",
    "sort-for-limit": "R06",
    "sort-spill": "R07",
    "hash-spill": "R08",
    "hashagg-spill": "R09",
    "temp-io": "R10",
    "estimate-off": "R11",
    "never-analyzed": "R14",
    "nested-loop-heavy": "R15",
    "inner-seq-scan": "R16",
    "correlated-subplan": "R17",
    "join-filter-waste": "R18",
    "lossy-bitmap": "R19",
    "recheck-waste": "R20",
    "heap-fetches": "R21",
    "unselective-index": "R22",
    "offset-deep": "R23",
    "count-all": "R24",
    "or-seq-scan": "R25",
    "function-on-column": "R26",
    "type-cast": "R27",
    "leading-wildcard": "R28",
    "cte-fence": "R36",
    "wide-rows": "R37",
    "distinct-on-join": "R38",
    "trigger-time": "R39",
    "skip-scan": "R42",
    "serialize-cost": "R44",
    "append-many": "R45",
    "incremental-sort": "R46",
    "many-seq-scans": "R47",
}
# Who tells it, where a more specific rule does.
TOLD_BY = {
    ("seq-scan-selective", "or_seq_scan"): "or-seq-scan",
    ("seq-scan-selective", "wildcard_leading"): "leading-wildcard",
    ("function-on-column", "wildcard_leading_upper"): "leading-wildcard",
    ("estimate-off", "never_analyzed"): "never-analyzed",
    ("hash-spill", "hash_more_batches"): "estimate-off",
    ("temp-io", "sort_spill"): "sort-spill",
    ("temp-io", "parallel_sort_spill"): "sort-spill",
    ("temp-io", "hash_spill"): "hash-spill",
    ("temp-io", "hashagg_spill"): "hashagg-spill",
    ("nested-loop-heavy", "nested_loop_heavy"): "join-filter-waste",
    ("nested-loop-heavy", "join_filter_waste"): "join-filter-waste",
}
# Whose plan took less than a millisecond: told of a server that is ten times slower.
TOO_FAST = {("wide-rows", "wide_rows"), ("skip-scan", "skip_scan")}
# What meets the trigger of the catalogue and is no fault: a BRIN index knows pages and no rows.
HARMLESS = {("lossy-bitmap", "bitmap_brin")}


def label(case: Case) -> str:
    return case.label


def triggers_of(case: Case) -> set[str]:
    """The rules of the catalogue whose trigger the plan meets."""
    found = {rule for rule, trigger in TRIGGERS.items() if trigger(case.plan)}
    is_wildcard = re.search(r"LIKE (?:UPPER\()?'%[\w ]{3}", case.sql) is not None
    if is_wildcard and any("~~" in node.filter for node in walk(case.plan.root)):
        found.add("R28")
    return found


def test_every_plan_is_in_the_manifest_and_every_entry_has_its_plan():
    files = {f"{path.parent.name}/{path.stem}" for path in FOLDER.glob("pg*/*.json")}
    assert files == {case.label for case in CASES}


def test_real_servers_made_far_more_than_120_plans():
    assert len(REAL) > 300
    assert {case.version for case in REAL} == set(MADE_BY)
    assert {case.version for case in CASES} - set(MADE_BY) == {14, 16, 17}


@pytest.mark.parametrize("rule", CATALOGUE)
def test_every_rule_of_the_catalogue_has_a_case_and_a_near_miss(rule: str):
    for version in MADE_BY:
        if version in ONLY_ON.get(rule, MADE_BY):
            assert any(rule in case.fires for case in REAL if case.version == version)
            assert any(rule in case.near for case in REAL if case.version == version)


@pytest.mark.parametrize("case", CASES, ids=label)
def test_a_plan_shows_what_the_manifest_says(case: Case):
    found = triggers_of(case)
    assert set(case.fires) - {"R14"} <= found
    assert not found & set(case.near)
    assert set(case.fires + case.near) <= set(CATALOGUE)


@pytest.mark.parametrize("case", CASES, ids=label)
def test_a_plan_is_small_and_read_whole(case: Case):
    plan = case.plan
    assert len(case.text.encode()) < LARGEST_BYTES
    assert case.text.count('"Node Type"') == sum(1 for _ in walk(plan.root))
    assert unknown_keys(plan) <= {"JIT"}  # of a worker; the plan has the sum


@pytest.mark.parametrize("case", CASES, ids=label)
def test_no_value_of_the_statement_is_in_its_plan(case: Case):
    values = [value for value in re.findall(r"'([^']{5,})'", case.sql) if not value.isidentifier()]
    text = repr(case.plan)
    assert [value for value in values if f"'{value}'" in text or f"{value}'::" in text] == []


@pytest.mark.parametrize("case", [case for case in CASES if not case.is_real], ids=label)
def test_a_derived_plan_is_what_its_source_makes(case: Case):
    assert case.text == derived(case) + "\n"


@pytest.mark.parametrize("rule", PLAN_RULES, ids=lambda rule: rule.name)
def test_a_rule_speaks_of_its_cases_and_not_of_their_near_misses(rule: type):
    name = rule.name  # type: ignore[attr-defined]
    for case in REAL:
        if RULES[name] in case.fires and (name, case.name) not in HARMLESS:
            plan = slowed(case.plan) if (name, case.name) in TOO_FAST else case.plan
            assert TOLD_BY.get((name, case.name), name) in told(plan), case.label
        if RULES[name] in case.near:
            assert name not in told(case.plan, with_badges=False), case.label


def test_every_exception_is_one():
    for name, of in TOO_FAST:
        assert all(name not in told(case.plan) for case in REAL if case.name == of)
    for name, of in HARMLESS:
        assert all(name not in told(slowed(case.plan)) for case in REAL if case.name == of)
    for name, of in TOLD_BY:
        assert all(name not in told(case.plan) for case in REAL if case.name == of)


def told(plan: Plan, *, with_badges: bool = True) -> set[str]:
    """The rules that speak of a plan, all of them together."""
    insights = judge(plan, SCHEMA, Models(), [rule() for rule in PLAN_RULES])
    return {insight.rule for insight in insights if with_badges or not insight.is_badge}


def unknown_keys(plan: Plan) -> set[str]:
    """Keys that have no field."""
    parts = [plan.planning, plan.serialization, *plan.triggers]
    for node in walk(plan.root):
        parts += [node, *node.workers, *node.grouping_sets, *node.target_tables]
        for part in (node, *node.workers):
            parts += [part.full_sort_groups, part.pre_sorted_groups]
    return {key for part in parts if part is not None for key in part.extra}
