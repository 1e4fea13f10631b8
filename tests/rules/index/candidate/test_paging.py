"""Tests of rules/index/candidate/paging.py."""

from __future__ import annotations

import pytest

from queryscope.model import IndexKey
from queryscope.rules.index.candidate.paging import is_keyset, missing_bound
from queryscope.rules.index.candidate.scan import read_scans
from queryscope.rules.index.order_limit_index import OrderLimitIndex
from tests.rules.index.orders import (
    MODELS,
    advise,
    columns,
    make_above,
    make_scan,
    make_schema,
    make_slow_plan,
    make_statement,
)

ORDER = (IndexKey(column="created", django="created"), IndexKey(column="id", django="id"))
BEFORE = "((created < …) OR ((created = …) AND (id < …)))"


def scan_of(condition):
    (scan,) = read_scans(
        make_slow_plan(make_scan(condition)), statement=make_statement(), schema=make_schema(), models=MODELS
    )
    return scan


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (BEFORE, True),
        ("((created > …) OR ((created = …) AND (id > …)))", True),
        (f"({BEFORE} AND (created <= …))", True),
        (f"({BEFORE} AND (status = …))", False),
        ("((created < …) OR (id < …))", False),
        ("((created < …) OR (created = …) OR (status = …))", False),
        ("((created = …) OR (created = …))", False),
        ("(created < …)", False),
    ],
)
def test_a_place_in_an_order_is_known(condition, expected):
    assert is_keyset(scan_of(condition), ORDER) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (BEFORE, "created__lte"),
        ("((created > …) OR ((created = …) AND (id > …)))", "created__gte"),
        (f"({BEFORE} AND (created <= …))", ""),
        ("(created < …)", ""),
    ],
)
def test_the_bound_that_lets_reading_begin_there_is_named_where_it_lacks(condition, expected):
    assert missing_bound(scan_of(condition), ORDER) == expected


def test_a_late_page_gets_its_order_and_the_bound():
    scan = make_scan(BEFORE, kept=5000, removed=195_000)
    sort = make_above("Sort", scan, sort_key=("created DESC", "id DESC"))
    (advice,) = advise(OrderLimitIndex(), make_above("Limit", sort))
    assert columns(advice) == ["-created", "-id"]
    assert "Filter by created__lte as well" in advice.reason
