"""What a scan compares: each condition of its filter with the operand that holds a column of its table.

Read from what PostgreSQL prints, with no more grammar than it takes: it puts every operation in parentheses,
and with VERBOSE the table's alias before every column. What is printed otherwise is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from queryscope.model import PlanNode
from queryscope.plans.conditions import outer, split_and, split_or, unwrapped

OperandKind = Literal[
    "column", "cast", "upper", "lower", "date", "truncation", "extract", "json", "function", "expression"
]

LONGEST = (
    4_000  # characters: of lists one value is left; a search for five words in eight fields has half of it
)

EQUALITY = frozenset({"=", "= ANY"})
ORDERED = frozenset({"<", ">", "<=", ">="})
LIKE = frozenset({"~~", "~~*"})

_OPERATOR = re.compile(r"[-+*/<>=~!@#%^&|`?]+")
_TEXT_TYPES = ("text", "character varying", "character", "bpchar", "citext", "name")
_REFERENCE = re.compile(r'(?:\w|")\.(?:"[^"]+"|\w+)(?![\w(])')
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_COLUMN = r'(?:"[^"]+"|\w+)\.(?:"[^"]+"|\w+)'
_CAST = re.compile(rf"\(?{_COLUMN}\)?::(?P<type>[\w ]+)(?:\([\d,]+\))?")
_CASE = re.compile(rf"(?P<name>upper|lower)\((?:{_COLUMN}|\({_COLUMN}\)::[\w ]+)\)")
_JSON = re.compile(r" (?:->>?|#>>?) ")
_CALL = re.compile(r"(?:\w+\.)?\w+\(")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One condition, or the arms of an OR."""

    operand: str = ""  # as printed: "upper(book.title)"
    operator: str = ""  # "=", "= ANY", "<", "~~", "IS NULL", "" for anything else
    columns: tuple[str, ...] = ()  # of the scanned table, in the operand
    kind: OperandKind = "expression"
    cast: str = ""  # the type of a "cast"
    is_constant: bool = True  # the other side holds no column: an index could be asked for it
    beside: tuple[str, ...] = ()  # columns of the same row that the other side names
    arms: tuple[tuple[Comparison, ...], ...] = ()  # of an OR: the comparisons of each

    @property
    def column(self) -> str:
        """The column that is compared, be it in an expression."""
        return self.columns[0] if self.columns else ""

    @property
    def is_plain(self) -> bool:
        """A column as it is: a text type's cast to another changes nothing."""
        return self.kind == "column" or (self.kind == "cast" and self.cast in _TEXT_TYPES)


def read_comparisons(node: PlanNode) -> tuple[Comparison, ...]:
    """What the filter of a scan compares, under AND."""
    return comparisons_in(node.filter, node)


def comparisons_in(text: str, node: PlanNode) -> tuple[Comparison, ...]:
    """What another condition of a scan compares: that of its index."""
    return _read(text, node.alias or node.relation_name)


@lru_cache(maxsize=64)
def _read(text: str, alias: str) -> tuple[Comparison, ...]:
    """Kept for the rules that ask one after the other."""
    if not text or not alias or len(text) > LONGEST:
        return ()
    try:
        return tuple(_condition(part, alias) for part in split_and(text))
    except RecursionError:
        return ()


def _condition(text: str, alias: str) -> Comparison:
    arms = list(split_or(text))
    if len(arms) > 1:
        return Comparison(arms=tuple(tuple(_condition(one, alias) for one in split_and(arm)) for arm in arms))
    return _comparison(text, alias)


def _comparison(text: str, alias: str) -> Comparison:
    left, operator, right = _parted(unwrapped(text))
    columns = own_columns(left, alias)
    if not columns:
        left, right = right, left
        operator = _MIRRORED.get(operator, operator if operator == "=" else "")
        columns = own_columns(left, alias)
    operand = unwrapped(left)
    if not columns:
        return Comparison()
    cast = _CAST.fullmatch(operand)
    return Comparison(
        operand=operand,
        operator=operator,
        columns=columns,
        kind=_kind(operand),
        cast=cast["type"].strip() if cast else "",
        is_constant=_REFERENCE.search(right) is None and "SubPlan" not in right,
        beside=own_columns(right, alias),
    )


def own_columns(text: str, alias: str) -> tuple[str, ...]:
    """The columns of that alias that a text names, each once."""
    if f"{alias}." not in text and f'"{alias}".' not in text:
        return ()
    found = _own_column(alias).findall(text)
    return tuple(dict.fromkeys(name.strip('"') for name in found))


@lru_cache(maxsize=256)
def _own_column(alias: str) -> re.Pattern[str]:
    return re.compile(rf'(?<![\w".])(?:{re.escape(alias)}|"{re.escape(alias)}")\.("[^"]+"|\w+)')


def _parted(text: str) -> tuple[str, str, str]:
    """Left, operator and right: `book.rating`, `= ANY`, `(…)`."""
    words = list(_words(text))
    for index, word in enumerate(words):
        if index and _OPERATOR.fullmatch(word):
            rest = words[index + 1 :]
            if rest and rest[0] in ("ANY", "ALL"):
                word, rest = f"{word} {rest[0]}", rest[1:]
            return " ".join(words[:index]), word, " ".join(rest)
    if words[-3:] == ["IS", "NOT", "NULL"]:
        return " ".join(words[:-3]), "IS NOT NULL", ""
    if words[-2:] == ["IS", "NULL"]:
        return " ".join(words[:-2]), "IS NULL", ""
    return text, "", ""


def _words(text: str) -> Iterator[str]:
    """Split at spaces outside of parentheses and quotes."""
    start = 0
    for position in outer(text, " "):
        yield text[start:position]
        start = position + 1
    yield text[start:]


def _kind(operand: str) -> OperandKind:
    if re.fullmatch(_COLUMN, operand):
        return "column"
    if _JSON.search(operand):
        return "json"
    if operand.endswith("::date"):
        return "date"
    if _CAST.fullmatch(operand):
        return "cast"
    if operand.startswith(("EXTRACT(", "date_part(")):
        return "extract"
    if operand.startswith("date_trunc("):
        return "truncation"
    case = _CASE.fullmatch(operand)
    if case:
        return "upper" if case["name"] == "upper" else "lower"
    return "function" if _is_call(operand) else "expression"


def _is_call(operand: str) -> bool:
    """Whether all of it is one call: `length(book.body)`, not `now() - book.created`."""
    called = _CALL.match(operand)
    arguments = operand[called.end() - 1 :] if called else ""
    return unwrapped(arguments) != arguments
