"""The remedy for a tree that is read node by node. Said, not edited: the walk itself has to change."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from queryscope.fixes.chain import node_at
from queryscope.fixes.loops import Loop, bound_names, loop_at, names_read
from queryscope.fixes.naming import snake
from queryscope.fixes.root import last_name
from queryscope.fixes.rounds import found_in
from queryscope.fixes.source import Source
from queryscope.model import AccessKind, Fix, Frame, Model

_TAKING = frozenset({"pop", "popleft", "get", "get_nowait"})
_PUTTING = frozenset({"append", "appendleft", "extend", "extendleft", "insert", "put", "put_nowait"})
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
    node = snake(model.name)
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


def looks_up_parent(source: Source, frame: Frame, parents: Sequence[str]) -> bool:
    """Whether a look-up asks for the parent of a node, again and again: in a loop or in a recursion.

    `node = Category.objects.get(pk=node.parent_id)`; once for each node of a list is another matter.
    """
    call = node_at(source, frame)
    if not isinstance(call, ast.Call):
        return False
    given = [each for value in (*call.args, *call.keywords) for each in ast.walk(value)]
    columns = {f"{name}_id" for name in parents}
    nodes = {
        last_name(each.value) for each in given if isinstance(each, ast.Attribute) and each.attr in columns
    }
    above: ast.AST = call
    while not isinstance(above, ast.stmt):
        if isinstance(above, ast.NamedExpr) and above.target.id in nodes:
            return True
        above = source.parents[above]
    targets = above.targets if isinstance(above, ast.Assign) else []
    return bool(nodes.intersection(map(last_name, targets))) or (bool(nodes) and _calls_itself(source, above))


def takes_from_pile(source: Source, frame: Frame) -> bool | None:
    """Whether a loop asks for the children of a node that it takes from a pile, and puts them onto it.

    `while waiting: node = waiting.pop(); waiting.extend(Category.objects.filter(parent=node))`; None where
    nothing is repeated at that frame.
    """
    loop = loop_at(source, frame)
    if loop is None:
        return None
    asked, found = names_read(loop.inner), found_in(loop)
    piles = {pile for names, pile in _taken(loop) if names & asked}
    return any(
        bool(found & names_read(value)) or any(each is loop.inner for each in ast.walk(value))
        for pile, value in _put(loop.node)
        if pile in piles
    )


def _taken(loop: Loop) -> Iterator[tuple[frozenset[str], str]]:
    """The names that are taken from a list or queue, each round, with the name of that."""
    if isinstance(loop.iterable, ast.Name) and loop.target is not None:
        yield bound_names(loop.target), loop.iterable.id
    for node in ast.walk(loop.node):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _TAKING:
            pile = last_name(node.func.value)
            parent = loop.source.parents[node]
            yield (
                (
                    bound_names(parent)
                    if isinstance(parent, ast.Assign | ast.NamedExpr)
                    else frozenset({pile})
                ),
                pile,
            )


def _put(loop: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The lists or queues that something is put onto, each with what it is."""
    for node in ast.walk(loop):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _PUTTING:
            yield from ((last_name(node.func.value), value) for value in node.args)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node.value


def _calls_itself(source: Source, node: ast.AST) -> bool:
    """Whether the function around a node calls itself."""
    scope: ast.AST | None = node
    while scope is not None and not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
        scope = source.parents.get(scope)
    calls = [each for each in ast.walk(scope) if isinstance(each, ast.Call)] if scope is not None else []
    return any(last_name(each.func) == getattr(scope, "name", "") for each in calls)
