"""skip-scan: an index is entered again and again, since the filter does not name its first column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Index, Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.comparisons import own_columns
from queryscope.plans.metrics import measure, walk
from queryscope.plans.shape import INDEX_SCANS, name_of
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, ms, percent
from queryscope.rules.plan.sources import field_name, model_name


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipScan:
    """An index scan of PostgreSQL 18 that enters the index for each value of a column nobody asked for."""

    name: ClassVar[str] = "skip-scan"

    min_searches: int = 10  # of one loop

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a scan; an index that is entered for each value of a list is used as it should be."""
        metrics = measure(plan)
        for node in walk(plan.root):
            loops = node.actual_loops or 0.0
            if node.node_type not in INDEX_SCANS | {"Bitmap Index Scan"} or not node.index_searches:
                continue
            own = metrics[node.id]
            if node.index_searches <= self.min_searches * loops or is_noise(own.self_ms, own.share):
                continue
            index = _index(node, schema)
            asked = own_columns(node.index_cond, _alias(node, index, schema))
            skipped = index.keys[0].partition(" ")[0] if index is not None else ""
            if not asked or skipped in asked or (not skipped and " ANY " in node.index_cond):
                continue
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=severity_of(own.share),
                message=(
                    f"{name_of(node)} entered the index {count(node.index_searches / loops)} times, "
                    f"once for each value of {skipped or 'its first column'}, to ask for {', '.join(asked)}: "
                    f"{ms(own.self_ms)}, {percent(own.share)} of the query."
                ),
                remedy=_remedy(node, index, asked, schema, models),
                share=own.share,
                fact="reading",
            )


def _index(node: PlanNode, schema: Schema) -> Index | None:
    found = (index for table in schema.tables for index in table.indexes if index.name == node.index_name)
    index = next(found, None)
    return index if index is not None and index.keys else None


def _relation(node: PlanNode, index: Index | None, schema: Schema) -> str:
    """A Bitmap Index Scan doesn't print it."""
    if node.relation_name or index is None:
        return node.relation_name
    return next((table.name for table in schema.tables if index in table.indexes), "")


def _alias(node: PlanNode, index: Index | None, schema: Schema) -> str:
    return node.alias or node.relation_name or _relation(node, index, schema)


def _remedy(
    node: PlanNode, index: Index | None, asked: tuple[str, ...], schema: Schema, models: Models
) -> str:
    relation = _relation(node, index, schema)
    fields = ", ".join(f'"{field_name(relation, name, models)}"' for name in asked)
    return (
        f"Let an index begin with what is asked for: Index(fields=[{fields}]) in Meta.indexes of "
        f"{model_name(relation, models) or 'the model'}."
    )
