"""Tests of sql/search.py: what finds the rows of an UPDATE or DELETE."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.sql.search import LONGEST, search_of


def sql_of(sql: str, params: Any = None) -> str:
    found = search_of(sql, params)
    assert found is not None
    return found.sql


def test_an_update_of_django_is_the_select_of_its_rows():
    found = search_of(
        'UPDATE "shop_order" SET "state" = %s WHERE "shop_order"."customer_id" = %s', ("lost", 7)
    )
    assert found is not None
    assert (found.verb, found.table) == ("UPDATE", "shop_order")
    assert found.sql == 'SELECT "shop_order".ctid FROM "shop_order" WHERE "shop_order"."customer_id" = %s'
    assert found.params == [7]


def test_so_is_a_delete():
    found = search_of('DELETE FROM "shop_order" WHERE "shop_order"."id" IN (%s, %s)', [1, 2])
    assert found is not None
    assert (found.verb, found.table) == ("DELETE", "shop_order")
    assert found.sql == 'SELECT "shop_order".ctid FROM "shop_order" WHERE "shop_order"."id" IN (%s, %s)'
    assert found.params == [1, 2]


@pytest.mark.parametrize(
    ("sql", "search"),
    [
        (
            "DELETE FROM a WHERE id IN (SELECT U0.a_id FROM b U0 WHERE U0.k = 1)",
            "SELECT a.ctid FROM a WHERE id IN (SELECT U0.a_id FROM b U0 WHERE U0.k = 1)",
        ),
        ("UPDATE ONLY s.a AS x SET k = 1 WHERE x.l = 2", "SELECT x.ctid FROM ONLY s.a AS x WHERE x.l = 2"),
        ('update only (s."A") set k = 1 where l = 2;', 'SELECT "A".ctid FROM only (s."A") WHERE l = 2'),
        ("DELETE FROM a * x WHERE l = 2 RETURNING x.id", "SELECT x.ctid FROM a * x WHERE l = 2"),
        (
            "UPDATE a SET k = b.k FROM b JOIN c AS d ON d.id = b.id, lateral f() WHERE a.k = 1",
            "SELECT a.ctid, b.ctid, d.ctid FROM a, b JOIN c AS d ON d.id = b.id, lateral f() WHERE a.k = 1",
        ),
        (
            "DELETE FROM a USING b, (SELECT 1 AS id) q, f(2), LATERAL (SELECT 1) WHERE a.k = 1",
            "SELECT a.ctid, b.ctid FROM a, b, (SELECT 1 AS id) q, f(2), LATERAL (SELECT 1) WHERE a.k = 1",
        ),
        (
            "WITH c AS (SELECT id FROM a WHERE k = 1) UPDATE a SET k = 2 FROM c WHERE a.id = c.id",
            "WITH c AS (SELECT id FROM a WHERE k = 1) SELECT a.ctid FROM a, c WHERE a.id = c.id",
        ),
        ("UPDATE a SET k = 1 FROM b", "SELECT a.ctid, b.ctid FROM a, b"),
    ],
)
def test_the_ways_to_write_one(sql, search):
    assert sql_of(sql) == search


@pytest.mark.parametrize(
    ("sql", "search"),
    [
        ('UPDATE "set" SET "where" = 1 WHERE "from" = 2', 'SELECT "set".ctid FROM "set" WHERE "from" = 2'),
        (
            'UPDATE "a ""WHERE"" b" SET "returning" = 1 WHERE "using" = 2',
            'SELECT "a ""WHERE"" b".ctid FROM "a ""WHERE"" b" WHERE "using" = 2',
        ),
        ("UPDATE a SET k = ' WHERE ' WHERE l = 'FROM b'", "SELECT a.ctid FROM a WHERE l = 'FROM b'"),
        ("UPDATE a SET k = 'it''s WHERE' WHERE l = 2", "SELECT a.ctid FROM a WHERE l = 2"),
        ("UPDATE a SET k = $q$ WHERE $q$ WHERE l = 2", "SELECT a.ctid FROM a WHERE l = 2"),
        ("UPDATE a SET k = 1 /* WHERE 1 */ WHERE l = 2 -- RETURNING", "SELECT a.ctid FROM a WHERE l = 2"),
        ("UPDATE a -- WHERE\nSET k = 1 -- FROM b\nWHERE l = 2", "SELECT a.ctid FROM a WHERE l = 2"),
        ("/* WHERE */ DELETE FROM a WHERE l = 2 /* ; */", "SELECT a.ctid FROM a WHERE l = 2"),
        ("UPDATE a SET k = l IS DISTINCT FROM 3 WHERE l = 2", "SELECT a.ctid FROM a WHERE l = 2"),
        ("UPDATE a SET k = EXTRACT(year FROM l) WHERE l = 2", "SELECT a.ctid FROM a WHERE l = 2"),
        ("UPDATE a SET k = a.where, m = a.from WHERE a.set = 2", "SELECT a.ctid FROM a WHERE a.set = 2"),
        (
            "UPDATE a SET k = count(*) FILTER (WHERE l > 1) WHERE l = 2",
            "SELECT a.ctid FROM a WHERE l = 2",
        ),
    ],
)
def test_words_that_begin_no_clause(sql, search):
    assert sql_of(sql) == search


@pytest.mark.parametrize(
    ("sql", "search"),
    [
        (
            "UPDATE a SET k = (SELECT max(n) FROM b WHERE b.a_id = a.id), l = 1 WHERE m = 2",
            "SELECT a.ctid, (SELECT max(n) FROM b WHERE b.a_id = a.id) FROM a WHERE m = 2",
        ),
        (
            "UPDATE a SET l = 1, k = COALESCE((SELECT n FROM b WHERE b.a_id = a.id LIMIT 1), 0) + 1",
            "SELECT a.ctid, COALESCE((SELECT n FROM b WHERE b.a_id = a.id LIMIT 1), 0) + 1 FROM a",
        ),
        ("UPDATE a SET (k, l) = (SELECT n, o FROM b) WHERE m = 2", "SELECT a.ctid FROM a WHERE m = 2"),
    ],
)
def test_what_is_looked_up_for_a_column_belongs_to_it(sql, search):
    assert sql_of(sql) == search


def test_only_the_parameters_that_are_left_are_kept():
    sql = """
        WITH c AS (SELECT id FROM b WHERE k = %s)
        UPDATE a SET k = %s, l = (SELECT max(n) FROM b WHERE b.a_id = a.id AND o = %s), m = '%%' || %s --%s
        FROM c WHERE a.id = c.id AND a.n LIKE '%%x' AND a.o = %s RETURNING %s, a.id
    """
    found = search_of(sql, tuple("abcdefg"))
    assert found is not None
    assert found.params == ["a", "c", "f"]
    assert found.sql.count("%s") == 3
    assert "LIKE '%%x'" in found.sql


def test_named_parameters_may_stay_all():
    params = {"k": 1, "l": 2}
    found = search_of("UPDATE a SET k = %(k)s WHERE l = %(l)s", params)
    assert found is not None
    assert (found.sql, found.params) == ("SELECT a.ctid FROM a WHERE l = %(l)s", params)


def test_without_parameters_a_percent_sign_is_one():
    found = search_of("DELETE FROM a WHERE k % 10 = 3 AND l LIKE '%s'", None)
    assert found is not None
    assert (found.sql, found.params) == ("SELECT a.ctid FROM a WHERE k % 10 = 3 AND l LIKE '%s'", None)


def test_that_there_are_none_is_not_the_same_as_an_empty_list():
    found = search_of("DELETE FROM a WHERE l LIKE 'x%%'", [])
    assert found is not None
    assert found.params == []


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE a SET k = 1",
        "DELETE FROM a",
        "DELETE FROM a RETURNING id",
        "UPDATE a SET k = (1)",
        "DELETE FROM a WHERE CURRENT OF c",
        "SELECT 1 FROM a WHERE k = 1",
        "SELECT 1 FROM a WHERE k = 1 FOR UPDATE",
        "INSERT INTO a SELECT * FROM b WHERE k = 1",
        "INSERT INTO a VALUES (1) ON CONFLICT (id) DO UPDATE SET k = 1 WHERE a.l = 2",
        "MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE",
        "TRUNCATE a",
        "",
        "UPDATE",
        "DELETE FROM",
        "UPDATE a",
        "UPDATE a WHERE k = 1",
        "UPDATE a SET k = 1 WHERE l = 2; DELETE FROM a WHERE l = 3",
        "UPDATE 'a' SET k = 1 WHERE l = 2",
        "UPDATE a AS SET k = 1 WHERE l = 2",
        "DELETE FROM ONLY (a, b) WHERE l = 2",
        "DELETE a WHERE k = 1",
        "WITH d AS (DELETE FROM b WHERE k = 1 RETURNING id) UPDATE a SET k = 1 WHERE id IN (TABLE d)",
        "WITH d AS (UPDATE b SET k = 1 WHERE l = 2 RETURNING id) SELECT * FROM d",
        r"UPDATE a SET k = E'\' WHERE ' WHERE l = 2",
        r"UPDATE a SET k = U&'!' WHERE l = 2",
        "UPDATE a SET k = 1 /* /* */ WHERE l = 3 */ WHERE l = 2",
        "EXPLAIN DELETE FROM a WHERE k = 1",
    ],
)
def test_what_has_none_or_can_t_be_told(sql):
    assert search_of(sql, None) is None


@pytest.mark.parametrize("params", [(1,), (1, 2, 3), 7, "ab"])
def test_parameters_that_don_t_fit(params):
    assert search_of("UPDATE a SET k = %s WHERE l = %s", params) is None


def test_what_is_very_long_is_not_read():
    assert search_of("DELETE FROM a WHERE k IN (" + "1, " * LONGEST + "1)", None) is None
