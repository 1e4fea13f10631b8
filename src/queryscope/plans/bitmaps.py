"""What bitmap scans are made of."""

from __future__ import annotations

from queryscope.model import PlanNode, Schema
from queryscope.plans.metrics import is_executed, walk


def index_scans_below(node: PlanNode) -> tuple[PlanNode, ...]:
    """The scans that made the bitmap of a Bitmap Heap Scan and ran."""
    found = walk(node)
    return tuple(each for each in found if each.node_type == "Bitmap Index Scan" and is_executed(each))


def is_brin(node: PlanNode, schema: Schema) -> bool:
    """Whether a BRIN index made it, which knows pages and no rows: such a bitmap is always lossy."""
    methods = {_method(each, schema) for each in index_scans_below(node)}
    if methods - {""}:
        return "brin" in methods
    return bool(node.lossy_heap_blocks) and not node.exact_heap_blocks  # the catalog wasn't asked


def methods_of(node: PlanNode, schema: Schema) -> tuple[str, ...]:
    """`gin`, for every index that the scan read; "" where it isn't known."""
    scans = index_scans_below(node) if node.node_type == "Bitmap Heap Scan" else (node,)
    return tuple(dict.fromkeys(_method(each, schema) for each in scans))


def recheck_removed(node: PlanNode) -> float:
    """Rows that the index let through and the condition did not, over all loops."""
    return node.rows_removed_by_index_recheck * (node.actual_loops or 0.0)


def _method(node: PlanNode, schema: Schema) -> str:
    found = (index for table in schema.tables for index in table.indexes if index.name == node.index_name)
    index = next(found, None)
    return index.method if index is not None else ""
