"""Whether the source shows that loaded rows are never read: only counted, or asked for their truth."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from queryscope.fixes.evaluated import evaluated, tested
from queryscope.fixes.source import Source
from queryscope.fixes.variables import ASKING_METHODS, Variable, is_fresh, use_of, variable_of
from queryscope.model import Frame

# These answer from the rows that were loaded before: to the program they are as good as a read.
FROM_CACHE = frozenset({"acontains", "acount", "aexists", "afirst", "contains", "count", "exists", "first"})
_HARMLESS = frozenset({"len", "truth", "none"}) | ASKING_METHODS - FROM_CACHE


def is_only_measured(source: Source, frame: Frame, method: str) -> bool:
    """Whether the rows that were loaded at a frame are never read, though their number may be asked again."""
    return bool(list(_unread(source, frame, method, _HARMLESS | FROM_CACHE - {"first", "afirst"}, is_fresh)))


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
    found = list(_unread(source, frame, method, _HARMLESS, _is_given if is_seen else is_fresh))
    return found[0] if len(found) == 1 else None


def _unread(
    source: Source, frame: Frame, method: str, harmless: frozenset[str], is_own: Callable[[ast.expr], bool]
) -> Iterator[ast.expr]:
    wanted = {"len": "len", "bool": "truth"}.get(method)
    if wanted is None:
        return
    for node in tested(source, frame) if method == "bool" else [evaluated(source, frame, method)]:
        if node is None or use_of(source, node) != wanted:
            continue
        variable = variable_of(source, node)
        values = variable.values if variable is not None else (node,)
        loads = variable.loads if variable is not None else ()
        if all(map(is_own, values)) and all(use_of(source, load) in harmless for load in loads):
            yield node


def _is_given(node: ast.expr) -> bool:
    return is_fresh(node) or isinstance(node, ast.Call)


def evaluations(source: Source, variable: Variable) -> list[ast.Name]:
    """The places that load all rows of a variable's queryset, as far as that is seen."""
    return [load for load in variable.loads if use_of(source, load) in ("len", "truth", "iterate")]
