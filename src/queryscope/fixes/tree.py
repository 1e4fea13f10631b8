"""The remedy for a tree that is read node by node. Said, not edited: the walk itself has to change."""

from __future__ import annotations

import re

from queryscope.model import AccessKind, Fix, Model

_MOST = 4  # levels that a lookup path may be written out for


def tree_fix(model: Model, relation: str, *, goes_down: bool, depth: int) -> Fix:
    """One query for the whole tree, and how its nodes are linked.

    Args:
        model: of the nodes.
        relation: the relation that was followed.
        goes_down: whether from a node to many, not to its parent.
        depth: levels that were seen.
    """
    title = "Fetch the tree once and link its nodes in memory"
    caveat = (
        "No diff: the walk has to read from what was fetched. If only a part of a big table is needed, a "
        f"recursive CTE gives it in one query.{_of_fixed_depth(model, relation, goes_down, depth)}"
    )
    return Fix(kinds=("rewrite",), title=title, code=_code(model, relation, goes_down), caveat=caveat)


def _code(model: Model, relation: str, goes_down: bool) -> str:
    rows = f"{model.name}.{model.default_manager}"
    node = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", model.name).lower()
    if not goes_down:
        return f"{node}_by_id = {rows}.in_bulk()  # then {node}_by_id.get({node}.{relation}_id)"
    parent = _parent(model, relation)
    if not parent:
        return f"{rows}.prefetch_related({relation!r})".replace("'", '"') + "  # all nodes, once"
    return (
        f"below = defaultdict(list)\nfor {node} in {rows}.all():\n"
        f"    below[{node}.{parent}_id].append({node})"
    )


def _parent(model: Model, relation: str) -> str:
    """The foreign key behind a reverse relation of a model to itself, if it can only be one."""
    own = [
        each.name for each in model.relations if (each.kind, each.target) == (AccessKind.FORWARD, model.label)
    ]
    if relation in own:
        return relation
    found = model.relation(relation)
    is_reverse = found is not None and (found.kind, found.target) == (AccessKind.REVERSE, model.label)
    return own[0] if is_reverse and len(own) == 1 else ""


def _of_fixed_depth(model: Model, relation: str, goes_down: bool, depth: int) -> str:
    known = model.relation(relation)
    if depth > _MOST or known is None or (goes_down and known.kind == AccessKind.FORWARD):
        return ""
    path = "__".join([relation] * depth)
    method = "prefetch_related" if goes_down else "select_related"
    return f' If its depth is fixed, .{method}("{path}") reads {depth} levels.'
