"""What an aggregate asks of a scan's rows alone: an end of a column, or groups."""

from __future__ import annotations

import re

from queryscope.model import IndexKey, Plan, PlanNode
from queryscope.plans.conditions import read_sort_key
from queryscope.plans.metrics import measure
from queryscope.rules.index.candidate.cover import split_key
from queryscope.rules.index.candidate.keys import column_keys
from queryscope.rules.index.candidate.order import consumer_of, keys_of, own_order
from queryscope.rules.index.candidate.scan import Scan

LONG_SORT = 0.3  # of the plan's time
SCATTERED = 2.0  # times the pages of the table: each was fetched again and again
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


def gathered(plan: Plan, scan: Scan) -> tuple[IndexKey, ...]:
    """The order of its rows where an index that has nothing else to fetch may halve the time of the plan.

    They are sorted, for a good part of that time, or fetched from all over the table in an index's order.
    """
    node = aggregate(scan)
    if node is None or not plan.is_analyzed:
        return ()
    asked = consumer_of(scan)
    if asked is not None:
        is_long = measure(plan)[asked[0].id].share >= LONG_SORT
        return own_order(scan, keys_of(asked[0])) if is_long and asked[1] is node else ()
    index = next((one for one in scan.table.indexes if one.name == scan.node.index_name), None)
    if index is None or scan.node.node_type != "Index Scan" or scan.node.index_cond:
        return ()
    keys = column_keys(scan.model, [split_key(text)[0] for text in index.keys])
    is_scattered = measure(plan)[scan.node.id].blocks >= SCATTERED * scan.table.pages
    return keys if is_scattered and len(keys) == len(index.keys) else ()


def extremes(scan: Scan) -> tuple[str, ...]:
    """The columns of min() and max(), where nothing else is asked of the rows."""
    node = next((one for one in scan.above if one.node_type != "Gather"), None)
    if node is None or node.node_type != "Aggregate" or node.group_key or not node.output:
        return ()
    matches = [_EXTREME.fullmatch(text.strip("()") if text.startswith("(") else text) for text in node.output]
    if not all(matches):
        return ()
    return tuple(dict.fromkeys(match["quoted"] or match["bare"] for match in matches if match is not None))
