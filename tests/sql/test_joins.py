"""Joins of a statement, and where else their tables are named."""

from __future__ import annotations

from queryscope.sql.joins import Join, distinct_select, is_given, joins_of

BASE = (
    'SELECT DISTINCT "shop_book"."id" FROM "shop_book" '
    'INNER JOIN "shop_review" ON ("shop_book"."id" = "shop_review"."book_id") '
    'LEFT OUTER JOIN "shop_review" T3 ON ("shop_book"."id" = T3."book_id" AND (T3."kind" = %s)) '
    'WHERE ("shop_review"."stars" = %s AND T3."stars" = %s)'
)


def test_joins_are_told_with_their_aliases_and_columns():
    assert joins_of(BASE) == (
        Join(
            table="shop_review", alias="shop_review", left="shop_book", left_column="id",
            right_column="book_id",
        ),
        Join(table="shop_review", alias="T3", left="shop_book", left_column="id", right_column="book_id"),
    )  # fmt: skip


def test_a_condition_gives_nothing():
    assert not is_given("shop_review", BASE)
    assert not is_given("T3", BASE)
    assert is_given("shop_book", BASE)


def test_what_is_selected_or_ordered_by_is_given():
    assert is_given("shop_review", BASE.replace('"id" FROM', '"id", "shop_review"."id" FROM'))
    assert is_given("T3", BASE + ' ORDER BY T3."stars" ASC')
    assert not is_given("T3", BASE + ' ORDER BY "shop_book"."id" ASC')
    assert not is_given("review", BASE + ' ORDER BY "shop_review"."id" ASC')


def test_distinct_is_found_also_under_a_count():
    assert distinct_select(BASE) == BASE
    assert distinct_select(f'SELECT COUNT(*) FROM ({BASE}) "subquery"').startswith("SELECT DISTINCT")
    assert distinct_select(BASE.replace("DISTINCT", "DISTINCT ON (%s)")) == ""
    assert distinct_select(BASE.replace("DISTINCT ", "")) == ""
