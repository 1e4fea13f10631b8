"""Wrong estimates are located where they begin, and rows that nobody asked for are no error."""

from __future__ import annotations

import pytest

from queryscope.model import PlanNode
from queryscope.plans.estimates import find_misestimates
from queryscope.plans.metrics import walk
from tests.plans.corpus import REAL, Case, case
from tests.plans.nodes import SERVERS, analyzed, plan_of

WRONG = {"plan_rows": 10.0, "rows": 5_000.0}


def found_in(root: PlanNode) -> list[int]:
    return [one.node for one in find_misestimates(plan_of(root))]


def scan(**more: object) -> PlanNode:
    return analyzed("Seq Scan", **({"plan_rows": 10.0, "rows": 5_000.0, "relation_name": "book"} | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("case", REAL, ids=lambda case: case.label)
def test_the_corpus_is_judged_as_its_manifest_says(case: Case):
    found = find_misestimates(case.plan)
    assert found or "R11" not in case.fires
    assert not found or "R11" not in case.near


@pytest.mark.parametrize("server", SERVERS)
def test_the_scan_is_told_and_the_join_that_carries_it_on_is_not(server: str):
    plan = case(f"{server}/estimate_correlated_join").plan
    [found] = find_misestimates(plan)
    nodes = {node.id: node for node in walk(plan.root)}
    assert nodes[found.node].node_type == "Bitmap Heap Scan"
    assert (found.actual, found.is_underestimate) == (5_000, True)
    assert found.factor >= 1_000
    assert found.carried_by == (plan.root.id,)


@pytest.mark.parametrize("server", SERVERS)
def test_a_cte_scan_owes_its_error_to_its_cte(server: str):
    plan = case(f"{server}/write_in_cte_read").plan
    [found] = find_misestimates(plan)
    nodes = {node.id: node for node in walk(plan.root)}
    assert nodes[found.node].relation_name == "parcel"


@pytest.mark.parametrize(
    "name", ["hash_never_built", "merge_join_marks", "window_run_condition", "recursive_union", "bitmap_or"]
)
@pytest.mark.parametrize("server", SERVERS)
def test_rows_that_were_not_asked_for_or_counted_twice_are_no_error(server: str, name: str):
    assert find_misestimates(case(f"{server}/{name}").plan) == ()


def test_two_causes_are_told_worst_first():
    join = analyzed("Hash Join", scan(), scan(rows=50_000.0, parent_relationship="Inner"), **WRONG)
    assert found_in(join) == [2, 1]


def test_a_join_is_the_cause_where_what_it_reads_was_planned_well():
    assert found_in(analyzed("Hash Join", scan(plan_rows=5_000.0), scan(plan_rows=5_000.0), **WRONG)) == [0]


@pytest.mark.parametrize(
    ("planned", "actual", "is_told"), [(10, 100, True), (10, 99, False), (11, 100, False)]
)
def test_at_the_thresholds(planned: float, actual: float, is_told: bool):
    assert bool(found_in(scan(plan_rows=planned, rows=actual))) == is_told


def test_thresholds_can_be_moved():
    plan = plan_of(scan(plan_rows=10.0, rows=50.0))
    assert find_misestimates(plan, least_factor=5, least_rows=50)
    assert not find_misestimates(plan, least_factor=6, least_rows=50)


def test_workers_that_did_not_come_are_no_error_of_the_estimate():
    few = {"workers_planned": 40, "workers_launched": 0}
    partial = {"plan_rows": 1_000.0, "rows": 40_000.0, "parallel_aware": True}
    assert found_in(analyzed("Gather", scan(**partial), plan_rows=40_000.0, **few)) == []
    all_came = {"plan_rows": 40_000.0, "workers_planned": 40, "workers_launched": 40}
    assert found_in(analyzed("Gather", scan(loops=41, **partial), **all_came)) == [1]


def test_what_is_planned_for_one_process_is_rounded_so_the_gathered_rows_count():
    shared = scan(plan_rows=1.0, rows=85.0, loops=3, parallel_aware=True)
    gathered = analyzed("Gather", shared, plan_rows=1.0, rows=255.0, workers_planned=2, workers_launched=2)
    [found] = find_misestimates(plan_of(gathered))
    assert (found.node, found.planned, found.actual, found.factor) == (1, 1.0, 255.0, 255.0)


def test_rows_of_what_every_process_does_alone_are_those_of_one():
    alone = scan(plan_rows=50.0, rows=50.0, loops=3, parent_relationship="Inner")
    shared = scan(plan_rows=1_000.0, rows=800.0, loops=3, parallel_aware=True)
    joined = analyzed("Nested Loop", shared, alone, plan_rows=1_000.0, rows=800.0, loops=3)
    gathered = analyzed(
        "Gather", joined, plan_rows=2_400.0, rows=2_400.0, workers_planned=2, workers_launched=2
    )
    assert find_misestimates(plan_of(gathered)) == ()


EARLY = {"plan_rows": 100_000.0, "rows": 200.0}


@pytest.mark.parametrize(
    "root",
    [
        analyzed("Limit", scan(**EARLY)),
        analyzed("Limit", analyzed("Group", scan(**EARLY))),
        analyzed("Merge Join", scan(**EARLY), analyzed("Sort", parent_relationship="Inner")),
        analyzed(
            "Nested Loop", analyzed("Result"), scan(parent_relationship="Inner", **EARLY), join_type="Semi"
        ),
        analyzed(
            "Nested Loop", analyzed("Result"), scan(parent_relationship="Inner", **EARLY), inner_unique=True
        ),
        analyzed("Hash Join", scan(**EARLY), analyzed("Hash", rows=0.0, parent_relationship="Inner")),
        analyzed("WindowAgg", scan(**EARLY), run_condition="(row_number() OVER (?) <= …)"),
        analyzed(
            "Limit",
            analyzed("Nested Loop", analyzed("Result"), scan(parent_relationship="Inner", **EARLY)),
        ),
    ],
)
def test_whoever_is_left_early_is_not_blamed(root: PlanNode):
    assert found_in(root) == []


@pytest.mark.parametrize(
    "root",
    [
        analyzed("Limit", analyzed("Sort", scan(**EARLY))),
        analyzed("Limit", analyzed("Aggregate", scan(**EARLY), strategy="Hashed")),
        analyzed("Hash Join", analyzed("Result"), analyzed("Hash", scan(**EARLY))),
        analyzed("Nested Loop", scan(**EARLY), analyzed("Result", parent_relationship="Inner")),
    ],
)
def test_whoever_is_read_to_the_end_is(root: PlanNode):
    assert len(found_in(root)) == 1


def test_a_plan_that_did_not_run_has_no_errors():
    assert found_in(analyzed("Seq Scan", loops=0.0, **WRONG)) == []
