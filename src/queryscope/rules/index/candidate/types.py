"""Which of PostgreSQL's types is which, as far as an index asks."""

from __future__ import annotations

import math

from queryscope.model import Table
from queryscope.plans.conditions import Condition

TEXT_TYPES = ("character varying", "varchar", "text", "character", "char", "citext")

# jsonb, arrays and tsvector have a btree class that no condition of theirs but "=" can use.
UNSORTED_TYPES = frozenset({"json", "jsonb", "point", "box", "polygon", "xml", "tsvector", "vector"})


# Of any length, whatever the values are by now.
_ENDLESS = frozenset(
    {"json", "jsonb", "bytea", "xml", "tsvector", "tsquery", "hstore", "ltree", "vector", "path", "polygon"}
)
_CHARACTER_BYTES = 4  # in UTF-8
_OTHER_BYTES = 64  # the longest of dates, numbers as they come, addresses, ranges of these

# A btree takes a third of a page of a row's keys (BTMaxItemSize, of pages of 8 kB). A longer row can't be
# written at all, as long as the index is there: "index row size … exceeds btree version 4 maximum 2704".
BTREE_BYTES = 2704
# So long may the longest value be that is there: one to come may well have four times as much.
SAFE_BYTES = BTREE_BYTES // 4


def is_text(type_name: str) -> bool:
    """A type of characters."""
    return type_name.lower().startswith(TEXT_TYPES) and not type_name.endswith("[]")


def longest_bytes(type_name: str) -> float:
    """Bytes of the longest value that a column of this type may hold; infinite without a limit."""
    name, bracket, limit = type_name.lower().partition("(")
    digits = limit.partition(")")[0]
    if type_name.endswith("[]") or name.strip() in _ENDLESS:
        return math.inf
    if not is_text(type_name):
        return _OTHER_BYTES
    if not bracket:
        return _CHARACTER_BYTES if name in ("character", "char") else math.inf
    return _CHARACTER_BYTES * int(digits) if digits.isdecimal() else math.inf


def is_plain(condition: Condition, table: Table) -> bool:
    """The column itself is compared: no function, and a cast only from one text type to another."""
    column = table.column(condition.column)
    if column is None or condition.function:
        return False
    return not condition.cast or (condition.cast in ("text", "varchar") and is_text(column.type))


def bare_type(type_name: str) -> str:
    """Without its modifier: `character varying(20)` → `character varying`."""
    head, bracket, tail = type_name.lower().partition("(")
    return head + tail.partition(")")[2] if bracket else head
