"""Tests of rules/index/nearest_index.py."""

from __future__ import annotations

import pytest

from queryscope.model import Index
from queryscope.rules.index.nearest_index import NearestIndex
from tests.rules.index.records import advise, make_schema, nearest, scan, written

VECTOR = make_schema(extensions=("vector",))


@pytest.mark.parametrize(
    ("order", "method", "key"),
    [
        ('("place" <-> %s)', "gist", "place"),
        ('(%s <-> "place")', "gist", "place"),
        ('("title" <-> %s)', "gist", "title gist_trgm_ops"),
        ('("embedding" <-> %s)', "hnsw", "embedding vector_l2_ops"),
        ('("embedding" <=> %s)', "hnsw", "embedding vector_cosine_ops"),
        ('("embedding" <#> %s)', "hnsw", "embedding vector_ip_ops"),
    ],
)
def test_a_distance_gets_the_class_of_its_operator(order, method, key):
    (advice,) = advise(NearestIndex(), nearest(), f"ORDER BY {order} ASC LIMIT 5", ("secret",), schema=VECTOR)
    assert advice.method == method
    assert written([advice]) == [[key]]
    assert "secret" not in repr(advice)


@pytest.mark.parametrize(
    "order",
    [
        'ORDER BY ("place" <-> %s) DESC LIMIT 5',
        'ORDER BY "title", ("place" <-> %s) LIMIT 5',
        'ORDER BY ("low" <-> %s) LIMIT 5',
        'ORDER BY ("place" <-> "shape") LIMIT 5',
        'ORDER BY "place" LIMIT 5',
    ],
)
def test_other_orders_get_none(order):
    assert advise(NearestIndex(), nearest(), order, ("x",)) == []


def test_without_a_limit_all_are_sorted_anyway():
    root = scan(kept=200_000, removed=0)
    assert advise(NearestIndex(), root, 'ORDER BY ("place" <-> %s)', ("x",)) == []


def test_vectors_need_their_extension_installed():
    assert advise(NearestIndex(), nearest(), 'ORDER BY ("embedding" <-> %s) LIMIT 5', ("x",)) == []


def test_with_a_filter_beside_it_an_approximate_index_is_refused():
    order = 'WHERE room = %s ORDER BY ("{}" <-> %s) LIMIT 5'
    root = nearest("(room = …)")
    (refusal,) = advise(NearestIndex(), root, order.format("embedding"), (1, "x"), schema=VECTOR)
    assert refusal.kind == "approximate"
    assert written(advise(NearestIndex(), root, order.format("place"), (1, "x"))) == [["place"]]


def test_few_rows_are_sorted_at_once():
    rule = NearestIndex(min_rows=200_001)
    assert advise(rule, nearest(), 'ORDER BY ("place" <-> %s) LIMIT 5', ("x",)) == []


def test_an_index_that_is_there_covers():
    same = Index(name="same", method="gist", keys=("place",), opclasses=("point_ops",))
    assert (
        advise(
            NearestIndex(), nearest(), 'ORDER BY ("place" <-> %s) LIMIT 5', ("x",), schema=make_schema(same)
        )
        == []
    )
