"""Which rows a SELECT is about: its FROM and WHERE, apart from columns, order and limit."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

_LONGEST = 20_000  # characters; longer texts are not worth the time
_TOKEN = re.compile(
    r"""
      '[^']*+(?>(?:''[^']*+)*)' | "[^"]*+(?>(?:""[^"]*+)*)"
    | (?P<strange> \$ | /\* | -- | %\( | \b[eE]' )
    | (?P<percent> %% )
    | (?P<placeholder> %s )
    | (?P<opens> \( ) | (?P<closes> \) )
    | (?P<word> [^\W\d]\w*+ )
    """,
    re.VERBOSE,
)
_CLAUSES = {
    "FROM": "from", "WHERE": "where", "GROUP": "group", "HAVING": "having", "WINDOW": "order",
    "ORDER": "order", "LIMIT": "window", "OFFSET": "window", "FETCH": "window", "FOR": "lock",
}  # fmt: skip
_COMBINES = frozenset({"UNION", "INTERSECT", "EXCEPT"})
_COUNTED = re.compile(r'SELECT COUNT\(\*\)(?: AS "\w+")? FROM \((SELECT .*)\) subquery', re.DOTALL)
_NAMED = re.compile(r' AS "[^"]*"')
_COLUMN = r'("[^"]*"|\w+)\.("[^"]*")'
_JOIN = re.compile(rf' (INNER|LEFT OUTER) JOIN ("[^"]*")(?: (\w+))? ON \({_COLUMN} = {_COLUMN}\)')
_BASE = re.compile(r'("[^"]*")(?: (?!(?:INNER|LEFT) )(\w+))?')

# (table, column) → whether at most one row has a value; whether every row has one that leads to a row.
IsColumn = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows of a SELECT. `first` and `count` tell which of its placeholders belong to `tail` and joins."""

    head: str  # the columns of a DISTINCT, else ""
    source: str  # what stands behind FROM
    tail: str  # WHERE, GROUP BY and HAVING
    window: str  # LIMIT and OFFSET
    first: int
    count: int

    def text(self, is_unique: IsColumn, is_bound: IsColumn) -> str:
        """The rows, as a COUNT of them says it: joins that neither add nor drop a row are left out."""
        rest = f"{self.head} {self.tail}"
        return f"{self.head}|{_needed(self.source, rest, is_unique, is_bound)}|{self.tail}"


@lru_cache(maxsize=2048)
def read_selection(sql: str) -> Selection | None:
    """The rows that a SELECT of Django's is about; None where its text doesn't tell. Never raises."""
    text = sql.strip().rstrip(";")
    if len(text) > _LONGEST or not text.startswith("SELECT "):
        return None
    counted = _COUNTED.fullmatch(text)
    return _read(counted[1] if counted else text)


def _read(text: str) -> Selection | None:
    parts = _clauses(text)
    if parts is None or "from" not in parts:
        return None
    at = {name: found for name, (found, _) in parts.items()}
    holders = {name: holder for name, (_, holder) in parts.items()}
    order = sorted(at, key=at.__getitem__)
    end = {name: at[after] for name, after in zip(order, [*order[1:], "end"], strict=False) if name != "end"}
    piece = {name: text[at[name] : end[name]].strip() for name in end}
    source = piece["from"].removeprefix("FROM ")
    if source.startswith("("):
        return None
    head = piece["head"].removeprefix("SELECT ")
    is_distinct = head.startswith("DISTINCT")
    if is_distinct and holders["from"]:
        return None
    columns = _NAMED.sub("", head)
    group = piece.get("group", "")
    if group and (group := _spelled(group, columns)) == "":
        return None
    tail = " ".join(filter(None, (piece.get("where", ""), group, piece.get("having", ""))))
    behind = min(holders[name] for name in ("order", "window", "lock", "end") if name in holders)
    return Selection(
        columns if is_distinct else "", source, tail, piece.get("window", ""), holders["from"],
        behind - holders["from"],
    )  # fmt: skip


def _clauses(text: str) -> dict[str, tuple[int, int]] | None:
    """Where each clause begins, and how many placeholders stand before it."""
    found = {"head": (0, 0)}
    depth = holders = 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "strange":
            return None
        if kind == "placeholder":
            holders += 1
        elif kind == "opens":
            depth += 1
        elif kind == "closes":
            depth -= 1
        elif kind == "word" and depth == 0:
            word = match.group()
            if word in _COMBINES:
                return None
            clause = _CLAUSES.get(word)
            # `IS DISTINCT FROM` stands behind WHERE; of two windows the first one begins.
            if clause is not None and clause not in found and not (clause == "from" and len(found) > 1):
                found[clause] = (match.start(), holders)
    found["end"] = (len(text), holders)
    return found


def _spelled(group: str, columns: str) -> str:
    """GROUP BY with columns in place of a single position; "" where that can't be told."""
    keys = group.removeprefix("GROUP BY ")
    if not re.search(r"(?:^|, )\d", keys):
        return group
    return f"GROUP BY {columns}" if keys == "1" and "," not in columns else ""


def _needed(source: str, rest: str, is_unique: IsColumn, is_bound: IsColumn) -> str:
    """FROM without the joins that only bring columns: to at most one row, or to exactly one."""
    base = _BASE.match(source)
    joins = list(_JOIN.finditer(source, base.end() if base else 0))
    if base is None or base.end() + sum(len(join[0]) for join in joins) != len(source):
        return source
    tables = {join[3] or join[2]: join[2] for join in joins} | {base[2] or base[1]: base[1]}
    first = base[2] or base[1]
    left: list[re.Match[str]] | None = None
    while left != joins:
        left = list(joins)
        for join in reversed(left):
            others = [other[0] for other in joins if other is not join]
            own = join[3] or join[2]
            here, there = _sides(join, own)
            is_one = is_unique(tables[own], here) and own not in _names(rest, others)
            if is_one and (join[1] != "INNER" or is_bound(tables.get(there[0], ""), there[1])):
                joins.remove(join)
    return _without_base(first, joins, tables, rest, (is_unique, is_bound))


def _without_base(
    first: str,
    joins: list[re.Match[str]],
    tables: dict[str, str],
    rest: str,
    known: tuple[IsColumn, IsColumn],
) -> str:
    """A many-to-many's rows are counted in its through table alone."""
    if len(joins) == 1 and joins[0][1] == "INNER" and first not in _names(rest, ()):
        own = joins[0][3] or joins[0][2]
        here, there = _sides(joins[0], own)
        if there[0] == first and known[0](tables[first], there[1]) and known[1](tables[own], here):
            return tables[own]
    return tables[first] + "".join(join[0] for join in joins)


def _sides(join: re.Match[str], own: str) -> tuple[str, tuple[str, str]]:
    """The joined relation's own column, and relation and column that it is joined to."""
    left, right = (join[4], join[5]), (join[6], join[7])
    return (left[1], right) if left[0] == own else (right[1], left)


def _names(rest: str, joins: tuple[str, ...] | list[str]) -> set[str]:
    """The relations whose columns are named."""
    return {match[1] for text in (rest, *joins) for match in re.finditer(_COLUMN, text)}
