"""What a node cost by itself: times, rows and buffers over all loops, each counted once.

PostgreSQL prints means per loop, of all processes together, and puts the time of a CTE or InitPlan into the
node that reads it while listing it elsewhere (see `readers`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count
from types import MappingProxyType

from queryscope.model import Plan, PlanNode
from queryscope.plans.ledger import Shares, draw_up, settle
from queryscope.plans.readers import Tree, find_deferred

# PostgreSQL prints no rows of theirs: 0, whatever they gave.
_WITHOUT_ROWS = frozenset({"BitmapAnd", "BitmapOr"})
_ROUNDING_MS = 0.0005  # PostgreSQL tells microseconds of one loop


class _Same:
    """The very plan: to compare two of them field by field would take longer than to measure them."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.plan is other.plan

    def __hash__(self) -> int:
        return id(self.plan)


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
    self_temp_blocks: int = 0  # read or written
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
    if node.actual_rows is None or not is_executed(node) or node.node_type in _WITHOUT_ROWS:
        return 1.0
    actual, planned = max(node.actual_rows, 1.0), max(node.plan_rows, 1.0)
    return max(actual / planned, planned / actual)


def blocks(node: PlanNode) -> int:
    """Shared buffers that the node and its children touched; PostgreSQL sums them over loops and workers."""
    return node.shared_hit_blocks + node.shared_read_blocks


def temp_blocks(node: PlanNode) -> int:
    """Blocks of temporary files that the node and its children read or wrote."""
    return node.temp_read_blocks + node.temp_written_blocks


def root_ms(plan: Plan) -> float:
    """The time of the whole plan, with that of a writing CTE that ran on after the root had ended."""
    return _shares(_Same(plan))[1].whole


def root_blocks(plan: Plan) -> int:
    """The shared buffers of the whole plan, likewise."""
    return int(_shares(_Same(plan))[2].whole)


def wall_ms(node: PlanNode, *, processes: float) -> float:
    """Time of the node and its children, when its loops were shared by so many processes."""
    return (node.actual_total_time_ms or 0.0) * (node.actual_loops or 0.0) / max(processes, 1.0)


def measure(plan: Plan) -> Mapping[int, NodeMetrics]:
    """The metrics of every node, by id. Self times add up to `root_ms`, self blocks to `root_blocks`."""
    return _measured(_Same(plan))


@lru_cache(maxsize=2)
def _measured(same: _Same) -> Mapping[int, NodeMetrics]:
    """Measured once for all the rules that ask one after the other."""
    tree, times, shared, temporary, processes = _shares(same)
    whole = times.whole
    found = {}
    for position, node in enumerate(tree.nodes):
        total, own = times.totals[position], times.own[position]
        found[node.id] = NodeMetrics(
            node=node.id,
            total_ms=total,
            self_ms=own,
            share=own / whole if whole else 0.0,
            total_share=total / whole if whole else 0.0,
            rows=total_rows(node),
            blocks=blocks(node),
            self_blocks=int(shared.own[position]),
            self_temp_blocks=int(temporary.own[position]),
            scans=(node.actual_loops or 0.0) / processes[position],
            estimate_error=estimate_error(node),
            is_executed=is_executed(node),
        )
    return MappingProxyType(found)


@lru_cache(maxsize=2)
def _shares(same: _Same) -> tuple[Tree, Shares, Shares, Shares, list[float]]:
    """Times, shared blocks and temporary blocks, shared out; and the processes of every node."""
    tree = Tree.of(same.plan.root)
    processes = _processes(tree)
    deferred = list(find_deferred(tree))
    hits = [blocks(node) for node in tree.nodes]
    temps = [temp_blocks(node) for node in tree.nodes]
    walls, starts, slack = [], [], []
    for node, shared_by in zip(tree.nodes, processes, strict=True):
        loops = (node.actual_loops or 0.0) / shared_by
        walls.append((node.actual_total_time_ms or 0.0) * loops)
        starts.append((node.actual_startup_time_ms or 0.0) * loops)
        slack.append(_ROUNDING_MS * loops)
    of_blocks = draw_up(tree, hits, deferred)
    of_times = draw_up(tree, walls, deferred, starts=starts, weights=of_blocks)
    of_temps = draw_up(tree, temps, deferred)
    return (
        tree,
        settle(of_times, walls, slack),
        settle(of_blocks, hits),
        settle(of_temps, temps),
        processes,
    )


def _processes(tree: Tree) -> list[float]:
    """For every node the number of processes that shared its loops: more than one below a Gather."""
    found = [1.0]
    for position in range(1, len(tree.nodes)):
        node, parent = tree.nodes[position], tree.nodes[tree.parents[position]]
        shared = found[tree.parents[position]]
        if parent.node_type in ("Gather", "Gather Merge") and node.parent_relationship == "Outer":
            shared = max((node.actual_loops or 0.0) / (parent.actual_loops or 1.0), 1.0)
        found.append(shared)
    return found
