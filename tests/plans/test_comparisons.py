"""What a filter compares, as PostgreSQL prints it."""

from __future__ import annotations

import pytest

from queryscope.plans.comparisons import Comparison, own_columns, read_comparisons
from tests.builders import make_node


def read(text: str, alias: str = "book") -> tuple[Comparison, ...]:
    return read_comparisons(make_node("Seq Scan", filter=text, alias=alias, relation_name="shop_book"))


@pytest.mark.parametrize(
    ("text", "kind", "operator", "column"),
    [
        ("(book.kind = …)", "column", "=", "kind"),
        ("(… = book.kind)", "column", "=", "kind"),
        ("(… < book.kind)", "column", ">", "kind"),
        ('(book."group" = …)', "column", "=", "group"),
        ('("book".kind = …)', "column", "=", "kind"),
        ("(book.kind = ANY (…::integer[]))", "column", "= ANY", "kind"),
        ("(book.created >= …::timestamp with time zone)", "column", ">=", "created"),
        ("(book.deleted IS NULL)", "column", "IS NULL", "deleted"),
        ("(book.deleted IS NOT NULL)", "column", "IS NOT NULL", "deleted"),
        ("book.is_active", "column", "", "is_active"),
        ("((book.status)::text = …::text)", "cast", "=", "status"),
        ("((book.author_id)::numeric = …)", "cast", "=", "author_id"),
        ("((book.price)::double precision = …::double precision)", "cast", "=", "price"),
        ("((book.price)::numeric(8,2) = …)", "cast", "=", "price"),
        ("(upper(book.title) = …::text)", "upper", "=", "title"),
        ("(upper((book.title)::text) ~~ …::text)", "upper", "~~", "title"),
        ("(lower(book.title) = …::text)", "lower", "=", "title"),
        ("((book.created)::date = …::date)", "date", "=", "created"),
        ("(((book.created AT TIME ZONE …::text))::date = …::date)", "date", "=", "created"),
        ("(date_trunc(…::text, book.created) = …::timestamp with time zone)", "truncation", "=", "created"),
        (
            "(EXTRACT(month FROM (book.created AT TIME ZONE …::text)) = …::numeric)",
            "extract",
            "=",
            "created",
        ),
        ("((book.data ->> …::text) = …::text)", "json", "=", "data"),
        ("((book.data -> …::text) = …::jsonb)", "json", "=", "data"),
        ("((book.data #>> …::text[]) = …::text)", "json", "=", "data"),
        ("(((book.data ->> …::text))::integer > …)", "json", ">", "data"),
        ("(length(book.title) > …)", "function", ">", "title"),
        ("((book.price * …::numeric) > …::numeric)", "expression", ">", "price"),
        ("(COALESCE(book.price, …) = …)", "function", "=", "price"),
    ],
)
def test_one_condition_is_read(text: str, kind: str, operator: str, column: str):
    [found] = read(text)
    assert (found.kind, found.operator, found.column) == (kind, operator, column)
    assert found.is_constant


@pytest.mark.parametrize(
    "text", ["(book.a = book.b)", "(upper(book.a) = upper(author.b))", "(book.a = (SubPlan 1))"]
)
def test_what_is_compared_with_another_column_is_no_constant(text: str):
    [found] = read(text)
    assert not found.is_constant


@pytest.mark.parametrize(
    "text", ["(book.a = $1)", "(book.a = (InitPlan 1).col1)", "(book.a < (now() - …::interval))"]
)
def test_what_is_reckoned_once_is_a_constant(text: str):
    [found] = read(text)
    assert found.is_constant


def test_conditions_under_and_stand_alone_and_those_under_or_are_arms():
    found = read("((book.kind = …) AND ((book.a = …) OR ((book.b = …) AND (book.c = …))))")
    assert [each.column for each in found] == ["kind", ""]
    assert [[one.column for one in arm] for arm in found[1].arms] == [["a"], ["b", "c"]]


def test_a_text_that_is_cast_to_text_is_plain_and_a_number_is_not():
    [text], [number] = read("((book.status)::text = …::text)"), read("((book.id)::numeric = …)")
    assert text.is_plain
    assert not number.is_plain


@pytest.mark.parametrize("text", ["", "(kind = 5)", "(SubPlan 1)", "(author.kind = …)", "(((", "x" * 30_000])
def test_what_names_no_column_of_the_scan_is_not_read(text: str):
    assert all(not each.columns for each in read(text))


def test_other_tables_with_a_longer_name_are_others():
    assert own_columns("(notebook.id = book.kind) AND (a.book.x = …)", "book") == ("kind",)


def test_the_alias_decides_and_not_the_table():
    assert read("(t3.kind = …)", "t3")[0].column == "kind"
    assert read('("T3".kind = …)', "T3")[0].column == "kind"
    assert read("(shop_book.kind = …)", "t3")[0].column == ""
