"""Tests of rules/index/candidate/correlation.py."""

from __future__ import annotations

import pytest

from queryscope.rules.index.candidate.correlation import correlation_objection
from queryscope.rules.index.candidate.scan import read_scans
from queryscope.rules.index.equality_index import EqualityIndex
from tests.rules.index.orders import (
    GROUP,
    MODELS,
    advise,
    make_index,
    make_scan,
    make_schema,
    make_slow_plan,
    make_statement,
)

BOTH = "((status = …) AND (customer_id = …))"


def made(condition=BOTH, *, planned=1, actual=5000):
    return make_scan(
        "", node_type="Index Scan", index_cond=condition, kept=actual, removed=0, plan_rows=planned
    )


def objection(node):
    (scan,) = read_scans(
        make_slow_plan(node), statement=make_statement(), schema=make_schema(), models=MODELS
    )
    return correlation_objection(GROUP, scan)


def test_columns_that_depend_on_each_other_want_statistics():
    refusal = objection(made())
    assert (refusal.kind, refusal.relation) == ("statistics", "shop_order")
    assert "5,000 came where 1 were planned" in refusal.reason
    assert "CREATE STATISTICS … ON status, customer_id FROM shop_order" in refusal.reason


@pytest.mark.parametrize(
    ("planned", "actual", "is_off"), [(50, 5000, True), (51, 5000, False), (5000, 50, True)]
)
def test_a_hundred_times_is_far(planned, actual, is_off):
    assert (objection(made(planned=planned, actual=actual)) is not None) is is_off


@pytest.mark.parametrize(
    "node",
    [made("(status = …)"), made("((status = …) AND (created > …))"), made(actual=99, planned=0)],
)
def test_one_column_a_range_or_few_rows_say_nothing(node):
    assert objection(node) is None


def test_the_rule_says_so_where_an_index_finds_the_rows():
    schema = make_schema(make_index("status", "customer_id"))
    assert [one.kind for one in advise(EqualityIndex(), made(), schema=schema)] == ["statistics"]
