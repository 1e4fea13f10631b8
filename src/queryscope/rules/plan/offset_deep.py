"""offset-deep: rows are read only to be skipped by OFFSET."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.metrics import measure, total_rows, walk
from queryscope.plans.shape import INDEX_SCANS
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, ms, percent
from queryscope.rules.plan.asked import keys_of, order_of
from queryscope.rules.plan.sources import relations_of

_SORTS = frozenset({"Sort", "Incremental Sort"})
_HANDING_ON = frozenset({"Gather Merge", "LockRows", "Nested Loop", "Result", "Subquery Scan", "Unique"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetDeep:
    """A Limit that skips far more rows than it gives."""

    name: ClassVar[str] = "offset-deep"

    min_rows: int = 1_000  # rows below the Limit
    min_ratio: float = 10.0  # rows read for each row given

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a Limit."""
        metrics = measure(plan)
        for node in walk(plan.root):
            source = next((child for child in node.children if child.parent_relationship == "Outer"), None)
            if node.node_type != "Limit" or source is None:
                continue
            given, read = total_rows(node), total_rows(source)
            if read < self.min_rows or read <= given * self.min_ratio:
                continue
            own = metrics[node.id]
            if is_noise(own.total_ms, own.total_share):
                continue
            yield Insight(
                rule=self.name,
                node=node.id,
                severity=severity_of(own.total_share),
                message=(
                    f"OFFSET skipped {count(read - given)} rows to give {count(given)}: "
                    f"{ms(own.total_ms)}, {percent(own.total_share)} of the query."
                ),
                remedy=_remedy(source, schema, models),
                share=own.total_share,
                fact="order",
                explains=tuple(("spill", each.id) for each in walk(source) if each.node_type in _SORTS),
            )


def _remedy(source: PlanNode, schema: Schema, models: Models) -> str:
    order = _order(source, schema, models)
    if not order or [key.lstrip("-") for key in order] in (["id"], ["pk"]):
        return "Page by the last key seen: filter(pk__gt=last).order_by('pk')[:n]."
    told = ", ".join(f"'{key}'" for key in order)
    return (
        f"Page by the last row seen: filter by what comes after it in order_by({told}), the key last, "
        "and take [:n]; an index in that order gives the rows at once."
    )


def _order(source: PlanNode, schema: Schema, models: Models) -> tuple[str, ...]:
    """The fields by which the rows come, where a sort or an index of one table gives them so."""
    node: PlanNode | None = source
    while node is not None and node.node_type in _HANDING_ON:
        node = next((child for child in node.children if child.parent_relationship == "Outer"), None)
    if node is None:
        return ()
    if node.node_type in _SORTS:
        relations = set(relations_of(node).values())
        return order_of(node.sort_key, relations.pop(), models) if len(relations) == 1 else ()
    if node.node_type not in INDEX_SCANS:
        return ()
    sign = "-" if node.scan_direction == "Backward" else ""
    return tuple(f"{sign}{key}" for key in keys_of(node.index_name, node.relation_name, schema, models))
