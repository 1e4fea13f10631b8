"""By which of its columns a scan's rows are joined."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from queryscope.model import PlanNode
from queryscope.plans.conditions import read_conditions
from queryscope.rules.index.candidate.scan import BARRIERS, JOIN_NODES, Scan, join_above, output_rows

# Rows of a scan below these are still rows of its table, grouped by the column that is joined.
_GROUPED = frozenset({"Aggregate", "Group", "Unique"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """An equality of two tables' columns."""

    alias: str
    column: str
    other_alias: str
    other_column: str


def joined_columns(scan: Scan) -> tuple[str, ...]:
    """Columns of the scan by which the nearest join finds its rows."""
    join = join_above(scan) or _join_of_groups(scan)
    found = [
        edge.column
        for edge in edges_of(join)
        if edge.alias == scan.alias and scan.table.column(edge.column) is not None
    ]
    return tuple(dict.fromkeys(found))


def joined_rows(join: PlanNode) -> float:
    """Rows that fit by the columns that are joined, also those that another condition of the join drops.

    Of an outer join WHERE is a filter of its own.
    """
    dropped = join.rows_removed_by_join_filter + join.rows_removed_by_filter
    return output_rows(join) + dropped * (join.actual_loops or 1.0)


def edges_of(join: PlanNode | None) -> Iterator[Edge]:
    """The equalities of a join, each from both sides; those of a nested loop stand in its inner scan."""
    if join is None:
        return
    texts = [join.hash_cond, join.merge_cond, join.join_filter]
    texts += [child.index_cond for child in _below(join)] if join.node_type == "Nested Loop" else []
    for text in texts:
        for one in read_conditions(text):
            if one.operator == "=" and one.is_join and one.other_column:
                yield Edge(
                    alias=one.table,
                    column=one.column,
                    other_alias=one.other_table,
                    other_column=one.other_column,
                )
                yield Edge(
                    alias=one.other_table,
                    column=one.other_column,
                    other_alias=one.table,
                    other_column=one.column,
                )


def _below(join: PlanNode) -> Iterator[PlanNode]:
    """The nodes of a join's sides, down to the next join."""
    waiting = list(join.children)
    while waiting:
        node = waiting.pop()
        yield node
        if node.node_type not in JOIN_NODES:
            waiting += node.children


def _join_of_groups(scan: Scan) -> PlanNode | None:
    """The join above the groups into which a semi join's rows are collected first."""
    for node in scan.above:
        if node.node_type in JOIN_NODES:
            return node
        if node.node_type in BARRIERS and node.node_type not in _GROUPED:
            return None
    return None
