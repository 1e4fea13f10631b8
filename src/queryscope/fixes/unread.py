"""Whether the source shows that loaded rows are never read: only counted, or asked for their truth."""

from __future__ import annotations

import ast

from queryscope.fixes.chain import QUERYSET_METHODS
from queryscope.fixes.evaluated import evaluated, tested
from queryscope.fixes.source import Source
from queryscope.fixes.variables import Variable, is_fresh, use_of, variable_of
from queryscope.model import Frame

# These answer from the rows that were loaded before: to the program they are as good as a read.
_FROM_CACHE = frozenset({"acontains", "acount", "aexists", "afirst", "contains", "count", "exists", "first"})
_HARMLESS = frozenset({"len", "truth", "none"}) | QUERYSET_METHODS - _FROM_CACHE


def is_unread(source: Source, frame: Frame, method: str, *, is_seen: bool = False) -> bool:
    """Whether the rows that were loaded at a frame can't have been read."""
    return unread_expression(source, frame, method, is_seen=is_seen) is not None


def unread_expression(source: Source, frame: Frame, method: str, *, is_seen: bool = False) -> ast.expr | None:
    """The queryset's expression in `len(…)` or where its truth is asked; None if its rows may be read.

    Args:
        source: the file.
        frame: where the rows were loaded.
        method: "len" or "bool".
        is_seen: it was observed that nobody read them: then a call may have made the queryset too.
    """
    if method not in ("len", "bool"):
        return None
    candidates = list(tested(source, frame)) if method == "bool" else [evaluated(source, frame, method)]
    wanted = "truth" if method == "bool" else "len"
    found = [
        node
        for node in candidates
        if node is not None
        and use_of(source, node) == wanted
        and (_is_own(node, is_seen=is_seen) or is_held(source, node, is_seen=is_seen))
    ]
    return found[0] if len(found) == 1 else None


def _is_own(node: ast.expr, *, is_seen: bool) -> bool:
    return is_fresh(node) or (is_seen and isinstance(node, ast.Call))


def is_held(source: Source, node: ast.expr, *, is_seen: bool = False) -> bool:
    """Whether a name reads a variable that keeps its querysets to itself, and whose rows nobody reads."""
    variable = variable_of(source, node)
    if variable is None or not all(_is_own(value, is_seen=is_seen) for value in variable.values):
        return False
    return all(use_of(source, load) in _HARMLESS for load in variable.loads)


def evaluations(source: Source, variable: Variable) -> list[ast.Name]:
    """The places that load all rows of a variable's queryset, as far as that is seen."""
    return [load for load in variable.loads if use_of(source, load) in ("len", "truth", "iterate")]
