"""Plans for tests: real ones from files, and small ones by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from queryscope.model import Field, Insight, Model, Models, Plan, PlanNode, Schema
from queryscope.plans.metrics import number_nodes
from queryscope.plans.parse import parse_plan
from queryscope.rules.base import PlanRule
from tests.builders import make_node, make_plan
from tests.plans.corpus import REAL

FOLDER = Path(__file__).parent
SERVERS = ("pg15", "pg18")
# Every file with its server: "pg18/limit_walk".
REAL_PLANS = sorted(f"{path.parent.name}/{path.stem}" for path in FOLDER.glob("pg*/*.json"))


def read_text(name: str) -> str:
    """The document of `pg18/limit_walk`."""
    return (FOLDER / f"{name}.json").read_text(encoding="utf-8")


@cache
def real_plan(name: str) -> Plan:
    """The plan of `pg18/limit_walk`, as PostgreSQL gave it."""
    version = int(name.partition("/")[0].removeprefix("pg")) * 10_000
    return parse_plan(read_text(name), fingerprint="f0", server_version=version)


def analyzed(
    node_type: str, *children: PlanNode, ms: float = 100.0, rows: float = 1.0, loops: float = 1.0, **more: Any
) -> PlanNode:
    """A node that ran: times and rows of one loop."""
    values = {
        "actual_total_time_ms": ms,
        "actual_rows": rows,
        "actual_loops": loops,
        "plan_rows": rows,
        "parent_relationship": "Outer",
    }
    return make_node(node_type, *children, **(values | more))


def plan_of(root: PlanNode, **more: Any) -> Plan:
    """A plan whose nodes are numbered."""
    return make_plan(number_nodes(root), **more)


def insights_of(
    rule: PlanRule, plan: Plan | PlanNode, schema: Schema | None = None, models: Models | None = None
) -> list[Insight]:
    """What a rule says of a plan."""
    plan = plan if isinstance(plan, Plan) else plan_of(plan)
    return list(rule.check(plan, schema or Schema(), models or Models()))


def slowed(plan: Plan, factor: float = 10.0) -> Plan:
    """The plan of a server that takes so many times longer."""

    def slower(node: PlanNode) -> PlanNode:
        times = {
            name: (getattr(node, name) or 0.0) * factor
            for name in ("actual_startup_time_ms", "actual_total_time_ms")
        }
        return replace(node, **times, children=tuple(map(slower, node.children)))

    sent = plan.serialization
    return replace(
        plan,
        root=slower(plan.root),
        execution_time_ms=(plan.execution_time_ms or 0.0) * factor,
        trigger_ms=plan.trigger_ms * factor,
        triggers=tuple(replace(each, time_ms=each.time_ms * factor) for each in plan.triggers),
        serialization=sent and replace(sent, time_ms=sent.time_ms * factor),
    )


def firing_on(rule: PlanRule) -> set[str]:
    """The real plans, without their server, on which a rule says something that is no badge."""
    return {
        name.partition("/")[2]
        for name in REAL_PLANS
        if any(not insight.is_badge for insight in insights_of(rule, real_plan(name)))
    }


def firing_in_corpus(rule: PlanRule) -> set[str]:
    """Likewise of the plans of the corpus."""
    return {
        case.name for case in REAL if any(not insight.is_badge for insight in insights_of(rule, case.plan))
    }


KEY = Field(name="id", column="id", type="AutoField", is_primary=True, is_unique=True)
# The tables of the corpus that rows are joined by, as models.
SHOP = Models(
    models=(
        Model(
            label="shop.Invoice",
            table="invoice",
            fields=(KEY, Field(name="total", column="total", type="IntegerField")),
        ),
        Model(
            label="shop.Line",
            table="line",
            fields=(
                KEY,
                Field(name="bill", column="invoice_id", type="ForeignKey", target="shop.Invoice"),
                Field(name="amount", column="amount", type="IntegerField"),
            ),
        ),
    )
)
