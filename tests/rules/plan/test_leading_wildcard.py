"""leading-wildcard."""

from __future__ import annotations

import pytest

from queryscope.model import Field, LikePattern, Model, Models, PlanNode, Schema
from queryscope.rules.plan import PLAN_RULES, LeadingWildcard, judge
from tests.plans.corpus import case
from tests.plans.nodes import analyzed, insights_of, plan_of
from tests.plans.shop import index, table

UPPER = "upper((book.title)::text)"
BODY = "book.body"
MODELS = Models(
    models=(
        Model(
            label="shop.Book",
            table="book",
            fields=(Field(name="heading", column="title", type="CharField"),),
        ),
    )
)


def like(operand: str, *, anchored: bool = False, word: bool = True) -> LikePattern:
    return LikePattern(operand=operand, is_anchored=anchored, has_word=word)


def scan(
    text: str, *patterns: LikePattern, removed: float = 99_900, ms: float = 50, **more: object
) -> PlanNode:
    values = {"relation_name": "book", "alias": "book", "filter": text, "patterns": patterns}
    return analyzed("Seq Scan", rows=100, rows_removed_by_filter=removed, ms=ms, **(values | more))


def search(operand: str = UPPER, **more: object) -> PlanNode:
    return scan(f"({operand} ~~ …::text)", like(operand), **more)


def test_icontains_wants_trigrams_of_the_expression_that_django_sends():
    [insight] = LeadingWildcard().check(plan_of(search()), Schema(), MODELS)
    assert insight.message == (
        "Seq Scan on book read 100 000 rows to keep 100, since the pattern for title begins with a wildcard: "
        "50.0 ms, 100 % of the query."
    )
    assert insight.remedy == (
        'Index the trigrams in Meta.indexes of Book: GinIndex(OpClass(Upper("heading"), '
        'name="gin_trgm_ops"), name="book_heading_trgm"), after a migration with TrigramExtension().'
    )
    assert (insight.severity, insight.fact, insight.explains) == ("error", "reading", (("estimate", 0),))


def test_contains_wants_those_of_the_column_and_a_known_extension_isnt_asked_for():
    [insight] = insights_of(LeadingWildcard(), search(BODY), Schema(extensions=("pg_trgm",)))
    assert insight.remedy == (
        'Index the trigrams in Meta.indexes of book: GinIndex(OpClass("body", name="gin_trgm_ops"), '
        'name="book_body_trgm").'
    )


def test_a_search_in_several_columns_wants_an_index_of_each():
    text = f"(({UPPER} ~~ …::text) OR ({BODY} ~~ …::text))"
    [insight] = insights_of(LeadingWildcard(), scan(text, like(UPPER), like(BODY)))
    assert "the pattern for title and body begins" in insight.message
    assert insight.remedy.count("GinIndex") == 2


def test_an_arm_that_no_trigrams_serve_makes_those_of_the_others_useless():
    text = f"(({UPPER} ~~ …::text) OR ({BODY} ~~ …::text))"
    assert not insights_of(LeadingWildcard(), scan(text, like(UPPER), like(BODY, word=False)))
    other = f"(({UPPER} ~~ …::text) OR (book.author_id = …))"
    assert not insights_of(LeadingWildcard(), scan(other, like(UPPER)))


@pytest.mark.parametrize("server", ["pg15", "pg18"])
@pytest.mark.parametrize("name", ["wildcard_leading", "wildcard_leading_upper", "parallel_worth"])
def test_it_fires_on_real_plans(server: str, name: str):
    assert insights_of(LeadingWildcard(), case(f"{server}/{name}").plan)


def test_at_the_threshold():
    assert insights_of(LeadingWildcard(), search(removed=10_000))
    assert not insights_of(LeadingWildcard(), search(removed=9_999))
    assert not insights_of(LeadingWildcard(min_removed_share=0.9999), search())


@pytest.mark.parametrize(
    "node",
    [
        search(ms=0.9),
        search(loops=2),
        scan(f"({UPPER} ~~ …::text)", like(UPPER, word=False)),
        scan(f"({UPPER} ~~ …::text)", like(UPPER, anchored=True)),
        scan(f"({UPPER} ~~ $1)"),
        scan(f"({UPPER} !~~ …::text)"),
        scan(f"((book.author_id = …) AND ({UPPER} ~~ …::text))", like(UPPER)),
        scan("((book.data ->> …::text) ~~ …::text)", like("(book.data ->> …::text)")),
        analyzed("Index Scan", rows_removed_by_filter=99_999, patterns=(like(UPPER),)),
    ],
)
def test_near_misses_are_silent(node: PlanNode):
    assert not insights_of(LeadingWildcard(), node)


def test_a_column_beside_it_that_has_an_index_already_is_no_help():
    node = scan(f"((book.author_id = …) AND ({UPPER} ~~ …::text))", like(UPPER))
    known = Schema(tables=(table("book", 1e5, 2_128, index("book_author", "author_id")),))
    assert insights_of(LeadingWildcard(), node, known)


def test_an_index_that_is_there_is_not_asked_for():
    own = index("t", "upper((title)::text)", method="gin", opclasses=("gin_trgm_ops",))
    assert not insights_of(LeadingWildcard(), search(), Schema(tables=(table("book", 1e5, 2_128, own),)))
    other = index("t", "upper((title)::text)")
    assert insights_of(LeadingWildcard(), search(), Schema(tables=(table("book", 1e5, 2_128, other),)))


def test_a_key_that_is_searched_as_text_has_no_trigrams():
    operand = "upper((book.id)::text)"
    known = Schema(tables=(table("book", 1e5, 2_128),))
    assert not insights_of(LeadingWildcard(), search(operand), known)


def test_a_pattern_too_short_for_any_index_is_told_by_no_rule():
    rules = [rule() for rule in PLAN_RULES]
    short = scan(f"({UPPER} ~~ …::text)", like(UPPER, word=False))
    assert judge(plan_of(short), Schema(), Models(), rules) == ()
    beside = scan(f"((book.status = …) AND ({UPPER} ~~ …::text))", like(UPPER, word=False))
    assert [said.rule for said in judge(plan_of(beside), Schema(), Models(), rules)] == ["seq-scan-selective"]


def test_a_search_in_many_columns_wants_one_text_of_them_all():
    names = ("title", "isbn", "blurb", "series", "note")
    patterns = tuple(LikePattern(operand=f"book.{name}", is_anchored=False, has_word=True) for name in names)
    text = " OR ".join(f"(book.{name} ~~ …)" for name in names)
    node = analyzed(
        "Seq Scan",
        rows=1,
        ms=50,
        relation_name="book",
        alias="book",
        filter=f"({text})",
        patterns=patterns,
        rows_removed_by_filter=99_999,
    )
    [insight] = insights_of(LeadingWildcard(), node)
    assert insight.remedy.startswith("Search fewer fields of book, or one that holds the words of all")
    assert "an index for each of the 5" in insight.remedy
