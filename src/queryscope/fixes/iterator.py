"""`iterator()` after `prefetch_related()` raises ValueError without a `chunk_size`: give it one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from queryscope.errors import EditRefusedError
from queryscope.fixes.chain import Chain
from queryscope.fixes.source import Replacement, Source

CHUNK = "chunk_size=2000"  # as Django's own default without prefetches


def chunked(source: Source, chain: Chain, method: str) -> list[Replacement]:
    """The replacements that a new prefetch makes necessary.

    Raises:
        EditRefusedError: the rows are read by iterator(), but not in sight of the chain.
    """
    calls = [link.call for link in chain.links if link.name == "iterator"]
    calls += _of_name(source, chain)
    if method == "iterator" and not calls:
        raise EditRefusedError(
            "The rows are read by iterator(), which needs a chunk_size as soon as something is prefetched."
        )
    bare = [call for call in calls if not call.args and not call.keywords]
    return [Replacement(source.end(call) - 1, source.end(call) - 1, CHUNK) for call in bare]


def _of_name(source: Source, chain: Chain) -> Iterator[ast.Call]:
    """Calls of iterator() on the variable that holds the chain, in the same function."""
    statement = source.parents.get(chain.node)
    if not isinstance(statement, ast.Assign | ast.AnnAssign | ast.NamedExpr):
        return
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    names = {target.id for target in targets if isinstance(target, ast.Name)}
    scope: ast.AST = statement
    while not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
        scope = source.parents[scope]
    for node in ast.walk(scope):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "iterator"
        ):
            first: ast.expr = node.func.value
            while isinstance(first, ast.Attribute | ast.Call | ast.Subscript):
                first = first.func if isinstance(first, ast.Call) else first.value
            if isinstance(first, ast.Name) and first.id in names:
                yield node
