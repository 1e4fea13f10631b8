"""skip-scan: an index is entered again and again, since the filter does not name its first column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Index, Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.comparisons import own_columns
from queryscope.plans.metrics import measure, walk
from queryscope.plans.shape import INDEX_SCANS, name_of, parents
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, ms, percent
from queryscope.rules.plan.sources import field_name, model_name

_BITMAPS = frozenset({"Bitmap Index Scan", "BitmapAnd", "BitmapOr"})
_PLAIN_KEY = re.compile(r'("[^"]+"|[^\W\d]\w*)(?: .*)?')  # with its operator class and order


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipScan:
    """An index scan of PostgreSQL 18 that enters the index for each value of a column nobody asked for."""

    name: ClassVar[str] = "skip-scan"

    min_searches: int = 10  # of one loop

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a scan; an index that is entered for each value of a list is used as it should be."""
        metrics, above = measure(plan), parents(plan.root)
        for node in walk(plan.root):
            loops = node.actual_loops or 0.0
            if node.node_type not in INDEX_SCANS | {"Bitmap Index Scan"} or not node.index_searches:
                continue
            own = metrics[node.id]
            if node.index_searches <= self.min_searches * loops or is_noise(own.self_ms, own.share):
                continue
            index = _index(node, schema)
            relation, alias = _target(node, index, schema, above)
            asked = own_columns(node.index_cond, alias)
            skipped = _first_column(index) if index is not None else ""
            if skipped is None:  # an expression: what is asked for may be in it
                continue
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
                remedy=_remedy(relation, asked, models),
                share=own.share,
                fact="reading",
            )


def _index(node: PlanNode, schema: Schema) -> Index | None:
    found = (index for table in schema.tables for index in table.indexes if index.name == node.index_name)
    index = next(found, None)
    return index if index is not None and index.keys else None


def _first_column(index: Index) -> str | None:
    found = _PLAIN_KEY.fullmatch(index.keys[0])
    return found[1].strip('"') if found else None


def _target(
    node: PlanNode, index: Index | None, schema: Schema, above: dict[int, PlanNode]
) -> tuple[str, str]:
    """The table and its alias. A Bitmap Index Scan prints neither: they stand at the scan of its bitmap."""
    while not node.relation_name and node.id in above and node.node_type in _BITMAPS:
        node = above[node.id]
    relation = node.relation_name
    if not relation and index is not None:
        relation = next((table.name for table in schema.tables if index in table.indexes), "")
    return relation, node.alias or relation


def _remedy(relation: str, asked: tuple[str, ...], models: Models) -> str:
    fields = ", ".join(f'"{field_name(relation, name, models)}"' for name in asked)
    return (
        f"Let an index begin with what is asked for: Index(fields=[{fields}]) in Meta.indexes of "
        f"{model_name(relation, models) or 'the model'}."
    )
