"""What nodes cost by themselves: sums that must come out, on real plans and on any tree."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryscope.model import PlanNode
from queryscope.plans.metrics import (
    blocks,
    estimate_error,
    is_executed,
    measure,
    number_nodes,
    removed_rows,
    root_blocks,
    root_ms,
    total_rows,
    walk,
)
from tests.plans.corpus import CASES, Case, case
from tests.plans.nodes import REAL_PLANS, SERVERS, analyzed, plan_of, real_plan


@pytest.mark.parametrize("name", REAL_PLANS)
def test_self_times_of_a_real_plan_add_up_to_its_time(name: str):
    plan = real_plan(name)
    metrics = measure(plan)
    assert math.isclose(
        sum(one.self_ms for one in metrics.values()), root_ms(plan), rel_tol=0.01, abs_tol=1e-9
    )
    assert all(one.self_ms >= 0 for one in metrics.values())
    if root_ms(plan):
        assert math.isclose(sum(one.share for one in metrics.values()), 1.0, rel_tol=0.01)


@pytest.mark.parametrize("name", REAL_PLANS)
def test_self_blocks_of_a_real_plan_add_up_exactly(name: str):
    plan = real_plan(name)
    metrics = measure(plan)
    assert sum(one.self_blocks for one in metrics.values()) == blocks(plan.root)
    assert all(one.self_blocks >= 0 for one in metrics.values())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_self_times_and_blocks_of_every_plan_of_the_corpus_add_up(case: Case):
    plan = case.plan
    metrics = measure(plan).values()
    assert math.isclose(sum(one.self_ms for one in metrics), root_ms(plan), rel_tol=0.01, abs_tol=1e-9)
    assert sum(one.self_blocks for one in metrics) == root_blocks(plan)
    assert sum(one.self_temp_blocks for one in metrics) == (
        plan.root.temp_read_blocks + plan.root.temp_written_blocks
    )
    assert all(one.self_ms >= 0 and one.self_blocks >= 0 and one.self_temp_blocks >= 0 for one in metrics)
    assert all(0 <= one.share <= one.total_share + 1e-9 <= 1.001 for one in metrics)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_only_a_cte_that_writes_runs_after_the_root(case: Case):
    plan = case.plan
    runs_after = case.name in ("write_in_cte", "write_in_cte_read_partly")
    assert (root_blocks(plan) > blocks(plan.root)) == runs_after
    assert (root_ms(plan) > (plan.root.actual_total_time_ms or 0) * 1.0001) == runs_after


@pytest.mark.parametrize("server", SERVERS)
def test_a_cte_that_writes_is_paid_by_nobody_when_nobody_reads_it(server: str):
    plan = case(f"{server}/write_in_cte").plan
    metrics = measure(plan)
    write = next(node for node in walk(plan.root) if node.node_type == "ModifyTable")
    assert metrics[write.id].total_ms == write.actual_total_time_ms
    assert metrics[write.id].total_share > 0.9
    assert metrics[plan.root.id].total_ms == plan.root.actual_total_time_ms


@pytest.mark.parametrize("server", SERVERS)
def test_two_scans_share_a_cte_by_what_each_of_them_ran(server: str):
    plan = case(f"{server}/cte_read_by_parts").plan
    metrics = measure(plan)
    cte = next(node for node in walk(plan.root) if node.subplan_name == "CTE x")
    scans = [node for node in walk(plan.root) if node.node_type == "CTE Scan"]
    assert metrics[cte.id].total_ms == pytest.approx(cte.actual_total_time_ms)
    assert all(metrics[scan.id].self_blocks == 0 for scan in scans)
    paid = [metrics[scan.id].total_ms - metrics[scan.id].self_ms for scan in scans]
    shares = [blocks(scan) / blocks(cte) for scan in scans]
    assert [amount / sum(paid) for amount in paid] == pytest.approx(shares, abs=0.01)


@pytest.mark.parametrize("server", SERVERS)
def test_a_scan_means_the_cte_of_its_name_that_is_further_in(server: str):
    plan = case(f"{server}/cte_of_the_same_name").plan
    metrics = measure(plan)
    inner = next(node for node in walk(plan.root) if node.relation_name == "book")
    reader = next(node for node in walk(plan.root) if inner in node.children)
    assert (reader.node_type, reader.cte_name) == ("CTE Scan", "x")
    assert metrics[reader.id].self_ms == pytest.approx(
        metrics[reader.id].total_ms - metrics[inner.id].total_ms
    )
    assert metrics[reader.id].self_blocks == 0


@pytest.mark.parametrize("server", SERVERS)
def test_gather_pays_for_the_init_plan_that_its_workers_read(server: str):
    plan = case(f"{server}/init_plan_parallel").plan
    metrics = measure(plan)
    init, gather = plan.root.children
    assert metrics[init.id].total_ms == pytest.approx(init.actual_total_time_ms)
    below = metrics[gather.children[0].id]
    assert metrics[gather.id].self_ms == pytest.approx(
        metrics[gather.id].total_ms - below.total_ms - metrics[init.id].total_ms
    )


@pytest.mark.parametrize("server", SERVERS)
def test_a_one_time_filter_reads_an_init_plan(server: str):
    plan = case(f"{server}/trigger_time_small").plan
    metrics = measure(plan)
    result = next(node for node in walk(plan.root) if node.node_type == "Result")
    assert metrics[plan.root.id].self_ms < 1
    assert metrics[result.id].self_ms < 1


@pytest.mark.parametrize("server", SERVERS)
def test_bitmaps_that_are_joined_tell_no_rows_and_have_no_error(server: str):
    joined = [node for node in walk(case(f"{server}/bitmap_and").plan.root) if node.node_type == "BitmapAnd"]
    assert [(node.actual_rows, estimate_error(node)) for node in joined] == [(0, 1)]


def test_time_that_rounding_made_is_taken_from_the_node_with_many_loops():
    exact = analyzed("Seq Scan", ms=40, rows=30_000)
    rounded = analyzed("Index Scan", ms=0.001, loops=30_000, parent_relationship="Inner")
    metrics = measure(plan_of(analyzed("Nested Loop", exact, rounded, ms=65)))
    assert metrics[1].self_ms == pytest.approx(40, abs=0.001)
    assert metrics[2].self_ms == pytest.approx(25, abs=0.001)


@pytest.mark.parametrize("server", SERVERS)
def test_workers_run_side_by_side(server: str):
    plan = real_plan(f"{server}/parallel_seq_scan")
    scan = plan.root.children[0]
    metrics = measure(plan)
    assert scan.actual_loops == 3
    assert math.isclose(metrics[scan.id].total_ms, scan.actual_total_time_ms or 0)
    assert metrics[scan.id].scans == 1
    assert removed_rows(scan) == 300_000


@pytest.mark.parametrize("server", SERVERS)
def test_a_cte_is_paid_by_the_scan_that_reads_it(server: str):
    plan = real_plan(f"{server}/cte")
    metrics = measure(plan)
    cte = next(node for node in walk(plan.root) if node.subplan_name == "CTE top")
    scans = [node for node in walk(plan.root) if node.node_type == "CTE Scan"]
    assert metrics[cte.id].total_ms > 0
    assert metrics[plan.root.id].self_ms < metrics[cte.id].total_ms
    assert sum(metrics[scan.id].self_ms for scan in scans) < metrics[cte.id].total_ms


@pytest.mark.parametrize("server", SERVERS)
def test_an_init_plan_is_paid_by_the_node_that_reads_it(server: str):
    plan = real_plan(f"{server}/init_plan_below")
    metrics = measure(plan)
    limit, init = plan.root, plan.root.children[0]
    scan = [node for node in walk(plan.root) if node.node_type == "Seq Scan"][-1]
    assert init.subplan_name.startswith("InitPlan 1")
    assert metrics[limit.id].self_ms < 0.1
    assert math.isclose(
        metrics[scan.id].self_ms, metrics[scan.id].total_ms - metrics[init.id].total_ms, rel_tol=1e-6
    )


@pytest.mark.parametrize("server", SERVERS)
def test_a_node_that_never_ran_costs_nothing(server: str):
    plan = real_plan(f"{server}/never_executed")
    idle = plan.root.children[1]
    assert not is_executed(idle)
    assert measure(plan)[idle.id].total_ms == 0
    assert estimate_error(idle) == 1


def test_many_loops_that_were_rounded_up_do_not_outgrow_their_parent():
    inner = analyzed("Index Scan", ms=0.002, rows=1, loops=100_000, parent_relationship="Inner")
    plan = plan_of(
        analyzed("Nested Loop", analyzed("Seq Scan", ms=10, rows=100_000), inner, ms=150, rows=100_000)
    )
    metrics = measure(plan)
    assert metrics[0].self_ms == 0
    assert math.isclose(sum(one.self_ms for one in metrics.values()), 150)


def test_rows_and_blocks_are_over_all_loops():
    node = analyzed("Index Scan", rows=2.5, loops=4, shared_hit_blocks=10, shared_read_blocks=5)
    assert total_rows(node) == 10
    assert blocks(node) == 15


@pytest.mark.parametrize(
    ("planned", "actual", "error"), [(1, 1000, 1000), (1000, 1, 1000), (0, 0, 1), (5, 5, 1)]
)
def test_an_estimate_is_off_in_either_direction(planned: float, actual: float, error: float):
    assert estimate_error(analyzed("Seq Scan", rows=actual, plan_rows=planned)) == error


def test_a_plan_without_times_has_no_shares():
    metrics = measure(real_plan("pg18/plan_only"))
    assert [one.share for one in metrics.values()] == [0]
    assert not metrics[0].is_executed


def test_subplans_that_read_each_other_are_a_forgery_that_harms_nobody():
    first = analyzed(
        "Result", parent_relationship="InitPlan", subplan_name="InitPlan 1", filter="(a = (InitPlan 2).col1)"
    )
    second = analyzed(
        "Result", parent_relationship="InitPlan", subplan_name="InitPlan 2", filter="(a = (InitPlan 1).col1)"
    )
    metrics = measure(plan_of(analyzed("Result", first, second)))
    assert len(metrics) == 3


def test_an_init_plan_is_not_taken_for_one_with_a_longer_number():
    init = analyzed("Result", ms=5, parent_relationship="InitPlan", subplan_name="InitPlan 1 (returns $1)")
    scan = analyzed("Seq Scan", ms=20, filter="(a = $12)")
    metrics = measure(plan_of(analyzed("Limit", init, scan, ms=30)))
    assert metrics[0].self_ms == 5
    assert metrics[2].self_ms == 20


@st.composite
def trees(draw: st.DrawFn, depth: int = 3) -> PlanNode:
    """Trees in which each node takes some time of its own."""
    children = draw(st.lists(trees(depth=depth - 1), max_size=3)) if depth else []
    own_ms = draw(st.floats(0, 100))
    own_blocks = draw(st.integers(0, 1000))
    loops = draw(st.integers(1, 5)) if not children else 1
    return analyzed(
        "Result",
        *children,
        ms=(own_ms + sum((child.actual_total_time_ms or 0) * (child.actual_loops or 0) for child in children))
        / loops,
        loops=float(loops),
        shared_hit_blocks=own_blocks + sum(blocks(child) for child in children),
    )


@given(trees())
def test_times_and_blocks_add_up_on_any_tree(root: PlanNode):
    plan = plan_of(root)
    metrics = measure(plan)
    assert math.isclose(
        sum(one.self_ms for one in metrics.values()), root_ms(plan), rel_tol=0.01, abs_tol=1e-6
    )
    assert sum(one.self_blocks for one in metrics.values()) == blocks(plan.root)
    assert set(metrics) == {node.id for node in walk(plan.root)}


@given(trees())
def test_nodes_are_numbered_in_the_order_in_which_they_are_walked(root: PlanNode):
    assert [node.id for node in walk(number_nodes(root))] == list(range(sum(1 for _ in walk(root))))
