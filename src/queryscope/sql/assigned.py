"""What a statement writes: the table, and the columns that it sets to something else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from queryscope.sql.names import is_name, name_of
from queryscope.sql.tokens import Group, Item, Token, read_tokens

_ENDS = frozenset({"WHERE", "FROM", "RETURNING"})
LONGEST = 50_000  # of a longer one, a bulk_update of thousands, the end is not read


@dataclass(frozen=True, slots=True)
class Assignment:
    """An INSERT, UPDATE or DELETE."""

    kind: str  # "insert", "update", "delete"
    table: str  # without its schema
    columns: tuple[str, ...] = ()  # that an UPDATE, or ON CONFLICT DO UPDATE, sets


@lru_cache(maxsize=2048)
def read_assignment(sql: str) -> Assignment | None:
    """The write of a statement; None if it writes none by itself. Never raises."""
    items = read_tokens(sql[:LONGEST])
    for at, item in enumerate(items):
        word = _word(item)
        if word == "UPDATE":
            return Assignment("update", _table(items, at + 1), tuple(_set(items, at)))
        if word == "INSERT":
            return Assignment("insert", _table(items, at + 2), tuple(_set(items, at)))
        if word == "DELETE":
            return Assignment("delete", _table(items, at + 2))
        if word in ("SELECT", "MERGE", "COPY"):
            return None
    return None


def _word(item: Item) -> str:
    return item.text if isinstance(item, Token) and item.kind == "word" else ""


def _table(items: Sequence[Item], at: int) -> str:
    """The last part of the dotted name that begins there."""
    if at < len(items) and _word(items[at]) == "ONLY":
        at += 1
    found = ""
    while at < len(items):
        item = items[at]
        if isinstance(item, Token) and item.kind in ("word", "quoted"):
            found = name_of(item)
            following = items[at + 1] if at + 1 < len(items) else None
            if isinstance(following, Token) and following.kind == "dot":
                at += 2
                continue
        break
    return found


def _set(items: Sequence[Item], at: int) -> Iterator[str]:
    """The columns on the left of each `=` behind the next SET."""
    while at < len(items) and _word(items[at]) != "SET":
        at += 1
    is_target = True
    for item in items[at + 1 :]:
        if _word(item) in _ENDS:
            return
        if isinstance(item, Token) and item.kind == "comma":
            is_target = True
        elif is_target:
            is_target = False
            if isinstance(item, Group):  # SET (a, b) = (…)
                yield from (name_of(one) for one in item.items if isinstance(one, Token) and is_name(one))
            elif is_name(item):
                yield name_of(item)
