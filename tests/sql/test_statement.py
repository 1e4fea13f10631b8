"""Statements as Django writes them, read into what an index may serve."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryscope.sql.grammar import parse_statements
from queryscope.sql.statement import Predicate, Statement, read_statement

BOOKS = 'SELECT "book"."id" FROM "book" WHERE '


def read(sql: str) -> Statement:
    statement = read_statement(sql)
    assert statement is not None
    return statement


def only(where: str) -> Predicate:
    [predicate] = read(BOOKS + where).predicates
    return predicate


@pytest.mark.parametrize(
    ("where", "column", "expression", "operator", "literal"),
    [
        ('"book"."a" = %s', "a", '"a"', "=", ""),
        ('("book"."a" = %(a)s)', "a", '"a"', "=", ""),
        ('"book"."a" = $3', "a", '"a"', "=", ""),
        ('%s < "book"."a"', "a", '"a"', ">", ""),
        ('"book"."a" >= %s', "a", '"a"', ">=", ""),
        ('"book"."a" <> %s', "a", '"a"', "<>", ""),
        ('NOT ("book"."a" = %s)', "a", '"a"', "<>", ""),
        ('"book"."a" IN (%s, %s)', "a", '"a"', "in", ""),
        ('"book"."a" IN (…)', "a", '"a"', "in", ""),
        ('NOT ("book"."a" IN (…))', "a", '"a"', "not in", ""),
        ('"book"."a" = ANY(%s)', "a", '"a"', "in", ""),
        ('"book"."a" IS NULL', "a", '"a"', "is null", ""),
        ('"book"."a" IS NOT NULL', "a", '"a"', "is not null", ""),
        ('NOT ("book"."a" IS NULL)', "a", '"a"', "is not null", ""),
        ('"book"."is_new"', "is_new", '"is_new"', "=", "true"),
        ('NOT "book"."is_new"', "is_new", '"is_new"', "=", "false"),
        ('"book"."is_new" IS TRUE', "is_new", '"is_new"', "=", "true"),
        ('"book"."a" = \'pending\'', "a", '"a"', "=", "'pending'"),
        ('"book"."a" = -5', "a", '"a"', "=", "-5"),
        ('"book"."a"::text LIKE %s', "", '"a"::text', "like", ""),
        ('UPPER("book"."a"::text) LIKE UPPER(%s)', "", 'UPPER("a"::text)', "like", ""),
        ('"book"."a" LIKE %s ESCAPE %s', "a", '"a"', "like", ""),
        ('"book"."a"::text ILIKE %s', "", '"a"::text', "ilike", ""),
        ('("book"."data" -> %s) = %s::jsonb', "", '"data" -> %s', "=", ""),
        ('("book"."data" #>> %s) = %s', "", '"data" #>> %s', "=", ""),
        ('"book"."data" @> %s', "data", '"data"', "@>", ""),
        ('"book"."data" ? %s', "data", '"data"', "?", ""),
        ('"book"."tags" @> (%s)::varchar(20)[]', "tags", '"tags"', "@>", ""),
        ('"book"."tags" && %s', "tags", '"tags"', "&&", ""),
        ('"book"."vector" @@ (plainto_tsquery(%s))', "vector", '"vector"', "@@", ""),
        ('("book"."a" %% 2) = 1', "", '"a" % 2', "=", "1"),
        ('("book"."d" AT TIME ZONE %s)::date = %s', "", '("d" AT TIME ZONE %s)::date', "=", ""),
    ],
)
def test_a_condition_has_operand_operator_and_literal(
    where: str, column: str, expression: str, operator: str, literal: str
):
    predicate = only(where)
    assert predicate == Predicate(
        table="book", column=column, expression=expression, operator=operator, literal=literal
    )


def test_between_is_two_conditions():
    lower, upper = read(BOOKS + '"book"."a" BETWEEN %s AND 9').predicates
    assert (lower.operator, lower.literal, upper.operator, upper.literal) == (">=", "", "<=", "9")


@pytest.mark.parametrize(
    "where",
    [
        '("book"."a" = %s OR "book"."b" = %s)',
        '"book"."a" = "book"."b"',
        'EXISTS(SELECT 1 AS "a" FROM "t" U0 WHERE U0."x" = ("book"."id"))',
        '"book"."a" IN (SELECT U0."id" FROM "t" U0 WHERE U0."b" = %s)',
        '"book"."a" = (SELECT 1)',
        'NOT ("book"."a" BETWEEN %s AND %s)',
        'NOT ("book"."a" = %s AND "book"."a" IS NOT NULL)',
        "%s = %s",
        "true",
    ],
)
def test_what_is_no_condition_on_one_column_is_left_out(where: str):
    assert read(BOOKS + where).predicates == ()


def test_or_is_noticed():
    assert read(BOOKS + '("book"."a" = %s OR "book"."b" = %s)').has_or
    assert not read(BOOKS + '("book"."a" = %s AND "book"."b" = %s)').has_or


def test_aliases_lead_to_their_tables():
    statement = read(
        'SELECT T3."id" FROM "book" INNER JOIN "author" T3 ON ("book"."author_id" = T3."id") '
        'LEFT OUTER JOIN "shop" ON ("book"."shop_id" = "shop"."id" AND "shop"."open" = %s) '
        'WHERE (T3."name" = %s AND "book"."price" > %s)'
    )
    assert [(one.table, one.column) for one in statement.predicates] == [
        ("author", "name"),
        ("book", "price"),
    ]
    assert statement.joins == (("book", "author_id", "author", "id"), ("book", "shop_id", "shop", "id"))
    assert statement.tables == ("book", "author", "shop")


def test_the_condition_of_an_inner_join_counts():
    statement = read('SELECT 1 FROM "a" INNER JOIN "b" ON ("a"."x" = "b"."y" AND "b"."z" = %s)')
    assert [(one.table, one.column) for one in statement.predicates] == [("b", "z")]


def test_bare_columns_belong_to_the_only_table():
    assert read("SELECT * FROM book WHERE price = 3").predicates[0].table == "book"
    assert read("SELECT * FROM book, author WHERE price = 3").predicates == ()


def test_order_has_direction_and_nulls_only_where_they_are_not_the_default():
    statement = read(
        'SELECT "a"."x" FROM "a" ORDER BY "a"."x" ASC, "a"."y" DESC, "a"."z" DESC NULLS LAST, '
        '"a"."w" ASC NULLS FIRST, UPPER("a"."t") ASC LIMIT 5'
    )
    keys = [(key.column, key.expression, key.is_descending, key.nulls) for key in statement.sort_keys]
    assert keys == [
        ("x", '"x"', False, ""),
        ("y", '"y"', True, ""),
        ("z", '"z"', True, "last"),
        ("w", '"w"', False, "first"),
        ("", 'UPPER("t")', False, ""),
    ]
    assert statement.has_limit


@pytest.mark.parametrize("key", ["2", '"n"'])
def test_positions_and_aliases_of_order_by_are_followed(key: str):
    statement = read(f'SELECT "a"."x", UPPER("a"."y") AS "n" FROM "a" ORDER BY {key} DESC')
    assert [(one.table, one.expression) for one in statement.sort_keys] == [("a", 'UPPER("y")')]


def test_a_random_order_is_of_no_table():
    [key] = read('SELECT "a"."x" FROM "a" ORDER BY RANDOM() ASC LIMIT 3').sort_keys
    assert (key.table, key.column, key.expression) == ("", "", "RANDOM()")


def test_a_count_over_a_subquery_is_read_through():
    statement = read(
        'SELECT COUNT(*) FROM (SELECT DISTINCT "a"."x" AS "col1" FROM "a" WHERE "a"."y" = %s LIMIT 3) sub'
    )
    assert (statement.is_aggregate, statement.is_distinct, statement.has_limit) == (True, True, True)
    assert [(one.table, one.column) for one in statement.predicates] == [("a", "y")]


@pytest.mark.parametrize(
    ("sql", "is_aggregate"),
    [
        ('SELECT COUNT(*) AS "__count" FROM "a"', True),
        ('SELECT "a"."x", SUM("a"."y") AS "s" FROM "a" GROUP BY 1', True),
        ('SELECT "a"."x" FROM "a"', False),
    ],
)
def test_aggregates_are_noticed(sql: str, is_aggregate: bool):
    assert read(sql).is_aggregate is is_aggregate


def test_a_cte_is_no_table():
    statement = read(
        "WITH x(a) AS (SELECT 1 FROM t) SELECT * FROM x JOIN u ON x.a = u.a WHERE x.a = 3 AND u.b = 4"
    )
    assert [(one.table, one.column) for one in statement.predicates] == [("u", "b")]
    assert statement.tables == ("t", "u")


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ('UPDATE "a" SET "x" = %s WHERE "a"."y" IN (%s)', "update"),
        ('DELETE FROM "a" WHERE "a"."y" IN (%s)', "delete"),
    ],
)
def test_writes_have_conditions_too(sql: str, kind: str):
    statement = read(sql)
    assert statement.kind == kind
    assert [(one.table, one.column, one.operator) for one in statement.predicates] == [("a", "y", "in")]


def test_markers_inside_values_and_names_are_text():
    statement = read("SELECT '%s …' FROM \"t\" WHERE \"c …\" = 'a %s … %% b'")
    assert statement.predicates[0].column == "c …"
    assert "%s …" in statement.predicates[0].literal


@pytest.mark.parametrize("sql", ["", "garbage", "SELECT 1; SELECT 2", "SET x = 1", "SELECT a FROM WHERE )"])
def test_what_cannot_be_read_is_none(sql: str):
    assert read_statement(sql) is None


def test_nothing_is_logged_of_what_cannot_be_read(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        for sql in (
            "EXPLAIN SELECT 'SECRET'",
            "CALL f('SECRET')",
            "SELECT 'SECRET' FROM WHERE ::",
            "COPY t FROM 'x'",
        ):
            read_statement(sql)
    assert "SECRET" not in caplog.text


def test_a_long_list_is_read_without_its_values():
    statement = read(BOOKS + f'"book"."a" IN ({", ".join(["%s"] * 50_000)}) AND "book"."b" = %s')
    assert [one.operator for one in statement.predicates] == ["in", "="]


@pytest.mark.parametrize(
    "sql", ["SELECT " + "(" * 5_000, "SELECT " + "a + " * 100_000 + "a", "SELECT " + "f(" * 3_000]
)
def test_hostile_text_is_none(sql: str):
    assert read_statement(sql) is None


@given(st.text(max_size=100))
def test_no_text_raises(text: str):
    for sql in (text, f"SELECT {text}", BOOKS + text, f"SELECT a FROM t ORDER BY {text}"):
        read_statement(sql)
        assert isinstance(parse_statements(sql), tuple)
