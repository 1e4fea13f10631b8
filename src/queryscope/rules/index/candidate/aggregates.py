"""What an aggregate asks of a scan's rows alone: an end of a column, or groups."""

from __future__ import annotations

import re

from queryscope.model import IndexKey, PlanNode
from queryscope.plans.conditions import read_sort_key
from queryscope.rules.index.candidate.order import own_order
from queryscope.rules.index.candidate.scan import Scan

_PASSING = frozenset({"Gather", "Gather Merge", "Sort", "Incremental Sort"})
_EXTREME = re.compile(
    r'(?:PARTIAL )?(?:max|min)\((?:(?:"[^"]+"|\w+)\.)?(?:"(?P<quoted>[^"]+)"|(?P<bare>\w+))\)'
)


def aggregate(scan: Scan) -> PlanNode | None:
    """The aggregate that takes in the rows of this scan alone."""
    for node in scan.above:
        if node.node_type in ("Aggregate", "Group"):
            return node
        if node.node_type not in _PASSING:
            return None
    return None


def grouped(scan: Scan) -> tuple[IndexKey, ...]:
    """The columns of its groups."""
    node = aggregate(scan)
    return own_order(scan, [read_sort_key(text) for text in node.group_key]) if node is not None else ()


def extremes(scan: Scan) -> tuple[str, ...]:
    """The columns of min() and max(), where nothing else is asked of the rows."""
    node = next((one for one in scan.above if one.node_type != "Gather"), None)
    if node is None or node.node_type != "Aggregate" or node.group_key or not node.output:
        return ()
    matches = [_EXTREME.fullmatch(text.strip("()") if text.startswith("(") else text) for text in node.output]
    if not all(matches):
        return ()
    return tuple(dict.fromkeys(match["quoted"] or match["bare"] for match in matches if match is not None))
