"""Estimates that are guesses (R13)."""

from __future__ import annotations

import pytest

from queryscope.model import Models, Schema
from queryscope.plans.guesses import expression_of, guessed
from queryscope.plans.metrics import walk
from queryscope.rules.plan import EstimateOff
from tests.plans.corpus import REAL, case
from tests.plans.nodes import analyzed, insights_of, plan_of

UPPER = "(upper(book.title) = …::text)"
DOUBLE = "((book.price * …) > …)"


def scan(planned: float, text: str = UPPER, **more: object):
    values = {"plan_rows": planned, "filter": text, "relation_name": "book", "alias": "book"}
    return analyzed("Seq Scan", rows=50_000, rows_removed_by_filter=50_000, **(values | more))


@pytest.mark.parametrize("each", REAL, ids=lambda each: each.label)
def test_the_corpus_has_guesses_where_its_manifest_says_so(each):
    found = [guessed(node) for node in walk(each.plan.root)]
    assert any(found) or "R13" not in each.fires
    assert not any(found) or "R13" not in each.near


@pytest.mark.parametrize(("planned", "text"), [(500, UPPER), (33_333, DOUBLE), (505, UPPER)])
def test_a_fixed_share_of_the_rows_is_a_guess(planned: float, text: str):
    found = guessed(scan(planned, text))
    assert found is not None


@pytest.mark.parametrize(
    "node",
    [
        scan(600),
        scan(500, "(book.kind = …)"),
        scan(500, "((book.title)::text = …::text)"),
        scan(500, f"((book.kind = …) AND {UPPER})"),
        scan(500, "(upper(book.title) ~~ …::text)"),
        scan(500, ""),
        scan(500, parallel_aware=True),
        scan(500, loops=0),
        analyzed("Index Scan", rows=5, plan_rows=500, filter=UPPER),
    ],
)
def test_what_has_statistics_or_another_estimate_is_none(node):
    assert guessed(node) is None


def test_an_expression_is_named_without_its_alias_and_never_with_a_value():
    node, other = scan(500), scan(500, DOUBLE)
    assert expression_of(node, guessed(node)) == "upper(title)"
    assert expression_of(other, guessed(other)) == ""


def test_a_wrong_guess_is_told_with_the_statistics_that_would_have_helped():
    join = analyzed("Hash Join", scan(500), analyzed("Hash", analyzed("Seq Scan", relation_name="author")))
    [said] = insights_of(EstimateOff(), plan_of(join))
    assert said.remedy == (
        "PostgreSQL guessed, for want of statistics of an expression of title: migrations.RunSQL with "
        "CREATE STATISTICS … ON (upper(title)) FROM book, and ANALYZE after it."
    )


@pytest.mark.parametrize("server", ["pg15", "pg18"])
def test_a_real_guess_that_is_wrong_is_told_so(server: str):
    plan = case(f"{server}/estimate_third_guess").plan
    [said] = EstimateOff().check(plan, Schema(), Models())
    assert said.is_badge
    assert said.remedy.startswith("PostgreSQL guessed")
