"""How nodes stand to each other: parents, and what pulls rows one by one."""

from __future__ import annotations

from queryscope.model import PlanNode
from queryscope.plans.metrics import walk

JOINS = frozenset({"Nested Loop", "Hash Join", "Merge Join"})
INDEX_SCANS = frozenset({"Index Scan", "Index Only Scan"})

# Nodes that ask their child for the next row only when they are asked for one.
_STREAMING = frozenset(
    {
        "Append",
        "Gather",
        "Gather Merge",
        "Hash Join",
        "Incremental Sort",
        "LockRows",
        "Merge Append",
        "Merge Join",
        "Nested Loop",
        "ProjectSet",
        "Result",
        "Subquery Scan",
        "Unique",
        "WindowAgg",
    }
)
_PULLING = frozenset({"Outer", "Member", "Subquery"})


_latest: list[tuple[PlanNode, dict[int, PlanNode]]] = []  # one: of the plan that is being judged
_KINDS = {
    ("Aggregate", "Sorted"): "GroupAggregate",
    ("Aggregate", "Hashed"): "HashAggregate",
    ("Aggregate", "Mixed"): "MixedAggregate",
    ("SetOp", "Hashed"): "HashSetOp",
}


def parents(root: PlanNode) -> dict[int, PlanNode]:
    """The parent of every node but the root, by the child's id; found once for the rules that ask in turn."""
    for known, found in _latest:
        if known is root:
            return found
    found = {child.id: node for node in walk(root) for child in node.children}
    _latest[:] = [(root, found)]
    return found


def limit_above(node: PlanNode, above: dict[int, PlanNode]) -> PlanNode | None:
    """The Limit that can stop this node early: nothing between them gathers all rows first."""
    while (parent := above.get(node.id)) is not None:
        if node.parent_relationship not in _PULLING:
            return None
        if parent.node_type == "Limit":
            return parent
        if parent.node_type not in _STREAMING:
            return None
        node = parent
    return None


def stops_early(node: PlanNode, above: dict[int, PlanNode]) -> bool:
    """Whether somebody above may leave before the node has given all its rows."""
    while (parent := above.get(node.id)) is not None:
        relation = node.parent_relationship
        if relation in ("SubPlan", "InitPlan"):
            # EXISTS looks at one row; a scalar subquery has no more than one either.
            return (node.actual_rows or 0.0) <= 1 < node.plan_rows
        if parent.node_type in ("Limit", "Merge Join") or parent.run_condition:
            return True
        if parent.node_type == "Hash Join" and any(_is_empty(side) for side in parent.children):
            return True
        if relation == "Inner" and parent.node_type == "Nested Loop":
            if parent.inner_unique or parent.join_type in ("Semi", "Anti"):
                return True
            if (node.actual_loops or 0.0) > 1:
                return False
        elif not _hands_on(parent):
            return False
        node = parent
    return False


def gives_twice(node: PlanNode, above: dict[int, PlanNode]) -> bool:
    """Whether rows are counted again: a merge join goes back on its inner side."""
    while (parent := above.get(node.id)) is not None:
        if parent.node_type == "Merge Join":
            return node.parent_relationship == "Inner"
        if parent.node_type not in ("Sort", "Materialize", "Incremental Sort"):
            return False
        node = parent
    return False


def _is_empty(side: PlanNode) -> bool:
    return side.parent_relationship in ("Outer", "Inner") and not (side.actual_rows and side.actual_loops)


def _hands_on(node: PlanNode) -> bool:
    """Whether a node gives its first row before it has read its last."""
    if node.node_type in ("Aggregate", "SetOp"):
        return node.strategy == "Sorted"
    return node.node_type in _STREAMING or node.node_type in ("Group", "Materialize")


def name_of(node: PlanNode) -> str:
    """The node as EXPLAIN prints it: `Index Scan using book_created on book`."""
    kind = _KINDS.get((node.node_type, node.strategy), node.node_type)
    if node.join_type not in ("", "Inner"):
        kind = f"{kind.removesuffix(' Join')} {node.join_type} Join"
    if node.partial_mode in ("Partial", "Finalize"):
        kind = f"{node.partial_mode} {kind}"
    if node.parallel_aware:
        kind = f"Parallel {kind}"
    using = f" using {node.index_name}" if node.index_name else ""
    target = node.relation_name or node.cte_name
    return f"{kind}{using} on {target}" if target else f"{kind}{using}"
