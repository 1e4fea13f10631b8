"""Tests of rules/index/prefix_index.py."""

from __future__ import annotations

import pytest

from queryscope.model import Index
from queryscope.rules.index.prefix_index import PrefixIndex
from tests.rules.index.records import advise, make_schema, scan, written

LIKE = "WHERE {} LIKE %s"


@pytest.mark.parametrize(
    ("column", "key"),
    [
        ('"name"::text', "name varchar_pattern_ops"),
        ('"title"::text', "title text_pattern_ops"),
        ('UPPER("title"::text)', 'Upper("title") text_pattern_ops'),
        ('"exact"::text', "exact"),
    ],
)
def test_the_operator_class_follows_type_and_collation(column, key):
    condition = f"({column} ~~ …::text)".replace('"', "").lower()
    answers = advise(PrefixIndex(), scan(condition), LIKE.format(column), ("secret%",))
    assert written(answers) == [[key]]
    assert "secret" not in repr(answers)


def test_in_a_database_that_sorts_by_bytes_a_plain_index_will_do():
    answers = advise(
        PrefixIndex(),
        scan("((name)::text ~~ …::text)"),
        LIKE.format("name"),
        ("a%",),
        schema=make_schema(collation="C"),
    )
    assert written(answers) == [["name"]]
    upper = advise(
        PrefixIndex(),
        scan("(upper((name)::text) ~~ …::text)"),
        LIKE.format("UPPER(name::text)"),
        ("a%",),
        schema=make_schema(collation="icu"),
    )
    assert written(upper) == [['Upper("name") text_pattern_ops']]


@pytest.mark.parametrize("pattern", ["%abc%", "%abc", "abc", "_bc%", "%"])
def test_another_pattern_gets_none(pattern):
    assert advise(PrefixIndex(), scan("((name)::text ~~ …::text)"), LIKE.format("name"), (pattern,)) == []


def test_without_the_pattern_the_lookup_tells():
    condition = "((name)::text ~~ …::text)"
    assert written(advise(PrefixIndex(), scan(condition), lookups=("name__startswith",))) == [
        ["name varchar_pattern_ops"]
    ]
    assert advise(PrefixIndex(), scan(condition), lookups=("name__contains",)) == []
    assert advise(PrefixIndex(), scan(condition)) == []


def test_a_regular_expression_that_is_anchored_is_a_prefix():
    condition = "((name)::text ~ …::text)"
    assert written(advise(PrefixIndex(), scan(condition), "WHERE name ~ %s", ("^abc",))) == [
        ["name varchar_pattern_ops"]
    ]
    assert advise(PrefixIndex(), scan(condition), "WHERE name ~ %s", ("^abc|x",)) == []


def test_a_bound_of_another_column_stands_behind_the_prefix():
    answers = advise(
        PrefixIndex(),
        scan("((low > …) AND ((name)::text ~~ …::text))"),
        LIKE.format("low > %s AND name"),
        (1, "a%"),
    )
    assert written(answers) == [["name varchar_pattern_ops"], ["name varchar_pattern_ops", "low"]]


def test_a_boolean_stands_before_the_prefix():
    answers = advise(
        PrefixIndex(),
        scan("(closed AND ((name)::text ~~ …::text))"),
        LIKE.format("closed AND name"),
        ("a%",),
    )
    assert written(answers) == [["name varchar_pattern_ops"], ["closed", "name varchar_pattern_ops"]]


def test_a_column_with_a_list_of_values_stands_before_the_prefix_too():
    answers = advise(
        PrefixIndex(),
        scan("((room = ANY (…)) AND ((name)::text ~~ …::text))"),
        LIKE.format("room = ANY (%s) AND name"),
        ([1, 2], "a%"),
    )
    assert written(answers) == [["name varchar_pattern_ops"], ["room", "name varchar_pattern_ops"]]


def test_an_equal_column_stands_before_the_prefix():
    answers = advise(
        PrefixIndex(),
        scan("((room = …) AND ((name)::text ~~ …::text))"),
        LIKE.format("room = %s AND name"),
        (1, "a%"),
    )
    assert written(answers) == [["name varchar_pattern_ops"], ["room", "name varchar_pattern_ops"]]


def test_a_nondeterministic_collation_has_no_prefix():
    (refusal,) = advise(PrefixIndex(), scan("((folded)::text ~~ …::text)"), LIKE.format("folded"), ("a%",))
    assert refusal.kind == "collation"


def test_the_index_that_django_makes_for_db_index_covers():
    like = Index(name="name_like", method="btree", keys=("name",), opclasses=("varchar_pattern_ops",))
    plain = Index(name="name_plain", method="btree", keys=("name",), opclasses=("text_ops",))
    for index, told in ((like, "Refusal"), (plain, "IndexAdvice")):
        (answer,) = advise(
            PrefixIndex(),
            scan("((name)::text ~~ …::text)"),
            LIKE.format("name"),
            ("a%",),
            schema=make_schema(index),
        )
        assert type(answer).__name__ == told


def test_an_index_that_sorts_by_the_collation_is_named():
    plain = Index(name="name_plain", method="btree", keys=("name",), opclasses=("text_ops",))
    (advice,) = advise(
        PrefixIndex(),
        scan("((name)::text ~~ …::text)"),
        LIKE.format("name"),
        ("a%",),
        schema=make_schema(plain),
    )
    assert "name_plain sorts these texts by their collation" in advice.reason


def test_a_prefix_of_most_rows_is_refused():
    (refusal,) = advise(
        PrefixIndex(),
        scan("((name)::text ~~ …::text)", kept=100_000, removed=100_000),
        LIKE.format("name"),
        ("a%",),
    )
    assert refusal.kind == "low-selectivity"


@pytest.mark.parametrize(
    ("second", "told"),
    [("UPPER(title)", [['Upper("title") text_pattern_ops']]), ("UPPER(name::text)", [])],
)
def test_one_index_finds_each_of_several_beginnings_of_one_text(second, told):
    plain = second.replace("name::text", "(name)::text").lower()
    condition = f"((upper(title) ~~ …::text) OR ({plain} ~~ …::text))"
    where = f"WHERE (UPPER(title) LIKE %s OR {second} LIKE %s)"
    assert written(advise(PrefixIndex(), scan(condition), where, ("A%", "B%"))) == told


def test_an_or_with_another_pattern_is_found_by_no_beginning():
    condition = "((title ~~ …::text) OR (title ~~ …::text))"
    where = "WHERE (title LIKE %s OR title LIKE %s)"
    assert advise(PrefixIndex(), scan(condition), where, ("A%", "%B%")) == []
