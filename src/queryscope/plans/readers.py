"""Who runs what PostgreSQL lists elsewhere: a CTE or an InitPlan runs inside the node that asks for it.

A CTE is run row by row, by whichever of its scans asks for a row that isn't there yet; a CTE that writes is
run to its end after the root has ended. An InitPlan is run once, by the first node whose condition holds it:
a Gather reckons those of its workers beforehand, an Append those that choose its children.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from queryscope.model import PlanNode

_RETURNS = re.compile(r"\$\d+")
_MARK = re.compile(r"\$\d+|\(InitPlan \d+\)")
MOST_ASKED = 50  # nodes that may have run one InitPlan: a forged plan shall not take minutes
_EARLY = frozenset({"Gather", "Gather Merge", "Append", "Merge Append"})


@dataclass(frozen=True, slots=True)
class Tree:
    """Every node of a plan by its position in a depth-first walk."""

    nodes: list[PlanNode]
    parents: list[int]  # -1 for the root
    ends: list[int]  # the position after the last node below

    @classmethod
    def of(cls, root: PlanNode) -> Tree:
        """The tree below a root."""
        nodes: list[PlanNode] = []
        parents: list[int] = []
        waiting = [(root, -1)]
        while waiting:
            node, parent = waiting.pop()
            waiting.extend([(child, len(nodes)) for child in reversed(node.children)])
            nodes.append(node)
            parents.append(parent)
        ends = list(range(1, len(nodes) + 1))
        for position in range(len(nodes) - 1, 0, -1):
            parent = parents[position]
            ends[parent] = max(ends[parent], ends[position])
        return cls(nodes, parents, ends)

    def is_below(self, position: int, other: int) -> bool:
        """Whether a node is another one or below it."""
        return other <= position < self.ends[other]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    """A CTE or InitPlan with the nodes that may have run it, likelier ones first."""

    position: int
    is_cte: bool
    is_write: bool
    readers: tuple[int, ...]


def find_deferred(tree: Tree) -> Iterator[Deferred]:
    """Every CTE and InitPlan of the plan."""
    listed = [at for at, node in enumerate(tree.nodes) if node.parent_relationship == "InitPlan" and at]
    if not listed:
        return
    ctes = {at for at in listed if tree.nodes[at].subplan_name.startswith("CTE ")}
    scans = _cte_scans(tree, ctes)
    mentions = _mentions(tree) if len(ctes) < len(listed) else {}
    for position in listed:
        is_cte = position in ctes
        yield Deferred(
            position=position,
            is_cte=is_cte,
            is_write=is_cte and tree.nodes[position].node_type == "ModifyTable",
            readers=tuple(scans[position] if is_cte else _init_readers(tree, position, mentions)),
        )


def _cte_scans(tree: Tree, ctes: set[int]) -> dict[int, list[int]]:
    """The scans of every CTE; of two CTEs of one name a scan means the one further in."""
    defined = {(tree.parents[at], tree.nodes[at].subplan_name.removeprefix("CTE ")): at for at in ctes}
    found: dict[int, list[int]] = defaultdict(list)
    for position, node in enumerate(tree.nodes):
        if node.node_type != "CTE Scan" or not ctes:
            continue
        above = position
        while above >= 0:
            cte = defined.get((above, node.cte_name))
            if cte is not None and not tree.is_below(position, cte):
                found[cte].append(position)
                break
            above = tree.parents[above]
    return found


def _init_readers(tree: Tree, position: int, mentions: dict[str, list[int]]) -> list[int]:
    found: dict[int, None] = {}
    top = tree.parents[position]
    for mark in _marks(tree.nodes[position].subplan_name):
        mentioned = mentions.get(mark, [])
        start = bisect_left(mentioned, top)
        for reader in mentioned[start : start + MOST_ASKED]:
            if tree.is_below(reader, top) and not tree.is_below(reader, position):
                found.update(dict.fromkeys(_early_above(tree, reader, top)))
                found[reader] = None
    return list(found)


def _early_above(tree: Tree, reader: int, top: int) -> list[int]:
    """Nodes on the way up that may have asked before the reader did, the uppermost first."""
    found = []
    while reader > top:
        reader = tree.parents[reader]
        if tree.nodes[reader].node_type in _EARLY:
            found.append(reader)
    return found[::-1]


def _marks(subplan_name: str) -> list[str]:
    """How conditions mention an InitPlan: "$0" up to PostgreSQL 16, "(InitPlan 1).col1" since 17."""
    name, _, returns = subplan_name.partition(" (returns ")
    return [f"({name})", *_RETURNS.findall(returns)]


def _mentions(tree: Tree) -> dict[str, list[int]]:
    """For every mark the nodes whose texts hold it."""
    found: dict[str, list[int]] = defaultdict(list)
    for position, node in enumerate(tree.nodes):
        for mark in dict.fromkeys(_MARK.findall("\0".join(_texts(node)))):
            found[mark].append(position)
    return found


def _texts(node: PlanNode) -> Iterator[str]:
    yield from (node.filter, node.index_cond, node.recheck_cond, node.hash_cond, node.merge_cond)
    yield from (node.join_filter, node.one_time_filter, node.tid_cond, node.run_condition, node.order_by)
    yield from (node.conflict_filter, node.function_call, node.table_function_call, node.cache_key)
    for texts in (node.sort_key, node.group_key, node.output, node.params_evaluated):
        yield from texts
    yield from node.sampling_parameters
    for value in node.extra.values():
        if isinstance(value, str | list):
            yield str(value)
