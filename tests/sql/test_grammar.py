"""What the parser is shown of a statement."""

from __future__ import annotations

import pytest

from queryscope.sql.grammar import parse_statements


@pytest.mark.parametrize(
    ("sql", "read"),
    [
        ('WHERE "t" %%> %s AND b <%s', 'WHERE "t" OPERATOR(pg_catalog.other) $1 AND b < $1'),
        ('WHERE %s <%% "t"', 'WHERE $1 OPERATOR(pg_catalog.other) "t"'),
        ("WHERE c %%>> 'x'", "WHERE c OPERATOR(pg_catalog.other) 'x'"),
        ("WHERE 'x' <<%% c", "WHERE 'x' OPERATOR(pg_catalog.other) c"),
        ("WHERE c %> 'x'", "WHERE c OPERATOR(pg_catalog.other) 'x'"),
        ("WHERE a <%(name)s", "WHERE a < $1"),
        ("WHERE a %% 2 > 1 AND b % 3 < 2", "WHERE a % 2 > 1 AND b % 3 < 2"),
        ("WHERE a = '%> <%'", "WHERE a = '%> <%'"),
        ("WHERE a <<= %s", "WHERE a OPERATOR(pg_catalog.other) $1"),
        ("WHERE a >>=%s", "WHERE a OPERATOR(pg_catalog.other) $1"),
        ("WHERE a ~= -1 AND b=-1 AND c>=-2", "WHERE a OPERATOR(pg_catalog.other) -1 AND b = -1 AND c >= -2"),
        ("WHERE a ==> b", "WHERE a OPERATOR(pg_catalog.other) b"),
        ("ORDER BY a <#> %s", "ORDER BY a OPERATOR(pg_catalog.other) $1"),
        ("WHERE a->>'k' = %s AND b @> %s", "WHERE a ->> 'k' = $1 AND b @> $1"),
    ],
)
def test_operators_that_the_parser_does_not_know_are_read(sql: str, read: str):
    [tree] = parse_statements(f"SELECT 1 FROM a {sql}")
    assert tree.sql("postgres") == f"SELECT 1 FROM a {read}"
