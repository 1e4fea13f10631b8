"""How many rows of a table the conditions of a scan drop at most, whatever the values are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from queryscope.model import Table
from queryscope.rules.index.candidate.cover import unique_index
from queryscope.rules.index.candidate.scan import Scan
from queryscope.rules.index.candidate.terms import block_of
from queryscope.sql.scalar import Node, conjuncts, read_scalar
from queryscope.sql.statement import Statement


def most_dropped(scan: Scan, statement: Statement) -> float:
    """One for each value that a unique column is not to have; `inf` for conditions of another kind.

    The plan says which conditions a scan checks; how long a list is, only the statement tells.
    """
    texts = [text for text in (scan.node.filter, scan.node.index_cond, scan.node.recheck_cond) if text]
    planned = _Bound(table=scan.table, aliases=frozenset({"", scan.alias}))
    block = block_of(statement.blocks, scan.alias, scan.table.name)
    asked: Sequence[Node] = ()
    own = planned
    if block is not None:
        select, alias = block
        asked = select.conditions
        alone = {""} if len(select.tables) == 1 else set()
        own = _Bound(table=scan.table, aliases=frozenset({alias} | alone))
    found = 0.0
    for part in (part for text in texts for part in conjuncts(read_scalar(text))):
        most = planned.dropped(part)
        if most == inf:
            same = [node for node in asked if own.names(node) == planned.names(part)]
            most = sum(own.dropped(node) for node in same) if same else inf
        found += most
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bound:
    """Counts what conditions of one table let through or drop, at most."""

    table: Table
    aliases: frozenset[str]

    def names(self, node: Node) -> frozenset[str] | None:
        """The columns of a condition; None if another table's is among them."""
        if any(column.table not in self.aliases for column in node.columns):
            return None
        return frozenset(column.text for column in node.columns)

    def dropped(self, node: Node, tested: frozenset[str] = frozenset()) -> float:
        """Rows for which a condition isn't true; NULL in `tested` columns isn't among them."""
        if node.kind == "not":
            return self.kept(node.args[0], tested)
        if node.kind == "and":
            return sum(self.dropped(arg, tested) for arg in node.args)
        if node.kind == "or":
            tested |= _tested(node.args, "is null")
            return min(self.dropped(arg, tested) for arg in node.args)
        is_apart = node.kind == "operator" and node.text == "<>"
        return self._found(node.args[0], node.args[1:], tested) if is_apart else inf

    def kept(self, node: Node, tested: frozenset[str] = frozenset()) -> float:
        """Rows for which a condition isn't false: it is true, or NULL."""
        if node.kind == "not":
            return self.dropped(node.args[0], tested)
        if node.kind == "or":
            return sum(self.kept(arg, tested) for arg in node.args)
        if node.kind == "and":
            tested |= _tested(node.args, "is not null")
            return min(self.kept(arg, tested) for arg in node.args)
        is_listed = node.kind == "in" or (node.kind == "operator" and node.text == "=")
        return self._found(node.args[0], node.args[1:], tested) if is_listed else inf

    def _found(self, operand: Node, values: Sequence[Node], tested: frozenset[str]) -> float:
        """Rows that have one of these values in a unique column, or NULL in it."""
        name = _column(operand)
        column = self.table.column(name) if self.names(operand) == frozenset([name]) else None
        if column is None or any(value.columns or value.kind == "query" for value in values):
            return inf
        is_known = not column.is_null or name in tested
        return float(len(values)) if is_known and unique_index(self.table, [name]) is not None else inf


def _column(node: Node) -> str:
    """A column by itself, or as the text that tells it from all others."""
    inner = node.args[0] if node.kind == "cast" and node.text == "text" else node
    return inner.text if inner.kind == "column" else ""


def _tested(nodes: Sequence[Node], test: str) -> frozenset[str]:
    return frozenset(_column(node.args[0]) for node in nodes if node.kind == "test" and node.text == test)
