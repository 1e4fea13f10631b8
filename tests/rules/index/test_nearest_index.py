"""Tests of rules/index/nearest_index.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import Index
from queryscope.rules.index.nearest_index import NearestIndex
from tests.rules.index.records import COLUMNS, advise, make_schema, nearest, scan, written

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


ONE_KEY = Index(name="pk", method="btree", keys=("id",), is_unique=True, is_primary=True)
COLUMNS_OF_KEYS = tuple(replace(one, is_null=one.name != "id") for one in COLUMNS)
KEYED = make_schema(
    ONE_KEY,
    Index(name="names", method="btree", keys=("name",), is_unique=True),
    Index(name="rooms", method="btree", keys=("room",)),
    Index(name="days", method="btree", keys=("day",), is_unique=True, predicate="closed"),
    extensions=("vector",),
    columns=COLUMNS_OF_KEYS,
)
RECORDS = '"archive_record"'


def vectors(where, condition, *, limit=5, skipped=0, **more):
    sql = f'{f"WHERE {where} " if where else ""}ORDER BY ("embedding" <-> %s) LIMIT {limit}'
    params = (*[1] * where.count("%s"), "x")
    return advise(
        NearestIndex(), nearest(condition, limit=limit, skipped=skipped), sql, params, schema=KEYED, **more
    )


def listed(column, count):
    return f'{RECORDS}."{column}" IN ({", ".join(["%s"] * count)})'


@pytest.mark.parametrize(
    ("where", "condition"),
    [
        (f'NOT ({RECORDS}."id" = %s)', "(id <> …)"),
        (f"NOT ({listed('id', 35)})", "(id <> ALL (…))"),
        (f'NOT ({RECORDS}."id" = %s) AND NOT ({listed("id", 3)})', "((id <> …) AND (id <> ALL (…)))"),
        (
            f'NOT ({RECORDS}."name" = %s AND {RECORDS}."name" IS NOT NULL)',
            "(((name)::text <> …) OR (name IS NULL))",
        ),
        (
            f'NOT ({listed("name", 4)} AND {RECORDS}."name" IS NOT NULL)',
            "(((name)::text <> ALL (…)) OR (name IS NULL))",
        ),
    ],
)
def test_a_condition_that_drops_a_few_rows_at_most_leaves_enough(where, condition):
    assert written(vectors(where, condition)) == [["embedding vector_l2_ops"]]


@pytest.mark.parametrize(
    ("where", "condition"),
    [
        (f"NOT ({listed('id', 36)})", "(id <> ALL (…))"),
        (f'NOT ({RECORDS}."room" = %s)', "(room <> …)"),
        (f'NOT ({RECORDS}."day" = %s)', "(day <> …)"),
        (f'NOT ({RECORDS}."name" = %s)', "((name)::text <> …)"),
        (f'NOT ({RECORDS}."id" = %s) AND {RECORDS}."room" = %s', "((id <> …) AND (room = …))"),
        (f'NOT ({RECORDS}."id" = %s AND {RECORDS}."room" = %s)', "((id <> …) AND (room <> …))"),
        (f'{RECORDS}."id" = %s', "(id = …)"),
        (f'{RECORDS}."id" > %s', "(id > …)"),
        (f'NOT ({RECORDS}."id" IN (SELECT "other"."id" FROM "other"))', "(NOT (hashed SubPlan 1))"),
        ("", "(id <> ALL (…))"),
    ],
)
def test_a_condition_that_may_drop_more_is_refused(where, condition):
    (refusal,) = vectors(where, condition)
    assert refusal.kind == "approximate"


def test_either_of_two_conditions_lets_rows_through_that_the_other_drops():
    where = f'(NOT ({RECORDS}."id" = %s) OR {RECORDS}."room" = %s)'
    assert written(vectors(where, "((id <> …) OR (room = …))")) == [["embedding vector_l2_ops"]]


def test_more_rows_than_are_searched_for_do_not_come():
    assert written(vectors("", "", limit=40)) == [["embedding vector_l2_ops"]]
    (refusal,) = vectors("", "", limit=41)
    assert refusal.kind == "approximate"
    assert "finds 40 of the nearest (hnsw.ef_search), and the query asks for 41" in refusal.reason


def test_rows_that_an_offset_skips_count_too():
    assert written(vectors("", "", limit=10, skipped=30)) == [["embedding vector_l2_ops"]]
    (refusal,) = vectors("", "", limit=10, skipped=31)
    assert refusal.kind == "approximate"


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
