"""Tests of rules/index/partial_index.py."""

from __future__ import annotations

import pytest

from queryscope.rules.index.partial_index import PartialIndex
from tests.rules.index.orders import (
    TABLE,
    advise,
    columns,
    make_above,
    make_predicate,
    make_scan,
    make_schema,
    make_statement,
)

BY_STATUS = "((shop_order.status)::text = …::text)"
PENDING = make_statement(make_predicate("status", literal="'pending'"))


def test_a_rare_constant_of_the_source_becomes_the_condition():
    (advice,) = advise(PartialIndex(), make_scan(BY_STATUS), statement=PENDING)
    assert columns(advice) == ["id"]
    assert advice.predicate == "\"status\" = 'pending'"
    assert advice.predicate_django == 'Q(status="pending")'
    assert advice.rule == "partial-index"
    assert "keeps 40 of 200,000 rows" in advice.reason


def test_a_parameter_makes_no_partial_index():
    statement = make_statement(make_predicate("status"))
    assert advise(PartialIndex(), make_scan(BY_STATUS), statement=statement) == []


def test_other_equalities_become_the_keys():
    scan = make_scan(f"({BY_STATUS} AND (customer_id = …))")
    (advice,) = advise(PartialIndex(), scan, statement=PENDING)
    assert columns(advice) == ["customer"]


def test_the_order_of_a_page_becomes_the_keys():
    sort = make_above("Sort", make_scan(BY_STATUS), sort_key=("shop_order.created DESC",))
    (advice,) = advise(PartialIndex(), make_above("Limit", sort), statement=PENDING)
    assert columns(advice) == ["-created"]


def test_an_order_of_another_table_leaves_the_primary_key():
    sort = make_above("Sort", make_scan(BY_STATUS), sort_key=("c.name",))
    (advice,) = advise(PartialIndex(), make_above("Limit", sort), statement=PENDING)
    assert columns(advice) == ["id"]


def test_without_a_primary_key_there_is_nothing_to_hold():
    assert (
        advise(PartialIndex(), make_scan(BY_STATUS), statement=PENDING, schema=make_schema(indexes=())) == []
    )


@pytest.mark.parametrize(
    ("condition", "predicate", "django"),
    [
        ("(shop_order.sent IS NULL)", '"sent" IS NULL', "Q(sent__isnull=True)"),
        ("shop_order.is_flagged", '"is_flagged"', "Q(is_flagged=True)"),
        ("(NOT shop_order.is_flagged)", 'NOT "is_flagged"', "Q(is_flagged=False)"),
        (
            "((sent IS NULL) AND (NOT is_flagged))",
            'NOT "is_flagged" AND "sent" IS NULL',
            "Q(is_flagged=False, sent__isnull=True)",
        ),
    ],
)
def test_null_and_booleans_are_constants_by_nature(condition, predicate, django):
    (advice,) = advise(PartialIndex(), make_scan(condition))
    assert (advice.predicate, advice.predicate_django) == (predicate, django)


def test_a_common_null_is_no_rare_state():
    sent = next(column for column in make_schema().tables[0].columns if column.name == "sent")
    changed = tuple(
        type(sent)(name=one.name, type=one.type, null_frac=0.95) for one in make_schema().tables[0].columns
    )
    scan = make_scan("((sent IS NULL) AND (customer_id = …))")
    assert advise(PartialIndex(), scan, schema=make_schema(columns=changed)) == []


def test_a_constant_among_many_values_is_a_look_up():
    statement = make_statement(make_predicate("code", literal="'C1'"))
    assert advise(PartialIndex(), make_scan("((code)::text = …::text)"), statement=statement) == []


def test_a_constant_for_another_table_is_not_taken():
    statement = make_statement(make_predicate("status", literal="'pending'", table="shop_customer"))
    assert advise(PartialIndex(), make_scan(BY_STATUS), statement=statement) == []


def test_a_common_constant_is_refused():
    (refusal,) = advise(PartialIndex(), make_scan(BY_STATUS, kept=150_000, removed=50_000), statement=PENDING)
    assert (refusal.kind, refusal.relation) == ("low-selectivity", TABLE)


def test_a_tiny_table_is_refused():
    (refusal,) = advise(PartialIndex(), make_scan(BY_STATUS), statement=PENDING, schema=make_schema(pages=3))
    assert refusal.kind == "tiny-table"
