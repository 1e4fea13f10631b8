"""How big what a query reads is: by the catalog, by rows that were seen whole, or by its time."""

from __future__ import annotations

import re
from collections.abc import Iterable

from queryscope.model import Models, Observation, QueryGroup, Schema, Table
from queryscope.rules.remedy import Context
from queryscope.sql.fingerprint import tables
from queryscope.sql.joins import distinct_select

_ROWS_A_PAGE = 60  # of about 130 bytes
_FEW_PAGES = 16
_BY_CHANCE = re.compile(r" ORDER BY RAND(?:OM)?\(\)", re.IGNORECASE)
_COLUMN = re.compile(r'"(?P<table>[^"]+)"\."(?P<name>[^"]+)"(?: AS "[^"]+")?')
# Of timestamps 10 000 take 38 ms: they aren't among them.
_NARROW = re.compile(r"(small|big)?(int|integer|serial)|boolean|varchar\(\d\d?\)")
_FEW_COLUMNS = 2
_LONG_COUNT_MS = 10.0  # what is shorter is told by no rule
_WHOLE = frozenset({"iterate", "len", "bool"})


def hides_size(group: QueryGroup) -> bool:
    """Whether neither rows nor time of a query tell how much it sorts or counts: only its tables do."""
    if group.kind != "select" or group.error is not None:
        return False
    if group.access is not None and group.access.method == "count":
        return group.total_ms / group.count >= _LONG_COUNT_MS
    is_joined = " JOIN " in group.sql and bool(distinct_select(group.sql))
    return is_joined or bool(_BY_CHANCE.search(group.sql))


def is_narrow(group: QueryGroup, models: Models) -> bool:
    """Whether values() or values_list() gave at most two columns of numbers, keys or short texts."""
    if group.site is None or not group.site.is_values:
        return False
    selected = group.sql.removeprefix("SELECT ").partition(" FROM ")[0].split(", ")
    if len(selected) > _FEW_COLUMNS:
        return False
    return all(_is_narrow(_COLUMN.fullmatch(each), models) for each in selected)


def _is_narrow(column: re.Match[str] | None, models: Models) -> bool:
    model = models.by_table(column["table"]) if column is not None else None
    field = model.field(column["name"]) if model is not None and column is not None else None
    return field is not None and bool(_NARROW.fullmatch(field.db_type))


def rows_by_table(schemas: Iterable[Schema]) -> dict[str, float]:
    """The rows of the tables that the catalog knows, about; of several databases the most."""
    found: dict[str, float] = {}
    for schema in schemas:
        for table in schema.tables:
            rows = _rows(table)
            if rows is not None:
                found[table.name] = max(rows, found.get(table.name, 0.0))
    return found


def _rows(table: Table) -> float | None:
    if table.rows > 0:
        return table.rows
    # Never analysed, or when it was empty. Many pages may hold what a test rolled back; few hold few.
    most = float(table.pages * _ROWS_A_PAGE)
    return most if table.pages <= _FEW_PAGES else None


def reads_many(observation: Observation, context: Context, *, rows: int, ms: float) -> bool:
    """Whether a query reads from a table of at least that many rows; where nobody knows, by its time.

    Args:
        observation: of one group.
        context: what stands around it.
        rows: of the biggest table that it names.
        ms: more than the fastest query of the run took.
    """
    if rows <= 0:
        return True
    [group] = context.groups(observation)
    names, seen = tables(group.sql), _seen_whole(context)
    known = [context.table_rows.get(name, seen.get(name)) for name in names]
    sizes = [each for each in known if each is not None]
    if any(each >= rows for each in sizes):
        return True
    if names and len(sizes) == len(names):
        return False
    return group.total_ms / group.count - _round_trip_ms(group, context) >= ms


def _seen_whole(context: Context) -> dict[str, float]:
    """The rows of tables that the run loaded without a condition or a limit."""
    found: dict[str, float] = {}
    for trace in context.traces.values():
        for group in trace.groups:
            site = group.site
            if site is None or group.rows is None or group.kind != "select":
                continue
            is_part = " WHERE " in group.sql or " JOIN " in group.sql or " GROUP BY " in group.sql
            if is_part or site.is_distinct or site.is_sliced or group.limit is not None:
                continue
            if group.access is not None and group.access.method in _WHOLE:
                [table, *_] = tables(group.sql)
                found[table] = max(group.rows / group.count, found.get(table, 0.0))
    return found


def _round_trip_ms(group: QueryGroup, context: Context) -> float:
    """What the fastest of the other queries to a database took: the way there and back."""
    times = [
        each.total_ms / each.count
        for trace in context.traces.values()
        for each in trace.groups
        if (each.alias, each.kind) == (group.alias, "select") and each.fingerprint != group.fingerprint
    ]
    return min(times, default=0.0)
