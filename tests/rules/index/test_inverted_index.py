"""Tests of rules/index/inverted_index.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import Index
from queryscope.plans.redact import digests
from queryscope.rules.index.inverted_index import InvertedIndex
from queryscope.sql.resolve import Known
from tests.rules.index.orders import make_predicate
from tests.rules.index.records import TABLE, advise, conditions, make_schema, scan, written


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


HELD = "(tags @> …::character varying[])"
IN_ROOM = make_predicate("room", literal="3", table=TABLE)


def test_rows_that_every_call_asks_for_are_tried_alone_beside_all():
    answers = advise(InvertedIndex(), scan(f"({HELD} AND (room = …))"), literals=(IN_ROOM,))
    assert conditions(answers) == [("gin", ""), ("gin", ""), ("gin", "Q(room=3)")]
    assert written(answers) == [["tags"], ["room", "tags"], ["tags"]]
    assert "The condition is the same in every call" not in answers[0].reason
    assert "Its condition is the same in every call. Where parameters are bound" in answers[2].reason
    answers = advise(InvertedIndex(), scan(f"({HELD} AND closed)"))
    assert conditions(answers) == [("gin", ""), ("gin", "Q(closed=True)")]
    assert "bound by the server" not in answers[1].reason


@pytest.mark.parametrize(
    ("condition", "literals"),
    [
        ("(room = …)", ()),  # a parameter
        ("(day = …)", (make_predicate("day", literal="'2024-01-01'", table=TABLE),)),  # no state
        ("(high IS NOT NULL)", ()),  # of most rows
    ],
)
def test_what_most_rows_fulfil_or_a_parameter_says_is_no_condition(condition, literals):
    columns = [replace(one, null_frac=0.1) for one in make_schema().tables[0].columns]
    answers = advise(
        InvertedIndex(),
        scan(f"({HELD} AND {condition})"),
        literals=literals,
        schema=make_schema(columns=tuple(columns)),
    )
    assert {condition for _, condition in conditions(answers)} == {""}


def test_how_rare_a_state_is_the_rows_of_a_test_do_not_tell():
    few = replace(make_schema(rows=20.0, pages=1), is_test_size=True)
    answers = advise(InvertedIndex(), scan(f"({HELD} AND closed)", removed=15), schema=few)
    assert conditions(answers) == [("gin", "")]


def test_what_is_searched_is_not_its_own_condition():
    listed = make_predicate("tags", "@>", "('a')", table=TABLE)
    answers = advise(InvertedIndex(), scan(HELD), literals=(listed,))
    assert conditions(answers) == [("gin", "")]
    both = scan(f"({HELD} AND (searched @@ …::tsquery))")
    answers = advise(InvertedIndex(), both, literals=(listed,))
    assert written(answers) == [["tags", "searched"], ["searched"]]
    assert conditions(answers) == [("gin", ""), ("gin", 'Q(tags__contains=["a"])')]


WHOLE = Index(name="archive_tags", method="gin", keys=("tags",), opclasses=("array_ops",))


def test_an_index_of_all_that_drops_most_it_finds_leaves_room_for_one_of_some():
    dropping = scan(f"({HELD} AND (room = …))", node_type="Bitmap Heap Scan", removed=5000)
    answers = advise(InvertedIndex(), dropping, literals=(IN_ROOM,), schema=make_schema(WHOLE))
    assert conditions(answers) == [("gin", "Q(room=3)")]
    (refusal,) = advise(
        InvertedIndex(), scan(f"({HELD} AND (room = …))"), literals=(IN_ROOM,), schema=make_schema(WHOLE)
    )
    assert refusal.kind == "covered"


def test_one_of_the_same_rows_covers():
    some = replace(WHOLE, predicate="(room = …)", predicate_constants=digests("3"))
    answers = advise(
        InvertedIndex(), scan(f"({HELD} AND (room = …))"), literals=(IN_ROOM,), schema=make_schema(some)
    )
    assert conditions(answers) == [("gin", ""), ("gin", "")]
