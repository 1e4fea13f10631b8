"""What one condition compares: an operand of the scanned table, how, and with what."""

from __future__ import annotations

from dataclasses import dataclass, replace

from queryscope.rules.index.candidate.functions import RANGE_TESTS
from queryscope.sql.resolve import is_comparison
from queryscope.sql.scalar import Node

_NOTHING = Node("other")
MIRRORED = {
    "<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "<>": "<>", "&&": "&&", "@>": "<@", "<@": "@>",
    "<<": ">>", ">>": "<<", "<<=": ">>=", ">>=": "<<=", "-|-": "-|-", "@@": "@@", "%": "%", "<%": "%>",
    "%>": "<%", "<<%": "%>>", "%>>": "<<%",
}  # fmt: skip
_NAMES = {"~~": "like", "~~*": "ilike", "!~~": "not like", "!~~*": "not ilike", "= any": "in"}
_NEGATED = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_TESTS = {"is null": "is null", "is not null": "is not null", "is true": "true", "is false": "false"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One condition under AND, or the arms of an OR."""

    operator: str  # as in Term
    operand: Node = _NOTHING
    other: Node = _NOTHING  # the other side
    is_join: bool = False
    arms: tuple[tuple[Comparison, ...], ...] = ()
    columns: frozenset[str] = frozenset()  # of the table, in all of it

    @property
    def likeness(self) -> tuple[frozenset[str], str]:
        """By this the same condition is found again in another text: "in" of one value is printed as "="."""
        return self.columns, "=" if self.operator == "in" else self.operator


def compare(node: Node, aliases: frozenset[str]) -> Comparison | None:
    """The comparison of a table called by one of these names ("" among them where columns stand alone).

    None if no operand of it is of that table alone.
    """
    own = frozenset(column.text for column in node.columns if column.table in aliases)
    if not own:
        return None
    found = _compare(node, aliases)
    return None if found is None else replace(found, columns=own)


def _compare(node: Node, aliases: frozenset[str]) -> Comparison | None:
    if node.kind == "column":
        return Comparison(operator="true", operand=node)
    if node.kind == "call" and node.text in RANGE_TESTS:
        return Comparison(operator="true", operand=node)
    if node.kind == "not":
        return _negated(_compare(node.args[0], aliases))
    if node.kind == "test" and node.text in _TESTS:
        return Comparison(operator=_TESTS[node.text], operand=node.args[0])
    if node.kind == "in":
        is_listed = all(arg.kind != "query" for arg in node.args[1:])
        return Comparison(operator="in", operand=node.args[0], other=node.args[1]) if is_listed else None
    if node.kind == "or":
        return _arms(node, aliases)
    if node.kind == "operator" and len(node.args) == 2 and is_comparison(node.text):
        return _sides(node, aliases)
    return None


def _negated(inner: Comparison | None) -> Comparison | None:
    if inner is None:
        return None
    if inner.operator in ("true", "false"):
        return replace(inner, operator="false" if inner.operator == "true" else "true")
    operator = _NEGATED.get(inner.operator) or f"not {inner.operator}"
    tests = {"not is null": "is not null", "not is not null": "is null"}
    return replace(inner, operator=tests.get(operator, operator))


def _arms(node: Node, aliases: frozenset[str]) -> Comparison | None:
    arms = []
    for arg in node.args:
        under_and = arg.args if arg.kind == "and" else (arg,)
        found = tuple(one for part in under_and if (one := compare(part, aliases)) is not None)
        if not found:
            return None
        arms.append(found)
    return Comparison(operator="or", arms=tuple(arms))


def _sides(node: Node, aliases: frozenset[str]) -> Comparison | None:
    left, right = node.args
    operator = node.text
    if not _is_own(left, aliases):
        left, right = right, left
        if operator not in MIRRORED:
            return None
        operator = MIRRORED[operator]
    if not _is_own(left, aliases) or left.kind == "row":
        return None
    is_join = bool(right.columns)
    if is_join and any(column.table in aliases for column in right.columns):
        return None  # two columns of one row
    return Comparison(operator=_NAMES.get(operator, operator), operand=left, other=right, is_join=is_join)


def _is_own(node: Node, aliases: frozenset[str]) -> bool:
    """All its columns are of the table."""
    return bool(node.columns) and all(column.table in aliases for column in node.columns)
