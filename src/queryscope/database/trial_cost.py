"""How long will an index take to build, and how much space? Predicted before a lock is taken."""

from __future__ import annotations

import math

from queryscope.model import Column, IndexAdvice, IndexKey, Table

# Microseconds a row, measured on 1 000 000 rows: integer 0.5 s, text 1.9 s, expression 2.9 s.
READ_US = 0.1
NUMBER_US = 0.5
TEXT_US = 2.0
EXPRESSION_US = 3.0
# A trigram index costs by the character: 100 000 texts of 30 in 0.9 s, 20 000 of 300 in 1.7 to 2.9 s.
TRIGRAM_CHARACTER_US = 0.3
TRIGRAM_LEAST_US = 4.0
# Other GIN indexes by the byte: 200 000 documents of 98 bytes in 2 to 3 s, lexemes of 128 bytes in 2 s.
GIN_BYTE_US = 0.1
GIN_LEAST_US = 2.0
# An index of nearest neighbours is a graph: each row is looked for while it is put in.
GRAPH_US = 200.0
METHOD_US = {"brin": 0.1, "hash": 2.0, "gist": 2.0, "spgist": 4.0, "hnsw": GRAPH_US, "ivfflat": 20.0}
FURTHER_KEY = 0.1  # of what it costs alone: over 2 000 000 rows one, two and three numbers took the same
DEFAULT_WIDTH = 32
# Space by the byte of the key: 200 000 texts of 38 bytes took 37 MB as trigrams, 98 bytes of jsonb as much.
TRIGRAM_SPACE = 5.0
GIN_SPACE = 2.0
BRIN_BYTES_A_PAGE = 1.0
# A partial index is proposed for a rare value; how rare is not known before it is built.
PARTIAL_SHARE = 0.1


def predicted_ms(advice: IndexAdvice, table: Table) -> float:
    """Time to build the index on this table."""
    keys = sorted((_key_us(key, advice.method, table) for key in advice.keys), reverse=True)
    # Rows are sorted once, mostly by the first keys that differ; a GIN index sorts the items of each key.
    further = 1.0 if advice.method == "gin" else FURTHER_KEY
    per_row = keys[0] + further * sum(keys[1:]) if keys else 0.0
    share = PARTIAL_SHARE if advice.predicate else 1.0
    return max(table.rows, 0.0) * (READ_US + per_row * share) / 1000.0


def predicted_bytes(advice: IndexAdvice, table: Table) -> float:
    """Space of the index: pages filled to 90 %, for each row 12 bytes and the keys, aligned to 8."""
    if advice.method == "brin":
        return table.pages * BRIN_BYTES_A_PAGE
    widths = sum(_width(key, table) for key in advice.keys)
    widths += sum(_column_width(table.column(name)) for name in advice.include)
    if any("trgm" in key.opclass for key in advice.keys):
        widths *= TRIGRAM_SPACE
    elif advice.method == "gin":
        widths *= GIN_SPACE
    share = PARTIAL_SHARE if advice.predicate else 1.0
    return max(table.rows, 0.0) * share * (12 + math.ceil(widths / 8) * 8) / 0.9


def _key_us(key: IndexKey, method: str, table: Table) -> float:
    column = table.column(key.column) or _inside(key, table)
    width = _column_width(column)
    if "trgm" in key.opclass:
        return max(TRIGRAM_LEAST_US, width * TRIGRAM_CHARACTER_US)
    own = METHOD_US.get(method, 0.0)
    if method == "gin":
        own = max(GIN_LEAST_US, width * GIN_BYTE_US)
    if key.expression:
        return EXPRESSION_US + own
    if own:
        return own
    is_wide = column is not None and column.type.startswith(
        ("character", "text", "varchar", "citext", "json")
    )
    return TEXT_US if is_wide else NUMBER_US


def _width(key: IndexKey, table: Table) -> float:
    return _column_width(table.column(key.column) or _inside(key, table))


def _column_width(column: Column | None) -> float:
    return (column.avg_width if column is not None else None) or DEFAULT_WIDTH


def _inside(key: IndexKey, table: Table) -> Column | None:
    """The column that an expression is made of."""
    return next((column for column in table.columns if f'"{column.name}"' in key.expression), None)
