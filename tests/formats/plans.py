"""Plans to draw."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from queryscope.model import Badge, Insight, Plan, PlanNode, Report, Shape, TypicalRun
from queryscope.plans.badges import badges_of
from queryscope.sql.fingerprint import normalize, tables
from tests.builders import make_node, make_plan
from tests.plans.corpus import case


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


def make_wide_plan(parts: int, **more: Any) -> Plan:
    """An Append of so many hash joins of two scans, of which the first one takes nearly all of the time."""
    joins = []
    for number in range(parts):
        spent = 900.0 if number == 0 else 0.3
        first = 1 + number * 3
        scans = (
            _timed("Seq Scan", id=first + 1, ms=spent * 0.6, rows=10, plan=10, relation_name="shop_review"),
            _timed("Seq Scan", id=first + 2, ms=spent * 0.3, rows=10, plan=10, relation_name="shop_book"),
        )
        join = _timed("Hash Join", *scans, id=first, ms=spent, rows=10, plan=10)
        joins.append(replace(join, total_cost=spent, children=_costing(scans, spent / 2)))
    whole = 900.0 + 0.3 * (parts - 1)
    root = _timed("Append", *joins, id=0, ms=whole, rows=10 * parts, plan=10)
    root = replace(root, total_cost=whole)
    return make_plan(root, **({"fingerprint": "reviews", "execution_time_ms": whole} | more))


def _costing(nodes: tuple[PlanNode, ...], cost: float) -> tuple[PlanNode, ...]:
    return tuple(replace(node, total_cost=cost) for node in nodes)


CORPUS = ("cte_read_twice", "workers_missing", "cross_never_executed", "delete_planned", "subplan_per_row")


def plan_report() -> Report:
    """Plans of real servers with their statements, one of them an estimate, and one that was skipped."""
    from tests.formats.reports import make_report

    shown = [case(f"pg18/{name}") for name in CORPUS]
    plans = [replace(one.plan, fingerprint=one.name) for one in shown]
    plans = [replace(plan, badges=badges_of(plan)) for plan in plans]
    plans[3] = replace(plans[3], note="Only planned: it deletes.")
    plans[4] = replace(
        plans[4],
        observed_ms=14.0,
        explain_ms=31.0,
        analyze_ms=16.0,
        typical=TypicalRun(is_analyzed=True, has_same_nodes=False, execution_time_ms=0.4, rows=1.0),
        badges=(Badge(node=None, name="cold-cache", text="Cold cache: 900 blocks came from outside."),),
    )
    shapes = [
        Shape(
            fingerprint=one.name,
            sql=normalize(one.sql),
            count=1,
            total_ms=plan.execution_time_ms or 0.0,
            max_ms=plan.execution_time_ms or 0.0,
            relations=tables(one.sql),
        )
        for one, plan in zip(shown, plans, strict=True)
    ]
    base = make_report(1)
    return replace(base, plans=(review_plan(), *plans), shapes=(*base.shapes, *shapes))
