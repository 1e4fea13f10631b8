"""Which columns of each table a statement reads: all that an index-only scan must hold."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from queryscope.rules.index.candidate.scan import Scan
from queryscope.rules.index.candidate.terms import NUMBERED
from queryscope.rules.index.candidate.types import longest_bytes
from queryscope.sql.grammar import parse_statements

if TYPE_CHECKING:
    from sqlglot import exp

# A btree takes 2704 bytes of a row (BTMaxItemSize), of which the keys need some.
MOST_INCLUDED_BYTES = 2400
_NOTHING: Mapping[str, frozenset[str]] = MappingProxyType({})


@lru_cache(maxsize=512)
def columns_read(sql: str) -> Mapping[str, frozenset[str]]:
    """Alias → columns; of a statement that can't be read, or that reads all columns of a table, nothing."""
    return _read(sql, is_tested=True)


@lru_cache(maxsize=512)
def columns_shown(sql: str) -> Mapping[str, frozenset[str]]:
    """The same without those that WHERE alone reads: what a predicate of the index says needs no column."""
    return _read(sql, is_tested=False)


def read_of(sql: str, scan: Scan) -> frozenset[str]:
    """The columns of a scan that are read; Django calls the first table of every subquery U0."""
    return _of(scan, columns_read(sql))


def shown_of(sql: str, scan: Scan) -> frozenset[str]:
    """The same without those that WHERE alone reads."""
    return _of(scan, columns_shown(sql))


def _of(scan: Scan, columns: Mapping[str, frozenset[str]]) -> frozenset[str]:
    for alias in (scan.alias, NUMBERED.sub("", scan.alias)):
        for known in (_place(alias, scan.table.name), alias):
            if known in columns:
                return columns[known]
    return frozenset()


def _place(alias: str, table: str) -> str:
    return f"{table} {alias}"


def _read(sql: str, *, is_tested: bool) -> Mapping[str, frozenset[str]]:
    trees = parse_statements(sql)
    if len(trees) != 1 or trees[0].key != "select":
        return _NOTHING
    try:
        found = _columns(trees[0], is_tested=is_tested)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return _NOTHING
    return MappingProxyType({alias: frozenset(names) for alias, names in found.items()})


def included_columns(
    scan: Scan, columns: Collection[str], *, most: int, max_width: int
) -> tuple[str, ...] | None:
    """These columns as names of fields, else of columns, for INCLUDE; None if they are too many or too wide.

    None too if a value of one could be too long: then no row with it could be written any more.

    Args:
        scan: of the table.
        columns: that an index shall hold beside its keys.
        most: how many.
        max_width: bytes of them in a row, by the statistics.
    """
    held = [column for column in scan.table.columns if column.name in columns]
    fields = [scan.model.field(column.name) for column in held]
    width = sum(column.avg_width or 8 for column in held)
    if len(held) < len(columns) or len(held) > most or width > max_width or not all(fields):
        return None
    if sum(longest_bytes(column.type) for column in held) > MOST_INCLUDED_BYTES:
        return None
    known = [field for field in fields if field is not None]
    plain = [field.name for field in known if field.name == field.column]
    return (*plain, *(field.column for field in known if field.name != field.column))


def _columns(tree: exp.Expr, *, is_tested: bool) -> dict[str, set[str]]:
    from sqlglot import exp

    found: dict[str, set[str]] = {}
    if any(_is_whole(star) for star in tree.find_all(exp.Star)):
        return found
    tables = list(tree.find_all(exp.Table))
    places = _places(tables)
    for table in tables:
        found[_alias(table)] = set()
    found |= {place: set() for own in places.values() for place in own.values()}
    for column in tree.find_all(exp.Column):
        name = _folded(column.args.get("table")) or (_alias(tables[0]) if len(tables) == 1 else "")
        if is_tested or column.find_ancestor(exp.Where) is None:
            for known in (name, _place_of(column, name, places)):
                found.setdefault(known, set()).add(column.name)
    return found


def _places(tables: Sequence[exp.Expr]) -> dict[int, dict[str, str]]:
    """Of aliases that several subqueries use for different tables, which SELECT means which."""
    names: dict[str, set[str]] = {}
    for table in tables:
        names.setdefault(_alias(table), set()).add(_folded(table.args.get("this")))
    found: dict[int, dict[str, str]] = {}
    for table in tables:
        alias = _alias(table)
        if len(names[alias]) > 1:
            own = found.setdefault(id(table.find_ancestor(*_selects())), {})
            own[alias] = _place(alias, _folded(table.args.get("this")))
    return found


def _place_of(column: exp.Expr, alias: str, places: Mapping[int, Mapping[str, str]]) -> str:
    """The nearest SELECT around a column that has a table of this alias; else the alias itself."""
    select = column.find_ancestor(*_selects()) if places else None
    while select is not None:
        if alias in places.get(id(select), {}):
            return places[id(select)][alias]
        select = select.find_ancestor(*_selects())
    return alias


def _alias(table: exp.Expr) -> str:
    alias = table.args.get("alias")
    return _folded(alias.this if alias is not None else table.this)


def _folded(name: exp.Expr | None) -> str:
    """As PostgreSQL knows a name: Django calls the tables of subqueries U0, and a plan u0."""
    if name is None:
        return ""
    return name.name if name.args.get("quoted") else name.name.lower()


def _is_whole(star: exp.Expr) -> bool:
    """`*` of a table; that of COUNT(*), and of a subquery that names its columns, read none."""
    select = star.find_ancestor(*_selects())
    if star.parent is not select:
        return False
    source = select.args.get("from_") or select.args.get("from") if select is not None else None
    return source is None or source.this.key == "table"


def _selects() -> tuple[type[exp.Expr], ...]:
    from sqlglot import exp

    return (exp.Select,)
