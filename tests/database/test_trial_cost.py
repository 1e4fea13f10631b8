"""Tests of database/trial_cost.py."""

from __future__ import annotations

import pytest

from queryscope.database.trial_cost import predicted_bytes, predicted_ms
from queryscope.model import Column, IndexAdvice, IndexKey, Table

TABLE = Table(
    schema="public",
    name="t",
    rows=1_000_000,
    pages=10_000,
    columns=(
        Column(name="id", type="bigint", avg_width=8),
        Column(name="name", type="character varying(80)", avg_width=30),
        Column(name="body", type="text", avg_width=300),
        Column(name="new", type="text"),
        Column(name="data", type="jsonb", avg_width=98),
        Column(name="tags", type="text[]", avg_width=37),
    ),
)


def advised(*keys, predicate="", method="btree", **more):
    return IndexAdvice(
        relation="t", model="a.T", method=method, keys=keys, name="x", predicate=predicate, **more
    )


def predicted(*keys, table=TABLE, predicate="", method="btree"):
    return predicted_ms(advised(*keys, predicate=predicate, method=method), table)


def trigrams(column):
    return IndexKey(expression=f'UPPER("{column}")', opclass="gin_trgm_ops")


@pytest.mark.parametrize(
    ("key", "least", "most"),
    [
        (IndexKey(column="id"), 400, 700),
        (IndexKey(column="name"), 1500, 2500),
        (IndexKey(expression='UPPER("name")'), 2500, 3500),
        (trigrams("name"), 8_000, 12_000),
        (trigrams("body"), 80_000, 130_000),
        (trigrams("new"), 8_000, 12_000),
    ],
)
def test_a_million_rows_take_what_was_measured(key, least, most):
    assert least <= predicted(key) <= most


def test_further_keys_cost_little_and_a_partial_index_is_cheap():
    both = predicted(IndexKey(column="id"), IndexKey(column="name"))
    assert predicted(IndexKey(column="name")) < both < 1.1 * predicted(IndexKey(column="name"))
    assert predicted(IndexKey(column="name"), predicate="x") < predicted(IndexKey(column="name")) / 3


def test_each_key_of_a_gin_index_has_items_of_its_own():
    keys = [IndexKey(column="id", opclass="array_ops"), IndexKey(column="name", opclass="array_ops")]
    alone = [predicted(key, method="gin") for key in keys]
    assert predicted(*keys, method="gin") > 0.9 * sum(alone)


def test_an_unknown_number_of_rows_is_none():
    assert predicted(IndexKey(column="id"), table=Table(schema="", name="t", rows=-1, pages=0)) == 0


@pytest.mark.parametrize(
    ("key", "method", "least", "most"),
    [
        (IndexKey(column="data"), "gin", 5_000, 17_000),
        (IndexKey(column="tags"), "gin", 1_000, 5_000),
        (IndexKey(expression="to_tsvector('english', \"body\")"), "gin", 20_000, 40_000),
        (IndexKey(column="id"), "gist", 1_000, 4_000),
        (IndexKey(column="id"), "brin", 100, 700),
        (IndexKey(column="name"), "hash", 1_000, 3_000),
        (IndexKey(column="new"), "hnsw", 50_000, 500_000),
    ],
)
def test_other_kinds_of_indexes_take_what_was_measured(key, method, least, most):
    assert least <= predicted(key, method=method) <= most


@pytest.mark.parametrize(
    ("advice", "bytes_a_row"),
    [
        (advised(IndexKey(column="id")), 22.6),
        (advised(IndexKey(column="name")), 50),
        (advised(IndexKey(column="id"), include=("name",)), 60),
        (advised(IndexKey(expression='UPPER("name")', opclass="gin_trgm_ops"), method="gin"), 186),
        (advised(IndexKey(column="data"), method="gin"), 183),
        (advised(IndexKey(column="id"), method="brin"), 0.01),
    ],
)
def test_space_is_predicted_within_a_factor_of_two(advice, bytes_a_row):
    assert bytes_a_row / 2 <= predicted_bytes(advice, TABLE) / 1_000_000 <= bytes_a_row * 2
