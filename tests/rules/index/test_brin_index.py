"""Tests of rules/index/brin_index.py."""

from __future__ import annotations

import pytest

from queryscope.model import Index
from queryscope.rules.index.brin_index import BrinIndex
from tests.rules.index.records import advise, make_schema, scan, written

LARGE = make_schema(rows=2_000_000.0, pages=10_000)
WINDOW = "((made >= …) AND (made < …))"


def test_a_window_in_the_order_of_the_table_gets_brin():
    (advice,) = advise(BrinIndex(), scan(WINDOW, kept=100, removed=2_000_000), schema=LARGE)
    assert written([advice]) == [["made"]]
    assert (advice.method, advice.storage) == ("brin", (("pages_per_range", "32"),))
    assert "correlation 0.99" in advice.reason


@pytest.mark.parametrize("condition", ["(day >= …)", "(made IS NULL)", "(made <> …)", "(data = …)"])
def test_another_condition_or_another_order_gets_none(condition):
    assert advise(BrinIndex(), scan(condition), schema=LARGE) == []


def test_a_table_below_the_threshold_gets_none():
    schema = make_schema(rows=2_000_000.0, pages=9_999)
    assert advise(BrinIndex(), scan(WINDOW), schema=schema) == []


def test_at_the_thresholds_of_its_options():
    small = make_schema(pages=20)
    assert len(advise(BrinIndex(min_pages=20), scan(WINDOW), schema=small)) == 1
    assert advise(BrinIndex(min_correlation=0.99), scan(WINDOW), schema=LARGE) == []
    (advice,) = advise(BrinIndex(pages_per_range=64), scan(WINDOW), schema=LARGE)
    assert advice.storage == (("pages_per_range", "64"),)


def test_a_wide_window_gets_none_and_no_second_refusal():
    assert advise(BrinIndex(), scan(WINDOW, kept=1_000_000, removed=1_000_000), schema=LARGE) == []


def test_the_same_index_covers():
    same = Index(name="same", method="brin", keys=("made",), opclasses=("timestamptz_minmax_ops",))
    schema = make_schema(same, rows=2_000_000.0, pages=10_000)
    assert advise(BrinIndex(), scan(WINDOW), schema=schema) == []
