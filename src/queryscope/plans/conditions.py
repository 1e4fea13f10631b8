"""The conditions and sort keys of a plan node, read from what PostgreSQL prints. No value is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from queryscope.plans.redact import VALUE

MAX_TEXT = 20_000  # a longer condition is an IN list of thousands: not worth parsing

MAX_PARENTHESES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition that stands by itself under AND."""

    table: str = ""  # the alias, "" where the plan does not print it
    column: str = ""  # "" unless one column is the left operand
    function: str = ""  # "upper": the function around the column
    cast: str = ""  # "text": the type that the column is cast to
    operator: str  # "=", "in", "<", "like", "is null", "true", "false", "or", "other" …
    is_join: bool = False  # the right operand holds a column too
    other_table: str = ""  # that column, where it stands alone
    other_column: str = ""
    pattern_length: int | None = (
        None  # LIKE: longest run of word characters, where the text shows the pattern
    )
    arms: tuple[Condition, ...] = ()  # operator "or"; of an arm that is an AND, operator "and", its operands


_AND = " AND "
_OR = " OR "
_OTHER = Condition(operator="other")
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "<>": "<>"}


def read_conditions(text: str) -> tuple[Condition, ...]:
    """The conditions of a Filter, Index Cond, Hash Cond … of a plan; what can't be read is "other"."""
    return _read_all(text) if 0 < len(text) <= MAX_TEXT else ()


# Each index rule reads the scans of a plan again. No value is in their conditions.
@lru_cache(maxsize=1024)
def _read_all(text: str) -> tuple[Condition, ...]:
    try:
        return tuple(_read(part) for part in split_and(text))
    except RecursionError:
        return (_OTHER,)


def split_and(text: str) -> Iterator[str]:
    """The operands of the outermost AND; parentheses and quotes are respected."""
    return _split(text, _AND)


def split_or(text: str) -> Iterator[str]:
    """The operands of the outermost OR."""
    return _split(text, _OR)


def _split(text: str, word: str) -> Iterator[str]:
    text = unwrapped(text)
    start = 0
    for position in outer(text, word):
        yield from _split(text[start:position], word)
        start = position + len(word)
    if start:
        yield from _split(text[start:], word)
    else:
        yield text


def longest_word(pattern: str) -> int:
    """Length of the longest run of letters and digits: a trigram index needs three."""
    return max((len(run) for run in re.findall(r"[^\W_]+", pattern)), default=0)


def outer(text: str, word: str) -> Iterator[int]:
    """Positions of a text outside of parentheses and quotes; BETWEEN is printed as two comparisons."""
    depth = 0
    quote = ""
    for position, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        elif depth == 0 and text.startswith(word, position):
            yield position


def unwrapped(text: str) -> str:
    """Without the parentheses that enclose all of it."""
    text = text.strip()
    for _ in range(MAX_PARENTHESES):
        if not (text.startswith("(") and text.endswith(")") and _closes_at_end(text)):
            break
        text = text[1:-1].strip()
    return text


def _closes_at_end(text: str) -> bool:
    depth = 0
    quote = ""
    for position, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return position == len(text) - 1
    return False


def _read(text: str) -> Condition:
    from sqlglot import parse_one
    from sqlglot.errors import SqlglotError

    try:
        return _condition(parse_one(text.replace(VALUE, "NULL"), read="postgres"))
    except (SqlglotError, RecursionError):
        return _OTHER


def _condition(node: Any) -> Condition:
    from sqlglot import exp

    node = node.unnest()
    if isinstance(node, exp.Or):
        return Condition(operator="or", arms=tuple(_condition(arm) for arm in node.flatten()))
    if isinstance(node, exp.And):
        return Condition(operator="and", arms=tuple(_condition(part) for part in node.flatten()))
    if isinstance(node, exp.Column):
        return replace(_operand(node), operator="true")
    if isinstance(node, exp.Not):
        inner = _condition(node.this)
        return replace(inner, operator="false") if inner.operator == "true" else _OTHER
    if isinstance(node, exp.Is):
        name = "is not null" if node.args.get("negate") else "is null"
        return replace(
            _operand(node.this), operator=name if isinstance(node.expression, exp.Null) else "other"
        )
    if isinstance(node, exp.In):
        return replace(_operand(node.this), operator="in")
    return _comparison(node)


def _comparison(node: Any) -> Condition:
    from sqlglot import exp

    names = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
    patterns = {exp.Like: "like", exp.ILike: "ilike"}
    if type(node) in patterns and not node.args.get("negate"):
        pattern = node.expression.find(exp.Literal)
        length = longest_word(pattern.this) if pattern is not None and pattern.is_string else None
        return replace(_operand(node.this), operator=patterns[type(node)], pattern_length=length)
    if type(node) not in names:
        return _OTHER
    operator = names[type(node)]
    left, right = _operand(node.this), node.expression
    if isinstance(right, exp.Any):
        return replace(left, operator="in" if operator == "=" else "other")
    other = _operand(right)
    if not left.column and other.column:
        left, other, operator = other, left, _MIRRORED[operator]
    is_join = bool(other.column) or (bool(left.column) and right.find(exp.Column) is not None)
    return replace(
        left, operator=operator, is_join=is_join, other_table=other.table, other_column=other.column
    )


def _operand(node: Any) -> Condition:
    """A column, a cast of it, or one function of it; anything else is no operand of an index."""
    from sqlglot import exp

    function = cast = ""
    node = node.unnest()
    if isinstance(node, exp.Upper | exp.Lower):
        function = type(node).__name__.lower()
        node = node.this.unnest()
    if isinstance(node, exp.Cast):
        cast = node.to.sql("postgres").lower()
        node = node.this.unnest()
    if not isinstance(node, exp.Column):
        return _OTHER
    return Condition(table=node.table, column=node.name, function=function, cast=cast, operator="other")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSortKey:
    """One key of a Sort node."""

    table: str = ""
    column: str = ""  # "" for an expression
    is_descending: bool = False
    nulls: str = ""  # only where it differs from PostgreSQL's default
    is_random: bool = False
    collation: str = ""  # where it isn't the database's: the column's own is printed too


def read_sort_key(text: str) -> PlanSortKey:
    """A key as a Sort node prints it: `shop_order.created DESC NULLS LAST`."""
    return _read_key(text) if len(text) <= MAX_TEXT else PlanSortKey()


@lru_cache(maxsize=1024)
def _read_key(text: str) -> PlanSortKey:
    from sqlglot import exp, parse_one
    from sqlglot.errors import SqlglotError

    try:
        ordered = parse_one(f"SELECT 1 ORDER BY {text}", read="postgres").find(exp.Ordered)
    except (SqlglotError, RecursionError):
        return PlanSortKey()
    if ordered is None:
        return PlanSortKey()
    is_descending = bool(ordered.args.get("desc"))
    is_first = bool(ordered.args.get("nulls_first"))
    nulls = "" if is_first == is_descending else ("first" if is_first else "last")
    key, collation = ordered.this.unnest(), ""
    if isinstance(key, exp.Collate):
        key, collation = key.this.unnest(), key.expression.name
    if not isinstance(key, exp.Column):
        is_random = key.find(exp.Rand) is not None
        return PlanSortKey(is_descending=is_descending, nulls=nulls, is_random=is_random)
    return PlanSortKey(
        table=key.table, column=key.name, is_descending=is_descending, nulls=nulls, collation=collation
    )
