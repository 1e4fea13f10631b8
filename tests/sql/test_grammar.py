"""What the parser is shown of a statement."""

from __future__ import annotations

import pytest

from queryscope.sql.grammar import parse_statements


@pytest.mark.parametrize(
    ("sql", "read"),
    [
        ('WHERE "t" %%> %s AND b <%s', 'WHERE "t" OPERATOR(pg_trgm.similar) $1 AND b < $1'),
        ('WHERE %s <%% "t"', 'WHERE $1 OPERATOR(pg_trgm.similar) "t"'),
        ("WHERE c %%>> 'x'", "WHERE c OPERATOR(pg_trgm.similar) 'x'"),
        ("WHERE 'x' <<%% c", "WHERE 'x' OPERATOR(pg_trgm.similar) c"),
        ("WHERE c %> 'x'", "WHERE c OPERATOR(pg_trgm.similar) 'x'"),
        ("WHERE a <%(name)s", "WHERE a < $1"),
        ("WHERE a %% 2 > 1 AND b % 3 < 2", "WHERE a % 2 > 1 AND b % 3 < 2"),
        ("WHERE a = '%> <%'", "WHERE a = '%> <%'"),
    ],
)
def test_operators_of_similar_words_are_read(sql: str, read: str):
    [tree] = parse_statements(f"SELECT 1 FROM a {sql}")
    assert tree.sql("postgres") == f"SELECT 1 FROM a {read}"
