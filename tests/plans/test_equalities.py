"""Which columns a plan compares with one value."""

from __future__ import annotations

import pytest

from queryscope.plans.equalities import conditions_in, equal_operands, expression_operand, shared_conditions
from tests.builders import make_node, make_plan


def test_equalities_are_read_from_the_plan():
    scan = make_node(
        relation_name="shop_order",
        alias="o",
        filter="((o.status)::text = '…'::text) AND (o.total > …) AND (o.customer_id = …)",
    )
    assert equal_operands(make_plan(scan), "shop_order") == {"status", "customer_id"}
    assert equal_operands(make_plan(scan), "shop_book") == set()


@pytest.mark.parametrize(
    "text",
    [
        "upper(o.status) = '…'::text",
        "(o.status = '…') OR (o.total = …)",
        "o.status = ANY ('…'::text[])",
        "other.status = '…'",
        "o.status <> '…'",
        "(o.status = '…') IS NOT TRUE",
        "NOT (o.status = '…')",
        "(o.status || '…') = '…'",
        "o.status",
        "o.status IS NULL",
        "o.status = ALL ('…'::text[])",
        "(o.status = '…') AND (lower(o.status) = '…')",
        "(o.status = '…') AND (o.total > (o.status)::integer)",
        "(o.total > …) AND ((SubPlan 1) = o.status)",
    ],
)
def test_what_is_no_equality_of_a_column_is_none(text):
    scan = make_node(relation_name="shop_order", alias="o", filter=text)
    found = equal_operands(make_plan(scan), "shop_order")
    assert {each for each in found if not each.startswith("(")} == set()


def test_a_column_that_another_scan_of_the_table_compares_otherwise_is_not_free():
    scans = [
        make_node(relation_name="shop_order", alias="o", filter="o.status = '…'"),
        make_node(relation_name="shop_order", alias="u0", filter="u0.status > '…'"),
    ]
    assert equal_operands(make_plan(make_node("Nested Loop", *scans)), "shop_order") == set()


def test_the_key_of_a_join_is_an_equality_from_either_side():
    scan = make_node("Index Scan", relation_name="shop_line", alias="l", index_cond="o.id = l.order_id")
    assert equal_operands(make_plan(scan), "shop_line") == {"order_id"}


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("(status)::text = '…'::text", "status"),
        ("((o.status)::text = ('…'::character varying(20))::text)", "status"),
        ('(o."Status" = …)', "Status"),
        ("(o.a_1 = $1)", "a_1"),
        ("(o.day = (now())::date)", "day"),
        ("(upper('…'::text) = (o.status)::text)", "status"),
        ("(o.status = '… AND (b) = …')", "status"),
        ("((o.code)::numeric(10,2) = …)", "code"),
    ],
)
def test_an_equality_is_read_as_it_is_printed(text, column):
    scan = make_node(relation_name="shop_order", alias="o", filter=text)
    assert equal_operands(make_plan(scan), "shop_order") == {column}


def test_an_expression_is_told_as_that_of_an_index():
    text = "(upper((o.email)::text) = '…'::text) AND (o.tenant_id = …) AND (o.total > …)"
    scan = make_node(relation_name="shop_order", alias="o", filter=text)
    assert equal_operands(make_plan(scan), "shop_order") == {"tenant_id", "(upperemail)"}
    assert expression_operand('UPPER("email"::text)') == "(upperemail)"


@pytest.mark.parametrize(
    "text",
    [
        "(upper((o.email)::text) = '…') AND (upper((o.email)::text) > '…')",
        "upper((o.email)::text) ~~ '…'",
        "(o.data -> '…'::text) = '…'::jsonb",  # of which key?
    ],
)
def test_an_expression_that_may_be_compared_otherwise_is_none(text):
    scan = make_node(relation_name="shop_order", alias="o", filter=text)
    assert equal_operands(make_plan(scan), "shop_order") == set()


def test_what_every_scan_tests_is_told_as_a_predicate_has_it():
    one = make_node(
        relation_name="t", alias="x", filter="((x.gone IS NULL) AND (NOT x.is_open) AND (x.a = …))"
    )
    other = make_node(relation_name="t", filter="(gone IS NULL)", index_cond="(b = c)")
    assert conditions_in('"gone" IS NULL AND NOT "is_open"') <= shared_conditions(make_plan(one), "t")
    assert shared_conditions(make_plan(make_node("Append", one, other)), "t") == conditions_in(
        '"gone" IS NULL'
    )
    assert shared_conditions(make_plan(one), "u") == frozenset()


def test_of_a_predicate_with_a_value_nothing_is_known():
    assert conditions_in("\"state\" = 'new'") is None
    assert conditions_in('"size" > 3') is None
