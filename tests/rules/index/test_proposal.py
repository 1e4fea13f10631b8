"""Tests of rules/index/__init__.py: all rules together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import IndexAdvice, IndexKey
from queryscope.rules.index import INDEX_RULES, Constant, merge_advice, propose_indexes
from queryscope.rules.index.equality_index import EqualityIndex
from queryscope.sql.statement import Statement
from tests.rules.index.orders import (
    GROUP,
    MODELS,
    columns,
    make_above,
    make_predicate,
    make_scan,
    make_schema,
    make_slow_plan,
    make_statement,
)

BY_CUSTOMER = "(customer_id = …)"
BY_STATUS = "((status)::text = …::text)"


def propose(root, *, statement: Statement | None = None, constants=(), **more):
    return propose_indexes(
        GROUP, make_slow_plan(root), statement or make_statement(), make_schema(), MODELS, constants, **more
    )


def test_the_same_index_of_two_rules_is_one_candidate():
    advice, refusals = propose(make_scan(BY_CUSTOMER))
    assert [(columns(one), one.rule) for one in advice] == [(["customer"], "foreign-key-index")]
    assert refusals == ()


def test_equality_and_order_are_tried_beside_equality_alone():
    sort = make_above("Sort", make_scan(BY_STATUS, kept=5000), sort_key=("created DESC",))
    advice, _ = propose(make_above("Limit", sort))
    assert [columns(one) for one in advice] == [["status", "-created"], ["status"]]


def test_a_constant_of_the_source_adds_a_partial_candidate():
    statement = make_statement(make_predicate("status"))
    advice, _ = propose(
        make_scan(BY_STATUS), statement=statement, constants=[Constant(field="status", value="pending")]
    )
    assert [one.predicate for one in advice] == ["", "\"status\" = 'pending'"]


def test_a_literal_of_the_sql_never_reaches_a_candidate():
    statement = make_statement(make_predicate("status", literal="'secret'"))
    advice, refusals = propose(make_scan(BY_STATUS), statement=statement)
    assert "secret" not in repr((advice, refusals))


def test_without_a_readable_statement_the_plan_is_enough():
    advice, _ = propose_indexes(GROUP, make_slow_plan(make_scan(BY_CUSTOMER)), None, make_schema(), MODELS)
    assert [columns(one) for one in advice] == [["customer"]]


def test_a_table_with_a_candidate_is_not_refused_too():
    # The equality keeps too much, but the order makes an index worth it.
    sort = make_above("Sort", make_scan(BY_STATUS, kept=100_000, removed=100_000), sort_key=("created",))
    advice, refusals = propose(make_above("Limit", sort))
    assert [columns(one) for one in advice] == [["status", "created"]]
    assert refusals == ()


def test_the_same_refusal_of_several_rules_is_said_once():
    _, refusals = propose(make_scan(BY_CUSTOMER, kept=150_000, removed=50_000))
    assert [refusal.kind for refusal in refusals] == ["low-selectivity"]


def test_rules_with_options_may_be_given():
    condition = f"({BY_CUSTOMER} AND (code = …))"
    advice, _ = propose(make_scan(condition), rules=[EqualityIndex(max_columns=1)])
    assert [columns(one) for one in advice] == [["code"]]


TINY = make_schema(rows=20.0, pages=1)


def of_a_test(root, **more):
    """What is proposed for a plan over twenty rows."""
    return propose_indexes(
        GROUP, make_slow_plan(root, execution_time_ms=0.1), make_statement(), TINY, MODELS, **more
    )


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        (make_scan(BY_CUSTOMER, kept=2, removed=18), [["customer"]]),
        (
            make_scan(f"({BY_CUSTOMER} AND {BY_STATUS})", kept=2, removed=18),
            [["customer"], ["customer", "status"]],
        ),
        (
            make_above(
                "Limit",
                make_above("Sort", make_scan(BY_STATUS, kept=9, removed=11), sort_key=("created DESC",)),
            ),
            [["status", "-created"], ["status"]],
        ),
        (make_scan("(sent IS NULL)", kept=2, removed=18), []),
    ],
)
def test_where_size_says_nothing_what_is_asked_is_enough(root, expected):
    advice, _ = of_a_test(root, is_test_size=True)
    assert [columns(one) for one in advice] == expected
    assert of_a_test(root)[0] == ()


def test_a_foreign_key_that_a_test_joins_by_is_a_candidate():
    customers = make_scan(relation_name="shop_customer", alias="c", kept=5, removed=0)
    orders = make_scan(kept=20, removed=0)
    join = make_above("Hash Join", orders, customers, hash_cond="(shop_order.customer_id = c.id)", rows=20)
    advice, _ = of_a_test(join, is_test_size=True)
    assert [columns(one) for one in advice] == [["customer"]]


def test_every_rule_has_a_name_of_its_own():
    names = [rule.name for rule in INDEX_RULES]
    assert names == [
        "foreign-key-index",
        "order-limit-index",
        "extreme-index",
        "or-index",
        "equality-index",
        "partial-index",
        "covering-index",
        "grouped-order-index",
        "join-index",
        "expression-index",
        "prefix-index",
        "trigram-index",
        "inverted-index",
        "gist-index",
        "mixed-or-index",
        "nearest-index",
        "brin-index",
        "hash-index",
    ]


def make_advice(*names, fingerprint="f0", **more) -> IndexAdvice:
    keys = tuple(IndexKey(column=name, django=name) for name in names)
    values = {"relation": "t", "model": "a.T", "method": "btree", "name": "_".join(names)}
    return IndexAdvice(keys=keys, serves=(fingerprint,), **(values | more))


def test_an_index_for_two_queries_serves_both():
    (advice,) = merge_advice([make_advice("a"), make_advice("a", fingerprint="f1")])
    assert advice.serves == ("f0", "f1")


def test_a_longer_index_takes_in_one_that_begins_it():
    merged = merge_advice([make_advice("a"), make_advice("b"), make_advice("a", "b", fingerprint="f1")])
    assert [(one.name, one.serves) for one in merged] == [("b", ("f0",)), ("a_b", ("f1", "f0"))]


def test_other_tables_methods_and_predicates_stay_apart():
    long = make_advice("a", "b")
    others = [
        make_advice("a", relation="u"),
        make_advice("a", predicate="x IS NULL", name="p"),
        make_advice("a", method="gin", name="g"),
        replace(long, method="gin", name="g2"),
    ]
    assert len(merge_advice([long, *others])) == 5
