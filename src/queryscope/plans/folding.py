"""Which parts of a plan may be closed when it is shown: those that take next to nothing and say nothing."""

from __future__ import annotations

from queryscope.model import Plan, PlanNode
from queryscope.plans.metrics import measure, walk

LEAST_NODES = 13  # a smaller plan is shown whole
LEAST_CLOSED = 2  # to close a single node saves no line
MOST_SHARE = 0.02  # of the plan's time, or of its cost where it was not run
_MOST_SHARE_OF_FORCED = 0.1
_MOST_OPEN = 40  # a plan that is still longer closes more


def cheap_parts(plan: Plan) -> frozenset[int]:
    """Ids of nodes whose parts below are closed: they took next to nothing, and nothing is said of them.

    The nodes of the plan are numbered depth first.
    """
    nodes = list(walk(plan.root))
    if len(nodes) < LEAST_NODES:
        return frozenset()
    own = own_costs(plan)
    whole = sum(own.values()) or 1.0
    kept = spoken_of(plan)
    closed = _closed(nodes, own, kept, MOST_SHARE * whole)
    if len(nodes) - _hidden(nodes, closed) > _MOST_OPEN:
        closed = _closed(nodes, own, kept, _MOST_SHARE_OF_FORCED * whole)
    return closed


def spoken_of(plan: Plan) -> frozenset[int]:
    """Ids of nodes that an insight or a badge is about."""
    found = {insight.node for insight in plan.insights}
    return frozenset(found.union(badge.node for badge in plan.badges if badge.node is not None))


def own_costs(plan: Plan) -> dict[int, float]:
    """What each node takes by itself: milliseconds, or planned cost where the plan was not run."""
    if plan.is_analyzed and plan.root.actual_total_time_ms is not None:
        return {node: metrics.self_ms for node, metrics in measure(plan).items()}
    return {node.id: planned_cost(node) for node in walk(plan.root)}


def planned_cost(node: PlanNode) -> float:
    """The planned cost of a node without that of its children."""
    return max(node.total_cost - sum(child.total_cost for child in node.children), 0.0)


def _closed(
    nodes: list[PlanNode], own: dict[int, float], kept: frozenset[int], limit: float
) -> frozenset[int]:
    """The topmost nodes below which everything together stays within the limit."""
    below: dict[int, tuple[float, int, bool]] = {}  # cost, nodes, whether something is said of one
    for node in reversed(nodes):
        parts = [below[child.id] for child in node.children]
        kids = node.children
        below[node.id] = (
            sum(part[0] for part in parts) + sum(own[child.id] for child in kids),
            sum(part[1] for part in parts) + len(kids),
            any(part[2] for part in parts) or any(child.id in kept for child in kids),
        )
    found: set[int] = set()
    inside: set[int] = set()
    for node in nodes:
        cost, count, is_spoken_of = below[node.id]
        if node.id in inside:
            inside.update(child.id for child in node.children)
        elif count >= LEAST_CLOSED and cost <= limit and not is_spoken_of:
            found.add(node.id)
            inside.update(child.id for child in node.children)
    return frozenset(found)


def _hidden(nodes: list[PlanNode], closed: frozenset[int]) -> int:
    hidden: set[int] = set()
    for node in nodes:
        if node.id in closed or node.id in hidden:
            hidden.update(child.id for child in node.children)
    return len(hidden)
