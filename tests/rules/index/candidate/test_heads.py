"""Tests of rules/index/candidate/heads.py."""

from __future__ import annotations

import pytest

from queryscope.model import Index, IndexKey
from queryscope.rules.index.candidate.heads import equal_heads, existing_index, is_scalar
from queryscope.rules.index.candidate.scan import read_scans
from queryscope.sql.statement import Statement
from tests.rules.index.orders import make_slow_plan
from tests.rules.index.records import MODELS, make_schema, scan


def scan_of(condition: str, *indexes: Index):
    (found,) = read_scans(
        make_slow_plan(scan(condition)),
        statement=Statement(kind="select"),
        schema=make_schema(*indexes),
        models=MODELS,
    )
    return found


def test_columns_that_are_equal_come_most_selective_first():
    found = equal_heads(scan_of("((room = …) AND (low = …) AND (tags = …) AND (nick = …) AND (high > …))"))
    assert [key.column for key in found] == ["low", "room"]


def test_there_are_two_at_most_and_joins_are_none():
    assert len(equal_heads(scan_of("((room = …) AND (low = …) AND (high = …))"))) == 2
    assert equal_heads(scan_of("(room = o.room)")) == ()


@pytest.mark.parametrize(
    "kind", ["integer", "text", "character varying", "uuid", "timestamp with time zone", "numeric"]
)
def test_single_values_are_scalars(kind):
    assert is_scalar(kind)


@pytest.mark.parametrize("kind", ["jsonb", "text[]", "citext", "tsvector", "daterange", "point", "vector"])
def test_others_are_not(kind):
    assert not is_scalar(kind)


UPPER = IndexKey(expression='UPPER("name")', django='Upper("name")')
KEY = IndexKey(expression="(\"data\" -> 'status')", django="")


@pytest.mark.parametrize(
    ("index", "key", "is_there"),
    [
        (
            Index(name="i", method="btree", keys=("upper((name)::text)",), opclasses=("text_ops",)),
            UPPER,
            True,
        ),
        (
            Index(name="i", method="btree", keys=("upper(name::text)", "room"), opclasses=("", "")),
            UPPER,
            True,
        ),
        (
            Index(name="i", method="btree", keys=("room", "upper(name::text)"), opclasses=("", "")),
            UPPER,
            False,
        ),
        (Index(name="i", method="gin", keys=("upper((name)::text)",), opclasses=("text_ops",)), UPPER, False),
        (
            Index(name="i", method="btree", keys=("lower((name)::text)",), opclasses=("text_ops",)),
            UPPER,
            False,
        ),
        (
            Index(name="i", method="btree", keys=("upper((name)::text)",), opclasses=("",), predicate="x"),
            UPPER,
            False,
        ),
        (
            Index(name="i", method="btree", keys=("upper((name)::text)",), opclasses=("",), is_valid=False),
            UPPER,
            False,
        ),
        (Index(name="i", method="btree", keys=("(data -> …::text)",), opclasses=("jsonb_ops",)), KEY, False),
    ],
)
def test_an_index_is_the_same_as_far_as_its_text_tells(index, key, is_there):
    found = existing_index(scan_of("(room = …)", index), method="btree", keys=(key,))
    assert (found is not None) is is_there
