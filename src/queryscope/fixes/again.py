"""Whether queries that were repeated come from one queryset, or from one that is built anew each time."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from queryscope.fixes.chain import node_at
from queryscope.fixes.root import last_name
from queryscope.fixes.source import Source
from queryscope.fixes.sources import Sources
from queryscope.fixes.variables import function_around, loops_around
from queryscope.model import Frame, QueryGroup

_LOOP = re.compile(r"{%-? *(end)?for\b")
_PARTS = re.compile(r"(\.<locals>)?\.<\w+>$")


def is_one_queryset(built: Frame, groups: Sequence[QueryGroup], sources: Sources) -> bool:
    """Whether the queryset was built once, and its rows were loaded by each of these groups.

    Args:
        built: where it is built.
        groups: the queries of its rows, all with that site.
        sources: the project's files.
    """
    source = sources.around(built)
    node = node_at(source, built) if source is not None else None
    if source is None or node is None:
        return False
    holders = {_holder(source, node, group) for group in groups}
    if len(groups) == 1:
        inside = list(_inside(groups[0], built))
        is_running = (inside[-1].path, name_of(inside[-1])) == (built.path, name_of(built))
        return any(
            _is_in_loop(built, node, frame, sources)
            for frame in inside
            # What runs further in gets the one that this call builds; of a template's loop nobody knows
            # whether each turn brings a queryset of its own, as the forms of a formset do.
            if frame not in holders and (is_running or not frame.is_template)
        )
    if len(holders) > 1:
        return False  # one of them runs where it is built: the other is another
    return holders != {None} or not is_called_again(built, groups, sources)


def _holder(source: Source, built: ast.expr, group: QueryGroup) -> Frame | None:
    """The frame whose expression holds the one that builds the queryset: `show(Book.objects.all())`."""
    return next((frame for frame in group.stack if _builds_and_runs(source, built, frame)), None)


def name_of(frame: Frame) -> str:
    """The function's own name: of a comprehension, that of the function around it."""
    return _PARTS.sub("", frame.function).rpartition(".")[2]


def _builds_and_runs(source: Source, built: ast.expr, frame: Frame) -> bool:
    """Whether the expression at a frame holds the one that builds the queryset."""
    if frame.path != source.path or frame.is_template:
        return False
    node = node_at(source, frame)
    return node is not None and any(each is built for each in ast.walk(node))


def _inside(group: QueryGroup, built: Frame) -> Iterator[Frame]:
    """The frames from the query out to the function that builds the queryset, or all."""
    for frame in group.stack:
        yield frame
        if (frame.path, name_of(frame)) == (built.path, name_of(built)):
            return


def _is_in_loop(built: Frame, node: ast.expr, frame: Frame, sources: Sources) -> bool:
    """Whether a frame stands in a loop that doesn't build the queryset anew."""
    if frame.is_template:
        before = (sources.text(frame.path) or "").split("\n")[: frame.line - 1]
        marks = _LOOP.findall("\n".join(before))
        return sum(1 if mark == "" else -1 for mark in marks) > 0
    source = sources.around(frame)
    run = node_at(source, frame) if source is not None else None
    scope = function_around(source, run) if source is not None and run is not None else None
    if source is None or run is None or scope is None or _calls(run, name_of(built)):
        return False
    return any(
        not any(each is node for each in ast.walk(loop)) and not _calls(loop, name_of(built))
        for loop in loops_around(source, run, scope)
    )


def _calls(node: ast.AST, name: str) -> int:
    """How many calls of that name stand in a node."""
    return sum(isinstance(each, ast.Call) and last_name(each.func) == name for each in ast.walk(node))


def is_called_again(built: Frame, groups: Sequence[QueryGroup], sources: Sources) -> bool:
    """Whether the function that builds the queryset may have been called for each of the groups."""
    name = name_of(built)
    is_read = _is_property(built, sources)
    for group in groups:
        inside = list(_inside(group, built))
        if (inside[-1].path, name_of(inside[-1])) == (built.path, name):
            continue  # still running: the stacks part inside of it
        for frame in group.stack:
            if frame.is_template:
                if re.search(rf"\b{re.escape(name)}\b", frame.source):
                    return True
                continue
            source = sources.around(frame)
            node = node_at(source, frame) if source is not None else None
            scope = function_around(source, node) if source is not None and node is not None else None
            if scope is None:
                continue
            if _calls(scope, name) > 1 or (node is not None and _calls(node, name)):
                return True
            if is_read and node is not None and _reads(node, name):
                return True
    return False


def _is_property(built: Frame, sources: Sources) -> bool:
    """Whether the function that builds the queryset is called by reading an attribute, each time."""
    source = sources.around(built)
    node = node_at(source, built) if source is not None else None
    scope = function_around(source, node) if source is not None and node is not None else None
    return scope is not None and any(last_name(each) == "property" for each in scope.decorator_list)


def _reads(node: ast.expr, name: str) -> bool:
    return any(isinstance(each, ast.Attribute) and each.attr == name for each in ast.walk(node))
