"""A PostgreSQL plan as frozen nodes, with PostgreSQL's own names in snake_case."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from queryscope.model.advice import IndexAdvice
from queryscope.model.evidence import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Buffers:
    """What was touched, in blocks; times of input and output with track_io_timing."""

    shared_hit_blocks: int = 0
    shared_read_blocks: int = 0
    shared_dirtied_blocks: int = 0
    shared_written_blocks: int = 0
    local_hit_blocks: int = 0
    local_read_blocks: int = 0
    local_dirtied_blocks: int = 0
    local_written_blocks: int = 0
    temp_read_blocks: int = 0
    temp_written_blocks: int = 0
    shared_io_read_time_ms: float = 0.0  # up to PostgreSQL 16 with that of local blocks
    shared_io_write_time_ms: float = 0.0
    local_io_read_time_ms: float = 0.0
    local_io_write_time_ms: float = 0.0
    temp_io_read_time_ms: float = 0.0
    temp_io_write_time_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SortSpace:
    """Memory or disk that the groups of an Incremental Sort took."""

    average_sort_space_used_kb: int = 0  # of one group
    peak_sort_space_used_kb: int = 0
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SortGroups:
    """What an Incremental Sort says of its groups."""

    group_count: int = 0
    sort_methods_used: tuple[str, ...] = ()
    sort_space_memory: SortSpace | None = None
    sort_space_disk: SortSpace | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker(Buffers):
    """What one parallel worker did of a node; the leader's part is the rest."""

    worker_number: int = 0
    actual_startup_time_ms: float | None = None
    actual_total_time_ms: float | None = None
    actual_rows: float | None = None
    actual_loops: float | None = None
    sort_method: str = ""
    sort_space_type: str = ""
    sort_space_used_kb: int = 0
    full_sort_groups: SortGroups | None = None
    pre_sorted_groups: SortGroups | None = None
    hashagg_batches: int = 0
    peak_memory_usage_kb: int = 0
    disk_usage_kb: int = 0
    cache_hits: int = 0
    cache_misses: int = 0
    cache_evictions: int = 0
    cache_overflows: int = 0
    exact_heap_blocks: int = 0
    lossy_heap_blocks: int = 0
    wal_records: int = 0
    wal_fpi: int = 0
    wal_bytes: int = 0
    wal_buffers_full: int = 0
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupingSet:
    """One pass of GROUPING SETS, CUBE or ROLLUP."""

    sort_key: tuple[str, ...] = ()
    group_keys: tuple[tuple[str, ...], ...] = ()
    hash_keys: tuple[tuple[str, ...], ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetTable:
    """One of several relations that a ModifyTable writes."""

    relation_name: str = ""
    schema: str = ""
    alias: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LikePattern:
    """What the pattern of a LIKE is like; its text is not kept."""

    operand: str  # what is matched, as PostgreSQL prints it: "upper(book.title)"
    is_anchored: bool = False  # it begins with no wildcard
    has_word: bool = False  # three letters in a row, or two beside another character: it has a trigram


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
    # What the node is
    strategy: str = ""  # of Aggregate and SetOp: "Plain", "Sorted", "Hashed", "Mixed"
    partial_mode: str = ""  # of Aggregate: "Simple", "Partial", "Finalize"
    operation: str = ""  # of ModifyTable and a Foreign Scan that writes: "Insert"
    command: str = ""  # of SetOp: "Intersect All"
    scan_direction: str = ""
    function_name: str = ""
    table_function_name: str = ""
    tuplestore_name: str = ""
    custom_plan_provider: str = ""
    inner_unique: bool = False
    single_copy: bool = False
    async_capable: bool = False
    disabled: bool = False  # PostgreSQL 18: a setting speaks against it, and there was nothing else
    # Conditions and keys
    order_by: str = ""
    tid_cond: str = ""
    one_time_filter: str = ""
    run_condition: str = ""
    conflict_filter: str = ""
    conflict_resolution: str = ""
    conflict_arbiter_indexes: tuple[str, ...] = ()
    presorted_key: tuple[str, ...] = ()
    cache_key: str = ""
    cache_mode: str = ""
    function_call: str = ""
    table_function_call: str = ""
    window: str = ""
    sampling_method: str = ""
    sampling_parameters: tuple[str, ...] = ()
    repeatable_seed: str = ""
    params_evaluated: tuple[str, ...] = ()
    grouping_sets: tuple[GroupingSet, ...] = ()
    target_tables: tuple[TargetTable, ...] = ()
    relations: str = ""  # of a foreign join
    remote_sql: str = ""
    # What it did
    workers: tuple[Worker, ...] = ()
    full_sort_groups: SortGroups | None = None
    pre_sorted_groups: SortGroups | None = None
    subplans_removed: int = 0
    rows_removed_by_conflict_filter: float = 0.0
    tuples_inserted: float = 0.0
    tuples_updated: float = 0.0
    tuples_deleted: float = 0.0
    tuples_skipped: float = 0.0
    conflicting_tuples: float = 0.0
    cache_hits: int = 0
    cache_misses: int = 0
    cache_evictions: int = 0
    cache_overflows: int = 0
    hash_buckets: int = 0
    original_hash_buckets: int = 0
    planned_partitions: int = 0
    hashagg_batches: int = 0
    peak_memory_usage_kb: int = 0
    disk_usage_kb: int = 0
    storage: str = ""  # PostgreSQL 18: where a CTE, Materialize or WindowAgg kept its rows
    maximum_storage_kb: int = 0
    local_hit_blocks: int = 0
    local_read_blocks: int = 0
    local_dirtied_blocks: int = 0
    local_written_blocks: int = 0
    shared_io_read_time_ms: float = 0.0  # with track_io_timing; up to PostgreSQL 16 with that of local blocks
    shared_io_write_time_ms: float = 0.0
    local_io_read_time_ms: float = 0.0
    local_io_write_time_ms: float = 0.0
    temp_io_read_time_ms: float = 0.0
    temp_io_write_time_ms: float = 0.0
    wal_records: int = 0
    wal_fpi: int = 0
    wal_bytes: int = 0
    wal_buffers_full: int = 0
    patterns: tuple[LikePattern, ...] = ()  # of LIKE in the filter, whose values are not kept
    extra: dict[str, Any] = field(default_factory=dict)  # keys of PostgreSQL that have no field here
    children: tuple[PlanNode, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Jit:
    """What compiling took; of all processes together."""

    functions: int = 0
    inlining: bool = False
    optimization: bool = False
    expressions: bool = False
    deforming: bool = False
    generation_ms: float = 0.0
    inlining_ms: float = 0.0
    optimization_ms: float = 0.0
    emission_ms: float = 0.0
    total_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning(Buffers):
    """What planning touched; its memory since PostgreSQL 17, with the option MEMORY."""

    memory_used_kb: int = 0
    memory_allocated_kb: int = 0
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Serialization(Buffers):
    """What it took to turn the result into what is sent; PostgreSQL 17, with the option SERIALIZE."""

    time_ms: float = 0.0
    output_volume_kb: int = 0
    format: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerTime:
    """One trigger that fired. The time of one AFTER is in no node, that of one BEFORE is in its node too."""

    trigger_name: str = ""
    constraint_name: str = ""
    relation: str = ""
    time_ms: float = 0.0
    calls: float = 0.0
    extra: dict[str, Any] = field(default_factory=dict)


# What an insight is about: rows that are read for nothing, the work of a join or a subquery, temporary files,
# an estimate, an order, the rows that are given, and "" what only one rule tells of.
NodeFact = Literal["", "reading", "joining", "spill", "estimate", "order", "result"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """What a plan rule says of one node. A badge informs; only insights with a remedy may become findings.

    Of one fact of one node only the first rule speaks (`queryscope.rules.plan.claims`).
    """

    rule: str
    node: int  # PlanNode.id: where it is shown
    severity: Literal["error", "warning", "info"]
    message: str
    remedy: str = ""
    share: float = 0.0  # of the plan's time, 0..1
    is_badge: bool = False
    fact: NodeFact = ""
    nodes: tuple[int, ...] = ()  # all that it is about, where that isn't its own node alone
    explains: tuple[tuple[NodeFact, int], ...] = ()  # what no rule behind it needs to tell: fact and node


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """What is worth knowing of a node, or of a whole plan, and has no remedy in the code that asked."""

    node: int | None  # PlanNode.id; None: of the plan
    name: str  # "jit-overhead"
    text: str  # a sentence with its numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class TypicalRun:
    """What EXPLAIN says of a shape with the parameters of its first execution."""

    is_analyzed: bool
    has_same_nodes: bool  # the same kinds of nodes, on the same relations and indexes
    execution_time_ms: float | None = None
    rows: float | None = None  # that the statement returned


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """The same rows asked for in another way, and what that showed."""

    kind: str  # "range" of dates, "containment" in JSON, "keyset": the page behind the last key
    columns: tuple[str, ...]
    evidence: Evidence
    index: IndexAdvice | None = None  # that was built for it; None: the indexes that are there serve
    is_aware: bool = False  # "range": within a time zone
    is_month: bool = False  # "range": of a month, not of days


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
    jit: Jit | None = None
    planning: Planning | None = None
    serialization: Serialization | None = None
    triggers: tuple[TriggerTime, ...] = ()
    query_identifier: int | None = None
    server_version: int | None = None
    note: str = ""  # why it is only estimated
    source: Literal["explain", "auto_explain"] = "explain"  # run again for it, or the very execution
    observed_ms: float | None = None  # as long as the application waited for the slowest execution
    explain_ms: float | None = None  # as long as EXPLAIN took, planning and looking up what it calls included
    analyze_ms: float | None = None  # of that, running the statement again
    rewrites: tuple[Rewrite, ...] = ()  # that gave the same rows sooner
    typical: TypicalRun | None = None  # the same shape with parameters that are not the slowest ones
    insights: tuple[Insight, ...] = ()
    badges: tuple[Badge, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedPlan:
    """A slow shape that was not explained, and why."""

    fingerprint: str
    reason: str
