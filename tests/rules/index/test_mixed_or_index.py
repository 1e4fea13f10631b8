"""Tests of rules/index/mixed_or_index.py."""

from __future__ import annotations

import pytest

from queryscope.model import Index
from queryscope.rules.index.mixed_or_index import MixedOrIndex
from tests.rules.index.records import advise, make_schema, scan, written

PATTERN = "(upper((name)::text) ~~ '%abcd%'::text)"
BTREE = {"opclasses": ("int4_ops",), "method": "btree"}


@pytest.mark.parametrize(
    ("arms", "keys"),
    [
        (f"({PATTERN} OR (room = …))", [['Upper("name") gin_trgm_ops'], ["room"]]),
        ("((tags @> …::text[]) OR (room = …))", [["tags"], ["room"]]),
        ("((during && …::daterange) OR (tags @> …::text[]))", [["during"], ["tags"]]),
        (
            f"({PATTERN} OR (title ~~ 'abc%'::text))",
            [['Upper("name") gin_trgm_ops'], ["title text_pattern_ops"]],
        ),
        ("((title ~~ 'abc%'::text) OR (room = …))", [["title text_pattern_ops"], ["room"]]),
        ("((exact ~~ 'abc%'::text) OR (room = …))", [["exact"], ["room"]]),
        ("((exact ~~ 'a%'::text) OR (title ~~ 'a%'::text))", [["exact"], ["title text_pattern_ops"]]),
        ("((during && …::daterange) OR (shape && …::box))", [["during"], ["shape"]]),
        (
            f"({PATTERN} OR (title ~~ '%abc%'::text) OR (room = …))",
            [['Upper("name") gin_trgm_ops', "title gin_trgm_ops"], ["room"]],
        ),
        ("((data @> …::jsonb) OR (upper(title) = …))", [["data jsonb_path_ops"], ['Upper("title")']]),
    ],
)
def test_each_arm_gets_an_index_of_its_kind(arms, keys):
    answers = advise(MixedOrIndex(), scan(arms))
    assert written(answers) == keys
    names = {one.name for one in answers}
    assert all({one.name, *one.together} == names for one in answers)


@pytest.mark.parametrize(
    "arms",
    [
        "((room = …) OR (low = …))",
        "((tags @> …::text[]) OR (data @> …::jsonb))",
        f"({PATTERN} OR (title ~~ '%abc%'::text))",
        f"({PATTERN} OR (now() > …))",
        f"({PATTERN} OR (room <> …))",
        "((title ~~ '%ab%'::text) OR (room = …))",
        f"({PATTERN} AND (room = …))",
    ],
)
def test_arms_of_one_kind_and_arms_without_an_index_get_none(arms):
    assert advise(MixedOrIndex(), scan(arms)) == []


def test_an_arm_that_an_index_serves_needs_none():
    schema = make_schema(Index(name="room", keys=("room",), **BTREE))
    (advice,) = advise(MixedOrIndex(), scan(f"({PATTERN} OR (room = …))"), schema=schema)
    assert written([advice]) == [['Upper("name") gin_trgm_ops']]
    assert advice.together == ()


def test_at_the_threshold_of_its_option():
    arms = f"({PATTERN} OR (room = …) OR (low = …))"
    assert len(advise(MixedOrIndex(max_arms=3), scan(arms))) == 3
    assert advise(MixedOrIndex(max_arms=2), scan(arms)) == []


def test_many_rows_that_are_kept_get_none():
    assert advise(MixedOrIndex(), scan(f"({PATTERN} OR (room = …))", kept=150_000, removed=50_000)) == []
