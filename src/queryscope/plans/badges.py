"""Badges of a plan: what is worth knowing of it, and has no remedy in the code that asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from queryscope.model import Badge, Plan, PlanNode, Schema, Worker
from queryscope.plans.metrics import NodeMetrics, blocks, measure, removed_rows, total_rows, walk
from queryscope.plans.shape import name_of
from queryscope.plans.tiny import tiny_data
from queryscope.plans.weight import LEAST_MS, is_noise
from queryscope.plans.words import count, ms, percent

JIT_SHARE = 0.3  # of the execution
JIT_MOST_MS = 2_000.0  # of an execution: from here on compiling may pay
PLANNING_LEAST_MS = 10.0
PARALLEL_LEAST_MS = 10.0  # work that isn't worth starting a process for
PARALLEL_ROWS = 100_000
MANY_LOOPS = 1_000
COLD_LEAST_BLOCKS = 100
RING_LEAST_BLOCKS = 4_096  # a quarter of shared_buffers, where that is PostgreSQL's default

_GATHERS = frozenset({"Gather", "Gather Merge"})


def badges_of(plan: Plan, schema: Schema | None = None) -> tuple[Badge, ...]:
    """The badges of a plan, and then of its nodes; with a catalog also that its tables are tiny."""
    if not plan.is_analyzed:
        return tuple(_disabled(walk(plan.root)))
    nodes = [node for node in walk(plan.root) if node.actual_loops]
    metrics = measure(plan)
    return (
        *_of_plan(plan, nodes),
        *_tiny(plan, schema),
        *_workers(nodes, metrics),
        *_parallel_not_used(plan, nodes, metrics),
        *_kept_rows(nodes, metrics),
        *_disabled(walk(plan.root)),
    )


def _tiny(plan: Plan, schema: Schema | None) -> Iterator[Badge]:
    badge = tiny_data(plan, schema) if schema is not None else None
    if badge is not None:
        yield badge


def _of_plan(plan: Plan, nodes: list[PlanNode]) -> Iterator[Badge]:
    execution_ms, planning_ms = plan.execution_time_ms or 0.0, plan.planning_time_ms or 0.0
    # Every process compiles for itself, and what they took is told in a sum.
    processes = 1 + max((node.workers_launched for node in nodes), default=0)
    jit_ms = (plan.jit_ms or 0.0) / processes
    if jit_ms >= LEAST_MS and JIT_SHARE * execution_ms <= jit_ms and execution_ms < JIT_MOST_MS:
        text = f"Compiling took {ms(jit_ms)} of {ms(execution_ms)}: raise jit_above_cost, or SET jit = off."
        yield Badge(node=None, name="jit-overhead", text=text)
    if planning_ms > execution_ms and planning_ms > PLANNING_LEAST_MS:
        text = f"Planning took {ms(planning_ms)}, running {ms(execution_ms)}: many joins or partitions."
        yield Badge(node=None, name="planning-dominant", text=text)
    yield from _of_blocks(plan.root, nodes)


def _of_blocks(root: PlanNode, nodes: list[PlanNode]) -> Iterator[Badge]:
    """What the state of the cache and of the pages did, rather than the plan."""
    read, hit = root.shared_read_blocks, root.shared_hit_blocks
    # A table of more than a quarter of shared_buffers goes through a ring of 256 kB: it stays outside.
    whole = [node for node in nodes if node.node_type == "Seq Scan"]
    read -= sum(node.shared_read_blocks for node in whole if blocks(node) > RING_LEAST_BLOCKS)
    if read > hit and read >= COLD_LEAST_BLOCKS:
        share = percent(read / (read + hit))
        text = f"Cold cache: {count(read)} blocks, {share}, came from outside. Run it again to judge it."
        yield Badge(node=None, name="cold-cache", text=text)
    dirtied, written = root.shared_dirtied_blocks, root.shared_written_blocks
    is_read = all(node.node_type not in ("ModifyTable", "LockRows") for node in nodes)
    if (
        is_read and dirtied > 0 and (root.actual_total_time_ms or 0.0) >= LEAST_MS
    ):  # written alone are blocks of others, put out to make room
        text = (
            f"A read that changed {count(dirtied)} blocks and wrote {count(written)}: VACUUM spares it that."
        )
        yield Badge(node=None, name="dirty-read", text=text)


def _workers(nodes: list[PlanNode], metrics: Mapping[int, NodeMetrics]) -> Iterator[Badge]:
    for node in nodes:
        own = metrics[node.id]
        if node.node_type not in _GATHERS or is_noise(own.total_ms, own.total_share):
            continue
        if node.workers_launched < node.workers_planned:
            text = f"{node.workers_launched} of {node.workers_planned} workers came (max_parallel_workers)."
            yield Badge(node=node.id, name="workers-missing", text=text)
        work_ms = sum(
            metrics[child.id].total_ms for child in node.children if child.parent_relationship == "Outer"
        )
        is_felt = own.self_ms > work_ms and not is_noise(own.self_ms, own.share)
        if node.workers_launched and work_ms < PARALLEL_LEAST_MS and is_felt:
            text = f"Starting workers and waiting for them took {ms(own.self_ms)}, their work {ms(work_ms)}."
            yield Badge(node=node.id, name="parallel-overhead", text=text)


def _parallel_not_used(
    plan: Plan, nodes: list[PlanNode], metrics: Mapping[int, NodeMetrics]
) -> Iterator[Badge]:
    if any(node.node_type in _GATHERS or node.node_type == "ModifyTable" for node in nodes):
        return
    why = "too many to hand over, a function that may not run in workers, or settings"
    if dict(plan.settings).get("max_parallel_workers_per_gather") == "0":
        why = "max_parallel_workers_per_gather is 0"
    for node in nodes:
        own, read = metrics[node.id], total_rows(node) + removed_rows(node)
        is_large = node.node_type == "Seq Scan" and own.scans <= 1 and read >= PARALLEL_ROWS
        if is_large and not is_noise(own.self_ms, own.share):
            text = f"{name_of(node)} read {count(read)} rows in one process: {why}."
            yield Badge(node=node.id, name="parallel-not-used", text=text)


def _kept_rows(nodes: list[PlanNode], metrics: Mapping[int, NodeMetrics]) -> Iterator[Badge]:
    """What nodes keep of their rows to give them again."""
    for node in nodes:
        own = metrics[node.id]
        if node.node_type not in ("Memoize", "Materialize") or is_noise(own.total_ms, own.total_share):
            continue
        if node.node_type == "Memoize":
            yield from _memoize(node)
        elif own.scans >= MANY_LOOPS:
            text = f"These rows were gone through {count(own.scans)} times."
            yield Badge(node=node.id, name="materialize-loops", text=text)


def _memoize(node: PlanNode) -> Iterator[Badge]:
    parts: tuple[PlanNode | Worker, ...] = (node, *node.workers)
    hits, misses = sum(part.cache_hits for part in parts), sum(part.cache_misses for part in parts)
    evicted = sum(part.cache_evictions for part in parts)
    if hits + misses >= MANY_LOOPS and (evicted or hits < misses):
        text = f"The cache knew {count(hits)} of {count(hits + misses)} rows and dropped {count(evicted)}."
        yield Badge(node=node.id, name="memoize-thrash", text=text)


def _disabled(nodes: Iterator[PlanNode]) -> Iterator[Badge]:
    for node in nodes:
        if node.disabled:
            text = f"{name_of(node)} is switched off by a setting, and there was nothing else."
            yield Badge(node=node.id, name="disabled-node", text=text)
