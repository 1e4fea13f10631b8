"""Tables that are too small to judge a plan by: PostgreSQL reads them whole whatever indexes they have."""

from __future__ import annotations

from queryscope.model import Badge, Plan, PlanNode, Schema
from queryscope.plans.metrics import is_executed, walk
from queryscope.plans.shape import parents, stops_early
from queryscope.plans.words import count

# No index pays on these.
TINY_ROWS = 500
TINY_PAGES = 10
# All tables of a plan below that: with more rows it would be another plan. Of 71 useful indexes PostgreSQL
# used none with 20 rows.
FEW_ROWS = 1_000


def is_tiny(node: PlanNode, schema: Schema) -> bool:
    """Whether the table that a node reads whole fits into a few pages."""
    table = schema.table(node.relation_name)
    if table is not None and table.pages > 0:
        return table.pages <= TINY_PAGES or 0 < table.rows < TINY_ROWS
    return rows_of_scan(node) < TINY_ROWS


def rows_of_scan(node: PlanNode) -> float:
    """Rows that one scan of the table looked at."""
    return (node.actual_rows or 0.0) + node.rows_removed_by_filter


def tiny_data(plan: Plan, schema: Schema) -> Badge | None:
    """A badge of the plan whose tables are all known to hold so few rows that it tells nothing of others.

    Rows that are only written (`INSERT … VALUES`) are planned alike however many there are.
    """
    scans = [node for node in walk(plan.root) if node.relation_name and is_executed(node)]
    above = parents(plan.root)
    sizes = [size for node in scans if (size := _size(node, above, schema)) is not None]
    reads = any(node.node_type != "ModifyTable" for node in scans)
    if not reads or len(sizes) < len(scans) or max(sizes) >= FEW_ROWS:
        return None
    text = (
        f"The tables have {count(max(sizes))} rows at most: with more, PostgreSQL would plan this otherwise. "
        "Judge it where the data are."
    )
    return Badge(node=None, name="tiny-data", text=text)


def _size(node: PlanNode, above: dict[int, PlanNode], schema: Schema) -> float | None:
    """Rows of the table, by the catalog or a scan that read all of it; None where neither tells."""
    table = schema.table(node.relation_name)
    if table is not None and table.rows > 0:
        return max(table.rows, rows_of_scan(node))
    is_whole = node.node_type == "Seq Scan" and not node.parallel_aware and not stops_early(node, above)
    return rows_of_scan(node) if is_whole else None
