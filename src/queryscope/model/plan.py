"""A PostgreSQL plan as frozen nodes, with PostgreSQL's own names in snake_case."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanNode:
    """One node. Times and rows are per loop, as PostgreSQL prints them; see `queryscope.plans.metrics`."""

    id: int  # position in a depth-first walk, root 0
    node_type: str
    parent_relationship: str = ""
    subplan_name: str = ""
    relation_name: str = ""
    schema: str = ""
    alias: str = ""
    index_name: str = ""
    cte_name: str = ""
    join_type: str = ""
    startup_cost: float = 0.0
    total_cost: float = 0.0
    plan_rows: float = 0.0
    plan_width: int = 0
    actual_startup_time_ms: float | None = None
    actual_total_time_ms: float | None = None
    actual_rows: float | None = None
    actual_loops: float | None = None
    filter: str = ""
    index_cond: str = ""
    recheck_cond: str = ""
    hash_cond: str = ""
    merge_cond: str = ""
    join_filter: str = ""
    sort_key: tuple[str, ...] = ()
    group_key: tuple[str, ...] = ()
    output: tuple[str, ...] = ()
    rows_removed_by_filter: float = 0.0
    rows_removed_by_join_filter: float = 0.0
    rows_removed_by_index_recheck: float = 0.0
    sort_method: str = ""
    sort_space_type: str = ""
    sort_space_used_kb: int = 0
    hash_batches: int = 0
    original_hash_batches: int = 0
    heap_fetches: float = 0.0
    exact_heap_blocks: int = 0
    lossy_heap_blocks: int = 0
    workers_planned: int = 0
    workers_launched: int = 0
    shared_hit_blocks: int = 0
    shared_read_blocks: int = 0
    shared_dirtied_blocks: int = 0
    shared_written_blocks: int = 0
    temp_read_blocks: int = 0
    temp_written_blocks: int = 0
    index_searches: float = 0.0
    parallel_aware: bool = False
    extra: dict[str, Any] = field(default_factory=dict)  # keys of PostgreSQL that have no field here
    children: tuple[PlanNode, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """What a plan rule says of one node. A badge informs; only insights with a remedy may become findings."""

    rule: str
    node: int  # PlanNode.id
    severity: Literal["error", "warning", "info"]
    message: str
    remedy: str = ""
    share: float = 0.0  # of the plan's time, 0..1
    is_badge: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The plan of one query shape."""

    fingerprint: str
    root: PlanNode
    is_analyzed: bool
    planning_time_ms: float | None = None
    execution_time_ms: float | None = None
    settings: tuple[tuple[str, str], ...] = ()
    jit_ms: float | None = None
    trigger_ms: float = 0.0
    server_version: int | None = None
    note: str = ""  # why it is only estimated
    insights: tuple[Insight, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedPlan:
    """A slow shape that was not explained, and why."""

    fingerprint: str
    reason: str
