"""Tests of rules/index/candidate/scan.py."""

from __future__ import annotations

import pytest

from queryscope.rules.index.candidate.scan import (
    equalities,
    join_above,
    kept_share,
    limit_above,
    memberships,
    output_rows,
    ranges,
    read_scans,
    row_count,
    sort_above,
    sort_keys,
)
from tests.rules.index.orders import (
    MODELS,
    make_above,
    make_predicate,
    make_scan,
    make_schema,
    make_slow_plan,
    make_sort_key,
    make_statement,
)


def scans(root, *, schema=None, statement=None):
    return list(
        read_scans(
            make_slow_plan(root),
            statement=statement or make_statement(),
            schema=schema or make_schema(),
            models=MODELS,
        )
    )


def scan_of(root, **more):
    (scan,) = scans(root, **more)
    return scan


@pytest.mark.parametrize("node_type", ["Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan"])
def test_every_kind_of_scan_is_read(node_type):
    assert scan_of(make_scan("(status = …)", node_type=node_type)).table.name == "shop_order"


@pytest.mark.parametrize(
    "node",
    [
        make_scan(node_type="Bitmap Index Scan"),
        make_scan(relation_name="unknown"),
        make_scan(actual_loops=0.0),
    ],
)
def test_other_nodes_unknown_tables_and_unexecuted_scans_are_not(node):
    assert scans(node) == []


def test_conditions_come_from_filter_index_and_recheck():
    scan = scan_of(make_scan("(status = …)", index_cond="(id = …)", recheck_cond="(code = ANY (…))"))
    assert equalities(scan) == ("status", "id")
    assert memberships(scan) == ("code",)
    assert ranges(scan_of(make_scan("((created >= …) AND (created < …))"))) == ("created",)


def test_the_statement_is_asked_only_where_the_plan_says_nothing_readable():
    statement = make_statement(make_predicate("code"), make_predicate("id", table="shop_customer"))
    assert equalities(scan_of(make_scan("(status = …)"), statement=statement)) == ("status",)
    assert equalities(scan_of(make_scan("((("), statement=statement)) == ("code",)
    assert equalities(scan_of(make_scan(""), statement=statement)) == ()


def test_only_literals_of_this_table_are_taken():
    statement = make_statement(
        make_predicate("status", literal="'a'"),
        make_predicate("code", literal="'b'", table="shop_customer"),
        make_predicate("created", operator=">", literal="'c'"),
    )
    assert scan_of(make_scan("(status = …)"), statement=statement).literals == (("status", "'a'"),)


def test_shares_count_all_loops():
    scan = scan_of(make_scan("(status = …)", kept=10, removed=30, actual_loops=5.0))
    assert (scan.kept, scan.removed, kept_share(scan)) == (50, 150, 0.25)


def test_an_index_scan_is_compared_with_the_table():
    scan = scan_of(make_scan("(status = …)", node_type="Index Scan", kept=20_000, removed=0))
    assert kept_share(scan) == 0.1


def test_rows_of_a_table_that_was_never_analysed_are_those_that_were_read():
    scan = scan_of(
        make_scan("(status = …)", kept=100, removed=900, actual_loops=2.0), schema=make_schema(rows=-1.0)
    )
    assert row_count(scan) == 1000


def test_an_estimated_parallel_scan_is_multiplied_by_its_workers():
    estimated = {"actual_rows": None, "actual_loops": None, "plan_rows": 1000, "parallel_aware": True}
    gather = make_above("Gather", make_scan("(status = …)", **estimated), workers_planned=2)
    assert scan_of(gather).kept == pytest.approx(2400)
    assert scan_of(gather).removed == pytest.approx(197_600)


def test_limit_sort_and_join_are_found_above():
    scan = make_scan("(status = …)")
    root = make_above("Limit", make_above("Sort", make_above("Hash Join", scan), sort_key=("created",)))
    found = scan_of(root)
    nodes = (limit_above(found), sort_above(found), join_above(found))
    assert [node.node_type for node in nodes if node is not None] == ["Limit", "Sort", "Hash Join"]


@pytest.mark.parametrize("barrier", ["Aggregate", "WindowAgg", "Unique", "Append"])
def test_nothing_is_found_above_a_node_that_makes_other_rows(barrier):
    root = make_above("Limit", make_above(barrier, make_scan("(status = …)")))
    assert limit_above(scan_of(root)) is None


def test_a_subplan_is_not_below_the_limit_of_its_query():
    root = make_above("Limit", make_above("Result", make_scan("(status = …)", parent_relationship="SubPlan")))
    assert limit_above(scan_of(root)) is None


def test_the_order_is_that_of_the_sort_else_of_the_statement():
    statement = make_statement(order=(make_sort_key("created", is_descending=True),))
    scan = make_scan("(status = …)")
    assert sort_keys(scan_of(scan, statement=statement), statement) == ()
    (key,) = sort_keys(scan_of(make_above("Limit", scan)), statement)
    assert (key.column, key.is_descending, key.nulls) == ("created", True, "")
    root = make_above("Limit", make_above("Sort", scan, sort_key=("shop_order.id",)))
    assert [key.column for key in sort_keys(scan_of(root), statement)] == ["id"]


def test_delivered_rows_are_counted_over_all_loops():
    assert output_rows(make_scan(kept=10, actual_loops=3.0)) == 30
    assert output_rows(make_scan(kept=10, actual_rows=None)) == 10


def test_every_condition_is_a_term_plain_columns_first():
    text = "((status = …) AND (created >= …) AND (sent IS NULL) AND (upper((code)::text) = …) AND is_flagged)"
    terms = scan_of(make_scan(text)).terms
    told = [(term.key.column, term.key.django, term.operator, term.type) for term in terms]
    assert told == [
        ("status", "status", "=", "character varying"),
        ("created", "created", ">=", "timestamp with time zone"),
        ("sent", "sent", "is null", "timestamp with time zone"),
        ("is_flagged", "is_flagged", "true", "boolean"),
        ("", 'Upper("code")', "=", "text"),
    ]
    assert [term.share for term in terms] == [pytest.approx(1 / 3), None, 0.01, None, None]


def test_an_or_is_a_term_if_all_its_arms_are():
    (term,) = scan_of(make_scan("((status = …) OR (customer_id = …))")).terms
    assert term.operator == "or"
    assert [[one.key.django for one in arm] for arm in term.arms] == [["status"], ["customer"]]
    assert scan_of(make_scan("((status = …) OR (now() > …))")).terms == ()


def test_a_literal_of_the_source_and_a_joined_column_stand_in_the_term():
    statement = make_statement(make_predicate("status", literal="'open'"))
    text = "((status = …) AND (customer_id = c.id))"
    first, second = scan_of(make_scan(text), statement=statement).terms
    assert (first.literal, first.is_join) == ("'open'", False)
    assert (second.is_join, second.other_table, second.other_column) == (True, "c", "id")
