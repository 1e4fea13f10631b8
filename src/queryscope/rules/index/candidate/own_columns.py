"""Conditions that compare the columns of a row with each other: no value is in them, so any may be told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from queryscope.fixes.index_code import quote
from queryscope.model import Field, Model, PlanNode, Table
from queryscope.plans.conditions import MAX_TEXT
from queryscope.sql.scalar import Node, conjuncts, read_scalar

_LOOKUPS = {"=": "", "<": "__lt", "<=": "__lte", ">": "__gt", ">=": "__gte"}
_DIFFERS = frozenset({"<>", "!="})
_MOST_ARMS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCondition:
    """A condition of nothing but columns."""

    column: str  # the first of them
    sql: str
    django: str  # a whole expression: 'Q(paid__gt=F("amount"))'


def own_conditions(node: PlanNode, table: Table, model: Model) -> Iterator[OwnCondition]:
    """The conditions of a scan that compare its columns, and each OR that asks columns alone."""
    texts = (node.filter, node.index_cond, node.recheck_cond)
    parts = [part for text in texts if 0 < len(text) <= MAX_TEXT for part in conjuncts(read_scalar(text))]
    reader = _Reader(table, model, frozenset({"", node.alias or node.relation_name}))
    for part in dict.fromkeys(parts):
        if part.kind == "or" or len(part.columns) == 2:
            found = reader.read(part)
            if found is not None:
                column = reader.field(part.columns[0])
                yield OwnCondition(column=column.column if column else "", sql=found[0], django=found[1])


class _Reader:
    """Writes a condition in SQL and in Django."""

    def __init__(self, table: Table, model: Model, aliases: frozenset[str]) -> None:
        self.table = table
        self.model = model
        self.aliases = aliases

    def read(self, node: Node) -> tuple[str, str] | None:
        """Both texts; None if anything but columns of the table is in it."""
        if node.kind in ("and", "or"):
            return self._several(node)
        if node.kind == "not":
            return self._not(node.args[0])
        if node.kind == "test":
            return self._test(node)
        if node.kind == "operator" and len(node.args) == 2:
            return self._comparison(node)
        return self._flag(node, is_true=True)

    def field(self, node: Node) -> Field | None:
        """The field of a column, through casts that an operator needs."""
        while node.kind == "cast" and len(node.args) == 1:
            node = node.args[0]
        if node.kind != "column" or node.table not in self.aliases:
            return None
        field = self.model.field(node.text)
        is_own = field is not None and field.column == node.text and self.table.column(node.text) is not None
        return field if is_own else None

    def _several(self, node: Node) -> tuple[str, str] | None:
        args = node.args if node.kind == "and" else self._said_once(node.args)
        found = [self.read(arg) for arg in args]
        read = [one for one in found if one is not None]
        if len(read) < len(found) or len(found) > _MOST_ARMS:
            return None
        if len(read) == 1:
            return read[0]
        word, sign = (" AND ", " & ") if node.kind == "and" else (" OR ", " | ")
        return f"({word.join(sql for sql, _ in read)})", f"({sign.join(django for _, django in read)})"

    def _said_once(self, arms: Sequence[Node]) -> tuple[Node, ...]:
        """`a <> b OR a IS NULL`, Django's exclude(): without what the negated equality says too."""
        compared = [arm for arm in arms if arm.kind == "operator" and arm.text in _DIFFERS]
        fields = [self.field(arg) for arm in compared for arg in arm.args]
        nullable = {field.column for field in fields if field is not None and field.is_null}
        return tuple(
            arm
            for arm in arms
            if not (arm.kind == "test" and arm.text == "is null" and self._name(arm.args[0]) in nullable)
        )

    def _name(self, node: Node) -> str:
        field = self.field(node)
        return field.column if field is not None else ""

    def _not(self, node: Node) -> tuple[str, str] | None:
        if node.kind == "column":
            return self._flag(node, is_true=False)
        found = self.read(node)
        return None if found is None or node.kind == "operator" else (f"NOT {found[0]}", f"~{found[1]}")

    def _flag(self, node: Node, *, is_true: bool) -> tuple[str, str] | None:
        field = self.field(node)
        column = self.table.column(field.column) if field is not None else None
        if field is None or column is None or column.type != "boolean":
            return None
        sql = quote(field.column) if is_true else f"NOT {quote(field.column)}"
        return sql, f"Q({field.name}={is_true})"

    def _test(self, node: Node) -> tuple[str, str] | None:
        field = self.field(node.args[0])
        if field is None or node.text not in ("is null", "is not null"):
            return None
        return (
            f"{quote(field.column)} {node.text.upper()}",
            f"Q({field.name}__isnull={node.text == 'is null'})",
        )

    def _comparison(self, node: Node) -> tuple[str, str] | None:
        left, right = map(self.field, node.args)
        if left is None or right is None or left is right:
            return None
        if node.text in _DIFFERS:
            nulls = "".join(f" AND {quote(one.column)} IS NOT NULL" for one in (left, right) if one.is_null)
            sql = f"NOT ({quote(left.column)} = {quote(right.column)}{nulls})"
            return sql, f'~Q({left.name}=F("{right.name}"))'
        if node.text not in _LOOKUPS:
            return None
        sql = f"{quote(left.column)} {node.text} {quote(right.column)}"
        return sql, f'Q({left.name}{_LOOKUPS[node.text]}=F("{right.name}"))'
