"""function-on-column: a filter compares a function of a column, which an index of the column can't answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.comparisons import EQUALITY, LIKE, ORDERED, Comparison
from queryscope.plans.scans import (
    column_type,
    comparisons_to_blame,
    has_index_on,
    index_name,
    is_range_beside,
    is_unanchored,
    may_hold_text,
    pattern_of,
    selective_scans,
)
from queryscope.plans.weight import severity_of
from queryscope.rules.plan.sources import field_name, meta_of, model_name

_KINDS = frozenset({"upper", "lower", "date", "truncation", "extract", "json", "function", "expression"})
_SPOKEN = {
    "date": "the date of {column}",
    "truncation": "date_trunc of {column}",
    "extract": "a part of {column}",
    "json": "a key of {column}",
    "function": "a function of {column}",
    "expression": "an expression of {column}",
}
_JSON_KEY = re.compile(r'(?:[^ ()"]|"[^"]*")+ (?P<operator>->>?|#>>?) …(?:::[a-z]+(?:\[\])?)?')
_ZONE = re.compile(r"AT TIME ZONE|timezone\(")
_UNSTEADY = re.compile(r"\w\(|CURRENT_|LOCALTIME|interval|time zone", re.IGNORECASE)
_TRANSFORMS = {"->": "KeyTransform", "->>": "KeyTextTransform"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionOnColumn:
    """A Seq Scan whose filter compares a function or an expression of a column with a value."""

    name: ClassVar[str] = "function-on-column"

    min_removed: int = 10_000  # rows
    min_removed_share: float = 0.9  # of the rows read

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a scan; not where an index on a plain column that is compared beside it would do."""
        scans = selective_scans(plan, min_removed=self.min_removed, min_removed_share=self.min_removed_share)
        for scan in scans:
            found = _to_blame(scan.node, schema)
            if found is None:
                continue
            yield Insight(
                rule=self.name,
                node=scan.node.id,
                severity=severity_of(scan.own.share),
                message=scan.sentence(f", since it compares {_spoken(found)}"),
                remedy=_remedy(scan.node, found, schema, models),
                share=scan.own.share,
                fact="reading",
                explains=(("estimate", scan.node.id),),  # an index on an expression has statistics of it
            )


def _to_blame(node: PlanNode, schema: Schema) -> Comparison | None:
    found = comparisons_to_blame(node, schema)
    wrapped = [each for each in found if each.is_constant and _is_served(node, each, schema)]
    for each in sorted(wrapped, key=lambda each: each.operator not in EQUALITY):
        if each.operator in ORDERED and is_range_beside(found):
            continue
        return None if has_index_on(schema, node, each.operand) else each
    return None


def _is_served(node: PlanNode, each: Comparison, schema: Schema) -> bool:
    """Whether it is an expression that an index on it would serve."""
    if each.kind not in _KINDS:
        return False
    if each.kind in ("upper", "lower") and not may_hold_text(node, each.column, schema):
        return False
    if each.operator in LIKE:
        is_known = pattern_of(node, each) is not None and not is_unanchored(node, each)
        return each.operator == "~~" and is_known and each.kind in ("upper", "lower")
    return each.operator in EQUALITY | ORDERED


def _spoken(each: Comparison) -> str:
    if each.kind in ("upper", "lower"):
        return f"{each.kind}({each.column})"
    return _SPOKEN[each.kind].format(column=each.column)


def _remedy(node: PlanNode, each: Comparison, schema: Schema, models: Models) -> str:
    relation = node.relation_name
    model, field = model_name(relation, models), field_name(relation, each.column, models)
    kind, name = each.kind, index_name(relation, field, each.kind)
    if kind in ("upper", "lower"):
        key = f'{kind.title()}("{field}")'
        if each.operator in LIKE:
            key = f'OpClass({key}, name="text_pattern_ops")'
        return f'Index the same expression in {meta_of(relation, models)}: Index({key}, name="{name}").'
    if kind == "json":
        return _json_remedy(relation, each, models)
    if kind in ("date", "truncation"):
        asked = f"{field}__gte and {field}__lt, with an index on {field}"
        asked = f"Ask for the time from the start to the end, {asked}"
        if not _is_fixed(node, each, schema):
            return f"{asked}."
        trunc = f'TruncDate("{field}")' if kind == "date" else f'Trunc("{field}", "…")'
        return (
            f"{asked}; or index what is compared, in its time zone, in {meta_of(relation, models)}: "
            f'Index({trunc}, name="{name}").'
        )
    if kind == "extract":
        same = f", or index the same Extract function of {model}" if _is_fixed(node, each, schema) else ""
        return f"Ask for ranges of {field} where they are few{same}."
    if kind == "expression":
        same = "" if _may_change(node, each, schema) else ", or index the same expression in Meta.indexes"
        return f"Compare {field} of {model} itself, with the arithmetic on the side of the value{same}."
    return f"Index the same expression in {meta_of(relation, models)}, if the function is immutable."


def _is_fixed(node: PlanNode, each: Comparison, schema: Schema) -> bool:
    """Whether a part of a time is the same in every session: PostgreSQL refuses an index of what isn't."""
    type_name = column_type(node, each.column, schema)
    zones = len(_ZONE.findall(each.operand))
    if zones:
        return zones == 1 and (not type_name or type_name.endswith("with time zone"))
    is_local = type_name.startswith("timestamp") and type_name.endswith("without time zone")
    return is_local or (each.kind == "extract" and type_name == "date")


def _may_change(node: PlanNode, each: Comparison, schema: Schema) -> bool:
    """Whether arithmetic depends on the day or the session, as far as can be told."""
    is_zoned = column_type(node, each.column, schema).endswith("with time zone")
    return is_zoned or _UNSTEADY.search(each.operand) is not None


def _json_remedy(relation: str, each: Comparison, models: Models) -> str:
    """Django sends KeyTextTransform for ->>, KeyTransform for ->, and #> for a key of a key."""
    field = field_name(relation, each.column, models)
    found, is_equal = _JSON_KEY.fullmatch(each.operand), each.operator in EQUALITY
    name = index_name(relation, field, "json")
    transform = _TRANSFORMS.get(found["operator"]) if found and is_equal else None
    said = f"Index the same expression in {meta_of(relation, models)}"
    if transform:
        said = (
            f'Index the key in {meta_of(relation, models)}: Index({transform}("…", "{field}"), name="{name}")'
        )
    if found and found["operator"] in ("->", "#>") and each.operator == "=":
        said += f", or ask {field}__contains with a GinIndex of jsonb_path_ops"
    return f"{said}."
