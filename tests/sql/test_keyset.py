"""Pages by OFFSET as pages behind a key: the text. Rows and times are compared in tests/test_rewriting.py."""

from __future__ import annotations

import pytest

from queryscope.sql.keyset import by_key


def test_a_page_continues_behind_its_key() -> None:
    rows = ' FROM "t" WHERE "t"."b" = %s OR "t"."c" ORDER BY "t"."a" DESC, "t"."id" ASC'
    page = by_key(
        f'SELECT "t"."id", "t"."a"{rows} LIMIT 20 OFFSET 400', is_null=frozenset(), unique=frozenset({"id"})
    )
    assert page is not None
    assert page.key_sql == f'SELECT "t"."a", "t"."id"{rows} LIMIT 1 OFFSET 399'
    assert page.page_sql == (
        'SELECT "t"."id", "t"."a" FROM "t" WHERE ("t"."b" = %s OR "t"."c") AND '
        '(("t"."a" < %s) OR ("t"."a" = %s AND "t"."id" > %s)) AND "t"."a" <= %s '
        'ORDER BY "t"."a" DESC, "t"."id" ASC LIMIT 20'
    )
    assert page.key_params == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("sql", "is_null"),
    [
        ('SELECT 1 FROM "t" ORDER BY "t"."a" ASC LIMIT 20 OFFSET 400', ()),
        ('SELECT 1 FROM "t" ORDER BY "t"."a" ASC, "t"."id" ASC LIMIT 20 OFFSET 400', ("a",)),
        ('SELECT DISTINCT 1 FROM "t" ORDER BY "t"."id" ASC LIMIT 20 OFFSET 400', ()),
        ('SELECT 1 FROM "t" ORDER BY UPPER("t"."a") ASC, "t"."id" ASC LIMIT 20 OFFSET 400', ()),
        ('SELECT 1 FROM "t" ORDER BY "t"."id" ASC LIMIT 20', ()),
    ],
)
def test_what_is_no_page_by_keys_is_left_alone(sql: str, is_null: tuple[str, ...]) -> None:
    assert by_key(sql, is_null=frozenset(is_null), unique=frozenset({"id"})) is None
