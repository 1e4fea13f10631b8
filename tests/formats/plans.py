"""Plans to draw."""

from __future__ import annotations

from typing import Any

from queryscope.model import Insight, Plan, PlanNode
from tests.builders import make_node, make_plan


def _timed(node_type: str, *children: PlanNode, ms: float, rows: float, plan: float, **more: Any) -> PlanNode:
    return make_node(
        node_type,
        *children,
        actual_total_time_ms=ms,
        actual_startup_time_ms=0.0,
        actual_rows=rows,
        actual_loops=more.pop("loops", 1.0),
        plan_rows=plan,
        total_cost=plan * 2,
        **more,
    )


_SCAN = _timed(
    "Seq Scan",
    id=4,
    ms=131.4,
    rows=22_000,
    plan=22_400,
    relation_name="shop_review",
    schema="public",
    alias="shop_review",
    filter="(rating >= $1)",
    rows_removed_by_filter=178_000.0,
    shared_hit_blocks=612,
    shared_read_blocks=5_200,
    parent_relationship="Outer",
)
_INDEX = _timed(
    "Index Scan",
    id=6,
    ms=0.001,
    rows=1,
    plan=1,
    loops=3_000.0,
    relation_name="shop_book",
    index_name="shop_book_pkey",
    alias="shop_book",
    shared_hit_blocks=9_000,
    index_cond="(id = shop_review.book_id)",
)
_MEMO = _timed("Memoize", _INDEX, id=5, ms=0.0015, rows=1, plan=1, loops=3_000.0, shared_hit_blocks=9_000)
_JOIN = _timed(
    "Nested Loop",
    _SCAN,
    _MEMO,
    id=3,
    ms=149.4,
    rows=22_000,
    plan=20_000,
    shared_hit_blocks=9_612,
    shared_read_blocks=5_200,
)
_GROUP = _timed(
    "Aggregate",
    _JOIN,
    id=2,
    ms=152.6,
    rows=3_000,
    plan=20,
    shared_hit_blocks=9_612,
    shared_read_blocks=5_200,
)
_SORT = _timed(
    "Sort",
    _GROUP,
    id=1,
    ms=152.7,
    rows=20,
    plan=20,
    sort_key=("(count(*)) DESC",),
    shared_hit_blocks=9_612,
    sort_method="top-N heapsort",
    shared_read_blocks=5_200,
)
_ROOT = _timed(
    "Limit", _SORT, id=0, ms=152.7, rows=20, plan=20, shared_hit_blocks=9_612, shared_read_blocks=5_200
)


def review_plan() -> Plan:
    """Sort over a hash join over a sequential scan that removes most rows."""

    return make_plan(
        _ROOT,
        fingerprint="reviews",
        planning_time_ms=0.4,
        execution_time_ms=153.1,
        settings=(("work_mem", "8MB"),),
        server_version=180_000,
        insights=(
            Insight(
                rule="seq-scan-selective",
                node=4,
                severity="error",
                message="The filter removed 178 000 of 200 000 rows.",
                remedy="An index on the filtered column.",
                share=0.86,
            ),
            Insight(
                rule="estimate-off",
                node=2,
                severity="warning",
                message="Estimated 20 rows, got 3 000.",
                share=0.02,
            ),
            Insight(
                rule="parallel-not-used",
                node=4,
                severity="info",
                message="No parallel worker.",
                is_badge=True,
            ),
        ),
    )


def make_plan_of(nodes: int) -> Plan:
    """A chain of so many nodes, the deepest last."""
    node = make_node(
        id=nodes - 1, actual_total_time_ms=1.0, actual_rows=1.0, actual_loops=1.0, relation_name="t"
    )
    for number in range(nodes - 2, -1, -1):
        more = {"actual_total_time_ms": float(nodes - number), "actual_rows": 1.0, "actual_loops": 1.0}
        node = make_node("Nested Loop", node, id=number, **more)
    return make_plan(node, fingerprint="reviews", execution_time_ms=float(nodes))
