"""Tests of rules/index/hash_index.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import Index
from queryscope.rules.index.hash_index import HashIndex
from tests.rules.index.records import advise, make_schema, scan, written

EQUAL = "(digest = …::text)"


def test_a_long_text_that_is_equal_gets_a_hash():
    (advice,) = advise(HashIndex(), scan(EQUAL, kept=1))
    assert (advice.method, written([advice])) == ("hash", [["digest"]])
    assert "200,000 texts of 132 bytes" in advice.reason


@pytest.mark.parametrize(
    "condition",
    [
        "(title = …::text)",
        "(digest > …::text)",
        "(digest = ANY (…::text[]))",
        "(upper(digest) = …)",
        "(room = …)",
    ],
)
def test_short_texts_and_other_conditions_get_none(condition):
    assert advise(HashIndex(), scan(condition, kept=1)) == []


def test_at_the_threshold_of_its_width():
    assert len(advise(HashIndex(min_width=132), scan(EQUAL, kept=1))) == 1
    assert advise(HashIndex(min_width=133), scan(EQUAL, kept=1)) == []


@pytest.mark.parametrize(
    ("type_name", "longest", "number"),
    [("text", 677, 1), ("text", 676, 0), ("text", None, 0), ("character varying(600)", 677, 0)],
)
def test_a_short_text_gets_one_where_longer_ones_may_not_fit_into_a_btree(type_name, longest, number):
    schema = make_schema()
    table = schema.tables[0]
    digest = replace(table.column("digest"), type=type_name, avg_width=12, longest=longest)
    columns = tuple(digest if one.name == "digest" else one for one in table.columns)
    schema = replace(schema, tables=(replace(table, columns=columns), *schema.tables[1:]))
    advices = advise(HashIndex(), scan(EQUAL, kept=1), schema=schema)
    assert len(advices) == number
    assert all("One of 677 bytes is among them: a btree takes 2,704." in one.reason for one in advices)


def test_a_text_that_many_rows_have_gets_none():
    assert advise(HashIndex(max_share=0.000001), scan(EQUAL, kept=1)) == []


@pytest.mark.parametrize("method", ["btree", "hash"])
def test_an_index_that_serves_equality_covers(method):
    same = Index(name="same", method=method, keys=("digest",), opclasses=("text_ops",))
    assert advise(HashIndex(), scan(EQUAL, kept=1), schema=make_schema(same)) == []


def test_what_speaks_against_any_index_is_told_by_the_btrees_rule():
    assert advise(HashIndex(), scan(EQUAL, kept=100_000, removed=100_000)) == []
