"""Columns, functions and operators that a piece of SQL names: by these a plan's condition is found again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from queryscope.sql.keywords import RESERVED, SECOND_WORDS, SUBQUERIES
from queryscope.sql.tokens import Group, Item, Token

_OPERATORS = {"IN": "=", "LIKE": "~~", "ILIKE": "~~*", "IS": "is"}


@dataclass(frozen=True, slots=True)
class Names:
    """What a piece names; of subqueries in it nothing."""

    columns: frozenset[tuple[str, str]]  # table or alias ("" where none is written), column
    calls: frozenset[str]  # functions, in lower case
    operators: frozenset[str]

    @property
    def bare(self) -> frozenset[str]:
        """The columns without their tables."""
        return frozenset(column for _, column in self.columns)


def bare_table(name: str) -> str:
    """A table as the catalog and a statement name it: `order` of `sales"."order`.

    Django quotes nothing within `db_table`, so that is how models come to tables of another schema; one in
    quotes is taken as it stands.
    """
    return split_table(name)[1]


def split_table(name: str) -> tuple[str, str]:
    """The same with its schema before it, "" where none is named."""
    schema, _, table = name.strip('"').rpartition('"."')
    return schema, table


def names_in(items: Sequence[Item]) -> Names:
    """What these items name."""
    columns: set[tuple[str, str]] = set()
    calls: set[str] = set()
    operators: set[str] = set()
    for part in _levels(items):
        at = 0
        while at < len(part):
            item = part[at]
            if isinstance(item, Token) and item.kind == "sign":
                operators.add(item.text)
            elif isinstance(item, Token) and item.kind == "word" and item.text == "BETWEEN":
                operators.update((">=", "<="))
            elif isinstance(item, Token) and item.text in _OPERATORS and item.kind == "word":
                operators.add(_negated(_OPERATORS[item.text], part, at))
            elif isinstance(item, Token) and item.kind == "cast":
                at = _after_type(part, at + 1)
                continue
            elif _is_second_word(part, at):
                pass
            elif is_name(item):
                path, at = dotted(part, at)
                if at < len(part) and isinstance(part[at], Group):
                    calls.add(path[-1].lower())
                else:
                    columns.add((path[-2] if len(path) > 1 else "", path[-1]))
                continue
            at += 1
    return Names(frozenset(columns), frozenset(calls), frozenset(operators))


def is_query(item: Item) -> bool:
    """Whether it is a subquery in its parentheses."""
    if not isinstance(item, Group) or not item.items:
        return False
    first = item.items[0]
    return is_query(first) if isinstance(first, Group) else first.kind == "word" and first.text in SUBQUERIES


def is_name(item: Item) -> bool:
    """Whether it can be the name of a column, a table or a function."""
    return isinstance(item, Token) and (
        item.kind == "quoted" or (item.kind == "word" and item.text not in RESERVED)
    )


def name_of(token: Token) -> str:
    """The name as PostgreSQL knows it: in lower case unless it is quoted."""
    return token.text if token.kind == "quoted" else token.text.lower()


def dotted(items: Sequence[Item], at: int) -> tuple[list[str], int]:
    """The parts of `schema.table.column` that begins there, and where it ends."""
    path = []
    while at < len(items):
        item = items[at]
        if not isinstance(item, Token) or item.kind not in ("word", "quoted"):
            break
        path.append(name_of(item))
        dot = items[at + 1] if at + 1 < len(items) else None
        if not isinstance(dot, Token) or dot.kind != "dot":
            return path, at + 1
        at += 2
    return path or [""], at


def _levels(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """The items, and those of the parentheses in them that are no subqueries."""
    waiting = [items]
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(item.items for item in part if isinstance(item, Group) and not is_query(item))


def _negated(operator: str, part: Sequence[Item], at: int) -> str:
    before = part[at - 1] if at else None
    is_negated = isinstance(before, Token) and before.text == "NOT" and before.kind == "word"
    if operator == "=":
        return "<>" if is_negated else "="
    return f"!{operator}" if is_negated else operator


def _is_second_word(part: Sequence[Item], at: int) -> bool:
    item, before = part[at], part[at - 1] if at else None
    if not isinstance(item, Token) or not isinstance(before, Token):
        return False
    return (before.text, item.text) in SECOND_WORDS


def _after_type(part: Sequence[Item], at: int) -> int:
    """Where a type's name ends: `character varying(20)`, `timestamp with time zone`."""
    if at < len(part) and is_name(part[at]):
        first = part[at]
        at = dotted(part, at)[1]
        following = part[at] if at < len(part) else None
        is_double = isinstance(first, Token) and first.text in ("CHARACTER", "DOUBLE", "BIT")
        if is_double and isinstance(following, Token) and following.text in ("VARYING", "PRECISION"):
            at += 1
    if at < len(part) and isinstance(part[at], Group):
        at += 1
    return at
