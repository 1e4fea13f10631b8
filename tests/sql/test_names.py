from __future__ import annotations

import pytest

from queryscope.sql.names import names_in
from queryscope.sql.tokens import read_tokens


def names(text):
    return names_in(read_tokens(text))


def columns(text):
    return sorted(".".join(filter(None, path)) for path in names(text).columns)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"shop_book"."id" = %s', ["shop_book.id"]),
        ("public.shop_book.id = 1", ["shop_book.id"]),
        ("UPPER(name::text) LIKE %s", ["name"]),
        ("created::timestamp with time zone > now()", ["created"]),
        ("created::character varying(20) = other", ["created", "other"]),
        ("(a = 1) AND (b IS NULL)", ["a", "b"]),
        ("day > %s AND year = 3", ["day", "year"]),
        ('"select" = 1', ["select"]),
        ("Book.Id = 1", ["book.id"]),
        ('"Book"."Id" = 1', ["Book.Id"]),
        ("price DESC NULLS LAST", ["price"]),
        ("at AT TIME ZONE %s", []),
        ("x IN (SELECT y FROM z WHERE w = 1)", ["x"]),
        ("CASE WHEN a THEN b ELSE c END", ["a", "b", "c"]),
        ("a BETWEEN %s AND %s", ["a"]),
    ],
)
def test_columns_are_found_with_the_table_that_is_written(text, found):
    assert columns(text) == found


@pytest.mark.parametrize(
    ("text", "operators"),
    [
        ("a = 1", {"="}),
        ("a IN (1, 2)", {"="}),
        ("a NOT IN (1, 2)", {"<>"}),
        ("a LIKE %s", {"~~"}),
        ("a NOT ILIKE %s", {"!~~*"}),
        ("a BETWEEN 1 AND 2", {">=", "<="}),
        ("a IS NOT NULL", {"is"}),
        ("a @> b", {"@>"}),
    ],
)
def test_operators_are_those_that_a_plan_prints(text, operators):
    assert names(text).operators == operators


def test_functions_are_no_columns():
    found = names("count(*) > max(a.b)")
    assert found.calls == {"count", "max"}
    assert found.bare == {"b"}
