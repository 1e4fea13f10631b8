"""How nodes stand to each other: parents, and what pulls rows one by one."""

from __future__ import annotations

from queryscope.model import PlanNode
from queryscope.plans.metrics import walk

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


def parents(root: PlanNode) -> dict[int, PlanNode]:
    """The parent of every node but the root, by the child's id."""
    return {child.id: node for node in walk(root) for child in node.children}


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


def name_of(node: PlanNode) -> str:
    """The node as EXPLAIN prints it: `Index Scan using book_created on book`."""
    kind = f"Parallel {node.node_type}" if node.parallel_aware else node.node_type
    using = f" using {node.index_name}" if node.index_name else ""
    target = node.relation_name or node.cte_name
    return f"{kind}{using} on {target}" if target else f"{kind}{using}"
