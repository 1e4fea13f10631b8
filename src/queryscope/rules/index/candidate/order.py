"""The order that a query asks of a table's rows, as keys of an index."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from queryscope.model import IndexKey, PlanNode
from queryscope.plans.conditions import PlanSortKey, read_sort_key
from queryscope.rules.index.candidate.keys import order_key
from queryscope.rules.index.candidate.roles import Roles
from queryscope.rules.index.candidate.scan import Scan, limit_above, sort_above, sort_keys
from queryscope.rules.index.candidate.terms import block_of
from queryscope.sql.statement import Statement

SORTS = frozenset({"Sort", "Incremental Sort"})
# They hand on the rows of their child in its order, or collect them in one.
CARRIERS = frozenset({"Gather", "Gather Merge", "Sort", "Incremental Sort", "Subquery Scan"})


def asked_keys(scan: Scan, statement: Statement) -> tuple[PlanSortKey, ...]:
    """The order that is asked of these rows: from the Sort node, else from ORDER BY of the scan's SELECT."""
    block = block_of(statement.blocks, scan.alias, scan.table.name)
    if block is None or sort_above(scan) is not None or limit_above(scan) is None:
        return sort_keys(scan, statement)
    select, alias = block
    keys = []
    for key in select.order:
        default = "first" if key.is_descending else "last"
        is_column = key.node.kind == "column"
        is_own = key.node.table == alias or (not key.node.table and len(select.tables) == 1)
        keys.append(
            PlanSortKey(
                table=scan.alias if is_own else key.node.table or "?",
                column=key.node.text if is_column else "",
                is_descending=key.is_descending,
                nulls="" if key.nulls == default else key.nulls,
                is_random=key.node.kind == "call" and key.node.text == "random",
            )
        )
    return tuple(keys)


def own_order(scan: Scan, keys: Sequence[PlanSortKey]) -> tuple[IndexKey, ...]:
    """The sort keys, if all are columns of this table."""
    own: list[IndexKey] = []
    for key in keys:
        made = order_key(scan.model, key) if key.table in ("", scan.alias, scan.table.name) else None
        column = scan.table.column(made.column) if made is not None else None
        if made is None or column is None or key.collation not in ("", column.collation):
            return ()
        own.append(made)
    return tuple(own)


def free_order(order: Sequence[IndexKey], roles: Roles) -> tuple[IndexKey, ...]:
    """The order without keys that have one value anyway; all of it where each has."""
    fixed = {key.column for key in (*roles.equal, *roles.flags)}
    free = tuple(key for key in order if key.column not in fixed)
    return free or tuple(order[:1])


def consumer_of(scan: Scan) -> tuple[PlanNode, PlanNode] | None:
    """The sort of this scan's rows alone, and the node that asks for its order."""
    sort = None
    for node, parent in pairwise((*scan.above, None)):
        if node is None or node.node_type not in CARRIERS:
            break
        sort = node if node.node_type in SORTS else sort
        if sort is not None and parent is not None and parent.node_type not in CARRIERS:
            return sort, parent
    return None


def keys_of(sort: PlanNode) -> tuple[PlanSortKey, ...]:
    """The keys of a Sort node."""
    return tuple(read_sort_key(key) for key in sort.sort_key)
