"""What reading plans costs: `pytest benchmarks/test_plans.py --benchmark-only`.

The goals are 5 s for 10 000 plans (the corpus over and over), and 0.5 s for one plan of 5 000 nodes.
"""

from __future__ import annotations

import json
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest

from queryscope.model import Models, Plan, Schema
from queryscope.plans.badges import badges_of
from queryscope.plans.difference import compare_plans
from queryscope.plans.estimates import find_misestimates
from queryscope.plans.fingerprint import plan_fingerprint
from queryscope.plans.metrics import measure, root_ms, walk
from queryscope.plans.parse import parse_plan
from queryscope.rules.plan import PLAN_RULES
from queryscope.rules.plan import judge as judge_plan

CORPUS = Path(__file__).resolve().parents[1] / "tests" / "plans"
TEXTS = [path.read_text(encoding="utf-8") for path in sorted(CORPUS.rglob("pg*/*.json"))]
PLANS = 10_000
NODES = 5_000


def parse(text: str) -> Plan:
    return parse_plan(text, fingerprint="f0", server_version=None)


def judge(plan: Plan) -> int:
    """All that is found out of one plan."""
    measure(plan)
    find_misestimates(plan)
    plan_fingerprint(plan)
    rules = [rule() for rule in PLAN_RULES]
    return len(judge_plan(plan, Schema(), Models(), rules)) + len(badges_of(plan))


def scan(number: int, **more: Any) -> dict[str, Any]:
    return {
        "Node Type": "Index Scan",
        "Parent Relationship": "Member",
        "Relation Name": f"part_{number}",
        "Alias": f"part_{number}",
        "Index Name": f"part_{number}_pkey",
        "Index Cond": f"((part_{number}.id = '{number}'::bigint) AND (part_{number}.kind = ANY ('{{1,2}}')))",
        "Output": [f"part_{number}.{column}" for column in ("id", "kind", "title", "created")],
        "Plan Rows": 100,
        "Plan Width": 40,
        "Total Cost": 8.3,
        "Actual Rows": 1000.5,
        "Actual Loops": 1,
        "Actual Startup Time": 0.01,
        "Actual Total Time": 0.02,
        "Shared Hit Blocks": 3,
        **more,
    }


def append(children: list[dict[str, Any]]) -> str:
    node = {"Node Type": "Append", "Actual Rows": 9, "Actual Loops": 1, "Actual Total Time": 900.0}
    return json.dumps([{"Plan": {**node, "Shared Hit Blocks": 3 * len(children), "Plans": children}}])


def wide() -> str:
    """One Append of many partitions."""
    return append([scan(number) for number in range(NODES - 1)])


def subqueries() -> str:
    """Half of the nodes are InitPlans that the other half read."""
    read = {"Filter": "(a = (InitPlan 7).col1)", "Parent Relationship": "Member"}
    inits = [
        scan(number, **{"Parent Relationship": "InitPlan", "Subplan Name": f"InitPlan {number}"})
        for number in range(NODES // 2)
    ]
    members = [
        scan(number, **(read | {"Filter": f"(a = (InitPlan {number}).col1)"})) for number in range(NODES // 2)
    ]
    return append((inits + members)[: NODES - 1])


def deep() -> str:
    """Joins inside of joins, again and again."""
    branches = []
    for start in range(0, NODES - 1, 200):
        node = scan(start)
        for number in range(start + 1, min(start + 100, NODES - 1)):
            inner = scan(number, **{"Parent Relationship": "Inner"})
            join = {"Node Type": "Nested Loop", "Parent Relationship": "Outer", "Actual Total Time": 4.0}
            node = {**join, "Actual Rows": 500, "Actual Loops": 1, "Plan Rows": 1, "Plans": [node, inner]}
        branches.append(node)
    return append(branches)


@pytest.mark.parametrize("work", [measure, judge])
def test_ten_thousand_plans(benchmark: Any, work: Any) -> None:
    def run() -> int:
        return sum(1 for text in islice(cycle(TEXTS), PLANS) if work(parse(text)) is not None)

    assert benchmark.pedantic(run, rounds=3) == PLANS


@pytest.mark.parametrize("write", [wide, subqueries, deep])
def test_a_plan_of_five_thousand_nodes(benchmark: Any, write: Any) -> None:
    text = write()
    plan = parse(text)
    assert NODES - 60 <= sum(1 for _ in walk(plan.root)) <= NODES
    assert root_ms(plan) == 900
    benchmark.pedantic(lambda: judge(parse(text)), rounds=5)


@pytest.mark.parametrize("write", [wide, subqueries, deep])
def test_comparing_two_plans_of_five_thousand_nodes(benchmark: Any, write: Any) -> None:
    before, after = parse(write()), parse(write().replace("Index Scan", "Seq Scan"))
    assert benchmark.pedantic(compare_plans, args=(before, after), rounds=3)
