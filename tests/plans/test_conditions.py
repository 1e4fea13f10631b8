"""Tests of plans/conditions.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryscope.plans.conditions import longest_word, read_conditions, read_sort_key, split_and


def only(text):
    (condition,) = read_conditions(text)
    return condition


@pytest.mark.parametrize(
    ("text", "table", "column", "operator"),
    [
        ("(shop_order.status = …)", "shop_order", "status", "="),
        ("((shop_order.status)::text = 'x'::text)", "shop_order", "status", "="),
        ('(o."Total" > …::numeric)', "o", "Total", ">"),
        ("(… < total)", "", "total", ">"),
        ("(… = total)", "", "total", "="),
        ("(created >= …::timestamp with time zone)", "", "created", ">="),
        ("(status = ANY (…::text[]))", "", "status", "in"),
        ("(status <> ALL (…::text[]))", "", "status", "<>"),
        ("(status IN (…, …))", "", "status", "in"),
        ("(status <> …)", "", "status", "<>"),
        ("(sent IS NULL)", "", "sent", "is null"),
        ("(sent IS NOT NULL)", "", "sent", "is not null"),
        ("is_active", "", "is_active", "true"),
        ("(NOT o.is_active)", "o", "is_active", "false"),
        ("(NOT (sent IS NULL))", "", "", "other"),
        ("((name)::text ~~ …::text)", "", "name", "like"),
        ("((name)::text ~~* …::text)", "", "name", "ilike"),
        ("((name)::text !~~ …::text)", "", "", "other"),
        ("(hashed SubPlan 1)", "", "", "other"),
        ("(ANY (id = (hashed SubPlan 1).col1))", "", "", "other"),
        ("((id % …::bigint) = …)", "", "", "="),
    ],
)
def test_operators_and_columns_are_read(text, table, column, operator):
    condition = only(text)
    assert (condition.column, condition.operator) == (column, operator)
    assert not column or condition.table == table


def test_functions_and_casts_are_told():
    condition = only("(upper((name)::text) ~~ …::text)")
    assert (condition.column, condition.function, condition.cast) == ("name", "upper", "text")
    assert only("((created)::date = …::date)").cast == "date"
    assert only("(lower(name) = …)").function == "lower"
    assert only("(date_trunc('day', created) = …)").column == ""


def test_a_join_names_both_sides():
    condition = only("(o.customer_id = c.id)")
    assert (condition.table, condition.column) == ("o", "customer_id")
    assert (condition.is_join, condition.other_table, condition.other_column) == (True, "c", "id")
    assert not only("(customer_id = …)").is_join
    assert only("(total > (o.price * 2))").is_join


def test_and_is_split_and_or_is_kept_whole():
    found = read_conditions("((a = …) AND ((b = …) OR (c = …)) AND (d IS NULL))")
    assert [one.operator for one in found] == ["=", "or", "is null"]
    assert [arm.column for arm in found[1].arms] == ["b", "c"]


def test_words_inside_quotes_and_brackets_split_nothing():
    assert list(split_and("(a = 'x AND y') AND (b = \"c AND d\")")) == ["a = 'x AND y'", 'b = "c AND d"']
    assert list(split_and("((a = 1) OR (b = 2 AND c = 3))")) == ["(a = 1) OR (b = 2 AND c = 3)"]


def test_one_unreadable_part_spoils_no_other():
    found = read_conditions("((a = …) AND (NOT (hashed SubPlan 2)) AND (b = …))")
    assert [one.column for one in found] == ["a", "", "b"]


def test_no_value_is_kept():
    assert "secret" not in repr(read_conditions("((a = 'secret') AND (upper(b) ~~ '%secret%'))"))


@pytest.mark.parametrize(
    ("pattern", "length"),
    [("%abc%", 3), ("%a b c%", 1), ("%ab_cd%", 2), ("%", 0), ("", 0), ("%größe%", 5), ("%10 %", 2)],
)
def test_the_longest_word_decides_about_trigrams(pattern, length):
    assert longest_word(pattern) == length
    if pattern:
        assert only(f"(upper(a) ~~ '{pattern}'::text)").pattern_length == length


def test_a_redacted_pattern_has_no_length():
    assert only("(upper(a) ~~ …::text)").pattern_length is None


def test_texts_that_are_empty_or_huge_are_not_read():
    assert read_conditions("") == ()
    assert read_conditions("(a = ANY ('{" + "1," * 20_000 + "}'))") == ()


@pytest.mark.parametrize(
    "text",
    ["(((", ")))", "'", '"', "a = 'x", "\x00", "SELECT 1; DROP TABLE x", "(" * 5000, "(" * 5000 + ")" * 5000],
)
def test_hostile_text_is_other(text):
    assert {one.operator for one in read_conditions(text)} <= {"other", "true"}


def test_deep_nesting_is_other():
    assert {one.operator for one in read_conditions("(a = 1 AND " * 1500 + "b" + ")" * 1500)} <= {
        "other",
        "=",
    }


@given(st.text(alphabet="ab'\"()=…AND OR~<>:%", max_size=60))
def test_reading_never_raises(text):
    read_conditions(text)
    read_sort_key(text)


@pytest.mark.parametrize(
    ("text", "table", "column", "is_descending", "nulls"),
    [
        ("shop_order.created", "shop_order", "created", False, ""),
        ("created DESC", "", "created", True, ""),
        ("created DESC NULLS LAST", "", "created", True, "last"),
        ("created NULLS FIRST", "", "created", False, "first"),
        ('o."Total" DESC', "o", "Total", True, ""),
        ("(upper((name)::text))", "", "", False, ""),
    ],
)
def test_sort_keys_are_read(text, table, column, is_descending, nulls):
    key = read_sort_key(text)
    assert (key.table, key.column, key.is_descending, key.nulls) == (table, column, is_descending, nulls)
    assert not key.is_random


def test_a_random_order_is_recognised():
    assert read_sort_key("(random())").is_random


@pytest.mark.parametrize("text", ["t.x USING >", "", "x" * 30_000, "((("])
def test_sort_keys_that_cannot_be_read_are_expressions(text):
    assert read_sort_key(text).column == ""


def test_a_sort_key_has_the_collation_that_is_printed():
    key = read_sort_key('clinic_patient.surname COLLATE "C.utf8" DESC')
    assert (key.table, key.column, key.collation) == ("clinic_patient", "surname", "C.utf8")
    assert key.is_descending
    assert read_sort_key('(lower(surname)) COLLATE "C.utf8"').column == ""
