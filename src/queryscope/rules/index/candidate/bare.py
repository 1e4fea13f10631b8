"""What an expression says, whoever wrote it: Django, a plan, or the definition of an index."""

from __future__ import annotations

from queryscope.sql.scalar import Node


def bare(node: Node) -> Node:
    """Without tables, casts to text, and casts of constants: PostgreSQL writes some that Django doesn't."""
    if node.kind == "cast" and (node.args[0].kind == "value" or node.text in ("text", "character varying")):
        return bare(node.args[0])
    if node.kind == "value" and node.text == "…":
        return Node("hidden")
    return Node(node.kind, node.text, tuple(bare(arg) for arg in node.args))
