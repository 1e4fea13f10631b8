"""Lays two plans beside each other: which node of one stands where which node of the other stood."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from queryscope.model import PlanNode
from queryscope.plans.metrics import walk

_SCANS = frozenset(
    {"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Tid Scan", "Tid Range Scan"}
)
_JOINS = frozenset({"Nested Loop", "Hash Join", "Merge Join"})
_MOST_COMPARED = 50  # children of one node that are compared each with each


@dataclass(frozen=True, slots=True)
class Pair:
    """A node of each plan; one of them is missing where a node was added or removed."""

    before: PlanNode | None
    after: PlanNode | None


def align(before: PlanNode, after: PlanNode) -> Iterator[Pair]:
    """Every node of both plans once, in the order of their walks."""
    targets = {id(node): names for root in (before, after) for node, names in _targets(root)}
    waiting = [(before, after)]
    while waiting:
        old, new = waiting.pop()
        removed, added = _wrappers(old, new)
        for node, follower in pairwise(removed):
            yield from (Pair(each, None) for each in _without(node, follower))
        for node, follower in pairwise(added):
            yield from (Pair(None, each) for each in _without(node, follower))
        old, new = removed[-1] if removed else old, added[-1] if added else new
        yield Pair(old, new)
        pairs, gone, come = _pair_children(old.children, new.children, targets)
        yield from (Pair(node, None) for child in gone for node in walk(child))
        yield from (Pair(None, node) for child in come for node in walk(child))
        waiting.extend(reversed(pairs))


def kind_of(node: PlanNode) -> Hashable:
    """What a node is for: all ways to scan one relation are alike, and all joins."""
    if node.node_type in _SCANS:
        return ("scan", node.schema, node.relation_name, node.alias)
    if node.node_type in _JOINS:
        return "join"
    if node.node_type in ("Gather", "Gather Merge"):
        return "gather"
    return (node.node_type, node.cte_name, node.function_name, node.operation)


def _wrappers(old: PlanNode, new: PlanNode) -> tuple[list[PlanNode], list[PlanNode]]:
    """The way down to the node that matches: below a Sort that went, below a Gather that came."""
    if kind_of(old) == kind_of(new):
        return [], []
    removed = _way_to(old, kind_of(new))
    added = _way_to(new, kind_of(old))
    if removed and (not added or len(removed) <= len(added)):
        return removed, []
    return [], added


def _way_to(node: PlanNode, kind: Hashable) -> list[PlanNode]:
    """From a node down to the first of that kind; empty if there is none on the way that doesn't fork."""
    way = [node]
    while True:
        children = [
            child for child in way[-1].children if child.parent_relationship not in ("InitPlan", "SubPlan")
        ]
        matching = [child for child in children if kind_of(child) == kind]
        if matching:
            return [*way, matching[0]]
        if len(children) != 1:
            return []
        way.append(children[0])


def _without(node: PlanNode, follower: PlanNode) -> Iterator[PlanNode]:
    """A node and all below it, except for one of its children."""
    yield node
    for child in node.children:
        if child is not follower:
            yield from walk(child)


def _pair_children(
    old: Sequence[PlanNode], new: Sequence[PlanNode], targets: dict[int, frozenset[Hashable]]
) -> tuple[list[tuple[PlanNode, PlanNode]], list[PlanNode], list[PlanNode]]:
    """Children that belong together, those that are gone, and those that have come."""
    rest: dict[Hashable, list[PlanNode]] = defaultdict(list)
    for child in new:
        rest[_signature(child, targets)].append(child)
    pairs: list[tuple[PlanNode, PlanNode]] = []
    unpaired = []
    for child in old:
        same = rest[_signature(child, targets)]
        if same:
            pairs.append((child, same.pop(0)))
        else:
            unpaired.append(child)
    left = [child for child in new if any(child is one for one in rest[_signature(child, targets)])]
    gone = []
    for child in unpaired:
        partner = _nearest(child, left[:_MOST_COMPARED], targets)
        if partner is None:
            gone.append(child)
        else:
            pairs.append((child, partner))
            left = [one for one in left if one is not partner]
    return pairs, gone, left


def _signature(node: PlanNode, targets: dict[int, frozenset[Hashable]]) -> Hashable:
    is_sub = node.parent_relationship in ("InitPlan", "SubPlan")
    return (is_sub, node.subplan_name.partition(" (")[0], targets[id(node)])


def _nearest(
    node: PlanNode, others: Sequence[PlanNode], targets: dict[int, frozenset[Hashable]]
) -> PlanNode | None:
    """The one that reads most of the same; of equals the one in the same role."""
    own = targets[id(node)]

    def likeness(other: PlanNode) -> tuple[float, bool]:
        theirs = targets[id(other)]
        shared = len(own & theirs) / max(len(own | theirs), 1)
        return shared, other.parent_relationship == node.parent_relationship

    best = max(others, key=likeness, default=None)
    if best is None or likeness(best) == (0.0, False):
        return None
    return best


def _targets(root: PlanNode) -> Iterator[tuple[PlanNode, frozenset[Hashable]]]:
    """For every node the relations that are read at or below it."""
    found: dict[int, frozenset[Hashable]] = {}
    for node in reversed(list(walk(root))):
        own = {(node.relation_name, node.alias)} if node.relation_name else set()
        if node.cte_name or node.function_name:
            own = {(node.cte_name or node.function_name, node.alias)}
        names = frozenset(own).union(*(found[id(child)] for child in node.children))
        found[id(node)] = names
        yield node, names
