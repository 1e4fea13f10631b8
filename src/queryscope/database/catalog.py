"""Reads what PostgreSQL's catalog says of the tables that slow queries read. No value of a row is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from queryscope.database.sandbox import database_error, own_connection, rolled_back
from queryscope.errors import ExplainRefusedError
from queryscope.model import Column, Index, Schema, Table
from queryscope.plans.redact import digests, redact
from queryscope.sql.names import split_table

LOCK_MS = 200  # the catalog is never worth waiting for
STATEMENT_MS = 2000

SERVER = """
    SELECT current_setting('server_version_num')::int,
           (SELECT extract(epoch FROM now() - coalesce(pg_stat_get_db_stat_reset_time(oid),
                                                       pg_postmaster_start_time()))::float8 / 86400
            FROM pg_database WHERE datname = current_database()),
           (SELECT array_agg(extname::text ORDER BY extname) FROM pg_extension),
           (SELECT CASE coalesce(to_jsonb(d) ->> 'datlocprovider', 'c')
                   WHEN 'c' THEN datcollate::text WHEN 'b' THEN 'C' ELSE 'icu' END
            FROM pg_database d WHERE datname = current_database())
"""

# A name without a schema is what the search path finds.
# A partitioned table has no pages of its own: those of its partitions count.
TABLES = """
    SELECT c.oid, n.nspname::text, c.relname::text, c.reltuples::float8,
           CASE WHEN c.relkind = 'p' THEN
               (SELECT coalesce(sum(pg_relation_size(p.relid)), 0)
                FROM pg_partition_tree(c.oid) p WHERE p.isleaf)
           ELSE pg_relation_size(c.oid) END / current_setting('block_size')::int,
           pg_table_size(c.oid), c.relkind = 'p',
           CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
           pg_stat_get_mod_since_analyze(c.oid)::float8,
           pg_stat_get_analyze_count(c.oid) + pg_stat_get_autoanalyze_count(c.oid),
           pg_table_is_visible(c.oid)
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm') AND EXISTS (
        SELECT 1
        FROM unnest(%s::text[], %s::text[]) asked(schema, name)
        WHERE asked.name = c.relname
            AND CASE asked.schema WHEN '' THEN pg_table_is_visible(c.oid) ELSE asked.schema = n.nspname END
    )
    ORDER BY n.nspname, c.relname
"""

# Of texts only how long those in the statistics are; ANALYZE keeps none above 1024 bytes (WIDTH_THRESHOLD).
COLUMNS = """
    SELECT a.attrelid, a.attname::text, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
           s.null_frac, s.n_distinct, s.avg_width, s.correlation, s.most_common_freqs[1],
           CASE WHEN t.typcategory = 'S' THEN
               (SELECT max(octet_length(v))
                FROM unnest(s.histogram_bounds::text::text[] || s.most_common_vals::text::text[]) v) END,
           CASE WHEN a.attcollation <> t.typcollation THEN l.collname::text ELSE '' END,
           coalesce(l.collisdeterministic, true),
           CASE WHEN a.atttypid = 'bool'::regtype AND s.n_distinct IS NOT NULL THEN
               coalesce(s.most_common_freqs[array_position(s.most_common_vals::text::text[], 't')], 0)
           END
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_collation l ON l.oid = a.attcollation
    LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname
        AND s.attname = a.attname AND s.inherited = (c.relkind = 'p')
    WHERE a.attrelid = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attrelid, a.attnum
"""

# The constraint may be its own (PRIMARY KEY, UNIQUE, EXCLUDE) or a foreign key that refers to it; an index of
# a partitioned table needs those of the partitions, and it is they that are used.
INDEXES = """
    SELECT i.indrelid, x.relname::text, m.amname::text, i.indisunique, i.indisprimary,
           i.indisvalid AND i.indisready, i.indnkeyatts,
           pg_get_expr(i.indpred, i.indrelid, true), pg_relation_size(i.indexrelid), k.keys, k.opclasses,
           k.options, k.collations,
           x.relispartition OR i.indexrelid IN (SELECT conindid FROM pg_constraint),
           CASE WHEN x.relkind = 'i' THEN pg_stat_get_numscans(i.indexrelid) END
    FROM pg_index i
    JOIN pg_class x ON x.oid = i.indexrelid
    JOIN pg_am m ON m.oid = x.relam
    CROSS JOIN LATERAL (
        SELECT array_agg(coalesce(a.attname::text, pg_get_indexdef(i.indexrelid, n, true))
                         ORDER BY n) AS keys,
               array_agg(coalesce(o.opcname::text, '') ORDER BY n) AS opclasses,
               array_agg(coalesce(i.indoption[n - 1], 0)::int ORDER BY n) AS options,
               array_agg(CASE WHEN l.oid <> a.attcollation THEN l.collname::text ELSE '' END
                         ORDER BY n) AS collations
        FROM generate_series(1, i.indnatts) n
        LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid
            AND a.attnum = i.indkey[n - 1] AND i.indkey[n - 1] <> 0
        LEFT JOIN pg_opclass o ON n <= i.indnkeyatts AND o.oid = i.indclass[n - 1]
        LEFT JOIN pg_collation l ON n <= i.indnkeyatts AND l.oid = i.indcollation[n - 1]
    ) k
    WHERE i.indrelid = ANY(%s)
    ORDER BY i.indrelid, x.relname
"""


def schema_of(connection: Any, table_names: Iterable[str], *, has_counts: bool = True) -> Schema:
    """The catalog's view of these tables through a Django connection; empty where it can't be read now.

    Runs on a raw cursor inside a block that is rolled back: no query of Django's, no lasting setting.
    `has_counts` is False of a test's database, where it says nothing how often an index was used.
    """
    return _through(connection, tuple(table_names), partial(read_schema, has_counts=has_counts))


def sizes_of(connection: Any, table_names: Iterable[str]) -> Schema:
    """The same in one statement: tables without columns and indexes."""
    return _through(connection, tuple(table_names), read_sizes)


def _through(connection: Any, names: Sequence[str], read: Callable[[Any, Sequence[str]], Schema]) -> Schema:
    if connection.vendor != "postgresql" or not names:
        return Schema()
    try:
        if connection.connection is not None:
            return _read(connection.connection, names, read)
        with own_connection(connection) as raw:
            return _read(raw, names, read)
    except (ExplainRefusedError, database_error(connection)):
        return Schema()


def _read(raw: Any, names: Sequence[str], read: Callable[[Any, Sequence[str]], Schema]) -> Schema:
    with rolled_back(raw, lock_ms=LOCK_MS, statement_ms=STATEMENT_MS) as cursor:
        return read(cursor, names)


def read_sizes(cursor: Any, table_names: Iterable[str]) -> Schema:
    """Tables with their rows and pages; `cursor` is the driver's own."""
    cursor.execute(TABLES, _asked(table_names))
    return Schema(tables=tuple(_table(row, (), ()) for row in cursor.fetchall()))


def read_schema(cursor: Any, table_names: Iterable[str], *, has_counts: bool = True) -> Schema:
    """Tables with columns, statistics and indexes, in four statements; `cursor` is the driver's own."""
    cursor.execute(SERVER)
    version, counted_days, extensions, collation = cursor.fetchone()
    cursor.execute(TABLES, _asked(table_names))
    tables = cursor.fetchall()
    oids = [row[0] for row in tables]
    cursor.execute(COLUMNS, [oids])
    columns = cursor.fetchall()
    cursor.execute(INDEXES, [oids])
    indexes = [row if has_counts else (*row[:-1], None) for row in cursor.fetchall()]
    return Schema(
        server_version=version,
        extensions=tuple(extensions or ()),
        collation=collation or "",
        counted_days=counted_days if has_counts else None,
        tables=tuple(_table(row, columns, indexes) for row in tables),
    )


def _asked(table_names: Iterable[str]) -> list[list[str]]:
    """Schemas and names of tables, as a model's `db_table` spells them."""
    found = sorted({split_table(name) for name in table_names})
    return [[schema for schema, _ in found], [name for _, name in found]]


def _table(row: Sequence[Any], columns: Sequence[Sequence[Any]], indexes: Sequence[Sequence[Any]]) -> Table:
    oid, schema, name, rows, pages, size_bytes, is_partitioned, partition_key, changed_rows, *more = row
    analyzes, is_visible = more
    return Table(
        schema=schema,
        name=name,
        rows=float(rows),
        pages=int(pages),
        size_bytes=int(size_bytes),
        is_partitioned=is_partitioned,
        partition_key=redact(partition_key or ""),
        changed_rows=float(changed_rows or 0),
        analyzes=analyzes,
        is_visible=is_visible,
        columns=tuple(_column(found) for found in columns if found[0] == oid),
        indexes=tuple(_index(found) for found in indexes if found[0] == oid),
    )


def _column(row: Sequence[Any]) -> Column:
    _, name, type_name, is_null, null_frac, n_distinct, avg_width, correlation, frequency, *more = row
    longest, collation, is_deterministic, true_frequency = more
    return Column(
        name=name,
        type=type_name,
        is_null=is_null,
        null_frac=null_frac,
        n_distinct=n_distinct,
        avg_width=avg_width,
        longest=longest,
        correlation=correlation,
        top_frequency=frequency,
        true_frequency=true_frequency,
        collation=collation or "",
        is_deterministic=is_deterministic,
    )


def _index(row: Sequence[Any]) -> Index:
    (
        _,
        name,
        method,
        is_unique,
        is_primary,
        is_valid,
        count,
        predicate,
        size_bytes,
        keys,
        opclasses,
        options,
        own,
        is_constraint,
        scans,
    ) = row
    return Index(
        name=name,
        method=method,
        keys=tuple(_key(key, option) for key, option in zip(keys[:count], options[:count], strict=True)),
        opclasses=tuple(opclasses[:count]),
        include=tuple(keys[count:]),
        collations=tuple(collation or "" for collation in own[:count]),
        predicate=redact(predicate or ""),
        constants=tuple(digests(key) for key in keys[:count]),
        predicate_constants=digests(predicate or ""),
        is_unique=is_unique,
        is_primary=is_primary,
        is_valid=is_valid,
        is_constraint=is_constraint,
        scans=scans,
        size_bytes=int(size_bytes),
    )


def _key(key: str, option: int) -> str:
    """With the order where it is not the default; bit 0 is DESC, bit 1 NULLS FIRST."""
    is_descending, is_first = bool(option & 1), bool(option & 2)
    text = redact(key) + (" DESC" if is_descending else "")
    if is_first != is_descending:
        text += " NULLS FIRST" if is_first else " NULLS LAST"
    return text
