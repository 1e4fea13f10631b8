"""Tests of rules/index/equality_index.py."""

from __future__ import annotations

import pytest

from queryscope.model import IndexAdvice, Refusal
from queryscope.rules.index.equality_index import EqualityIndex
from queryscope.sql.statement import read_statement
from tests.builders import make_query_group
from tests.rules.index.orders import (
    PRIMARY_KEY,
    TABLE,
    advise,
    columns,
    make_above,
    make_index,
    make_scan,
    make_schema,
    make_slow_plan,
)

BY_CODE = "((shop_order.code)::text = …::text)"


def test_a_selective_equality_gets_an_index():
    (advice,) = advise(EqualityIndex(), make_scan(BY_CODE, kept=1, removed=199_999))
    assert columns(advice) == ["code"]
    assert (advice.relation, advice.model, advice.method) == (TABLE, "shop.Order", "btree")
    assert advice.rule == "equality-index"
    assert advice.serves == ("f0",)
    assert advice.reason == (
        "The query reads 200,000 rows of shop_order to keep 1 by code. "
        "No value of code occurs twice: if that is a rule, unique=True says it too."
    )


def test_a_list_of_values_is_an_equality():
    (advice,) = advise(EqualityIndex(), make_scan("((code)::text = ANY (…::text[]))"))
    assert columns(advice) == ["code"]


def test_two_equalities_yield_the_most_selective_column_alone_and_both():
    found = advise(EqualityIndex(), make_scan(f"({BY_CODE} AND (customer_id = …))"))
    assert [columns(advice) for advice in found] == [["code"], ["code", "customer"]]


def test_a_column_of_few_values_is_not_tried_alone_beside_others():
    found = advise(EqualityIndex(), make_scan("(((status)::text = …::text) AND is_flagged AND (sent = …))"))
    assert [columns(advice) for advice in found] == [["sent"], ["sent", "status"]]
    found = advise(
        EqualityIndex(),
        make_scan("((status)::text = …::text) AND (customer_id = …)", kept=30),
        schema=make_schema(columns=make_schema().tables[0].columns[:2]),
    )
    assert [columns(advice) for advice in found] == [["status"]]


def test_a_range_follows_the_equalities():
    found = advise(EqualityIndex(), make_scan(f"((created >= …::timestamp with time zone) AND {BY_CODE})"))
    assert [columns(advice) for advice in found] == [["code"], ["code", "created"]]


def test_each_of_two_ranges_is_tried_and_both():
    found = advise(EqualityIndex(), make_scan(f"((created >= …) AND (sent < …) AND {BY_CODE})"))
    assert [columns(advice) for advice in found] == [
        ["code"],
        ["code", "created"],
        ["code", "sent"],
        ["code", "created", "sent"],
        ["code", "sent", "created"],
    ]
    found = advise(EqualityIndex(max_bounds=1), make_scan(f"((created >= …) AND (sent < …) AND {BY_CODE})"))
    assert max(len(advice.keys) for advice in found) == 2


def test_of_three_ranges_each_is_tried_before_the_others():
    found = advise(EqualityIndex(), make_scan("((created >= …) AND (sent < …) AND (status < …))"))
    assert [columns(advice) for advice in found] == [
        *(["created"], ["sent"], ["status"]),
        *(["created", "sent", "status"], ["sent", "created", "status"], ["status", "created", "sent"]),
    ]


def test_a_range_of_two_ends_comes_before_one_of_one():
    found = advise(EqualityIndex(), make_scan("((created >= …) AND (sent < …) AND (sent > …))"))
    assert [columns(advice) for advice in found] == [
        ["sent"],
        ["created"],
        ["sent", "created"],
        ["created", "sent"],
    ]


def test_a_selective_range_alone_gets_an_index():
    (advice,) = advise(EqualityIndex(), make_scan("(created >= …::timestamp with time zone)"))
    assert columns(advice) == ["created"]


def test_a_range_that_an_index_serves_is_covered():
    schema = make_schema(make_index("code", "created DESC", name="both"))
    found = advise(EqualityIndex(), make_scan(f"((created >= …) AND {BY_CODE})"), schema=schema)
    assert [(one.kind, one.reason.split(" ")[0]) for one in found] == [("covered", "both")] * 2


def test_a_join_condition_inside_a_scan_is_an_equality():
    (advice,) = advise(EqualityIndex(), make_scan("(shop_order.customer_id = c.id)", actual_loops=5.0))
    assert columns(advice) == ["customer"]


@pytest.mark.parametrize(
    "condition",
    [
        "((created)::date = …::date)",
        "((code)::text <> …::text)",
        "(data = …::jsonb)",
        "((id % …::bigint) = …)",
        "(NOT (hashed SubPlan 1))",
    ],
)
def test_conditions_that_a_plain_index_cannot_serve_are_left_alone(condition):
    assert advise(EqualityIndex(), make_scan(condition)) == []


def test_an_expression_is_a_key_as_a_column_is():
    found = advise(EqualityIndex(), make_scan("((lower((code)::text) = …::text) AND (customer_id = …))"))
    assert [columns(advice) for advice in found] == [["customer"], ["customer", 'Lower("code")']]
    assert found[1].reason.endswith('by customer_id, Lower("code").')


def test_a_tiny_table_is_refused_with_its_size():
    (refusal,) = advise(
        EqualityIndex(), make_scan(BY_CODE, kept=1, removed=59), schema=make_schema(rows=60.0, pages=1)
    )
    assert isinstance(refusal, Refusal)
    assert (refusal.kind, refusal.relation, refusal.fingerprint) == ("tiny-table", TABLE, "f0")
    assert "60 rows on 1 pages" in refusal.reason


@pytest.mark.parametrize(("rows", "pages", "is_tiny"), [(500, 11, False), (499, 11, True), (500, 10, True)])
def test_tiny_is_ten_pages_or_less_than_500_rows(rows, pages, is_tiny):
    found = advise(
        EqualityIndex(),
        make_scan(BY_CODE, kept=1, removed=rows - 1),
        schema=make_schema(rows=float(rows), pages=pages),
    )
    assert isinstance(found[0], Refusal) is is_tiny


@pytest.mark.parametrize(("kept", "is_refused"), [(40_000, False), (40_001, True), (188_000, True)])
def test_a_condition_that_keeps_more_than_a_fifth_is_refused(kept, is_refused):
    (answer,) = advise(
        EqualityIndex(), make_scan("((status)::text = …::text)", kept=kept, removed=200_000 - kept)
    )
    assert isinstance(answer, Refusal) is is_refused
    if kept == 188_000:
        assert answer.reason == "No index: the conditions keep 94% of 200,000 rows of shop_order."


def test_an_existing_index_covers():
    (refusal,) = advise(
        EqualityIndex(), make_scan(BY_CODE), schema=make_schema(make_index("code", name="by"))
    )
    assert refusal.kind == "covered"
    assert refusal.reason == "by starts with code; run ANALYZE shop_order."


def test_an_index_that_is_used_well_says_nothing():
    scan = make_scan(node_type="Index Scan", index_cond=BY_CODE, removed=0)
    assert advise(EqualityIndex(), scan, schema=make_schema(make_index("code"))) == []


def test_an_index_that_drops_most_of_what_it_reads_is_extended_and_replaced():
    scan = make_scan(
        "((status)::text = …::text)",
        node_type="Index Scan",
        index_cond="(customer_id = …)",
        index_name="by_customer",
        kept=10,
        removed=5000,
    )
    (advice,) = advise(
        EqualityIndex(), scan, schema=make_schema(make_index("customer_id", name="by_customer"))
    )
    assert columns(advice) == ["customer", "status"]
    assert advice.replaces == ("by_customer",)


def test_many_lookups_by_primary_key_are_refused_as_no_matter_of_indexes():
    scan = make_scan(node_type="Index Scan", index_cond="(id = …)", kept=1, removed=0)
    group = make_query_group(fingerprint="f0", count=50)
    (refusal,) = advise(EqualityIndex(), scan, group=group)
    assert refusal.kind == "unique-key"
    assert (
        refusal.reason == f"{PRIMARY_KEY.name} finds the one row: an index can't make 50 such queries fewer."
    )
    assert advise(EqualityIndex(), scan, group=make_query_group(count=1)) == []


def test_a_unique_key_on_a_tiny_table_is_no_matter_of_its_size():
    scan = make_scan("(id = …)", kept=1, removed=99)
    tiny = make_schema(rows=100.0, pages=1)
    assert advise(EqualityIndex(), scan, schema=tiny, group=make_query_group(count=1)) == []
    (refusal,) = advise(EqualityIndex(), scan, schema=tiny, group=make_query_group(count=9))
    assert refusal.kind == "unique-key"


def test_a_list_of_primary_keys_finds_more_than_one_row():
    scan = make_scan(node_type="Index Scan", index_cond="(id = ANY (…))", kept=40, removed=0)
    assert advise(EqualityIndex(), scan, group=make_query_group(count=9)) == []


def test_a_scan_of_everything_is_refused():
    root = make_above("Aggregate", make_scan(kept=200_000, removed=0))
    (refusal,) = advise(EqualityIndex(), root)
    assert (refusal.kind, "all 200,000 rows" in refusal.reason) == ("full-scan", True)
    assert advise(EqualityIndex(), make_scan(kept=9999, removed=0), schema=make_schema(rows=9999.0)) == []


def test_a_fast_query_is_refused():
    scan = make_scan(BY_CODE)
    (refusal,) = advise(EqualityIndex(), scan, plan=make_slow_plan(scan, execution_time_ms=0.4))
    assert (refusal.kind, "0.40 ms" in refusal.reason) == ("fast", True)


def test_an_estimated_plan_is_judged_by_its_estimates():
    scan = make_scan(BY_CODE, actual_rows=None, actual_loops=None, rows_removed_by_filter=0.0)
    (advice,) = advise(EqualityIndex(), scan, plan=make_slow_plan(scan, execution_time_ms=None))
    assert isinstance(advice, IndexAdvice)


def test_a_scan_that_never_ran_says_nothing():
    assert advise(EqualityIndex(), make_scan(BY_CODE, actual_loops=0.0)) == []


def test_the_statement_helps_where_the_plan_cannot_be_read():
    statement = read_statement(f'SELECT "{TABLE}"."id" FROM "{TABLE}" WHERE "{TABLE}"."code" = %s')
    (advice,) = advise(EqualityIndex(), make_scan("(code OPERATOR(x.=) (("), statement=statement)
    assert columns(advice) == ["code"]


def test_a_table_without_a_model_says_nothing():
    scan = make_scan(BY_CODE, relation_name="pg_stat", alias="pg_stat")
    assert advise(EqualityIndex(), scan) == []
