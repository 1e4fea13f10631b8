"""or-seq-scan: a whole table is read for an OR of several columns, of which no index knows all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.comparisons import EQUALITY, LIKE, ORDERED, Comparison
from queryscope.plans.scans import (
    comparisons_to_blame,
    has_index_on,
    has_prefix_index,
    is_range_beside,
    is_unanchored,
    leading_columns,
    pattern_of,
    selective_scans,
)
from queryscope.plans.weight import severity_of
from queryscope.rules.plan.sources import field_name, model_name


@dataclass(frozen=True, slots=True, kw_only=True)
class OrSeqScan:
    """A Seq Scan whose filter is an OR of different columns, each of which an index could serve."""

    name: ClassVar[str] = "or-seq-scan"

    min_removed: int = 10_000  # rows
    min_removed_share: float = 0.9  # of the rows read

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a scan; silent where an arm can't be indexed, since then no index helps the others."""
        scans = selective_scans(plan, min_removed=self.min_removed, min_removed_share=self.min_removed_share)
        for scan in scans:
            arms = _arms(scan.node, schema)
            columns = list(dict.fromkeys(each.column for each in arms))
            missing = _without_index(scan.node, arms, schema)
            if len(columns) < 2 or not missing:
                continue
            yield Insight(
                rule=self.name,
                node=scan.node.id,
                severity=severity_of(scan.own.share),
                message=scan.sentence(f", for an OR of {', '.join(columns[:-1])} and {columns[-1]}"),
                remedy=_remedy(scan.node, missing, models),
                share=scan.own.share,
                fact="reading",
            )


def _arms(node: PlanNode, schema: Schema) -> tuple[Comparison, ...]:
    """Of every arm of the OR a comparison that an index could serve; nothing where one arm has none."""
    found = comparisons_to_blame(node, schema)
    disjunctions = [each for each in found if each.arms]
    if len(disjunctions) != 1 or is_range_beside(found):
        return ()
    chosen = [next((one for one in arm if _is_indexable(node, one)), None) for arm in disjunctions[0].arms]
    served = tuple(each for each in chosen if each is not None)
    return served if len(served) == len(chosen) else ()


def _is_indexable(node: PlanNode, each: Comparison) -> bool:
    if not each.is_plain or not each.is_constant:
        return False
    if each.operator in EQUALITY | ORDERED | {"IS NULL"}:
        return True
    pattern = pattern_of(node, each)
    return pattern is not None and (pattern.has_word or (pattern.is_anchored and each.operator == "~~"))


def _is_search(node: PlanNode, each: Comparison) -> bool:
    """Whether only trigrams find it: a pattern that begins with a wildcard, or in any case."""
    return each.operator == "~~*" or is_unanchored(node, each)


def _without_index(node: PlanNode, arms: tuple[Comparison, ...], schema: Schema) -> tuple[Comparison, ...]:
    """The arms that want one; where the table isn't known, all."""
    return tuple(each for each in arms if not _is_served(node, each, schema))


def _is_served(node: PlanNode, each: Comparison, schema: Schema) -> bool:
    if _is_search(node, each):
        return has_index_on(schema, node, each.column, opclass="trgm_ops")
    if each.operator not in LIKE:
        return each.column in leading_columns(schema, node.relation_name)
    return has_prefix_index(schema, node, each.column)


def _remedy(node: PlanNode, missing: tuple[Comparison, ...], models: Models) -> str:
    relation = node.relation_name
    fields = dict.fromkeys(_wanted(node, each, models) for each in missing)
    return (
        f"Index {' and '.join(fields)} of {model_name(relation, models)}: of an OR every arm needs an index, "
        "each its own; or ask for every arm alone and join them with union()."
    )


def _wanted(node: PlanNode, each: Comparison, models: Models) -> str:
    """The field; a prefix wants an index in the order of bytes, since that of a language is no help."""
    field = field_name(node.relation_name, each.column, models)
    if _is_search(node, each):
        return f"{field} by trigrams"
    return f'OpClass("{field}", name="text_pattern_ops")' if each.operator in LIKE else field
