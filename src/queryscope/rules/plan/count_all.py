"""count-all: every row of a table is read to count them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.metrics import measure, total_rows, walk
from queryscope.plans.weight import is_noise
from queryscope.plans.words import count, ms
from queryscope.rules.plan.sources import model_name

_SCANS = frozenset({"Seq Scan", "Index Only Scan", "Index Scan"})
_BETWEEN = frozenset({"Aggregate", "Gather", "Gather Merge", "Append"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CountAll:
    """A `count()` of a whole table, without a condition."""

    name: ClassVar[str] = "count-all"

    min_rows: int = 10_000

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight at the most; no severity above info, since nothing is wrong with the plan."""
        scans = _scans_of_a_count(plan.root)
        rows = sum(map(total_rows, scans))
        own = measure(plan)[plan.root.id]
        if not scans or rows < self.min_rows or is_noise(own.total_ms, own.total_share):
            return
        if any(_is_of_a_part(scan, schema) for scan in scans):
            return
        table = scans[0].relation_name if len(scans) == 1 else ""
        whole = (
            f"all {count(rows)} rows of {table}" if table else f"all {count(rows)} rows of a table in parts"
        )
        model = f"{model_name(table, models)}.objects.count()" if models.by_table(table) else "count()"
        yield Insight(
            rule=self.name,
            node=plan.root.id,
            severity="info",
            message=f"The count read {whole}: {ms(own.total_ms)}.",
            remedy=(
                f"Keep the result of {model} for some time, show the estimate (reltuples of pg_class), "
                f"or page by the last key seen, which needs no count."
            ),
            share=own.total_share,
            fact="reading",
            nodes=tuple(scan.id for scan in scans),
        )


def _is_of_a_part(scan: PlanNode, schema: Schema) -> bool:
    """Whether the index holds some of the rows only: its predicate is the condition, and isn't printed."""
    table = schema.table(scan.relation_name)
    indexes = table.indexes if table is not None else ()
    return any(index.name == scan.index_name and index.predicate for index in indexes)


def _scans_of_a_count(root: PlanNode) -> list[PlanNode]:
    """The scans below a bare count, if it counts whole tables and does nothing else."""
    if root.node_type != "Aggregate" or root.output != ("count(*)",) or root.group_key:
        return []
    scans = []
    for node in walk(root):
        if node.filter or node.parent_relationship in ("InitPlan", "SubPlan"):
            return []
        if node.node_type in _SCANS and not node.index_cond:
            scans.append(node)
        elif node.node_type not in _BETWEEN:
            return []
    return scans
