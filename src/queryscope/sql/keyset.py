"""A page by OFFSET as a page behind the last key, for its time: the key is asked of the database."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# The end of what Django writes: `ORDER BY "t"."a" DESC, "t"."id" ASC LIMIT 20 OFFSET 40000`.
_PAGE = re.compile(r" ORDER BY (?P<order>[^()]+?) LIMIT (?P<limit>\d+) OFFSET (?P<offset>\d+)(?P<end>\)?)$")
_KEY = re.compile(r'(?P<operand>(?:(?:"[^"]+"|\w+)\.)?"(?P<column>[^"]+)") (?P<way>ASC|DESC)')
_ORDER = re.compile(r" ORDER BY (?P<order>[^()]+?)(?: LIMIT | OFFSET |$)")
_NOT_SIMPLE = re.compile(r"\b(?:GROUP BY|DISTINCT|UNION|INTERSECT|EXCEPT|OVER|FOR UPDATE|FOR SHARE)\b")
_WHERE = re.compile(r" WHERE ")
_FROM = re.compile(r" FROM ")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageByKey:
    """Two statements: the key of the row before the page, and the page behind that key."""

    key_sql: str  # takes the parameters of the page
    page_sql: str  # takes these, then the key's values as `key_params` says
    key_params: tuple[int, ...]  # positions in the key
    columns: tuple[str, ...]
    whole_sql: str = ""  # the page where each row has a place of its own; "" where it has one anyway


@dataclass(frozen=True, slots=True, kw_only=True)
class SortedBy:
    """A column of the order of a statement."""

    table: str  # as the statement names it; "" where it doesn't
    column: str
    is_falling: bool


def sorted_by(sql: str) -> tuple[SortedBy, ...] | None:
    """The columns by which a plain SELECT is sorted, none without an order; None where it isn't plain."""
    last = sql.rpartition(" ORDER BY ")
    if _NOT_SIMPLE.search(sql):
        return None
    if not last[1]:
        return ()
    order = _ORDER.search(sql, len(last[0]))
    keys = [_KEY.fullmatch(part) for part in order["order"].split(", ")] if order is not None else []
    found = [key for key in keys if key is not None]
    if not found or len(found) < len(keys):
        return None
    return tuple(
        SortedBy(
            table=key["operand"].rpartition(".")[0].strip('"'),
            column=key["column"],
            is_falling=key["way"] == "DESC",
        )
        for key in found
    )


def by_key(
    sql: str, *, is_null: frozenset[str], unique: frozenset[str], row_key: str = ""
) -> PageByKey | None:
    """The page behind the last key; None where the text isn't a plain page, or its order no key.

    Args:
        sql: of the page, its parameters as `%s`.
        is_null: columns that may be NULL: a comparison with one loses rows.
        unique: columns of which each value is there once; the order has to end with one.
        row_key: such a column, `"t"."id"`, that is added to an order that ends with none.
    """
    page = _PAGE.search(sql)
    if page is None or page["end"] or _NOT_SIMPLE.search(sql) or sql.count(" FROM ") != 1:
        return None
    keys = [_KEY.fullmatch(part) for part in page["order"].split(", ")]
    order = page["order"]
    if row_key and keys[-1] is not None and keys[-1]["column"] not in unique:
        order = f"{order}, {row_key} {keys[-1]['way']}"
        keys.append(_KEY.fullmatch(f"{row_key} {keys[-1]['way']}"))
    found = [key for key in keys if key is not None]
    columns = [key["column"] for key in found]
    if len(found) < len(keys) or set(columns) & is_null or not columns or columns[-1] not in unique:
        return None
    head = sql[: page.start()]
    start = _FROM.search(head)
    assert start is not None
    names = ", ".join(key["operand"] for key in found)
    offset = int(page["offset"]) - 1
    condition, positions = _behind(found)
    return PageByKey(
        key_sql=f"SELECT {names}{head[start.start() :]} ORDER BY {order} LIMIT 1 OFFSET {offset}",
        page_sql=f"{_narrowed(head, condition)} ORDER BY {order} LIMIT {page['limit']}",
        key_params=tuple(positions),
        columns=tuple(columns),
        whole_sql=f"{head} ORDER BY {order} LIMIT {page['limit']} OFFSET {page['offset']}"
        if order != page["order"]
        else "",
    )


def _narrowed(head: str, condition: str) -> str:
    where = _WHERE.search(head)
    if where is None:
        return f"{head} WHERE {condition}"
    return f"{head[: where.end()]}({head[where.end() :]}) AND {condition}"


def _behind(keys: Sequence[re.Match[str]]) -> tuple[str, list[int]]:
    """`("a" < %s OR ("a" = %s AND "id" < %s)) AND "a" <= %s`: an OR alone is no range of an index."""
    branches: list[str] = []
    positions: list[int] = []
    for at, key in enumerate(keys):
        parts = [f"{each['operand']} = %s" for each in keys[:at]]
        parts.append(f"{key['operand']} {_sign(key)} %s")
        positions += range(at + 1)
        branches.append(f"({' AND '.join(parts)})")
    if len(branches) == 1:
        return branches[0], positions
    bound = f"{keys[0]['operand']} {_sign(keys[0])}= %s"
    return f"({' OR '.join(branches)}) AND {bound}", [*positions, 0]


def _sign(key: re.Match[str]) -> str:
    return "<" if key["way"] == "DESC" else ">"
