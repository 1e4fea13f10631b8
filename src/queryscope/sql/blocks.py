"""Each SELECT of a statement with its tables, its conditions as trees, and its order: subqueries too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from queryscope.sql.names import is_name, is_query
from queryscope.sql.parts import clauses_of, ends_on, operands_of, separated, source_at
from queryscope.sql.scalar import LONGEST, Node, conjuncts, numbered, scalar_of
from queryscope.sql.tokens import Group, Item, Token, read_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderKey:
    """One key of ORDER BY."""

    node: Node
    is_descending: bool = False
    nulls: str = ""  # "first", "last", "" where nothing is said


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One SELECT: what stands under AND in its WHERE and in the ON of its joins."""

    tables: tuple[tuple[str, str], ...] = ()  # alias, table
    conditions: tuple[Node, ...] = ()
    order: tuple[OrderKey, ...] = ()
    has_limit: bool = False


@lru_cache(maxsize=256)
def read_blocks(sql: str) -> tuple[Block, ...]:
    """The SELECTs of a statement, the outermost first; none of what can't be read. Never raises."""
    text = numbered(sql) if len(sql) <= LONGEST else None
    if text is None:
        return ()
    try:
        return tuple(_blocks(read_tokens(text)))
    except RecursionError:
        return ()


def _blocks(items: Sequence[Item]) -> Iterator[Block]:
    tables: list[tuple[str, str]] = []
    conditions: list[Node] = []
    order: list[OrderKey] = []
    selected: list[Sequence[Item]] = []
    has_limit = False
    inner: list[Block] = []
    for word, clause in clauses_of(items):
        if word.text in ("UNION", "INTERSECT", "EXCEPT") and tables:
            yield _block(tables, conditions, order, has_limit=has_limit)
            tables, conditions, order, has_limit = [], [], [], False
        elif word.text == "SELECT":
            selected = list(separated(clause))
        elif word.text in ("FROM", "UPDATE", "DELETE"):
            tables += _tables(clause)
            conditions += _joined(clause)
        elif word.text == "WHERE":
            conditions += _conditions(clause)
        elif word.text == "ORDER":
            order = [_order(key, selected) for key in separated(clause[1:]) if key]
        elif word.text in ("LIMIT", "FETCH"):
            has_limit = True
        inner += _inner(clause)
    if tables:
        yield _block(tables, conditions, order, has_limit=has_limit)
    yield from inner


def _block(
    tables: list[tuple[str, str]], conditions: list[Node], order: list[OrderKey], *, has_limit: bool
) -> Block:
    return Block(tables=tuple(tables), conditions=tuple(conditions), order=tuple(order), has_limit=has_limit)


def _inner(items: Sequence[Item]) -> Iterator[Block]:
    for item in items:
        if isinstance(item, Group):
            yield from _blocks(item.items) if is_query(item) else _inner(item.items)


def _tables(clause: Sequence[Item]) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(clause):
        item = clause[at]
        if isinstance(item, Token) and item.kind == "word" and item.text == "ON":
            at = _end_of_on(clause, at)
        elif isinstance(item, Group) and not is_query(item):
            yield from _tables(item.items)
            at += 1
        elif isinstance(item, Group) or (is_name(item) and not ends_on(item)):
            part, at = source_at(clause, at)
            if part.name:
                yield part.alias, part.name
        else:
            at += 1


def _joined(clause: Sequence[Item]) -> Iterator[Node]:
    for at, item in enumerate(clause):
        if isinstance(item, Token) and item.kind == "word" and item.text == "ON":
            yield from _conditions(clause[at + 1 : _end_of_on(clause, at)])
        elif isinstance(item, Group) and not is_query(item):
            yield from _joined(item.items)


def _end_of_on(clause: Sequence[Item], at: int) -> int:
    return next((end for end in range(at + 1, len(clause)) if ends_on(clause[end])), len(clause))


def _conditions(items: Sequence[Item]) -> Iterator[Node]:
    """As one tree; operand by operand where that can't be read."""
    whole = scalar_of(items)
    if whole.kind != "other":
        yield from conjuncts(whole)
        return
    operands = list(operands_of(items))
    only = operands[0] if len(operands) == 1 else ()
    if len(only) == 1 and isinstance(only[0], Group) and not is_query(only[0]):
        yield from _conditions(only[0].items)
    elif len(operands) == 1:
        yield whole
    else:
        for operand in operands:
            yield from _conditions(operand)


def _order(key: Sequence[Item], selected: Sequence[Sequence[Item]]) -> OrderKey:
    words = {item.text for item in key if isinstance(item, Token) and item.kind == "word"}
    end = next((at for at, item in enumerate(key) if _is_word(item, "ASC", "DESC", "NULLS")), len(key))
    nulls = "first" if {"NULLS", "FIRST"} <= words else "last" if {"NULLS", "LAST"} <= words else ""
    is_descending = any(_is_word(item, "DESC") for item in key)
    return OrderKey(node=scalar_of(_meant(key[:end], selected)), is_descending=is_descending, nulls=nulls)


def _meant(key: Sequence[Item], selected: Sequence[Sequence[Item]]) -> Sequence[Item]:
    """`2` and an alias stand for what is selected."""
    only = key[0] if len(key) == 1 else None
    if not isinstance(only, Token):
        return key
    if only.kind == "value" and only.text.isdecimal() and 0 < int(only.text[:6]) <= len(selected):
        return _unnamed(selected[int(only.text[:6]) - 1])
    for item in selected:
        last = item[-1] if item else None
        if len(item) > 2 and isinstance(last, Token) and last.text == only.text and _is_word(item[-2], "AS"):
            return item[:-2]
    return key


def _unnamed(item: Sequence[Item]) -> Sequence[Item]:
    return item[:-2] if len(item) > 2 and _is_word(item[-2], "AS") else item


def _is_word(item: Item, *texts: str) -> bool:
    return isinstance(item, Token) and item.kind == "word" and item.text in texts
