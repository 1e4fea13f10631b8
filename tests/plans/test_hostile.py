"""Documents that nobody's server printed are refused with a word, or read in bounded time."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryscope.errors import PlanError
from queryscope.model import Plan
from queryscope.plans.difference import compare_plans
from queryscope.plans.estimates import find_misestimates
from queryscope.plans.fingerprint import plan_fingerprint
from queryscope.plans.metrics import measure, root_ms
from queryscope.plans.parse import parse_plan
from queryscope.plans.redact import LONGEST_TEXT
from tests.plans.corpus import REAL, Case


def parse(document: Any) -> Plan:
    return parse_plan(document, fingerprint="f0", server_version=None)


def node(**keys: Any) -> dict[str, Any]:
    return {"Node Type": "Seq Scan", **keys}


def top(**keys: Any) -> list[dict[str, Any]]:
    return [{"Plan": node(), **keys}]


def judged(plan: Plan) -> None:
    """All that is found out of a plan."""
    metrics = measure(plan)
    assert all(one.self_ms >= 0 and one.self_blocks >= 0 for one in metrics.values())
    root_ms(plan)
    find_misestimates(plan)
    plan_fingerprint(plan)
    assert compare_plans(plan, plan) == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"Plan": {"Node Type": "Result", "Plan Rows": NaN}}', "NaN is no number"),
        ('{"Plan": {"Node Type": "Result", "Plan Rows": Infinity}}', "Infinity is no number"),
        ('{"Plan": {"Node Type": "Result", "Odd": -Infinity}}', "-Infinity is no number"),
        ('{"Plan": {"Node Type": "Result", "Plan Rows": 1e400}}', "'Plan Rows' is not a number of zero"),
        ('{"Plan": {"Node Type": "Result", "Node Type": "Limit"}}', "a key twice"),
        ('{"Plan": {"Node Type": "Result"}, "Plan": {"Node Type": "Limit"}}', "a key twice"),
        ('{"Plan": {"Node Type": "Result", "Odd": {"a": 1, "a": 2}}}', "a key twice"),
        ('{"Plan": {"Node Type": "Result"}} trailing', "not JSON"),
        ("﻿[]", "not JSON"),
        ("\x00", "not JSON"),
        (f'{{"Plan": {{"Node Type": "Result", "Plan Rows": {"9" * 5_000}}}}}', "not JSON"),
        (f'{{"Plan": {{"Node Type": "Result", "Plan Rows": {"9" * 400}}}}}', "'Plan Rows' is not a number"),
        (f'{{"Plan": {{"Node Type": "Result", "Actual Loops": {2**63}}}}}', "'Actual Loops' is not a number"),
        ('{"Plan": {"Node Type": "Result", "Odd": ' + "[" * 900 + "]" * 900 + "}}", "deeper than any plan"),
    ],
)
def test_a_document_that_is_no_plan_is_refused_with_its_reason(text: str, reason: str):
    with pytest.raises(PlanError, match=reason):
        parse(text)


@pytest.mark.parametrize(
    "document",
    [
        {"Plan": node(Workers=3)},
        {"Plan": node(Workers=[3])},
        {"Plan": node(Workers=[{"Worker Number": "first"}])},
        {"Plan": node(**{"Full-sort Groups": []})},
        {"Plan": node(**{"Full-sort Groups": {"Sort Space Memory": 7}})},
        {"Plan": node(**{"Grouping Sets": {}})},
        {"Plan": node(**{"Grouping Sets": [{"Hash Keys": ["a"]}]})},
        {"Plan": node(**{"Target Tables": [None]})},
        {"Plan": node(**{"Relation Name": 5})},
        {"Plan": node(**{"Node Type": "x" * 2_000})},
        {"Plan": node(**{"Relation Name": "x" * 10_000_000})},
        {"Plan": node(Disabled="no")},
        top(Triggers={}),
        top(Triggers=[5]),
        top(Triggers=[{"Time": "long"}]),
        top(JIT=[]),
        top(JIT={"Timing": 5}),
        top(JIT={"Timing": {"Total": "long"}}),
        top(Settings=[]),
        top(Planning=5),
        top(Serialization={"Output Volume": -1}),
        top(**{"Query Identifier": 2**64}),
        top(**{"Query Identifier": "7"}),
        top(**{"Execution Time": None}),
    ],
)
def test_values_of_a_wrong_kind_are_refused(document: Any):
    with pytest.raises(PlanError):
        parse(document)


def test_a_document_beyond_all_plans_is_refused_unread():
    with pytest.raises(PlanError, match="16000000"):
        parse(" " * 16_000_001)


@pytest.mark.parametrize("unit", ["x", "'", '"', "1 ", "E'\\", "((", "…", "a'b\"1.e+", "::", "\\"])
def test_a_text_of_ten_million_characters_is_cut(unit: str):
    plan = parse({"Plan": node(Filter=unit * (10_000_000 // len(unit)), Odd=unit * 1_000_000)})
    judged(plan)
    assert len(plan.root.filter) <= LONGEST_TEXT


def test_a_list_of_a_hundred_thousand_values_becomes_one_value():
    values = ",".join(map(str, range(100_000)))
    plan = parse({"Plan": node(Filter=f"(id = ANY ('{{{values}}}'::integer[]))")})
    assert plan.root.filter == "(id = ANY (…::integer[]))"


def init_plans(number: int) -> dict[str, Any]:
    """Every node reads every InitPlan."""
    marks = " ".join(f"(InitPlan {n}).col1" for n in range(50))
    inits = [
        node(
            Filter=marks,
            **{
                "Parent Relationship": "InitPlan",
                "Subplan Name": f"InitPlan {n % 50}",
                "Actual Loops": 1,
                "Actual Total Time": 5.0,
                "Shared Hit Blocks": 7,
            },
        )
        for n in range(number)
    ]
    return node(Plans=inits, **{"Actual Loops": 1, "Actual Total Time": 9.0})


def ctes(number: int) -> dict[str, Any]:
    """Half of the nodes are CTEs of one name, half scans of it."""
    scan = {"Node Type": "CTE Scan", "CTE Name": "x", "Parent Relationship": "Member", "Actual Loops": 1}
    cte = {"Parent Relationship": "InitPlan", "Subplan Name": "CTE x", "Actual Loops": 1}
    children = [node(**(scan if n % 2 else cte), **{"Actual Total Time": 1e9}) for n in range(number)]
    return node(Plans=children, **{"Actual Loops": 1, "Actual Total Time": 9.0})


def chain(depth: int, width: int) -> dict[str, Any]:
    """Deep, and each level with many children of its own."""
    inner = node(**{"Actual Rows": 500, "Actual Loops": 1})
    for level in range(depth):
        leaves = [
            node(**{"Relation Name": f"t{level}_{n}", "Actual Rows": 500, "Actual Loops": 1})
            for n in range(width)
        ]
        inner = node(Plans=[*leaves, inner], **{"Actual Rows": 500, "Actual Loops": 1})
    return inner


def lines_run(root: dict[str, Any]) -> int:
    """How many lines of Python it takes to judge a plan: unlike seconds, the same on every machine."""
    count = 0

    def trace(*_: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    known = sys.gettrace()
    sys.settrace(trace)
    try:
        judged(parse({"Plan": root}))
    finally:
        sys.settrace(known)
    return count


@pytest.mark.parametrize("grow", [init_plans, ctes, lambda number: chain(140, number // 140)])
def test_nodes_that_know_each_other_cost_no_more_than_others_where_there_are_many(grow: Any):
    assert lines_run(grow(1_400)) < 2.5 * lines_run(grow(700))


@pytest.mark.parametrize("root", [init_plans(10_000), ctes(10_000), chain(140, 100)])
def test_ten_thousand_nodes_that_know_each_other_are_judged(root: dict[str, Any]):
    judged(parse({"Plan": root}))


def test_too_many_nodes_are_refused():
    with pytest.raises(PlanError, match="larger than 20000 nodes"):
        parse({"Plan": node(Plans=[node()] * 20_001)})


def test_figures_that_cannot_be_are_counted_nevertheless():
    absurd = {"Plan Rows": 1e300, "Total Cost": 1e300, "Actual Loops": 2**62, "Actual Total Time": 1e300}
    child = node(**{"Actual Loops": 2**62, "Shared Hit Blocks": 2**62, "Actual Rows": 2**62})
    judged(parse({"Plan": node(**absurd, Plans=[child, child])}))


@pytest.mark.parametrize("case", REAL[::9], ids=lambda case: case.label)
def test_a_document_that_was_cut_off_is_refused(case: Case):
    text = case.text.rstrip()
    for end in range(1, len(text), max(len(text) // 20, 1)):
        with pytest.raises(PlanError):
            parse(text[:end])


PATHS = st.lists(st.integers(0, 40), min_size=1, max_size=6)
VALUES = st.sampled_from([None, True, -1, 0, 1e300, 2**63 - 1, "", "'", "InitPlan", "CTE x", [], {}, [{}]])


@given(st.sampled_from(REAL), PATHS, VALUES)
def test_a_real_plan_with_one_value_exchanged_is_read_or_refused(case: Case, path: list[int], value: Any):
    document = json.loads(case.text)
    at: Any = document
    for step in path[:-1]:
        keys = list(at) if isinstance(at, dict) else range(len(at)) if isinstance(at, list) else ()
        if not keys:
            break
        below = at[keys[step % len(keys)]]
        if not isinstance(below, dict | list):
            break
        at = below
    keys = list(at) if isinstance(at, dict) else list(range(len(at)))
    if keys:
        at[keys[path[-1] % len(keys)]] = value
    try:
        plan = parse(document)
    except PlanError:
        return
    judged(plan)
