"""Which operation a GraphQL request asks for."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLError, OperationDefinitionNode, parse
from hypothesis import given
from hypothesis import strategies as st

from queryscope.operations import LONGEST_NAME, UNKNOWN, describe_request, operations


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ("{ books { title } }", [("query", "")]),
        ("query { books { title } }", [("query", "")]),
        ("query Books { books { title } }", [("query", "Books")]),
        ("mutation($a: In = {b: [1]}) { add(a: $a) { id } }", [("mutation", "")]),
        ("subscription Ticks($n: Int!) @live { tick(n: $n) }", [("subscription", "Ticks")]),
        ("query @live { query }", [("query", "")]),
        ("fragment query on Book { title } query mutation { a }", [("query", "mutation")]),
        ("fragment F on Book { title } { books { ...F } }", [("query", "")]),
        ("query A { a } mutation B { b }", [("query", "A"), ("mutation", "B")]),
        ('query A(@d(x: "} query X {")) { a }', [("query", "A")]),
        ("query # query X {\n A { a }", [("query", "A")]),
        ('{ a(b: """ " \\""" } query X { """, c: "\\"}") } query B { b }', [("query", ""), ("query", "B")]),
        ("query A { a", []),
        ("}}} ))", []),
        ('"""', []),
        ("", []),
    ],
)
def test_operations_are_read_by_type_and_name(document: str, found: list[tuple[str, str]]) -> None:
    assert list(operations(document)) == found


PARTS = (
    "query mutation subscription fragment on A B { } ( ) $a: Int = 1 @skip , ...F [ ]",
    '(if: true)|"}"|"""{"""|# {\n|{ a }|query A { a }',
)
WORDS = [*PARTS[0].split(), *PARTS[1].split("|")]


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_what_graphql_can_parse_is_read_as_graphql_reads_it(document: str) -> None:
    found = list(operations(document))
    try:
        parsed = parse(document)
    except GraphQLError:
        return
    assert found == [
        (node.operation.value, node.name.value if node.name else "")
        for node in parsed.definitions
        if isinstance(node, OperationDefinitionNode)
    ]


@given(st.text(max_size=200))
def test_any_text_can_be_read(document: str) -> None:
    assert len(list(operations(document))) <= len(document)


def test_reading_takes_time_in_proportion_to_the_text() -> None:
    for text in (
        '"""' * 40_000,
        '"' * 100_000,
        "\\" * 100_000,
        '"""\\"""' * 20_000,
        "{" * 100_000,
        '"\\' * 50_000,
    ):
        assert len(list(operations(text))) == 0


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"query": "query Books { a }"}, "query Books"),
        ({"query": "{ a }"}, "anonymous query"),
        ({"query": "mutation { a }"}, "anonymous mutation"),
        ({"query": "query A { a } mutation B { b }", "operationName": "B"}, "mutation B"),
        ({"query": "query A { a } mutation B { b }"}, UNKNOWN),
        ({"query": "query A { a }", "operationName": "zqzq"}, UNKNOWN),
        ({"query": "query A { a }", "operationName": None}, "query A"),
        ({"query": "query A { a }", "operationName": "not a name; DROP"}, "query A"),
        ({"query": "nonsense"}, UNKNOWN),
        ({"query": 7}, ""),
        ({"query": ""}, ""),
        ({}, ""),
        ({"extensions": {"persistedQuery": {"sha256Hash": "zqzq"}}}, "persisted operation"),
        ({"extensions": {"persistedQuery": {}}, "operationName": "Books"}, "persisted Books"),
        ({"extensions": {"persistedQuery": {}}, "operationName": "no name"}, "persisted operation"),
        ({"documentId": "zqzq", "operationName": "Books"}, "persisted Books"),
        ({"extensions": 1}, ""),
        ([{"query": "query A { a }"}, {"query": "{ a }"}], "batch of query A, anonymous query"),
        ([{"query": "query A { a }"}] * 9, "batch of query A"),
        ([{"query": f"query {name} {{ a }}"} for name in "ABCDE"], "batch of query A, query B, query C …"),
        ([{}, {"query": "{ a }"}], "batch of anonymous query"),
        ([7, None, "zqzq"], ""),
        ([], ""),
        (None, ""),
        ("zqzq", ""),
        (7, ""),
    ],
)
def test_a_request_is_described_by_type_and_name(asked: Any, told: str) -> None:
    assert describe_request(asked) == told


def test_a_long_name_is_cut() -> None:
    told = describe_request({"query": f"query {'a' * 5000} {{ b }}"})
    assert told == f"query {'a' * (LONGEST_NAME - 1)}…"


@pytest.mark.parametrize("value", ["zqzq'; --", "a b", "é", "7up", "a\n", "", 7, None, ["Books"], {"a": 1}])
def test_only_a_name_by_graphqls_rule_is_told(value: Any) -> None:
    asked = {"operationName": value, "extensions": {"persistedQuery": {}}}
    assert describe_request(asked) == "persisted operation"
