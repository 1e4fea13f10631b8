"""Tests of rules/index/candidate/types.py."""

from __future__ import annotations

import math

import pytest

from queryscope.rules.index.candidate.reading import MOST_INCLUDED_BYTES
from queryscope.rules.index.candidate.types import longest_bytes


@pytest.mark.parametrize(
    "type_name",
    ["text", "character varying", "citext", "jsonb", "bytea", "integer[]", "character varying(20)[]",
     "vector(3)"],
)  # fmt: skip
def test_a_value_without_a_limit_may_make_a_row_that_no_index_takes(type_name):
    assert longest_bytes(type_name) == math.inf


@pytest.mark.parametrize(
    ("type_name", "bytes_"),
    [("character varying(200)", 800), ("character(2)", 8), ("character", 4), ("integer", 64),
     ("numeric(12,2)", 64), ("timestamp(3) with time zone", 64), ("uuid", 64), ("shop_state", 64)],
)  # fmt: skip
def test_other_values_have_a_longest_one(type_name, bytes_):
    assert longest_bytes(type_name) == bytes_
    assert bytes_ < MOST_INCLUDED_BYTES
