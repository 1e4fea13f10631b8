"""Tests of rules/index/candidate/heads.py."""

from __future__ import annotations

import pytest

from queryscope.model import Index, IndexKey
from queryscope.plans.redact import digests, redact
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


TEXT = IndexKey(expression='("low")::text', django='Cast("low", models.TextField())')
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
        (Index(name="i", method="btree", keys=("low",), opclasses=("int4_ops",)), TEXT, False),
        (Index(name="i", method="btree", keys=("((low)::text)",), opclasses=("text_ops",)), TEXT, True),
        (Index(name="i", method="btree", keys=("(data -> …::text)",), opclasses=("jsonb_ops",)), KEY, False),
    ],
)
def test_an_index_is_the_same_as_far_as_its_text_tells(index, key, is_there):
    found = existing_index(scan_of("(room = …)", index), method="btree", keys=(key,))
    assert (found is not None) is is_there


def index_on(printed, told, **more):
    """One whose values were taken out of its text as the catalog is read."""
    values = {"opclasses": ("",), "constants": (digests(told),)}
    return Index(name="i", method="btree", keys=(redact(printed),), **(values | more))


@pytest.mark.parametrize(
    ("printed", "is_there"),
    [
        ("(data -> 'status'::text)", True),
        ("(data -> 'state'::text)", False),
        ("(data -> 'Status'::text)", False),
        ("(data ->> 'status'::text)", False),
        ("((data -> 'status'::text) -> 'status'::text)", False),
        ("(data -> 0)", False),
    ],
)
def test_keys_of_json_are_told_apart_without_being_known(printed, is_there):
    index = index_on(printed, printed)
    assert "tat" not in repr(index)
    found = existing_index(scan_of("(room = …)", index), method="btree", keys=(KEY,))
    assert (found is index) is is_there


def test_several_constants_count_in_their_order():
    key = IndexKey(expression="COALESCE(\"data\" ->> 'a', 'b')", django="")
    printed = ["COALESCE(data ->> 'a'::text, 'b'::text)", "COALESCE(data ->> 'b'::text, 'a'::text)"]
    found = [
        existing_index(scan_of("(room = …)", index_on(one, one)), method="btree", keys=(key,))
        for one in printed
    ]
    assert [one is not None for one in found] == [True, False]


LIVE = '"nick" = \'live\' AND "low" IS NULL'


@pytest.mark.parametrize(
    ("printed", "is_there"),
    [
        ("low IS NULL AND nick::text = 'live'::text", True),
        ("nick::text = 'live'::text AND low IS NULL", True),
        ("nick::text = 'dead'::text AND low IS NULL", False),
        ("nick::text = 'live'::text", False),
        ("nick::text = 'live'::text AND low IS NULL AND room = 1", False),
        ("", False),
    ],
)
def test_predicates_are_told_apart_too(printed, is_there):
    index = Index(
        name="i",
        method="btree",
        keys=("room",),
        opclasses=("int4_ops",),
        predicate=redact(printed),
        predicate_constants=digests(printed),
    )
    room = (IndexKey(column="room", django="room"),)
    asked = scan_of("(high = …)", index)
    assert (existing_index(asked, method="btree", keys=room, predicate=LIVE) is index) is is_there
    assert existing_index(asked, method="btree", keys=room) is (None if printed else index)
