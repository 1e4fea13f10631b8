"""Words of SQL that are no names of columns or tables, by what they begin."""

from __future__ import annotations

# Reserved: no names unless they are quoted. DAY or YEAR may be one.
_RESERVED = """
    ALL AND ANY ARRAY AS ASC ASYMMETRIC AT BETWEEN BY CASE COLLATE CURRENT_DATE CURRENT_TIMESTAMP DESC
    DISTINCT
    ELSE END ESCAPE EXISTS FALSE FILTER FOR FROM ILIKE IN INTERVAL IS ISNULL LIKE LOCALTIMESTAMP NOT NOTNULL
    NULL NULLS OR ORDER OVER PARTITION ROW SELECT SIMILAR SOME SYMMETRIC THEN TIME TO TRUE USING WHEN WHERE
    WITH WITHIN
"""
_CLAUSES = """
    WITH SELECT FROM WHERE GROUP HAVING ORDER LIMIT OFFSET FETCH FOR WINDOW VALUES INSERT UPDATE DELETE SET
    RETURNING UNION INTERSECT EXCEPT MERGE
"""
_AGGREGATES = """
    array_agg avg bit_and bit_or bit_xor bool_and bool_or count every json_agg json_object_agg jsonb_agg
    jsonb_object_agg max min string_agg sum stddev stddev_pop stddev_samp var_pop var_samp variance
"""

RESERVED = frozenset(_RESERVED.split())
CLAUSES = frozenset(_CLAUSES.split())
AGGREGATES = frozenset(_AGGREGATES.split())
JOINS = frozenset({"JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "OUTER"})
# What stands in a FROM where a name could, and is none.
AROUND_SOURCES = JOINS | {
    "ON",
    "LATERAL",
    "ONLY",
    "INTO",
    "TABLESAMPLE",
    "REPEATABLE",
    "DEFAULT",
    "ROWS",
    "WITH",
}
SUBQUERIES = frozenset({"SELECT", "WITH", "VALUES", "INSERT", "UPDATE", "DELETE", "MERGE"})
SECOND_WORDS = frozenset({("NULLS", "FIRST"), ("NULLS", "LAST"), ("TIME", "ZONE")})
