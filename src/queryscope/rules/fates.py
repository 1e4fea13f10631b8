"""What became of the relations that a line joins or prefetches, over all that passed it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from queryscope.model import Load, QueryGroup
from queryscope.rules.passings import Passing, is_observed, is_used

Kind = Literal["select_related", "prefetch_related"]
# A relation, whether it was read (None: it gave nothing that could be), and the groups that loaded it.
Step = tuple[Kind, str, bool | None, tuple[int, ...]]
_DEPTH = 8


@dataclass(slots=True)
class Fate:
    """What became of one relation."""

    is_read: bool = False
    # By the index of the passing in which it was loaded and unread: the groups of its own queries.
    unread: dict[int, tuple[int, ...]] = field(default_factory=dict)


def unused(passings: Sequence[Passing], kind: Kind) -> dict[str, Fate]:
    """The relations of that kind that nobody read though somebody could; the first step of each path."""
    if not is_observed(passings):
        return {}
    found: dict[str, Fate] = defaultdict(Fate)
    for index, passing in enumerate(passings):
        if passing.load is None:
            continue
        for each, path, is_read, groups in _Walk(passing).steps():
            if each != kind:
                continue
            if is_read:
                found[path].is_read = True
            elif is_read is not None and passing.is_judged:
                found[path].unread[index] = groups
    wasted = {path: fate for path, fate in found.items() if fate.unread and not fate.is_read}
    return {
        path: fate
        for path, fate in wasted.items()
        if not any(path.startswith(f"{shorter}__") for shorter in wasted)
    }


def rows_are_unread(passings: Sequence[Passing], path: str) -> bool:
    """Whether the rows of a prefetch came and nobody read one, though the relation itself may be read.

    Seen of all passings: only what is asked anew, by a queryset of its own, can have asked for them.
    """
    if not passings or not is_observed(passings):
        return False
    fates = [(passing, state) for passing in passings for state in _Walk(passing).rows_of(path)]
    return all(state is not True for _, state in fates) and any(
        state is False and passing.is_judged for passing, state in fates
    )


class _Walk:
    """From a queryset's own rows along all that was joined or prefetched to them."""

    def __init__(self, passing: Passing) -> None:
        self._load = passing.load
        self._unit = passing.unit

    def steps(self) -> Iterator[Step]:
        """Every relation that came with the rows."""
        if self._load is not None:
            yield from self._below(self._load, "", 0)

    def rows_of(self, path: str) -> Iterator[bool | None]:
        """Whether a row of that prefetch was read, for each time that it ran; None: there was none."""
        waiting = [(self._load, path.split("__"))] if self._load is not None else []
        while waiting:
            load, (name, *further) = waiting.pop()
            joined = self._unit.loads.get((load.group, f"{load.path}__{name}" if load.path else name))
            if name in load.select_related and joined is not None and further:
                waiting.append((joined, further))
            if name not in load.prefetch_related:
                continue
            groups, is_sure = self._groups(load, name)
            below = [found for group in groups if (found := self._unit.loads.get((group.index, "")))]
            if further:
                waiting += [(found, further) for found in below]
            elif load.is_escaped or not is_sure or any(each.is_escaped or is_used(each) for each in below):
                yield True
            else:
                yield False if any(each.instances for each in below) else None

    def _below(self, load: Load, prefix: str, depth: int) -> Iterator[Step]:
        if depth > _DEPTH:
            return
        for name in load.select_related:
            below = self._unit.loads.get((load.group, f"{load.path}__{name}" if load.path else name))
            path = f"{prefix}__{name}" if prefix else name
            yield "select_related", path, _is_read(load, name, [below] if below else []), ()
            if below is not None:
                yield from self._below(below, path, depth + 1)
        yield from self._prefetched(load, prefix, depth)

    def _prefetched(self, load: Load, prefix: str, depth: int) -> Iterator[Step]:
        for name in load.prefetch_related:
            groups, is_sure = self._groups(load, name)
            loads = self._unit.loads
            below = [found for group in groups if (found := loads.get((group.index, "")))]
            path = f"{prefix}__{name}" if prefix else name
            own = tuple(self._unit.all_below(groups)) if is_sure else ()
            yield "prefetch_related", path, _is_read(load, name, below), own
            for found in below if is_sure else ():
                for kind, longer, is_read, further in self._below(found, path, depth + 1):
                    if kind == "prefetch_related":  # what a prefetch's own queryset joins stands elsewhere
                        yield kind, longer, is_read, further

    def _groups(self, load: Load, name: str) -> tuple[list[QueryGroup], bool]:
        """The queries of a prefetch; by `to_attr` it bears another name than they."""
        here = self._unit.prefetches.get((load.group, load.path), [])
        known_as = [(group.access.to_attr or group.access.attribute, group) for group in here if group.access]
        named = [group for known, group in known_as if known == name]
        if named:
            return named, True
        names = load.prefetch_related
        others = [group for group in here if group.access and group.access.attribute not in names]
        renamed = set(names) - {group.access.attribute for group in here if group.access}
        attributes = {group.access.attribute for group in others if group.access}
        return others, len(renamed) == len(attributes) == 1


def _is_read(load: Load, name: str, below: Sequence[Load]) -> bool | None:
    if load.is_escaped or name in load.relations_read:
        return True
    if any(each.is_escaped or is_used(each) for each in below):
        return True  # somebody came to them on another way
    return False if is_used(load) and any(each.instances for each in below) else None
