"""type-cast."""

from __future__ import annotations

import pytest

from queryscope.model import Column, Field, Model, Models, PlanNode, Schema, Table
from queryscope.rules.plan import PLAN_RULES, TypeCast, judge
from tests.plans.corpus import case
from tests.plans.nodes import analyzed, insights_of, plan_of
from tests.plans.shop import index

NUMERIC = "((book.author_id)::numeric = …)"


def scan(text: str = NUMERIC, *, removed: float = 99_900, ms: float = 50, **more: object) -> PlanNode:
    values = {"relation_name": "book", "alias": "book", "filter": text}
    return analyzed("Seq Scan", rows=100, rows_removed_by_filter=removed, ms=ms, **(values | more))


def schema(type_name: str, *keys: str) -> Schema:
    columns = (Column(name="author_id", type=type_name),)
    indexes = tuple(index(f"i{number}", key) for number, key in enumerate(keys))
    own = Table(schema="public", name="book", rows=1e5, pages=2_128, columns=columns, indexes=indexes)
    return Schema(tables=(own,))


def test_it_tells_what_is_cast_to_what():
    fields = (Field(name="author", column="author_id", type="ForeignKey"),)
    models = Models(models=(Model(label="shop.Book", table="book", fields=fields),))
    [insight] = TypeCast().check(plan_of(scan()), schema("integer", "author_id"), models)
    assert insight.message == (
        "Seq Scan on book read 100 000 rows to keep 100, since it casts author_id to numeric: 50.0 ms, "
        "100 % of the query."
    )
    assert insight.remedy == (
        "Compare author of Book with a value of its own type, integer: then an index on it can be used."
    )


def test_a_column_without_an_index_wants_one_too():
    [insight] = insights_of(TypeCast(), scan(), schema("integer"))
    assert "its own type, integer, and index it: " in insight.remedy


@pytest.mark.parametrize("type_name", ["integer", "uuid", "mood"])
def test_a_cast_to_text_counts_where_the_column_is_known_to_be_none(type_name: str):
    text = "((book.author_id)::text = …::text)"
    assert insights_of(TypeCast(), scan(text), schema(type_name))


@pytest.mark.parametrize("type_name", ["character varying(10)", "text", "citext", "character(3)"])
def test_a_text_that_is_printed_as_text_is_no_cast(type_name: str):
    text = "((book.author_id)::text = …::text)"
    assert not insights_of(TypeCast(), scan(text), schema(type_name))
    assert not insights_of(TypeCast(), scan(text))


@pytest.mark.parametrize("server", ["pg15", "pg18"])
def test_it_fires_on_real_plans(server: str):
    [insight] = insights_of(TypeCast(), case(f"{server}/cast_numeric").plan)
    assert insight.severity == "error"


def test_at_the_threshold():
    assert insights_of(TypeCast(), scan(removed=10_000))
    assert not insights_of(TypeCast(), scan(removed=9_999))
    assert insights_of(TypeCast(min_removed=10), scan(removed=1_000))


@pytest.mark.parametrize(
    "node",
    [
        scan(ms=0.9),
        scan(loops=2),
        scan("(book.author_id = …::bigint)"),
        scan("((book.created)::date = …::date)"),
        scan("((book.author_id)::numeric <> …)"),
        scan("((book.author_id)::numeric = author.price)"),
        scan(f"((book.kind = …) AND {NUMERIC})"),
        scan("((book.created > …) AND ((book.author_id)::numeric > …))"),
    ],
)
def test_near_misses_are_silent(node: PlanNode):
    assert not insights_of(TypeCast(), node)


def test_a_text_that_holds_numbers_is_stored_as_a_number_or_compared_as_text():
    [insight] = insights_of(TypeCast(), scan("((book.author_id)::integer = …)"), schema("text"))
    assert insight.remedy == (
        "Store author_id of book as integer, or compare it as the text that it is; else index the same "
        "Cast() in Meta.indexes."
    )
    assert not insights_of(TypeCast(), scan("((book.author_id)::text = …)"), schema("character varying(9)"))


def test_an_index_of_the_cast_is_not_asked_for():
    assert not insights_of(TypeCast(), scan(), schema("integer", "((author_id)::numeric)"))
    text = "((book.author_id)::text = …::text)"
    assert not insights_of(TypeCast(), scan(text), schema("integer", "((author_id)::text)"))
    assert insights_of(TypeCast(), scan(text), schema("integer", "author_id"))


def test_it_speaks_instead_of_the_scan():
    said = judge(plan_of(scan()), Schema(), Models(), [rule() for rule in PLAN_RULES])
    assert [insight.rule for insight in said] == ["type-cast"]
