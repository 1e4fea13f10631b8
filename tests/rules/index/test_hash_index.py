"""Tests of rules/index/hash_index.py."""

from __future__ import annotations

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


def test_a_text_that_many_rows_have_gets_none():
    assert advise(HashIndex(max_share=0.000001), scan(EQUAL, kept=1)) == []


@pytest.mark.parametrize("method", ["btree", "hash"])
def test_an_index_that_serves_equality_covers(method):
    same = Index(name="same", method=method, keys=("digest",), opclasses=("text_ops",))
    assert advise(HashIndex(), scan(EQUAL, kept=1), schema=make_schema(same)) == []


def test_what_speaks_against_any_index_is_told_by_the_btrees_rule():
    assert advise(HashIndex(), scan(EQUAL, kept=100_000, removed=100_000)) == []
