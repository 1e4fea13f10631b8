"""Tests of database/trial_cost.py."""

from __future__ import annotations

import pytest

from queryscope.database.trial_cost import predicted_ms
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
    ),
)


def predicted(*keys, table=TABLE, predicate=""):
    advice = IndexAdvice(relation="t", model="a.T", method="btree", keys=keys, name="x", predicate=predicate)
    return predicted_ms(advice, table)


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


def test_keys_add_up_and_a_partial_index_is_cheap():
    both = predicted(IndexKey(column="id"), IndexKey(column="name"))
    assert both > predicted(IndexKey(column="name"))
    assert predicted(IndexKey(column="name"), predicate="x") < predicted(IndexKey(column="name")) / 3


def test_an_unknown_number_of_rows_is_none():
    assert predicted(IndexKey(column="id"), table=Table(schema="", name="t", rows=-1, pages=0)) == 0
