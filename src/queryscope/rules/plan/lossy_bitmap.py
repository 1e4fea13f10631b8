"""lossy-bitmap: a bitmap of rows did not fit into memory, and whole pages are tested again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.bitmaps import is_brin, recheck_removed
from queryscope.plans.metrics import measure, walk
from queryscope.plans.shape import name_of
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, ms, percent


@dataclass(frozen=True, slots=True, kw_only=True)
class LossyBitmap:
    """A Bitmap Heap Scan that knew more pages than rows, and threw away rows of them again."""

    name: ClassVar[str] = "lossy-bitmap"

    min_removed: int = 1_000  # rows
    min_removed_share: float = 0.5  # of the rows read

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a scan; the bitmaps of BRIN indexes are lossy by design, see `recheck-waste`."""
        metrics = measure(plan)
        for node in walk(plan.root):
            exact, lossy = _pages(node)
            if node.node_type != "Bitmap Heap Scan" or lossy <= exact or is_brin(node, schema):
                continue
            own, removed = metrics[node.id], recheck_removed(node)
            if removed < self.min_removed or removed < (removed + own.rows) * self.min_removed_share:
                continue
            if is_noise(own.self_ms, own.share):
                continue
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=severity_of(own.share),
                message=(
                    f"{name_of(node)} remembered whole pages, {count(lossy)} of {count(lossy + exact)}, "
                    f"since the bitmap did not fit into work_mem, and tested {count(removed)} rows in vain: "
                    f"{ms(own.self_ms)}, {percent(own.share)} of the query."
                ),
                remedy=_remedy(node),
                share=own.share,
                fact="reading",
            )


def _remedy(node: PlanNode) -> str:
    memory = "give this query more work_mem (SET LOCAL work_mem, in its transaction)"
    if node.filter:
        return f"Put what else is asked for into the index, so that it finds fewer rows; or {memory}."
    return f"Ask for fewer rows, or {memory}."


def _pages(node: PlanNode) -> tuple[int, int]:
    """Exact and lossy; up to PostgreSQL 17 those of workers are in none."""
    exact = node.exact_heap_blocks + sum(worker.exact_heap_blocks for worker in node.workers)
    return exact, node.lossy_heap_blocks + sum(worker.lossy_heap_blocks for worker in node.workers)
