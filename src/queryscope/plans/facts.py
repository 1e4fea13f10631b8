"""What a row of a plan says beside its numbers: short facts of one node, without a judgement."""

from __future__ import annotations

from collections.abc import Iterator

from queryscope.model import PlanNode, Worker
from queryscope.plans.metrics import NodeMetrics
from queryscope.plans.words import count, kilobytes, percent

LEAST_DROPPED = 0.5  # of the rows that were read; a filter that drops fewer is nothing special


def facts_of(node: PlanNode, own: NodeMetrics | None = None) -> tuple[str, ...]:
    """`filter dropped 99 %`, `16 batches`, `0 of 2 workers`.

    Args:
        node: one node of a plan.
        own: its metrics, where the plan was run.
    """
    found = [*_workers(node)]
    if node.actual_loops:
        found += [*_dropped(node), *_scanned(node), *_spilled(node, own)]
    return (*found, "disabled") if node.disabled else tuple(found)


def _workers(node: PlanNode) -> Iterator[str]:
    if node.workers_planned:
        came = f"{node.workers_launched} of " if node.actual_loops is not None else ""
        yield f"{came}{node.workers_planned} worker{'s' if node.workers_planned > 1 else ''}"


def _dropped(node: PlanNode) -> Iterator[str]:
    """What conditions threw away of the rows that were read for them."""
    kept = node.actual_rows or 0.0
    for name, dropped in (
        ("filter", node.rows_removed_by_filter),
        ("join filter", node.rows_removed_by_join_filter),
        ("recheck", node.rows_removed_by_index_recheck),
    ):
        if dropped and dropped >= LEAST_DROPPED * (dropped + kept):
            yield f"{name} dropped {percent(dropped / (dropped + kept))}"


def _scanned(node: PlanNode) -> Iterator[str]:
    if node.heap_fetches:
        yield f"{count(node.heap_fetches)} heap fetches"
    parts: tuple[PlanNode | Worker, ...] = (node, *node.workers)
    lossy = sum(part.lossy_heap_blocks for part in parts)
    pages = lossy + sum(part.exact_heap_blocks for part in parts)
    if lossy:
        yield f"{percent(lossy / pages)} of pages lossy"


def _spilled(node: PlanNode, own: NodeMetrics | None) -> Iterator[str]:
    """What went to temporary files, in the words that the node has for it."""
    parts: tuple[PlanNode | Worker, ...] = (node, *node.workers)
    batches = max(node.hash_batches, *(part.hashagg_batches for part in parts))
    on_disk = sum(part.sort_space_used_kb for part in parts if part.sort_space_type == "Disk")
    if batches > 1:
        yield f"{count(batches)} batches"
    elif on_disk:
        yield f"{kilobytes(on_disk)} on disk"
    elif own is not None and own.self_temp_blocks:
        yield f"{count(own.self_temp_blocks)} temporary blocks"
