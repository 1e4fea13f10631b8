"""One plan as the HTML report shows it: numbers, what is closed at first, its statement. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from queryscope.formats.json import plan_record
from queryscope.formats.plan_sql import linked_sql
from queryscope.model import Plan, PlanNode
from queryscope.plans.facts import facts_of
from queryscope.plans.folding import cheap_parts, planned_cost
from queryscope.plans.metrics import measure, number_nodes, walk


def plan_view(plan: Plan, sql: str = "") -> dict[str, Any]:
    """One plan as the script takes it.

    Args:
        plan: with its insights.
        sql: its statement as it is shown, laid out.
    """
    numbered = replace(plan, root=number_nodes(plan.root))
    return {
        **plan_record(plan),
        "nodes": node_numbers(numbered),
        "facts": node_facts(numbered),
        "closed": sorted(cheap_parts(numbered)),
        **linked_sql(numbered, sql),
    }


def node_numbers(plan: Plan) -> list[list[Any]]:
    """What each node cost over all its loops, depth first: total, self, rows, own blocks, loops, error, ran.

    An estimated plan has its planned costs and rows instead of times, and no error.
    """
    if not plan.is_analyzed:
        return [_planned(node) for node in walk(plan.root)]
    found = measure(plan)
    return [
        [
            round(item.total_ms, 3),
            round(item.self_ms, 3),
            round(item.rows),
            item.self_blocks,
            round(item.scans),
            round(item.estimate_error, 2) if item.is_executed else 0,
            item.is_executed,
        ]
        for item in (found[node.id] for node in walk(plan.root))
    ]


def node_facts(plan: Plan) -> dict[int, str]:
    """What stands beside the names of nodes: `filter dropped 99 %`."""
    found = measure(plan) if plan.is_analyzed else {}
    told = {node.id: ", ".join(facts_of(node, found.get(node.id))) for node in walk(plan.root)}
    return {node: text for node, text in told.items() if text}


def _planned(node: PlanNode) -> list[Any]:
    return [node.total_cost, round(planned_cost(node), 2), round(node.plan_rows), 0, 1, 0, False]
