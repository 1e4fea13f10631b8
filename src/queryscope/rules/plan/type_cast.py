"""type-cast: a column is turned into the type of the value that it is compared with, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.comparisons import EQUALITY, ORDERED, Comparison
from queryscope.plans.scans import (
    column_type,
    comparisons_to_blame,
    has_index_on,
    is_range_beside,
    is_turned,
    leading_columns,
    selective_scans,
)
from queryscope.plans.weight import severity_of
from queryscope.rules.plan.sources import field_name, model_name


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeCast:
    """A Seq Scan whose filter casts a column to compare it, so that an index on it can't be used."""

    name: ClassVar[str] = "type-cast"

    min_removed: int = 10_000  # rows
    min_removed_share: float = 0.9  # of the rows read

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a scan; `varchar` is printed with `::text`, which costs nothing and is no cast."""
        scans = selective_scans(plan, min_removed=self.min_removed, min_removed_share=self.min_removed_share)
        for scan in scans:
            node = scan.node
            found = _cast(node, schema)
            if found is None:
                continue
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=severity_of(scan.own.share),
                message=scan.sentence(f", since it casts {found.column} to {found.cast}"),
                remedy=_remedy(node, found, schema, models),
                share=scan.own.share,
                fact="reading",
                explains=(("estimate", node.id),),
            )


def _cast(node: PlanNode, schema: Schema) -> Comparison | None:
    found = comparisons_to_blame(node, schema)
    for each in found:
        if each.kind != "cast" or not each.is_constant or each.operator not in EQUALITY | ORDERED:
            continue
        if each.operator in ORDERED and is_range_beside(found):
            continue
        if (is_turned(node, each, schema) or _is_read(node, each, schema)) and not has_index_on(
            schema, node, each.operand
        ):
            return each
    return None


def _is_read(node: PlanNode, each: Comparison, schema: Schema) -> bool:
    """Whether a text is read as a number, a date or the like: each row's, to be compared."""
    return not each.is_plain and column_type(node, each.column, schema).startswith(("text", "character"))


def _remedy(node: PlanNode, each: Comparison, schema: Schema, models: Models) -> str:
    relation = node.relation_name
    if _is_read(node, each, schema):
        stored = f"Store {field_name(relation, each.column, models)} of {model_name(relation, models)}"
        return (
            f"{stored} as {each.cast}, or compare it as the text that it is; else index the same Cast() in "
            "Meta.indexes."
        )
    field, type_name = field_name(relation, each.column, models), column_type(node, each.column, schema)
    own = f", {type_name}" if type_name else ""
    table = schema.table(relation)
    missing = table is not None and each.column not in leading_columns(schema, relation)
    return (
        f"Compare {field} of {model_name(relation, models)} with a value of its own type{own}"
        f"{', and index it' if missing else ''}: then an index on it can be used."
    )
