"""Walks over trees: one line follows the same relation from what it gave itself, as deep as the data is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from queryscope.model import RELATION_KINDS, AccessKind, Frame, Models, QueryGroup, Trace
from queryscope.rules.attribution import function_name
from queryscope.rules.trace.paths import MOST_HOPS

_Place = tuple[str, int, int | None, int | None, int | None]
_TO_MANY = frozenset({AccessKind.REVERSE, AccessKind.MANY_TO_MANY, AccessKind.GENERIC_RELATION})


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """The groups of one walk, in order of appearance; the first reads from rows that others loaded."""

    groups: tuple[QueryGroup, ...]
    depth: int  # levels that were asked for
    parent: str = ""  # the foreign key that rows are looked up by, where no relation is read
    goes_up: bool = False  # by look-ups of which only the source tells that they ask for the parent
    is_flat: bool = False  # by questions of which only the source tells that they ask with what they found

    @property
    def first(self) -> QueryGroup:
        """Where it starts."""
        return self.groups[0]


def walks_of(trace: Trace) -> tuple[Walk, ...]:
    """The walks of a trace. A group belongs to one at most."""
    first_of: dict[int, int] = {}  # group → the first of its walk
    depths: dict[int, int] = {}
    for group in trace.groups:
        passed = [group.index]
        for ancestor in _ancestors(group, trace):
            passed.append(ancestor.index)
            if _goes_on(ancestor, group):
                first = first_of.get(ancestor.index, ancestor.index)
                depths[ancestor.index] = depths.get(ancestor.index, 1)
                depths[group.index] = depths[ancestor.index] + 1
                first_of.update(dict.fromkeys([first, *passed], first))
                break
    found: dict[int, list[QueryGroup]] = {}
    for index, first in sorted(first_of.items()):
        found.setdefault(first, []).append(trace.groups[index])
    return tuple(
        Walk(groups=tuple(groups), depth=max(depths.get(group.index, 1) for group in groups))
        for groups in found.values()
    )


def walked(trace: Trace) -> frozenset[int]:
    """The groups that belong to a walk."""
    return frozenset(group.index for walk in walks_of(trace) for group in walk.groups)


def _ancestors(group: QueryGroup, trace: Trace) -> Iterator[QueryGroup]:
    """The group that loaded the owner, the one that loaded that one's, and so on."""
    for _ in range(MOST_HOPS):
        if group.access is None or group.access.owner_group is None:
            return
        group = trace.groups[group.access.owner_group]
        yield group


def _goes_on(ancestor: QueryGroup, group: QueryGroup) -> bool:
    """Whether the same expression followed the same relation again."""
    one, two = ancestor.access, group.access
    if one is None or two is None or one.kind not in RELATION_KINDS or one.kind is not two.kind:
        return False
    if one.attribute != two.attribute:
        return False
    if not ancestor.stack or not group.stack:
        # A nested serializer repeats itself; the path of a field is written out.
        return not ancestor.stack and not group.stack and one.kind in _TO_MANY
    here = group.stack[0]
    return _place(here) == _place(ancestor.stack[0]) and not _is_written_out(here, one.attribute)


def _place(frame: Frame) -> _Place:
    return (frame.path, frame.line, frame.column, frame.end_line, frame.end_column)


def _is_written_out(frame: Frame, attribute: str) -> bool:
    """Whether a template's tag names the relation several times: `{{ category.parent.parent }}`."""
    return frame.is_template and frame.source.count(f".{attribute}") > 1


def lookups_of(trace: Trace, models: Models) -> Iterator[Walk]:
    """Walks that ask a manager for the children of each node: `Category.objects.filter(parent=node)`.

    By recursion, or with a pile of nodes: then every question comes from the same call.
    """
    levels: dict[tuple[_Place, str, str], list[QueryGroup]] = {}
    for group in trace.groups:
        access, site = group.access, group.site
        if access is None or site is None or access.kind is not AccessKind.MANAGER or not group.stack:
            continue
        parent = _parent_asked_for(access.model, site.lookups, models)
        if parent and access.method in ("iterate", "iterator", "len", "bool"):
            levels.setdefault((_place(group.stack[0]), access.model, parent), []).append(group)
    for (_, _, parent), groups in levels.items():
        calls = {_calls_of(group) for group in groups}
        # The deeper a recursion, the more often its function stands on the stack.
        if len(calls) > 1:
            yield Walk(groups=tuple(groups), depth=len(calls), parent=parent)
        elif any(group.distinct > 1 for group in groups):
            yield Walk(groups=tuple(groups), depth=0, parent=parent, is_flat=True)


def climbs_of(trace: Trace, models: Models) -> Iterator[Walk]:
    """Look-ups of one row after another that may each be the parent of the one before."""
    lines: dict[tuple[_Place, str], list[QueryGroup]] = {}
    for group in trace.groups:
        access, site = group.access, group.site
        if access is None or site is None or access.kind is not AccessKind.MANAGER or not group.stack:
            continue
        if access.method in ("get", "first") and {"id__exact", "pk__exact"}.intersection(site.lookups):
            lines.setdefault((_place(group.stack[0]), access.model), []).append(group)
    for (_, label), groups in lines.items():
        parents = parents_of(label, models)
        if parents:
            depth = sum(group.distinct for group in groups)
            yield Walk(groups=tuple(groups), depth=depth, parent=parents[0], goes_up=True)


def parents_of(label: str, models: Models) -> list[str]:
    """The foreign keys of a model to itself."""
    model = models.get(label)
    own = [each for each in model.relations if each.kind == AccessKind.FORWARD] if model else []
    return [each.name for each in own if each.target == label]


def _parent_asked_for(label: str, lookups: tuple[str, ...], models: Models) -> str:
    """The foreign key to its own model by which rows are looked up."""
    return next((name for name in parents_of(label, models) if f"{name}__exact" in lookups), "")


def _calls_of(group: QueryGroup) -> int:
    """How many calls of the function that asks stand on its stack; comprehensions are part of one."""
    name = (group.stack[0].path, function_name(group.stack[0]))
    calls = [
        frame for frame in group.stack if not frame.function.endswith(">") or frame.function == "<lambda>"
    ]
    return sum((frame.path, function_name(frame)) == name for frame in calls)
