"""Tests of rules/index/gist_index.py."""

from __future__ import annotations

import pytest

from queryscope.model import Index
from queryscope.rules.index.gist_index import GistIndex
from tests.rules.index.orders import make_predicate
from tests.rules.index.records import TABLE, advise, conditions, make_schema, scan, written


def gist(found):
    return [one for one in found if one.method == "gist"]


@pytest.mark.parametrize(
    ("condition", "key"),
    [
        ("(during && …::daterange)", "during"),
        ("(during @> …::date)", "during"),
        ("(during -|- …::daterange)", "during"),
        ("(address << …::inet)", "address inet_ops"),
        ("(…::inet >>= address)", "address inet_ops"),
        ("(path <@ …::ltree)", "path"),
        ("(path ~ …::lquery)", "path"),
        ("(place <@ …::box)", "place"),
        ("(shape && …::box)", "shape"),
    ],
)
def test_what_overlaps_or_holds_gets_gist(condition, key):
    (advice,) = gist(advise(GistIndex(), scan(condition)))
    assert (advice.method, advice.extensions) == ("gist", ())
    assert written([advice]) == [[key]]


def test_an_equal_column_stands_before_it_and_an_exclusion_is_told():
    first, second, _ = advise(GistIndex(), scan("((room = …) AND (during && …::daterange))"))
    assert written([first, second]) == [["during"], ["room", "during"]]
    assert second.extensions == ("btree_gist",)
    assert "ExclusionConstraint" in second.reason
    assert "ExclusionConstraint" not in first.reason


@pytest.mark.parametrize(
    "condition",
    [
        "(during = …::daterange)",
        "(address = …::inet)",
        "(tags && …::character varying[])",
        "(lower(during) > …::date)",
        "(room = …)",
        "(place ~~ …)",
    ],
)
def test_other_conditions_get_none(condition):
    assert advise(GistIndex(), scan(condition)) == []


def test_the_same_index_covers_a_btree_does_not():
    condition = scan("(during && …::daterange)")
    same = Index(name="same", method="gist", keys=("during",), opclasses=("range_ops",))
    assert [one.kind for one in advise(GistIndex(), condition, schema=make_schema(same))] == ["covered"]
    other = Index(name="other", method="btree", keys=("during",), opclasses=("range_ops",))
    assert written(gist(advise(GistIndex(), condition, schema=make_schema(other)))) == [["during"]]


def test_most_rows_and_tiny_tables_are_refused():
    (refusal,) = advise(GistIndex(), scan("(during && …::daterange)", kept=100_000, removed=100_000))
    assert refusal.kind == "low-selectivity"
    (refusal,) = advise(
        GistIndex(), scan("(during && …::daterange)"), schema=make_schema(rows=100.0, pages=2)
    )
    assert refusal.kind == "tiny-table"


@pytest.mark.parametrize(
    ("condition", "keys"),
    [
        ("(during && …::daterange)", [["during"]]),
        ("(during @> …::date)", [["during"]]),
        ("(address << …::inet)", [["address"]]),  # its default class there
        ("(place <@ …::box)", [["place"]]),
        ("(shape && …::box)", [["shape"]]),
        ("((room = …) AND (during && …::daterange))", [["during"]]),
        ("(path <@ …::ltree)", []),  # no class of SP-GiST
        ("(place &< …::point)", []),  # none that knows this operator
        ("((during && …::daterange) AND (shape && …::box))", []),  # it holds one column
    ],
)
def test_sp_gist_is_tried_too_where_it_knows_type_and_operator(condition, keys):
    found = advise(GistIndex(), scan(condition))
    assert written([one for one in found if one.method == "spgist"]) == keys


def test_each_says_of_itself_what_the_other_does_better():
    first, second = advise(GistIndex(), scan("(during && …::daterange)"))
    assert (first.method, second.method) == ("gist", "spgist")
    assert "SpGistIndex may find them sooner" in first.evidence.note
    assert "GistIndex takes more columns" in second.evidence.note


def test_an_sp_gist_index_covers_too():
    same = Index(name="same", method="spgist", keys=("during",), opclasses=("range_ops",))
    condition = scan("(during && …::daterange)")
    assert [one.kind for one in advise(GistIndex(), condition, schema=make_schema(same))] == ["covered"]


LEFT_OUT = make_predicate("room", "<>", "4", table=TABLE)
DAYS = scan("((during @> …::date) AND (room <> …))")


def test_rows_that_every_call_asks_for_are_tried_alone_in_both_kinds():
    answers = advise(GistIndex(), DAYS, literals=(LEFT_OUT,))
    assert conditions(answers) == [
        ("gist", ""),
        ("spgist", ""),
        ("gist", "~Q(room=4)"),
        ("spgist", "~Q(room=4)"),
    ]
    assert "Its condition is the same in every call" in answers[2].reason
    assert conditions(advise(GistIndex(), DAYS)) == [("gist", ""), ("spgist", "")]


def test_an_index_of_all_that_is_left_alone_wants_no_second_one_beside_it():
    existing = Index(name="archive_during", method="gist", keys=("during",), opclasses=("range_ops",))
    (refusal,) = advise(GistIndex(), DAYS, literals=(LEFT_OUT,), schema=make_schema(existing))
    assert refusal.kind == "covered"
