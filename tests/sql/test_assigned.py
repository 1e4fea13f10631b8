"""What a statement writes."""

from __future__ import annotations

import pytest

from queryscope.sql.assigned import Assignment, read_assignment


@pytest.mark.parametrize(
    ("sql", "kind", "table", "columns"),
    [
        (
            'UPDATE "shop_order" SET "status" = %s, "paid" = %s WHERE "id" = %s',
            "update",
            "shop_order",
            ("status", "paid"),
        ),
        (
            'UPDATE "t" SET "n" = ("t"."n" + %s), "m" = COALESCE("a", "b") WHERE "id" IN (…)',
            "update",
            "t",
            ("n", "m"),
        ),
        (
            'UPDATE "t" SET "a" = CASE WHEN ("t"."id" = %s) THEN %s ELSE "t"."b" END::integer',
            "update",
            "t",
            ("a",),
        ),
        ('UPDATE ONLY "s"."t" AS x SET (a, "B") = (SELECT 1, 2) FROM other', "update", "t", ("a", "B")),
        ('INSERT INTO "t" ("a", "b") VALUES (…) RETURNING "t"."id"', "insert", "t", ()),
        (
            'INSERT INTO "s"."t" ("a") VALUES (…) ON CONFLICT("a") DO UPDATE SET "b" = EXCLUDED."b"',
            "insert",
            "t",
            ("b",),
        ),
        ('DELETE FROM "t" WHERE "id" = %s', "delete", "t", ()),
        ('WITH x AS (SELECT 1) UPDATE "t" SET "a" = 1', "update", "t", ("a",)),
        ("update t set a = 1 where b = 2", "update", "t", ("a",)),
    ],
)
def test_a_write_tells_its_table_and_what_it_sets(sql, kind, table, columns):
    assert read_assignment(sql) == Assignment(kind, table, columns)


@pytest.mark.parametrize("sql", ["SELECT 1 FOR UPDATE", "", "SAVEPOINT x", "UPDATE", "INSERT", "DELETE ("])
def test_what_writes_nothing_has_no_columns(sql):
    found = read_assignment(sql)
    assert found is None or (found.table, found.columns) == ("", ())
