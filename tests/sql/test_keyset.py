"""Pages by OFFSET as pages behind a key: the text. Rows and times are compared in tests/test_rewriting.py."""

from __future__ import annotations

import pytest

from queryscope.sql.keyset import by_key, sorted_by


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


def test_rows_side_by_side_are_told_apart_by_their_key() -> None:
    sql = 'SELECT 1 FROM "t" ORDER BY "t"."a" DESC LIMIT 20 OFFSET 400'
    page = by_key(sql, is_null=frozenset(), unique=frozenset({"id"}), row_key='"t"."id"')
    assert page is not None
    assert page.columns == ("a", "id")
    assert (
        page.key_sql
        == 'SELECT "t"."a", "t"."id" FROM "t" ORDER BY "t"."a" DESC, "t"."id" DESC LIMIT 1 OFFSET 399'
    )
    assert page.whole_sql == 'SELECT 1 FROM "t" ORDER BY "t"."a" DESC, "t"."id" DESC LIMIT 20 OFFSET 400'
    assert page.page_sql.endswith('AND "t"."a" <= %s ORDER BY "t"."a" DESC, "t"."id" DESC LIMIT 20')


def test_an_order_that_ends_with_a_key_stays() -> None:
    sql = 'SELECT 1 FROM "t" ORDER BY "t"."id" DESC LIMIT 20 OFFSET 400'
    page = by_key(sql, is_null=frozenset(), unique=frozenset({"id"}), row_key='"t"."id"')
    assert page is not None
    assert (page.columns, page.whole_sql) == (("id",), "")


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        (
            'SELECT 1 FROM "t" ORDER BY "t"."a" DESC, "t"."id" ASC LIMIT %s OFFSET %s',
            [("t", "a", True), ("t", "id", False)],
        ),
        ('SELECT 1 FROM "t" WHERE "t"."a" IN (SELECT 1 FROM "u" ORDER BY "u"."b" ASC)', None),
        ('SELECT 1 FROM "t" WHERE "t"."a" = %s', []),
        ('SELECT 1 FROM "t" ORDER BY "t"."a" DESC NULLS LAST LIMIT %s', None),
        ('SELECT 1 FROM "t" ORDER BY LOWER("t"."a") ASC', None),
        ('SELECT DISTINCT 1 FROM "t" ORDER BY "t"."a" ASC', None),
    ],
)
def test_the_order_of_a_statement_is_read(sql: str, columns: list[tuple[str, str, bool]] | None) -> None:
    found = sorted_by(sql)
    told = None if found is None else [(each.table, each.column, each.is_falling) for each in found]
    assert told == columns
