"""unselective-index: an index gives a large part of the table, a page at a time in no order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema, Table
from queryscope.plans.comparisons import own_columns
from queryscope.plans.metrics import NodeMetrics, measure, removed_rows, walk
from queryscope.plans.shape import limit_above, name_of, parents
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, ms, percent
from queryscope.rules.plan.sources import field_name, meta_of

_ORDERED = frozenset(
    {"Merge Join", "Unique", "WindowAgg", "Incremental Sort", "Merge Append", "Gather Merge"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnselectiveIndex:
    """An Index Scan of much of a table, that reads more pages than the whole table has."""

    name: ClassVar[str] = "unselective-index"

    min_rows: int = 10_000
    min_table_share: float = 0.2  # of the rows of the table
    min_page_ratio: float = 2.0  # pages read for each one that the table has

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a scan; not where its order is what is wanted, nor where a LIMIT ends it."""
        metrics, above = measure(plan), parents(plan.root)
        for node in walk(plan.root):
            table = schema.table(node.relation_name) if node.node_type == "Index Scan" else None
            if table is None or not node.index_cond:
                continue
            own = metrics[node.id]
            if not self._is_large_part(node, own, table) or is_noise(own.self_ms, own.share):
                continue
            if limit_above(node, above) is not None or _is_for_order(node, above):
                continue
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=severity_of(own.share),
                message=(
                    f"{name_of(node)} gave {count(own.rows)} of {count(table.rows)} rows and read "
                    f"{count(own.self_blocks)} pages for them, of a table of {count(table.pages)}: "
                    f"{ms(own.self_ms)}, {percent(own.share)} of the query."
                ),
                remedy=_remedy(node, models),
                share=own.share,
                fact="reading",
            )

    def _is_large_part(self, node: PlanNode, own: NodeMetrics, table: Table) -> bool:
        read = own.rows + removed_rows(node)
        if own.scans > 1 or read < self.min_rows or read < max(table.rows, 0) * self.min_table_share:
            return False
        return table.rows > 0 and own.self_blocks >= max(table.pages, 1) * self.min_page_ratio


def _is_for_order(node: PlanNode, above: dict[int, PlanNode]) -> bool:
    """Whether somebody above relies on the order that the index gives."""
    parent = above.get(node.id)
    while parent is not None:
        if parent.node_type in ("Sort", "Hash"):
            return False
        if parent.node_type in _ORDERED or (parent.node_type == "Aggregate" and parent.strategy == "Sorted"):
            return True
        parent = above.get(parent.id)
    return False


def _remedy(node: PlanNode, models: Models) -> str:
    relation, alias = node.relation_name, node.alias or node.relation_name
    keys = own_columns(node.index_cond, alias)
    given = [name for text in node.output for name in own_columns(text, alias) if name not in keys]
    columns = [field_name(relation, name, models) for name in dict.fromkeys(given)]
    if 0 < len(columns) <= 3:
        fields = [field_name(relation, name, models) for name in keys]
        return (
            f"Let the index hold what is asked for: Index(fields={_listed(fields)}, "
            f'include={_listed(columns)}, name="…") in {meta_of(relation, models)}; or '
            "ask for fewer rows."
        )
    return (
        "Ask for fewer rows or, with .only(), for columns that the index can hold; else see random_page_cost."
    )


def _listed(names: list[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"
