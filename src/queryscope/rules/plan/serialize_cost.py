"""serialize-cost: most of the time goes into making large values ready to be sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Column, Insight, Models, Plan, Schema
from queryscope.plans.metrics import root_ms
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, kilobytes, ms, percent
from queryscope.rules.plan.sources import columns_in, field_name, relations_of

# Of these types PostgreSQL keeps large values outside of the row, and fetches them to send them.
_OUTSIDE = ("bytea", "json", "jsonb", "text", "tsvector", "xml", "character varying", "hstore")
_LENGTH = re.compile(r"\((\d+)\)")
_LONG = 1_000  # characters that a column must have room for to be called large


@dataclass(frozen=True, slots=True, kw_only=True)
class SerializeCost:
    """A result whose values took a good part of the time to be sent (PostgreSQL 17, with SERIALIZE)."""

    name: ClassVar[str] = "serialize-cost"

    min_share: float = 0.2  # of the execution
    min_kb: int = 1_024  # of the result
    min_row_bytes: int = 1_000  # of a row: many narrow ones take their time too, and no column can be spared

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight at the most."""
        sent = plan.serialization
        whole_ms = max(plan.execution_time_ms or 0.0, root_ms(plan))
        if sent is None or not whole_ms or sent.output_volume_kb <= self.min_kb:
            return
        share = min(sent.time_ms / whole_ms, 1.0)
        if share < self.min_share or is_noise(sent.time_ms, share):
            return
        rows = plan.root.actual_rows or 0.0
        if sent.output_volume_kb * 1024 < self.min_row_bytes * rows:
            return
        yield Insight(
            rule=self.name,
            node=plan.root.id,
            severity=severity_of(share),
            message=(
                f"To make {kilobytes(sent.output_volume_kb)} of {count(rows)} rows ready to be sent took "
                f"{ms(sent.time_ms)}, {percent(share)} of the query."
            ),
            remedy=_remedy(plan, schema, models),
            share=share,
            fact="result",
        )


def _remedy(plan: Plan, schema: Schema, models: Models) -> str:
    fields = list(dict.fromkeys(_large_fields(plan, schema, models)))
    if not fields:
        return (
            "Leave large columns out with .defer(…) or .only(…) where they aren't read, or load fewer rows."
        )
    return (
        f"Leave those out that aren't read: .defer({', '.join(fields)}), or load fewer rows. "
        f"Large values are fetched from beside the table."
    )


def _large_fields(plan: Plan, schema: Schema, models: Models) -> Iterator[str]:
    for relation, name in columns_in(plan.root.output, relations_of(plan.root)):
        table = schema.table(relation)
        column = table.column(name) if table is not None else None
        if column is not None and _is_large(column):
            yield f'"{field_name(relation, name, models)}"'


def _is_large(column: Column) -> bool:
    """Whether it may hold what is kept beside the table; what is there counts as 18 bytes in statistics."""
    length = _LENGTH.search(column.type)
    return column.type.startswith(_OUTSIDE) and (length is None or int(length[1]) >= _LONG)
