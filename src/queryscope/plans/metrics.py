"""What a node cost by itself: times, rows and buffers over all loops, each counted once.

PostgreSQL prints means per loop, of all processes together, and puts the time of a CTE or InitPlan into the
node that first reads it while listing it elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

from queryscope.model import Plan, PlanNode

_RETURNS = re.compile(r"\$\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeMetrics:
    """One node over all its loops. Times are of the wall clock: workers run side by side."""

    node: int  # PlanNode.id
    total_ms: float = 0.0  # with its children
    self_ms: float = 0.0
    share: float = 0.0  # of the root's time that is the node's own, 0..1
    total_share: float = 0.0  # with its children
    rows: float = 0.0
    blocks: int = 0  # shared buffers hit or read, with its children
    self_blocks: int = 0
    scans: float = 0.0  # how often it ran; what workers did together is one scan
    estimate_error: float = 1.0  # how many times off the row estimate is, 1 or more
    is_executed: bool = False


def walk(root: PlanNode) -> Iterator[PlanNode]:
    """All nodes, depth first, a parent before its children."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


def number_nodes(root: PlanNode) -> PlanNode:
    """The same tree with ids by depth-first position."""
    return _numbered(root, count())


def _numbered(node: PlanNode, numbers: count[int]) -> PlanNode:
    own = next(numbers)
    return replace(node, id=own, children=tuple(_numbered(child, numbers) for child in node.children))


def is_executed(node: PlanNode) -> bool:
    """Whether the node ran at least once."""
    return bool(node.actual_loops)


def total_rows(node: PlanNode) -> float:
    """Rows that the node gave over all loops."""
    return (node.actual_rows or 0.0) * (node.actual_loops or 0.0)


def removed_rows(node: PlanNode) -> float:
    """Rows that the node read and its filter dropped, over all loops."""
    return node.rows_removed_by_filter * (node.actual_loops or 0.0)


def estimate_error(node: PlanNode) -> float:
    """How many times more or fewer rows came than were planned, 1 or more; 1 if the node never ran."""
    if node.actual_rows is None or not is_executed(node):
        return 1.0
    actual, planned = max(node.actual_rows, 1.0), max(node.plan_rows, 1.0)
    return max(actual / planned, planned / actual)


def blocks(node: PlanNode) -> int:
    """Shared buffers that the node and its children touched; PostgreSQL sums them over loops and workers."""
    return node.shared_hit_blocks + node.shared_read_blocks


def root_ms(plan: Plan) -> float:
    """The time of the whole plan."""
    return wall_ms(plan.root, processes=1.0)


def wall_ms(node: PlanNode, *, processes: float) -> float:
    """Time of the node and its children, when its loops were shared by so many processes."""
    return (node.actual_total_time_ms or 0.0) * (node.actual_loops or 0.0) / max(processes, 1.0)


def measure(plan: Plan) -> dict[int, NodeMetrics]:
    """The metrics of every node, by id. Self times add up to the root's time, self blocks to its blocks."""
    nodes = {node.id: node for node in walk(plan.root)}
    within = _charged_children(plan.root)
    processes = {node.id: shared for node, shared in _processes(plan.root)}
    walls = {number: wall_ms(node, processes=processes[number]) for number, node in nodes.items()}
    totals = {plan.root.id: walls[plan.root.id]}
    whole = totals[plan.root.id]
    found: dict[int, NodeMetrics] = {}
    waiting = [plan.root]
    while waiting:
        node = waiting.pop()
        total, children = totals[node.id], within[node.id]
        spent = sum(walls[child.id] for child in children)
        # Times are rounded to a microsecond per loop: many loops can add up to more than their parent.
        scale = min(1.0, total / spent) if spent else 1.0
        totals.update({child.id: walls[child.id] * scale for child in children})
        own = max(total - spent * scale, 0.0)
        found[node.id] = NodeMetrics(
            node=node.id,
            total_ms=total,
            self_ms=own,
            share=own / whole if whole else 0.0,
            total_share=total / whole if whole else 0.0,
            rows=total_rows(node),
            blocks=blocks(node),
            self_blocks=blocks(node) - sum(blocks(child) for child in children),
            scans=(node.actual_loops or 0.0) / processes[node.id],
            estimate_error=estimate_error(node),
            is_executed=is_executed(node),
        )
        waiting.extend(children)
    # A forged document may let two subplans read each other: nobody pays for them.
    return {number: found.get(number) or NodeMetrics(node=number) for number in nodes}


def _processes(root: PlanNode) -> Iterator[tuple[PlanNode, float]]:
    """Every node with the number of processes that shared its loops: more than one below a Gather."""
    waiting = [(root, 1.0)]
    while waiting:
        node, processes = waiting.pop()
        yield node, processes
        for child in node.children:
            shared = processes
            if node.node_type in ("Gather", "Gather Merge") and child.parent_relationship == "Outer":
                shared = max((child.actual_loops or 0.0) / (node.actual_loops or 1.0), 1.0)
            waiting.append((child, shared))


def _charged_children(root: PlanNode) -> dict[int, list[PlanNode]]:
    """For every node the children whose time is inside its own, wherever PostgreSQL lists them."""
    charged: dict[int, list[PlanNode]] = {node.id: [] for node in walk(root)}
    for parent in walk(root):
        for child in parent.children:
            charged[_payer(parent, child).id].append(child)
    return charged


def _payer(parent: PlanNode, child: PlanNode) -> PlanNode:
    if child.parent_relationship != "InitPlan":
        return parent
    if child.subplan_name.startswith("CTE "):
        name = child.subplan_name.removeprefix("CTE ")
        scans = [
            node for node in _others(parent, child) if node.node_type == "CTE Scan" and node.cte_name == name
        ]
        return max(scans, key=lambda node: wall_ms(node, processes=1.0), default=parent)
    marks = _marks(child.subplan_name)
    readers = [node for node in _others(parent, child) if any(_mentions(node, mark) for mark in marks)]
    return readers[-1] if readers else parent


def _others(parent: PlanNode, child: PlanNode) -> Iterator[PlanNode]:
    own = {node.id for node in walk(child)}
    return (node for node in walk(parent) if node.id not in own)


def _marks(subplan_name: str) -> list[str]:
    """How conditions mention an InitPlan: "$0" up to PostgreSQL 16, "(InitPlan 1).col1" since 17."""
    name, _, returns = subplan_name.partition(" (returns ")
    return [f"({name})", *_RETURNS.findall(returns)]


def _mentions(node: PlanNode, mark: str) -> bool:
    texts = (
        node.filter,
        node.index_cond,
        node.recheck_cond,
        node.hash_cond,
        node.merge_cond,
        node.join_filter,
        *node.sort_key,
        *node.group_key,
        *node.output,
        *(str(value) for value in node.extra.values() if isinstance(value, str | list)),
    )
    return any(re.search(rf"{re.escape(mark)}(?!\d)", text) for text in texts)
