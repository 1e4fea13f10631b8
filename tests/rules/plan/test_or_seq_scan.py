"""or-seq-scan."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.model import LikePattern, Models, PlanNode, Schema
from queryscope.rules.plan import PLAN_RULES, OrSeqScan, judge
from tests.plans.corpus import case
from tests.plans.nodes import analyzed, insights_of, plan_of
from tests.plans.shop import index, table

EITHER = "((book.author_id = …) OR (book.title = …::text))"


def scan(text: str = EITHER, *, removed: float = 99_900, ms: float = 50, **more: object) -> PlanNode:
    values = {"relation_name": "book", "alias": "book", "filter": text}
    return analyzed("Seq Scan", rows=100, rows_removed_by_filter=removed, ms=ms, **(values | more))


def schema(*keys: str) -> Schema:
    indexes = (index(f"i{number}", key) for number, key in enumerate(keys))
    return Schema(tables=(table("book", 1e5, 2_128, *indexes),))


def test_it_names_the_columns_and_those_that_want_an_index():
    [insight] = insights_of(OrSeqScan(), scan(), schema("author_id"))
    assert insight.message == (
        "Seq Scan on book read 100 000 rows to keep 100, for an OR of author_id and title: 50.0 ms, "
        "100 % of the query."
    )
    assert insight.remedy == (
        "Index title of book: of an OR every arm needs an index, each its own; or ask for every arm alone "
        "and join them with union()."
    )


def test_without_the_catalog_all_are_named():
    [insight] = insights_of(OrSeqScan(), scan())
    assert insight.remedy.startswith("Index author_id and title of book: ")


def test_of_an_arm_with_several_conditions_one_is_enough():
    text = "((book.author_id = …) OR ((book.kind = …) AND (book.price > …)))"
    [insight] = insights_of(OrSeqScan(), scan(text))
    assert "an OR of author_id and kind" in insight.message


def test_an_arm_that_is_a_search_wants_trigrams():
    text = "((book.author_id = …) OR (book.body ~~ …::text))"
    pattern = LikePattern(operand="book.body", has_word=True)
    [insight] = insights_of(OrSeqScan(), scan(text, patterns=(pattern,)), schema("author_id", "body"))
    assert insight.remedy.startswith("Index body by trigrams of book")
    short = LikePattern(operand="book.body")
    assert not insights_of(OrSeqScan(), scan(text, patterns=(short,)))


@pytest.mark.parametrize(("operator", "pattern"), [("~~", "%abc%"), ("~~*", "abc%"), ("~~*", "%abc")])
def test_a_search_that_has_its_trigrams_wants_none(operator: str, pattern: str):
    found = LikePattern(operand="book.body", is_anchored=pattern.startswith("a"), has_word=True)
    node = scan(f"((book.author_id = …) OR (book.body {operator} …::text))", patterns=(found,))
    trigrams = index("t", "body", method="gin", opclasses=("gin_trgm_ops",))
    both = Schema(tables=(table("book", 1e5, 2_128, index("a", "author_id"), trigrams),))
    assert not insights_of(OrSeqScan(), node, both)
    [insight] = insights_of(OrSeqScan(), node, schema("author_id", "body"))
    assert insight.remedy.startswith("Index body by trigrams of book")


PREFIX = "((book.author_id = …) OR ((book.title)::text ~~ …::text))"
ANCHORED = LikePattern(operand="(book.title)::text", is_anchored=True)


def test_a_prefix_wants_an_index_in_the_order_of_bytes():
    for known in (schema("author_id"), schema("author_id", "title")):
        [insight] = insights_of(OrSeqScan(), scan(PREFIX, patterns=(ANCHORED,)), known)
        assert insight.remedy.startswith('Index OpClass("title", name="text_pattern_ops") of book: ')
    short = scan(PREFIX.replace("~~", "~~*"), patterns=(ANCHORED,))
    assert not insights_of(OrSeqScan(), short, schema("author_id"))


@pytest.mark.parametrize(
    ("more", "collation", "is_served"),
    [
        ({"opclasses": ("varchar_pattern_ops",)}, "en_US.utf8", True),
        ({"opclasses": ("text_ops",)}, "en_US.utf8", False),
        ({"collations": ("C",)}, "en_US.utf8", True),
        ({"collations": ("de-x-icu",)}, "C", False),
        ({}, "C", True),
        ({"is_valid": False}, "C", False),
    ],
)
def test_a_prefix_is_served_by_bytes_alone(more: dict[str, Any], collation: str, is_served: bool):
    indexes = (index("a", "author_id"), index("t", "title", **more))
    known = Schema(tables=(table("book", 1e5, 2_128, *indexes),), collation=collation)
    assert (not insights_of(OrSeqScan(), scan(PREFIX, patterns=(ANCHORED,)), known)) == is_served


def test_conditions_beside_the_or_that_no_index_serves_are_no_reason_to_be_silent():
    assert insights_of(OrSeqScan(), scan(f"((book.deleted IS NULL) AND {EITHER})"))
    assert insights_of(OrSeqScan(), scan(f"((book.kind = …) AND {EITHER})"), schema("kind"))
    assert not insights_of(OrSeqScan(), scan(f"((book.kind = …) AND {EITHER})"), schema("author_id"))
    assert not insights_of(OrSeqScan(), scan(f"((book.created > …) AND {EITHER})"))


@pytest.mark.parametrize("server", ["pg15", "pg18"])
def test_it_fires_on_real_plans(server: str):
    [insight] = insights_of(OrSeqScan(), case(f"{server}/or_seq_scan").plan)
    assert insight.severity == "error"


def test_at_the_threshold():
    assert insights_of(OrSeqScan(), scan(removed=10_000))
    assert not insights_of(OrSeqScan(), scan(removed=9_999))
    assert insights_of(OrSeqScan(min_removed=10), scan(removed=1_000))


@pytest.mark.parametrize(
    "node",
    [
        scan(ms=0.9),
        scan(loops=2),
        scan("((book.title = …) OR (book.title = …))"),
        scan("((book.author_id = …) OR (book.title <> …))"),
        scan("((book.author_id = …) OR (upper(book.title) = …))"),
        scan("((book.author_id = …) OR (book.kind = book.language))"),
        scan("((book.author_id = …) OR book.is_active)"),
        scan("((book.author_id = …) AND (book.title = …))"),
        scan("(((book.a = …) OR (book.b = …)) AND ((book.c = …) OR (book.d = …)))"),
    ],
)
def test_near_misses_are_silent(node: PlanNode):
    assert not insights_of(OrSeqScan(), node)


def test_it_is_silent_where_every_arm_has_its_index():
    assert not insights_of(OrSeqScan(), scan(), schema("author_id", "title"))


def test_it_speaks_instead_of_the_scan():
    said = judge(plan_of(scan()), Schema(), Models(), [rule() for rule in PLAN_RULES])
    assert [insight.rule for insight in said] == ["or-seq-scan"]
