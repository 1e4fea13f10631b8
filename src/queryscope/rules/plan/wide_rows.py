"""wide-rows: many rows are given, each of a kilobyte or more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, Schema
from queryscope.plans.metrics import is_executed, measure, total_rows, walk
from queryscope.plans.weight import is_noise
from queryscope.plans.words import count, kilobytes
from queryscope.rules.plan.sources import columns_in, field_name, relations_of

_LEAST_PART = 0.25  # of a row: narrower columns aren't what makes it wide
_MANY_ROWS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WideRows:
    """Many rows of a kilobyte or more, given to the program."""

    name: ClassVar[str] = "wide-rows"

    min_width: int = 1_000  # bytes of a row, as PostgreSQL estimates it
    min_rows: int = 100

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight at the most. The plan has no time of it: sending and loading come after."""
        root, rows = plan.root, total_rows(plan.root)
        if root.plan_width < self.min_width or rows < self.min_rows or not is_executed(root):
            return
        own = measure(plan)[root.id]
        if is_noise(own.total_ms, own.total_share) or any(
            node.node_type == "ModifyTable" for node in walk(root)
        ):
            return
        yield Insight(
            rule=self.name,
            node=root.id,
            severity="info",
            message=(
                f"{count(rows)} rows of {count(root.plan_width)} bytes each were given, "
                f"{kilobytes(rows * root.plan_width / 1024)} in all."
            ),
            remedy=self._remedy(plan, schema, models),
            fact="result",
        )

    def _remedy(self, plan: Plan, schema: Schema, models: Models) -> str:
        fields = list(_wide_fields(plan, schema, models))
        streamed = ", and .iterator() if they are read once" if total_rows(plan.root) >= _MANY_ROWS else ""
        if fields:
            return f"Leave out what the page doesn't show: .defer({', '.join(fields)}){streamed}."
        return f"Load the columns that are read: .only(…), .defer(…) or .values(…){streamed}."


def _wide_fields(plan: Plan, schema: Schema, models: Models) -> Iterator[str]:
    """Fields of the table that make up a good part of the row."""
    relations = relations_of(plan.root)
    if len(set(relations.values())) != 1:
        return
    for relation, name in columns_in(plan.root.output, relations):
        table = schema.table(relation)
        column = table.column(name) if table is not None else None
        if column is not None and (column.avg_width or 0) >= plan.root.plan_width * _LEAST_PART:
            yield f'"{field_name(relation, name, models)}"'
