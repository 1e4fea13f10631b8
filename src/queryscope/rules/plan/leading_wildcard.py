"""leading-wildcard: a text is searched for what it contains, and no index can tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.comparisons import Comparison
from queryscope.plans.scans import (
    comparisons_to_blame,
    has_index_on,
    index_name,
    may_hold_text,
    pattern_of,
    selective_scans,
)
from queryscope.plans.weight import severity_of
from queryscope.rules.plan.sources import field_name, meta_of, model_name

_MOST_INDEXES = 4  # of one table for one search: more cost each write more than the search is worth


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadingWildcard:
    """A Seq Scan for a LIKE that begins with a wildcard, as `contains` and `icontains` send it."""

    name: ClassVar[str] = "leading-wildcard"

    min_removed: int = 10_000  # rows
    min_removed_share: float = 0.9  # of the rows read

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a scan; patterns without three letters in a row, which no index finds, are left out."""
        scans = selective_scans(plan, min_removed=self.min_removed, min_removed_share=self.min_removed_share)
        for scan in scans:
            searched = _searched(scan.node, schema)
            if not searched:
                continue
            columns = " and ".join(dict.fromkeys(each.column for each in searched))
            yield Insight(
                rule=self.name,
                node=scan.node.id,
                severity=severity_of(scan.own.share),
                message=scan.sentence(f", since the pattern for {columns} begins with a wildcard"),
                remedy=_remedy(scan.node, searched, schema, models),
                share=scan.own.share,
                fact="reading",
                explains=(("estimate", scan.node.id),),
            )


def _searched(node: PlanNode, schema: Schema) -> tuple[Comparison, ...]:
    """What is searched: one condition, or every arm of an OR, since an index of one arm alone is no help."""
    for each in comparisons_to_blame(node, schema):
        arms = [
            next((one for one in arm if _is_search(node, one, schema)), None)
            for arm in each.arms or ((each,),)
        ]
        found = tuple(one for one in arms if one is not None)
        if len(found) == len(arms):
            return tuple(one for one in found if not _has_trigrams(schema, node, one))
    return ()


def _has_trigrams(schema: Schema, node: PlanNode, each: Comparison) -> bool:
    return has_index_on(schema, node, each.operand, opclass="trgm_ops")


def _is_search(node: PlanNode, each: Comparison, schema: Schema) -> bool:
    pattern = pattern_of(node, each)
    if pattern is None or not pattern.has_word or pattern.is_anchored:
        return False
    is_column = each.is_plain or each.kind in ("upper", "lower")
    return is_column and may_hold_text(node, each.column, schema)


def _remedy(node: PlanNode, searched: tuple[Comparison, ...], schema: Schema, models: Models) -> str:
    relation = node.relation_name
    indexes = list(dict.fromkeys(_index(relation, each, models) for each in searched))
    if len(indexes) > _MOST_INDEXES:
        return (
            f"Search fewer fields of {model_name(relation, models)}, or one that holds the words of all: a "
            f"SearchVectorField with a GinIndex. Trigrams would take an index for each of the {len(indexes)}."
        )
    first = "" if "pg_trgm" in schema.extensions else ", after a migration with TrigramExtension()"
    return f"Index the trigrams in {meta_of(relation, models)}: {', '.join(indexes)}{first}."


def _index(relation: str, each: Comparison, models: Models) -> str:
    field = field_name(relation, each.column, models)
    key = f'"{field}"' if each.is_plain else f'{each.kind.title()}("{field}")'
    return f'GinIndex(OpClass({key}, name="gin_trgm_ops"), name="{index_name(relation, field, "trgm")}")'
