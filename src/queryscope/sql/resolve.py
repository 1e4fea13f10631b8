"""Puts parameters back where they are part of an expression, never where a column is compared with them.

`"data" -> %s` asks for a key: an index needs to know which. A value may be told only if it stands in the
project's source, is part of a lookup's path or a setting; any other becomes "hidden". Of a pattern that
something is compared with, only its form is kept: where it is open, and how long its longest word is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from queryscope.sql.blocks import Block
from queryscope.sql.patterns import like_pattern, longest_word, regex_pattern
from queryscope.sql.scalar import Node

DISTANCES = frozenset({"<->", "<=>", "<#>", "<+>", "<~>", "<%>", "<<->", "<->>", "<<<->", "<->>>"})
COMPARISONS = DISTANCES | frozenset(
    [
        "=",
        "<>",
        "<",
        "<=",
        ">",
        ">=",
        "~~",
        "!~~",
        "~~*",
        "!~~*",
        "~",
        "!~",
        "~*",
        "!~*",
        "@>",
        "<@",
        "&&",
        "@@",
        "?",
        "?|",
        "?&",
        "%",
        "%>",
        "<%",
        "%>>",
        "<<%",
        "<<",
        ">>",
        "<<=",
        ">>=",
        "-|-",
        "&<",
        "&>",
        "|>>",
        "<<|",
        "&<|",
        "|&>",
        "~=",
        "^@",
        "similar",
        "@?",
        "@@@",
    ]
)
UNITS = frozenset(
    [
        "microseconds",
        "milliseconds",
        "second",
        "minute",
        "hour",
        "day",
        "week",
        "month",
        "quarter",
        "year",
        "decade",
        "century",
        "millennium",
    ]
)
_JSON = frozenset({"->", "->>", "#>", "#>>"})
_PATTERNS = frozenset({"~~", "~~*", "~", "~*", "%", "%>", "<%", "%>>", "<<%"})
HIDDEN = Node("hidden")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What may be told: it is no secret of the data."""

    literals: frozenset[str | int | float] = (
        frozenset()
    )  # of the project's source, where the queryset is built
    paths: frozenset[str] = frozenset()  # parts of its lookups: "data", "status"
    time_zone: str = ""  # settings.TIME_ZONE


def resolve_blocks(blocks: Sequence[Block], params: Any, known: Known) -> tuple[Block, ...]:
    """The blocks with literals for the parameters inside of operands."""
    values = tuple(params) if isinstance(params, list | tuple) else ()
    reader = _Reader(values, known)
    return tuple(
        replace(
            block,
            conditions=tuple(reader.condition(node) for node in block.conditions),
            order=tuple(replace(key, node=reader.condition(key.node)) for key in block.order),
        )
        for block in blocks
    )


def resolve_condition(node: Node) -> Node:
    """A condition of a plan: of a pattern that can be read there its form, of other values nothing."""
    return _Reader((), Known()).condition(node)


def is_comparison(operator: str) -> bool:
    """An operator between what is searched and what it is searched by."""
    return operator.removesuffix(" any").removesuffix(" all") in COMPARISONS


class _Reader:
    def __init__(self, values: tuple[Any, ...], known: Known) -> None:
        self.values = values
        self.known = known

    def condition(self, node: Node) -> Node:
        if node.kind in ("and", "or", "not", "test"):
            return replace(node, args=tuple(self.condition(arg) for arg in node.args))
        if node.kind == "in":
            return replace(node, args=(self.operand(node.args[0]), *map(_unplaced, node.args[1:])))
        if node.kind == "operator" and is_comparison(node.text) and len(node.args) == 2:
            return self.comparison(node)
        return self.operand(node)

    def comparison(self, node: Node) -> Node:
        sides = [bool(arg.columns) for arg in node.args]
        args = [
            self.operand(arg) if has_columns else self.compared(arg, node.text)
            for arg, has_columns in zip(node.args, sides, strict=True)
        ]
        return replace(node, args=tuple(args))

    def compared(self, node: Node, operator: str) -> Node:
        """The other side: nothing but the form of a pattern."""
        if operator not in _PATTERNS:
            return _unplaced(node)
        inner = node
        while inner.kind in ("cast", "call") and len(inner.args) == 1:
            inner = inner.args[0]
        value = self.value(inner) if inner.kind == "value" else None
        if not isinstance(value, str):
            return _unplaced(node)
        if operator in ("~~", "~~*"):
            form, length = like_pattern(value)
        elif operator in ("~", "~*"):
            form, length = regex_pattern(value)
        else:
            form, length = "similar", longest_word(value)
        return Node("pattern", form, length=length)

    def value(self, node: Node) -> Any:
        """The parameter itself; of a literal its text."""
        if node.place >= 0:
            return self.values[node.place] if node.place < len(self.values) else None
        if node.text.startswith("'"):
            return node.text[1:].removesuffix("'").replace("''", "'")
        return _number(node.text)

    def operand(self, node: Node) -> Node:
        """With literals where they may be told."""
        if node.kind == "value":
            return self.literal(node, self.is_told)
        if node.kind == "operator" and node.text == "collate":
            return replace(node, args=(self.operand(node.args[0]), *node.args[1:]))
        if node.kind == "call" and node.text == "extract":
            return replace(node, args=(node.args[0], *map(self.operand, node.args[1:])))
        place, rule = self.constant_rule(node)
        args = (
            self.constant(arg, rule) if at == place else self.operand(arg) for at, arg in enumerate(node.args)
        )
        return replace(node, args=tuple(args))

    def constant_rule(self, node: Node) -> tuple[int, Callable[[Any], bool]]:
        """Which argument is a constant by a rule of its own, and the rule; -1 for none."""
        is_binary = node.kind == "operator" and len(node.args) == 2
        if is_binary and node.text in _JSON:
            return 1, self.is_path
        if is_binary and node.text == "[]":
            return 1, self.is_place
        if is_binary and node.text == "at time zone":
            return 1, self.is_zone
        if node.kind == "call" and node.text == "date_trunc":
            return 0, lambda value: value in UNITS
        if is_binary and node.text == "+" and node.args[0].text == "extract":
            return 1, lambda value: value == 1  # the day of the week, as Django counts it
        if node.kind == "call" and node.text == "round":
            return 1, lambda value: value == 0 or self.is_told(value)
        if node.kind == "call" and node.text == "array_length":
            return 1, lambda value: value == 1  # the dimension, of Django's `__len`
        if (
            node.kind == "call"
            and node.text == "coalesce"
            and node.args[:1]
            and node.args[0].text == "array_length"
        ):
            return 1, lambda value: value == 0 or self.is_told(value)
        return -1, self.is_told

    def constant(self, node: Node, is_allowed: Callable[[Any], bool]) -> Node:
        """A literal by a rule of its own, below a cast too."""
        if node.kind == "cast":
            return replace(node, args=(self.constant(node.args[0], is_allowed),))
        return self.literal(node, is_allowed) if node.kind == "value" else self.operand(node)

    def literal(self, node: Node, is_allowed: Callable[[Any], bool]) -> Node:
        if node.text in ("NULL", "TRUE", "FALSE"):
            return node
        value = self.value(node)
        try:
            is_known = value is not None and is_allowed(value)
            if is_known and is_allowed == self.is_zone and value == self.known.time_zone:
                return Node("setting", sql_text(value))
            return Node("value", sql_text(value)) if is_known else HIDDEN
        except TypeError:  # a type of the driver's that is no constant of an expression
            return HIDDEN

    def is_told(self, value: Any) -> bool:
        return value in ("", " ") or value in self.known.literals

    def is_path(self, value: Any) -> bool:
        if isinstance(value, list | tuple):
            return bool(value) and all(self.is_path(one) for one in value)
        known = self.known.paths | self.known.literals
        return value in known or str(value) in known

    def is_place(self, value: Any) -> bool:
        """Of an array: a lookup counts from 0, SQL from 1."""
        return isinstance(value, int) and self.is_path(value - 1)

    def is_zone(self, value: Any) -> bool:
        """UTC is told too: a source spells it without a text, `tzinfo=UTC`."""
        return bool(value) and (value in (self.known.time_zone, "UTC") or self.is_told(value))


def sql_text(value: Any) -> str:
    """A constant in SQL.

    Raises:
        TypeError: it is no text, number or list of texts.
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(value, list | tuple):
        return _quoted("{" + ",".join(_element(str(one)) for one in value) + "}")
    if isinstance(value, str):
        return _quoted(value)
    raise TypeError


def _element(text: str) -> str:
    if text.replace("_", "").isalnum() and text.upper() != "NULL":
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _number(text: str) -> int | float | None:
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return None


def _unplaced(node: Node) -> Node:
    """Values as `%s`: what something is compared with is not kept."""
    if node.kind == "value" and node.text not in ("NULL", "TRUE", "FALSE"):
        return Node("value", "%s")
    return replace(node, args=tuple(_unplaced(arg) for arg in node.args), place=-1)
