"""Which fields of its table a scan asks for, in the order in which an index would need them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from queryscope.model import Models, PlanNode, Schema
from queryscope.plans.comparisons import EQUALITY, ORDERED, Comparison, comparisons_in, read_comparisons
from queryscope.plans.conditions import PlanSortKey, read_sort_key
from queryscope.rules.plan.sources import field_name

_PLAIN_KEY = re.compile(r'("[^"]+"|[^\W\d]\w*)(?P<order>(?: DESC| NULLS FIRST| NULLS LAST)*)')
_KEPT = frozenset({"IS NULL", "IS NOT NULL", "<>", "<> ALL"})
_FEW = 0.1  # of the rows of a table


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Fields by how they are compared. An expression, an OR or a LIKE is in none of them."""

    equal: tuple[str, ...] = ()
    ranged: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()  # tests that fit into the condition of a partial index: a flag, IS NULL, <>
    of_one_row: tuple[str, ...] = ()  # compared with each other
    columns: tuple[str, ...] = ()  # of equal and ranged, as the catalog has them

    @property
    def keys(self) -> tuple[str, ...]:
        """What an index would have as keys: what is compared by equality, then one range."""
        return self.equal + tuple(name for name in self.ranged if name not in self.equal)[:1]


def asked_of(node: PlanNode, models: Models, comparisons: Iterable[Comparison] | None = None) -> Asked:
    """What the filter of a scan compares, or these comparisons of its columns."""
    found: dict[str, list[str]] = {"equal": [], "ranged": [], "kept": [], "of_one_row": []}
    columns = []
    for each in map(_one_of, read_comparisons(node) if comparisons is None else comparisons):
        kind = _kind(each)
        for column in (*each.columns, *each.beside) if kind else ():
            found[kind].append(field_name(node.relation_name, column, models))
        if kind in ("equal", "ranged"):
            columns.append(each.column)
    return Asked(
        columns=tuple(columns), **{kind: tuple(dict.fromkeys(names)) for kind, names in found.items()}
    )


def found_by(node: PlanNode) -> tuple[Comparison, ...]:
    """What the index of a scan was asked for; of a bitmap, what its rows are tested for again."""
    return comparisons_in(node.index_cond or node.recheck_cond, node)


def _one_of(each: Comparison) -> Comparison:
    """`status = … OR status = …` asks for one of a list, whatever it is written as."""
    firsts = [arm[0] for arm in each.arms if len(arm) == 1]
    is_list = len(firsts) == len(each.arms) > 0 and all(_kind(one) == "equal" for one in firsts)
    return firsts[0] if is_list and len({one.column for one in firsts}) == 1 else each


def _kind(each: Comparison) -> str:
    if each.beside:
        return "of_one_row"
    is_flag = (
        not each.operator and each.operand.endswith(f".{each.column}") and each.operand.startswith("NOT ")
    )
    if is_flag or (each.is_plain and not each.operator):
        return "kept"
    if not each.is_plain:
        return ""
    if each.operator in EQUALITY:
        return "equal"
    if each.operator in ORDERED:
        return "ranged"
    return "kept" if each.operator in _KEPT else ""


def rare_of(node: PlanNode, schema: Schema, models: Models) -> tuple[str, ...]:
    """Of the tests that fit into a condition those that few rows pass, as far as statistics can tell."""
    table = schema.table(node.relation_name)
    found = []
    for each in read_comparisons(node):
        column = table.column(each.column) if table is not None and _kind(each) == "kept" else None
        if column is None:
            continue
        shares = {"IS NULL": column.null_frac, "IS NOT NULL": 1 - (column.null_frac or 0.0)}
        share = shares.get(each.operator, 1 - (column.top_frequency or 0.0))
        if share is not None and share <= _FEW:
            found.append(field_name(node.relation_name, each.column, models))
    return tuple(dict.fromkeys(found))


def in_turn(names: Iterable[str]) -> str:
    """`carrier`, `carrier, then created_at`."""
    return ", then ".join(names)


def order_of(texts: Iterable[str], relation: str, models: Models) -> tuple[str, ...]:
    """`("-created_at", "id")` of the keys of a sort; nothing where one is no column."""
    keys = [read_sort_key(text) for text in texts]
    if not all(key.column for key in keys):
        return ()
    return tuple(_key(field_name(relation, key.column, models), key) for key in keys)


def _key(name: str, key: PlanSortKey) -> str:
    if key.nulls:
        return f'F("{name}").{"desc" if key.is_descending else "asc"}(nulls_{key.nulls}=True)'
    return f"-{name}" if key.is_descending else name


def keys_of(index_name: str, relation: str, schema: Schema, models: Models) -> tuple[str, ...]:
    """The fields of an index, as far as the catalog has it and they are no expressions."""
    table = schema.table(relation)
    for index in table.indexes if table is not None else ():
        if index.name == index_name:
            found = [_PLAIN_KEY.fullmatch(key) for key in index.keys]
            if all(found):
                return tuple(field_name(relation, key[1].strip('"'), models) for key in found if key)
    return ()
