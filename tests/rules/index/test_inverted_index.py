"""Tests of rules/index/inverted_index.py."""

from __future__ import annotations

import pytest

from queryscope.model import Index
from queryscope.rules.index.inverted_index import InvertedIndex
from queryscope.sql.resolve import Known
from tests.rules.index.records import advise, make_schema, scan, written


@pytest.mark.parametrize(
    ("condition", "key"),
    [
        ("(data @> …::jsonb)", "data jsonb_path_ops"),
        ("(data ? …::text)", "data"),
        ("(data ?| …::text[])", "data"),
        ("((data @> …::jsonb) AND (data ? …::text))", "data"),
        ("(tags @> …::character varying[])", "tags"),
        ("(tags && …::character varying[])", "tags"),
        ("(tags <@ …::character varying[])", "tags"),
        ("(searched @@ …::tsquery)", "searched"),
        ("(…::tsquery @@ searched)", "searched"),
    ],
)
def test_type_and_operator_choose_the_class(condition, key):
    answers = advise(InvertedIndex(), scan(condition))
    assert [(one.method, one.extensions) for one in answers] == [("gin", ())]
    assert written(answers) == [[key]]


def test_arrays_of_integers_are_intarrays_where_it_is_installed():
    condition = "(numbers && …::integer[])"
    assert written(advise(InvertedIndex(), scan(condition))) == [["numbers"]]
    schema = make_schema(extensions=("intarray",))
    assert written(advise(InvertedIndex(), scan(condition), schema=schema)) == [["numbers gin__int_ops"]]


def test_an_expression_is_a_key_too():
    where = "WHERE (data -> %s) @> %s"
    known = Known(paths=frozenset({"owner"}))
    answers = advise(InvertedIndex(), scan("((data -> …) @> …::jsonb)"), where, ("owner", 1), known=known)
    assert written(answers) == [['KeyTransform("owner", "data") jsonb_path_ops']]
    vector = "WHERE to_tsvector(%s::regconfig, COALESCE(title, %s)) @@ plainto_tsquery(%s::regconfig, %s)"
    answers = advise(
        InvertedIndex(),
        scan("(to_tsvector(…::regconfig, COALESCE(title, …::text)) @@ …::tsquery)"),
        vector,
        ("english", "", "english", "secret"),
        known=Known(literals=frozenset({"english"})),
    )
    assert written(answers) == [['SearchVector("title", config="english")']]


def test_an_equal_column_is_tried_beside_it():
    first, second = advise(InvertedIndex(), scan("((tags @> …::character varying[]) AND (room = …))"))
    assert written([first, second]) == [["tags"], ["room", "tags"]]
    assert (first.extensions, second.extensions) == ((), ("btree_gin",))


def test_all_arms_of_an_or_or_none():
    both = "((tags @> …::character varying[]) OR (searched @@ …::tsquery))"
    assert written(advise(InvertedIndex(), scan(both))) == [["tags", "searched"]]
    assert advise(InvertedIndex(), scan("((tags @> …::character varying[]) OR (room = …))")) == []


@pytest.mark.parametrize(
    "condition",
    [
        "((data <@ …::jsonb) AND (room <> …))",
        "(data = …::jsonb)",
        "(…::text = ANY ((tags)::text[]))",
        "(NOT (tags @> …::character varying[]))",
        "(during @> …::date)",
        "(tags @> other.tags)",
        "(name = …)",
    ],
)
def test_what_gin_does_not_know_gets_none(condition):
    assert advise(InvertedIndex(), scan(condition)) == []


def test_another_class_of_the_same_column_does_not_cover():
    default = Index(name="data_gin", method="gin", keys=("data",), opclasses=("jsonb_ops",))
    paths = Index(name="data_paths", method="gin", keys=("data",), opclasses=("jsonb_path_ops",))
    asked = scan("(data ? …::text)")
    assert [one.kind for one in advise(InvertedIndex(), asked, schema=make_schema(default))] == ["covered"]
    schema = make_schema(paths)
    assert written(advise(InvertedIndex(), asked, schema=schema)) == [["data"]]
    held = scan("(data @> …::jsonb)")
    assert [one.kind for one in advise(InvertedIndex(), held, schema=schema)] == ["covered"]


def test_what_no_class_knows_is_refused():
    (refusal,) = advise(InvertedIndex(), scan("(data <@ …::jsonb)"))
    assert refusal.kind == "no-operator-class"


def test_an_index_of_another_class_is_named():
    paths = Index(name="data_paths", method="gin", keys=("data",), opclasses=("jsonb_path_ops",))
    (advice,) = advise(InvertedIndex(), scan("(data ? …::text)"), schema=make_schema(paths))
    assert "data_paths is of the class jsonb_path_ops, which doesn't know this operator." in advice.reason


def test_what_most_rows_hold_is_refused():
    (refusal,) = advise(InvertedIndex(), scan("(tags @> …::text[])", kept=100_000, removed=100_000))
    assert refusal.kind == "low-selectivity"
