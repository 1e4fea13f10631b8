"""Patterns leave the plan; what they are like stays."""

from __future__ import annotations

import json

import pytest

from queryscope.model import LikePattern
from queryscope.plans.parse import parse_plan
from queryscope.plans.patterns import find_patterns


def pattern(operand: str, *, anchored: bool = False, word: bool = True) -> LikePattern:
    return LikePattern(operand=operand, is_anchored=anchored, has_word=word)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(body ~~ '%needle%'::text)", pattern("body")),
        ("((book.name)::text ~~ '%abc'::text)", pattern("(book.name)::text")),
        ("((x = 1) AND (upper(book.title) ~~ '%ABC%'::text))", pattern("upper(book.title)")),
        ("(body ~~* '_abc'::text)", pattern("body")),
        ("(body ~~ 'abc%'::text)", pattern("body", anchored=True)),
        ("(body ~~ '%zz%'::text)", pattern("body", word=False)),
        ("(body ~~ '%a%b%c%'::text)", pattern("body", word=False)),
        ("(body ~~ '%ab c%'::text)", pattern("body")),
        ("(body ~~ '%a b%'::text)", pattern("body", word=False)),
        ("(body ~~ '%-b-%'::text)", pattern("body")),
        ("(body ~~ '%ab_cd%'::text)", pattern("body", word=False)),
        ("(body ~~ '%'::text)", pattern("body", word=False)),
        ("(body ~~ ''::text)", pattern("body", anchored=True, word=False)),
        (r"(body ~~ E'%a\\_bcd%'::text)", pattern("body")),
        (r"(body ~~ E'\\%abc'::text)", pattern("body", anchored=True)),
        (r"(body ~~ E'%ab\\%cd%'::text)", pattern("body")),
        ("(body ~~ '%it''s%'::text)", pattern("body")),
        ("((data ->> 'secret'::text) ~~ '%abc%'::text)", pattern("(data ->> …::text)")),
    ],
)
def test_a_pattern_is_told_by_its_beginning_and_its_words(text: str, expected: LikePattern):
    assert find_patterns(text) == (expected,)


@pytest.mark.parametrize(
    "text",
    [
        "(body !~~ '%needle%'::text)",
        "(body ~ 'needle'::text)",
        "(body ~~ $1)",
        "(body ~~ other)",
        "(body ~~ ANY ('{%a%,%b%}'::text[]))",
        "(body ~~ 'unfinished",
        "(id = 5)",
        "",
    ],
)
def test_what_is_no_pattern_or_none_that_is_known_is_left_out(text: str):
    assert find_patterns(text) == ()


def test_every_arm_of_an_or_has_its_own():
    text = "((upper(a.name) ~~ '%ABC%'::text) OR (upper(a.city) ~~ 'A%'::text))"
    assert [(each.operand, each.is_anchored) for each in find_patterns(text)] == [
        ("upper(a.name)", False),
        ("upper(a.city)", True),
    ]


def test_a_hostile_condition_takes_no_time():
    many = "(" + " AND ".join(["(body ~~ '%abc%')"] * 5_000) + ")"
    assert len(find_patterns(many)) == 20
    [deep] = find_patterns("(" * 100_000 + "body ~~ '%abc%'")
    assert deep.operand == "body"
    [long] = find_patterns("x" * 100_000 + " ~~ '%abc%'")
    assert long.operand == ""


def test_a_plan_keeps_what_its_patterns_are_like_and_not_what_they_say():
    node = {"Node Type": "Seq Scan", "Filter": "(body ~~ '%needle%'::text)"}
    plan = parse_plan(json.dumps([{"Plan": node}]), fingerprint="f0", server_version=None)
    assert plan.root.patterns == (pattern("body"),)
    assert "needle" not in repr(plan)
