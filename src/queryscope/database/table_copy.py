"""A temporary table that stands for a table under its own name, for a proof that must not touch the table.

An unqualified name finds the temporary table first, so a query reads it unchanged. It has the columns,
generated ones too, indexes and extended statistics of its source; no defaults, identities, checks, triggers,
foreign keys, policies or children, which cost or fire something and are no matter of planning.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from queryscope.database.lexing import code_of
from queryscope.fixes.index_code import quote

USUAL_ROW_BYTES = 100.0  # of a table that was never analysed
SPARE = 1.5  # pages hold unequal numbers of rows

# The rows of a partitioned table are those of its partitions.
RELATION = """
    SELECT c.oid, n.nspname::text, c.relname::text, c.relkind::text, c.relpersistence::text,
           row_security_active(c.oid), has_any_column_privilege(c.oid, 'SELECT'), leaves.rows, leaves.bytes
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(leaf.reltuples::float8) FILTER (WHERE leaf.reltuples >= 0), -1) AS rows,
               coalesce(sum(pg_table_size(leaf.oid)), 0)::float8 AS bytes
        FROM pg_class leaf
        WHERE leaf.oid = c.oid AND c.relkind <> 'p'
            OR leaf.oid IN (SELECT p.relid FROM pg_partition_tree(c.oid) p WHERE p.isleaf AND c.relkind = 'p')
    ) leaves
    WHERE c.oid = to_regclass(%s)
"""
CREATE_COPY = """
    CREATE TEMPORARY TABLE {name} (
        LIKE {source} INCLUDING INDEXES INCLUDING STATISTICS INCLUDING GENERATED
    ) ON COMMIT DROP
"""
# A generated column makes itself.
COLUMNS = """
    SELECT attname::text FROM pg_attribute
    WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    ORDER BY attnum
"""
COPY_ROWS = "INSERT INTO pg_temp.{name} ({columns}) SELECT {columns} FROM {source}"
SOME_PAGES = " TABLESAMPLE SYSTEM ({share:.6f}) REPEATABLE (0)"  # the same advice each time
OTHER_INDEXES = """
    SELECT x.relname::text, k.conname::text
    FROM pg_index i
    JOIN pg_class x ON x.oid = i.indexrelid
    LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
    WHERE i.indrelid = to_regclass(%s) AND x.relname <> ALL(%s)
"""
FOUND_FIRST = "SELECT (SELECT relpersistence::text FROM pg_class WHERE oid = to_regclass(%s))"
TEMPORARY_FIRST = "SELECT set_config('search_path', 'pg_temp, ' || current_setting('search_path'), true)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table as it is now."""

    oid: int
    schema: str
    name: str
    kind: str  # pg_class.relkind: "r", "p", "m"
    persistence: str  # "p", "u" for unlogged, "t" for temporary
    has_row_security: bool  # for this role
    is_readable: bool  # this role may read some of its columns, and so their statistics
    rows: float  # -1 where no ANALYZE counted them
    size_bytes: float  # TOAST included, indexes not

    @property
    def likely_rows(self) -> float:
        """Rows counted by ANALYZE, else what its size may hold."""
        return self.rows if self.rows >= 0 else self.size_bytes / USUAL_ROW_BYTES

    @property
    def source(self) -> str:
        """Its quoted name with the schema."""
        return f"{quote(self.schema)}.{quote(self.name)}"


def read_relation(cursor: Any, name: str) -> Relation | None:
    """The table that this name finds now, a model's `db_table`; None if there is none."""
    cursor.execute(RELATION, [quote(name)])
    row = cursor.fetchone()
    if row is None:
        return None
    oid, schema, own, kind, persistence, has_row_security, is_readable, rows, size_bytes = row
    return Relation(
        oid=oid,
        schema=schema,
        name=own,
        kind=kind,
        persistence=persistence,
        has_row_security=has_row_security,
        is_readable=is_readable,
        rows=float(rows),
        size_bytes=float(size_bytes),
    )


def make_copy(cursor: Any, relation: Relation, *, most_rows: int | None = None) -> int:
    """The temporary table, analysed, with all rows or a sample of whole pages; the number of its rows.

    Only inside a block that is rolled back. The driver's errors pass through.
    """
    name = quote(relation.name)
    cursor.execute(CREATE_COPY.format(name=name, source=relation.source))
    cursor.execute(FOUND_FIRST, [name])
    if cursor.fetchone()[0] != "t":  # a search_path may name pg_temp behind others
        cursor.execute(TEMPORARY_FIRST)
    cursor.execute(COLUMNS, [relation.oid])
    columns = ", ".join(quote(column) for (column,) in cursor.fetchall())
    statement = COPY_ROWS.format(name=name, columns=columns, source=relation.source)
    if most_rows is None:
        cursor.execute(statement)
        found = cursor.rowcount
    else:
        found = _sample(cursor, relation, statement, most_rows)
    cursor.execute(f"ANALYZE pg_temp.{name}")
    return int(found)


def drop_indexes(cursor: Any, relation: Relation, *, but: Sequence[str] = ()) -> None:
    """Take the indexes of a copy away, and the keys and constraints that they stand for."""
    name = f"pg_temp.{quote(relation.name)}"
    cursor.execute(OTHER_INDEXES, [name, list(but)])
    for index, constraint in cursor.fetchall():
        if constraint is None:
            cursor.execute(f"DROP INDEX pg_temp.{quote(index)}")
        else:
            cursor.execute(f"ALTER TABLE {name} DROP CONSTRAINT {quote(constraint)}")


def _sample(cursor: Any, relation: Relation, statement: str, most_rows: int) -> int:
    limit = f" LIMIT {most_rows:d}"
    rows = relation.likely_rows
    if rows > 2 * most_rows:
        pages = SOME_PAGES.format(share=min(100.0, 100.0 * SPARE * most_rows / rows))
        cursor.execute(statement + pages + limit)
        if cursor.rowcount >= most_rows / 10:
            return int(cursor.rowcount)
        cursor.execute(f"DELETE FROM pg_temp.{quote(relation.name)}")  # noqa: S608 - quoted
    cursor.execute(statement + limit)
    return int(cursor.rowcount)


def unqualified(sql: str, relation: Relation) -> str | None:
    """The statement with the table named without its schema; None where that can't be told from a string."""
    schema, name = re.escape(relation.schema), re.escape(relation.name)
    quoted_schema, quoted_name = re.escape(quote(relation.schema)), re.escape(quote(relation.name))
    qualified = re.compile(
        rf'(?<![\w".$])(?:{quoted_schema}|{schema})\s*\.\s*(?:{quoted_name}|{name}(?![\w$"]))', re.IGNORECASE
    )
    code = code_of(sql)
    if code is None or len(qualified.findall(code)) != len(qualified.findall(sql)):
        return None
    return qualified.sub(quote(relation.name).replace("\\", r"\\"), sql)
