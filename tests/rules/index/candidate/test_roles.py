"""Tests of rules/index/candidate/roles.py."""

from __future__ import annotations

import pytest

from queryscope.model import IndexKey
from queryscope.rules.index.candidate.roles import is_sortable, roles_of, share_of, shared_first
from queryscope.rules.index.candidate.scan import read_scans
from queryscope.rules.index.candidate.term import Term
from tests.rules.index.orders import (
    MODELS,
    make_index,
    make_scan,
    make_schema,
    make_slow_plan,
    make_statement,
)

ALL = (
    "((status = …) AND (customer_id = …) AND (code = ANY (…)) AND (sent IS NULL) "
    "AND (created > …) AND is_flagged)"
)


def scan_of(condition, *indexes):
    (scan,) = read_scans(
        make_slow_plan(make_scan(condition)),
        statement=make_statement(),
        schema=make_schema(*indexes),
        models=MODELS,
    )
    return scan


def names(keys):
    return [key.column for key in keys]


def test_every_term_has_the_part_that_it_can_play():
    roles = roles_of(scan_of(ALL))
    assert names(roles.equal) == ["customer_id", "status"]
    assert names(roles.listed) == ["code"]
    assert names(roles.flags) == ["is_flagged"]
    assert names(roles.empty) == ["sent"]
    assert names(roles.bounds) == ["created"]
    assert names(roles.found) == ["customer_id", "status", "code"]


def test_a_column_with_several_terms_plays_the_narrowest_part():
    roles = roles_of(scan_of("((created > …) AND (created < …) AND (code > …) AND (code = …))"))
    assert (names(roles.equal), names(roles.bounds)) == (["code"], ["created"])


def test_shares_come_from_the_statistics():
    scan = scan_of(ALL)
    assert share_of(scan, IndexKey(column="customer_id", django="customer")) == 1 / 5000
    assert share_of(scan, IndexKey(column="is_flagged", django="is_flagged")) == 0.5
    assert share_of(scan, IndexKey(column="gone", django="gone")) == 0.1


@pytest.mark.parametrize(
    ("key", "type_name", "operator", "expected"),
    [
        (IndexKey(column="a"), "text", "=", True),
        (IndexKey(column="a"), "jsonb", "=", False),
        (IndexKey(column="a"), "text[]", "=", False),
        (IndexKey(column="a"), "tsvector", "=", False),
        (IndexKey(expression="(\"a\" -> 'k')"), "jsonb", "=", True),
        (IndexKey(expression="(\"a\" -> 'k')"), "jsonb", ">", True),
        (IndexKey(expression="(\"a\" -> 'k')"), "jsonb", "@>", False),
        (IndexKey(expression="(\"a\" -> 'k')"), "json", ">", False),
        (IndexKey(column="a"), "jsonb", ">", False),
        (IndexKey(expression='UPPER("a")'), "text", ">", True),
        (IndexKey(), "", "or", False),
    ],
)
def test_a_btree_holds_what_can_be_sorted(key, type_name, operator, expected):
    assert is_sortable(Term(key=key, type=type_name, operator=operator)) is expected


KEYS = tuple(IndexKey(column=name, django=name) for name in ("a", "b", "c"))


@pytest.mark.parametrize(
    ("indexes", "expected"),
    [
        ([], ["a", "b", "c"]),
        ([make_index("c")], ["c", "a", "b"]),
        ([make_index("c"), make_index("b", "c")], ["b", "c", "a"]),
        ([make_index("c", is_unique=True)], ["a", "b", "c"]),
        ([make_index("c", is_constraint=True)], ["a", "b", "c"]),
        ([make_index("c", predicate="x")], ["a", "b", "c"]),
        ([make_index("c", method="hash")], ["a", "b", "c"]),
        ([make_index("c", "other")], ["a", "b", "c"]),
        ([make_index("a", "b", "c")], ["a", "b", "c"]),
    ],
)
def test_an_existing_index_over_some_of_the_columns_gives_their_order(indexes, expected):
    assert names(shared_first(scan_of("(status = …)", *indexes), KEYS)) == expected
