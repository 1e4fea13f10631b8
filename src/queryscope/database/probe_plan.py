"""Does a plan use an index the way it is meant to: by its keys, or for an order that saves a sort?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

SORTS = frozenset({"Sort", "Incremental Sort"})
# Nodes that gain by rows in order: they end early, or need no table of groups.
EARLY = frozenset({"Limit", "Unique", "Group", "WindowAgg"})
SCANS = frozenset({"Index Scan", "Index Only Scan"})
ORDERED_METHODS = frozenset({"btree"})

_STRING = re.compile(r"'(?:[^']|'')*'")
_ALIAS = re.compile(r'(?:"(?:[^"]|"")+"|\b[A-Za-z_]\w*)\.(?=["A-Za-z_])')
_LOOSE = re.compile(r"[\s()]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An index to look for in a plan."""

    names: frozenset[str]  # its name, and those of its parts on partitions
    method: str
    keys: tuple[str, ...]  # as pg_get_indexdef prints them
    is_partial: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What an index is good for in a plan."""

    keys: int = 0  # that rows are found by, from the first one on
    stops_early: bool = False  # of rows in its order the first ones are enough
    gives_order: bool = False  # a sort of the plan without it is gone, where rows in order gain
    is_partial: bool = False  # its condition alone finds the rows
    is_alone: bool = False  # the table itself may stay unread
    is_walk: bool = False  # it only gives an order, and rows that a filter drops are read on the way
    cost: float = 0.0  # of the whole plan

    @property
    def is_of_use(self) -> bool:
        """Rows are found by it, or come in order."""
        return bool(self.keys or self.gives_order or self.is_partial)


def read_use(plan: dict[str, Any], wanted: Wanted, *, without: dict[str, Any]) -> Use | None:
    """How the plan uses the index; None if it doesn't. `without`: the plan of these settings without it."""
    uses = []
    saves_sort = _sorts(plan) < _sorts(without) or _aggregates(plan) < _aggregates(without)
    for node, above in _walk(plan, ()):
        if node.get("Index Name") not in wanted.names:
            continue
        condition = node.get("Index Cond", "")
        is_scan = node["Node Type"] in SCANS
        is_ordered = is_scan and saves_sort and _is_taken_in_order(above)
        keys = _keys_in(condition, wanted)
        uses.append(
            Use(
                keys=keys,
                gives_order=is_ordered or bool(node.get("Order By")),
                stops_early=is_scan and _stops_early(above),
                is_walk=_is_walk(node, is_ordered=is_ordered, keys=keys) and not wanted.is_partial,
                is_partial=wanted.is_partial,
                is_alone=node["Node Type"] == "Index Only Scan",
                cost=float(plan.get("Total Cost", 0.0)),
            )
        )
    return max(uses, key=lambda use: (use.is_of_use, use.gives_order, use.keys), default=None)


def _is_walk(node: dict[str, Any], *, is_ordered: bool, keys: int) -> bool:
    drops = "Filter" in node or "Index Cond" in node  # the latter, of keys behind the order, entry by entry
    return is_ordered and not keys and drops and "Order By" not in node


def idle_keys(use: Use, wanted: Wanted) -> tuple[str, ...]:
    """Keys of a btree that neither find rows nor order them nor spare the table."""
    if wanted.method not in ORDERED_METHODS or use.gives_order or use.is_alone:
        return ()
    if use.is_partial and not use.keys:
        return wanted.keys[1:]  # an index has to have one
    return wanted.keys[use.keys :]


def _stops_early(above: Sequence[dict[str, Any]]) -> bool:
    """Nothing between the rows and a LIMIT takes in all of them first; `above` begins with the root."""
    for node in reversed(above):
        if node["Node Type"] == "Limit":
            return True
        if node["Node Type"] in SORTS | {"Hash"}:
            return False
        if node["Node Type"] == "Aggregate" and node.get("Strategy") != "Sorted":
            return False
    return False


def _is_taken_in_order(above: Sequence[dict[str, Any]]) -> bool:
    """Something gains by the order before anything loses it; what is sorted further up is another matter."""
    for node in reversed(above):
        is_grouped = node["Node Type"] == "Aggregate" and node.get("Strategy") == "Sorted"
        if node["Node Type"] in EARLY or is_grouped:
            return True
        if node["Node Type"] in SORTS | {"Hash"}:
            return False
    return False


def _keys_in(condition: str, wanted: Wanted) -> int:
    """For a btree the leading keys that stand in the condition, for others all that do."""
    if not condition:
        return 0
    text = _ALIAS.sub("", _STRING.sub("''", condition))
    count = 0
    for key in wanted.keys:
        if _stands_in(key, text):
            count += 1
        elif wanted.method in ORDERED_METHODS:
            break
    return count


def _stands_in(key: str, text: str) -> bool:
    bare = _ALIAS.sub("", _STRING.sub("''", key))
    if re.fullmatch(r'"(?:[^"]|"")+"|\w+', bare):
        return re.search(rf'(?<![\w"]){re.escape(bare)}(?![\w"])', text) is not None
    return _LOOSE.sub("", bare) in _LOOSE.sub("", text)


def _sorts(plan: dict[str, Any]) -> int:
    return sum(node["Node Type"] in SORTS for node, _ in _walk(plan, ()))


def _aggregates(plan: dict[str, Any]) -> int:
    """A minimum or maximum becomes the first row of an order."""
    return sum(node["Node Type"] == "Aggregate" for node, _ in _walk(plan, ()))


def _walk(
    node: dict[str, Any], above: tuple[dict[str, Any], ...]
) -> Iterator[tuple[dict[str, Any], tuple[dict[str, Any], ...]]]:
    yield node, above
    for child in node.get("Plans", ()):
        yield from _walk(child, (*above, node))
