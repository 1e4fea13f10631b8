"""Plans of one shape have one fingerprint, whatever their values, rows and times."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import PlanNode
from queryscope.plans.fingerprint import condition_shape, plan_fingerprint, shape_lines
from tests.plans.corpus import REAL, case
from tests.plans.nodes import SERVERS, analyzed, plan_of, real_plan


def fingerprint(root: PlanNode) -> str:
    return plan_fingerprint(plan_of(root))


BOOK = analyzed("Seq Scan", relation_name="book", schema="public", filter="(status = …::text)")


@pytest.mark.parametrize(
    "other",
    [
        replace(BOOK, actual_rows=7.0, actual_total_time_ms=1.0, shared_hit_blocks=9, plan_rows=3.0),
        replace(BOOK, actual_rows=None, actual_loops=None, total_cost=77.0),
        replace(BOOK, filter="(status = …)"),
        replace(BOOK, output=("id",), workers_launched=1, plan_width=8),
    ],
)
def test_values_rows_and_times_are_no_part_of_a_shape(other: PlanNode):
    assert fingerprint(other) == fingerprint(BOOK)


@pytest.mark.parametrize(
    "other",
    [
        replace(BOOK, node_type="Index Scan", index_name="book_status"),
        replace(BOOK, relation_name="author"),
        replace(BOOK, schema="other"),
        replace(BOOK, parallel_aware=True),
        replace(BOOK, filter="(kind = …::text)"),
        replace(BOOK, filter="(status <> …::text)"),
        analyzed("Limit", BOOK),
    ],
)
def test_nodes_relations_indexes_and_conditions_are(other: PlanNode):
    assert fingerprint(other) != fingerprint(BOOK)


def test_the_sides_of_a_join_are_told_apart():
    author = replace(BOOK, relation_name="author")
    assert fingerprint(analyzed("Hash Join", BOOK, author)) != fingerprint(
        analyzed("Hash Join", author, BOOK)
    )
    assert fingerprint(analyzed("Append", analyzed("Append", BOOK), author)) != fingerprint(
        analyzed("Append", analyzed("Append", BOOK, author))
    )


@pytest.mark.parametrize("server", SERVERS)
def test_a_run_and_an_estimate_of_one_statement_are_alike(server: str):
    ran, planned = real_plan(f"{server}/seq_scan_rare"), real_plan(f"{server}/plan_only")
    assert shape_lines(ran.root) == shape_lines(planned.root)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(
    ("one", "other"),
    [("cold_cache", "warm_cache"), ("offset_deep", "offset_shallow"), ("workers_missing", "workers_all")],
)
def test_runs_of_one_plan_are_alike(server: str, one: str, other: str):
    assert plan_fingerprint(case(f"{server}/{one}").plan) == plan_fingerprint(case(f"{server}/{other}").plan)


def test_plans_of_different_statements_hardly_ever_are():
    of_one_server = [one for one in REAL if one.version == 18]
    assert len({plan_fingerprint(one.plan) for one in of_one_server}) > 0.85 * len(of_one_server)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("(a = …::numeric(8,2))", "(a = …)"),
        ("(a = …::character varying(10))", "(a = …)"),
        ("(a = …::timestamp with time zone)", "(a = …)"),
        ("(a = …::timestamp(3) with time zone)", "(a = …)"),
        ("(a = ANY (…::integer[]))", "(a = ANY (…))"),
        ('(a = …::"Mood")', "(a = …)"),
        ("(a IN (…, …, …))", "(a IN (…))"),
        ("((a)::text = b)", "((a)::text = b)"),
        ("((a = …::text) AND (b = …::integer))", "((a = …) AND (b = …))"),
    ],
)
def test_values_lose_their_types_and_their_number(text: str, shape: str):
    assert condition_shape(text) == shape
