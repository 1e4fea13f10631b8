"""Scans that read a whole table to keep little of it, and what their filters could have been asked by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

from queryscope.model import LikePattern, Plan, PlanNode, Schema
from queryscope.plans.comparisons import EQUALITY, LIKE, ORDERED, Comparison, read_comparisons
from queryscope.plans.metrics import NodeMetrics, measure, removed_rows, walk
from queryscope.plans.shape import name_of
from queryscope.plans.weight import is_noise
from queryscope.plans.words import count, ms, percent

_CALL = re.compile(r"\w+\(")
MAX_NAME = 30  # Django's own limit for the names of indexes
_LEAST_TABLE, _LONGEST_PART = 5, 10  # characters that are left of a table's name, and of what is named last
_BY_BYTES = ("C", "POSIX", "C.UTF-8", "ucs_basic", "pg_c_utf8")
_NUMBERS = frozenset({"numeric", "double precision", "real", "bigint", "integer", "smallint"})
_TEXTS = ("text", "character", "varchar", "bpchar", "citext", "name", '"char"')


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectiveScan:
    """A Seq Scan, parallel or not, whose filter dropped nearly all that it read."""

    node: PlanNode
    own: NodeMetrics
    removed: float

    @property
    def read(self) -> float:
        """Rows that were looked at."""
        return self.removed + self.own.rows

    def sentence(self, why: str = "") -> str:
        """`Seq Scan on book read 100 000 rows to keep 1, since …: 43.1 ms, 100 % of the query.`"""
        return (
            f"{name_of(self.node)} read {count(self.read)} rows to keep {count(self.own.rows)}{why}: "
            f"{ms(self.own.self_ms)}, {percent(self.own.share)} of the query."
        )


def selective_scans(plan: Plan, *, min_removed: int, min_removed_share: float) -> Iterator[SelectiveScan]:
    """Those that took time; repeated scans are left to the rules that explain the repetition."""
    metrics = measure(plan)
    for node in walk(plan.root):
        if node.node_type != "Seq Scan" or "SubPlan" in node.filter:
            continue
        own, removed = metrics[node.id], removed_rows(node)
        if own.scans > 1 or removed < min_removed or removed < (removed + own.rows) * min_removed_share:
            continue
        if not is_noise(own.self_ms, own.share):
            yield SelectiveScan(node=node, own=own, removed=removed)


def comparisons_to_blame(node: PlanNode, schema: Schema) -> tuple[Comparison, ...]:
    """What the filter compares, if it's that which keeps an index from being used; else nothing.

    Where a plain column is compared by equality and no index begins with it, an index on it comes first.
    """
    found = read_comparisons(node)
    leading = leading_columns(schema, node.relation_name)
    plain = [each for each in found if each.is_plain and each.is_constant and each.operator in EQUALITY]
    unserved = [each for each in plain if each.column not in leading and not is_turned(node, each, schema)]
    return () if unserved else found


def is_turned(node: PlanNode, each: Comparison, schema: Schema) -> bool:
    """Whether a column is cast to another kind of value; to text only where it is known to be none."""
    if each.kind != "cast":
        return False
    type_name = column_type(node, each.column, schema)
    if each.cast in _NUMBERS:
        return not type_name.startswith(_TEXTS)  # a text that holds numbers has to be read as such
    return each.is_plain and bool(type_name) and not type_name.startswith(_TEXTS)


def may_hold_text(node: PlanNode, column: str, schema: Schema) -> bool:
    """Whether a column is text, as far as is known; of a key that is searched as text it isn't."""
    type_name = column_type(node, column, schema)
    return not type_name or type_name.startswith(_TEXTS)


def column_type(node: PlanNode, column: str, schema: Schema) -> str:
    """The type of a column; "" where the catalog wasn't asked."""
    table = schema.table(node.relation_name)
    found = table.column(column) if table is not None else None
    return found.type if found is not None else ""


def is_range_beside(found: tuple[Comparison, ...]) -> bool:
    """Whether a plain column is compared by order, which an index on it would serve."""
    return any(each.is_plain and each.is_constant and each.operator in ORDERED for each in found)


def leading_columns(schema: Schema, relation: str) -> frozenset[str]:
    """The columns and expressions with which an index of the table begins."""
    table = schema.table(relation)
    indexes = table.indexes if table is not None else ()
    return frozenset(_unordered(index.keys[0]) for index in indexes if index.is_valid and index.keys)


def has_index_on(schema: Schema, node: PlanNode, operand: str, *, opclass: str = "") -> bool:
    """Whether an index of the table has that operand, as the plan prints it, among its keys."""
    table = schema.table(node.relation_name)
    wanted = _bare(operand, node.alias or node.relation_name)
    for index in table.indexes if table is not None else ():
        opclasses = index.opclasses or ("",) * len(index.keys)
        for key, kind in zip(index.keys, opclasses, strict=False):
            if index.is_valid and _bare(_unordered(key)) == wanted and opclass in kind:
                return True
    return False


def has_prefix_index(schema: Schema, node: PlanNode, name: str) -> bool:
    """Whether an index begins with that column in the order of bytes, in which prefixes are found."""
    table = schema.table(node.relation_name)
    column = table.column(name) if table is not None else None
    usual = (column.collation if column is not None else "") or schema.collation
    for index in table.indexes if table is not None else ():
        if index.is_valid and index.keys and _unordered(index.keys[0]) == name:
            collation = "".join(index.collations[:1]) or usual
            if collation in _BY_BYTES or "".join(index.opclasses[:1]).endswith("_pattern_ops"):
                return True
    return False


def _unordered(key: str) -> str:
    return key.partition(" NULLS ")[0].removesuffix(" DESC")


def _bare(expression: str, alias: str = "") -> str:
    """Without the alias, parentheses and spaces, and in a call without casts to text."""
    if alias:
        expression = expression.replace(f'"{alias}".', "").replace(f"{alias}.", "")
    if _CALL.match(expression):
        expression = expression.replace("::text", "").replace("::character varying", "")
    for part in (" ", "(", ")", '"'):
        expression = expression.replace(part, "")
    return expression


def pattern_of(node: PlanNode, comparison: Comparison) -> LikePattern | None:
    """The pattern that a LIKE compares with, where it is known."""
    if comparison.operator not in LIKE:
        return None
    return next((each for each in node.patterns if each.operand == comparison.operand), None)


def is_unanchored(node: PlanNode, comparison: Comparison) -> bool:
    """Whether it is a LIKE whose pattern begins with a wildcard: no btree finds it."""
    pattern = pattern_of(node, comparison)
    return pattern is not None and not pattern.is_anchored


def index_name(table: str, *parts: str) -> str:
    """A name for an index, no longer than Django allows: the table's part is cut, and all of it hashed."""
    whole = "_".join((table, *parts))
    if len(whole) <= MAX_NAME:
        return whole
    end = f"_{parts[-1][:_LONGEST_PART]}_{blake2b(whole.encode(), digest_size=2).hexdigest()}"
    middle = "".join(f"_{part}" for part in parts[:-1])[: MAX_NAME - _LEAST_TABLE - len(end)]
    return table[: MAX_NAME - len(middle) - len(end)].rstrip("_") + middle.rstrip("_") + end
