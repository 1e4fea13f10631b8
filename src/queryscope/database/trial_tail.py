"""The same query with other parameters: with values that are rare or common in the table's statistics.

An index that walks in the order of `ORDER BY … LIMIT` is fast for a common value and twice as slow as before
for a rare one (measured: 131 → 269 ms, at a cost that fell by 40 %). The values are read here, go into
parameters of EXPLAIN ANALYZE, and are dropped; what is told is the column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from queryscope.database.table_copy import read_relation
from queryscope.database.trial_measure import Select
from queryscope.sql.names import bare_table

MOST = 3  # other sets of parameters
COMMON = "with the most common value of "

_PLACEHOLDER = re.compile(r"%%|%s|%\((?P<name>[^)]+)\)s")
_COMPARED = re.compile(r'(?P<table>"(?:[^"]|"")+")\s*\.\s*(?P<column>"(?:[^"]|"")+")\s*=\s*$')
_ENDS = re.compile(r"\s*(?:\)|;|$|(?:AND|OR|ORDER|GROUP|LIMIT|HAVING|WINDOW|UNION|FOR)\b)", re.IGNORECASE)

STATISTICS = """
    SELECT attname::text, most_common_vals::text::text[], histogram_bounds::text::text[]
    FROM pg_stats
    WHERE schemaname = %s AND tablename = %s AND attname = ANY(%s) AND inherited = %s
        AND most_common_vals IS NOT NULL
"""


def other_parameters(cursor: Any, query: Select, relations: Sequence[str]) -> Iterator[tuple[str, Select]]:
    """A label and the query, for each equality with a column whose values are of unequal number.

    The driver's errors pass through.
    """
    compared = list(_compared(query))
    found = []
    for name in relations:
        columns = {column: place for table, column, place in compared if table == bare_table(name)}
        relation = read_relation(cursor, name) if columns else None
        if relation is None:
            continue
        cursor.execute(STATISTICS, [relation.schema, relation.name, list(columns), relation.kind == "p"])
        for column, common, bounds in cursor.fetchall():
            rare = bounds[len(bounds) // 2] if bounds else common[-1]
            found.append((f"with a rare value of {column}", columns[column], rare))
            found.append((f"{COMMON}{column}", columns[column], common[0]))
    for label, place, value in sorted(found, key=lambda one: "rare" not in one[0])[:MOST]:
        yield label, _with(query, place, value)


def _compared(query: Select) -> Iterator[tuple[str, str, int | str]]:
    """Table, column and place of each parameter that a column is compared with by `=`."""
    number = 0
    for match in _PLACEHOLDER.finditer(query.sql):
        if match.group() == "%%":
            continue
        place: int | str = match["name"] or number
        number += 1
        before = _COMPARED.search(query.sql[: match.start()])
        if before is not None and _ENDS.match(query.sql[match.end() :]) and _holds(query.params, place):
            yield before["table"][1:-1], before["column"][1:-1], place


def _holds(params: Any, place: int | str) -> bool:
    if isinstance(place, str):
        return isinstance(params, Mapping) and place in params
    return isinstance(params, list | tuple) and place < len(params)


def _with(query: Select, place: int | str, value: str) -> Select:
    if isinstance(place, str):
        return replace(query, params={**query.params, place: value})
    params = list(query.params)
    params[place] = value
    return replace(query, params=params)
