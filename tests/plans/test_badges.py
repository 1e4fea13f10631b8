"""Badges: what is worth knowing of a plan, and has no remedy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from queryscope.model import Plan, PlanNode, Worker
from queryscope.plans.badges import badges_of
from tests.plans.corpus import REAL, Case, case
from tests.plans.nodes import analyzed, plan_of, real_plan

NUMBERS = {
    "jit-overhead": "R29",
    "planning-dominant": "R30",
    "workers-missing": "R31",
    "parallel-not-used": "R32",
    "parallel-overhead": "R33",
    "memoize-thrash": "R34",
    "materialize-loops": "R35",
    "dirty-read": "R40",
    "cold-cache": "R41",
    "disabled-node": "R43",
}


def names(plan: Plan | PlanNode, **more: Any) -> list[str]:
    """The badges of a plan."""
    plan = plan if isinstance(plan, Plan) else plan_of(plan, **more)
    return [badge.name for badge in badges_of(plan)]


def gather(*, launched: int = 2, planned: int = 2, work_ms: float = 50, ms: float = 60) -> PlanNode:
    # Loops of workers run side by side: the time of one is that of the wall clock.
    below = analyzed("Seq Scan", ms=work_ms, loops=launched + 1, parallel_aware=True)
    return analyzed("Gather", below, ms=ms, workers_planned=planned, workers_launched=launched)


@pytest.mark.parametrize("one", REAL, ids=lambda one: one.label)
def test_real_plans_have_the_badges_that_the_manifest_says(one: Case):
    found = set(names(one.plan))
    assert {name for name, number in NUMBERS.items() if number in one.fires} <= found
    assert not found & {name for name, number in NUMBERS.items() if number in one.near}


@pytest.mark.parametrize("name", sorted(set(NUMBERS) - {"parallel-not-used"}))
def test_a_badge_is_rare(name: str):
    assert 1 <= sum(name in names(one.plan) for one in REAL) <= 12


def test_compiling_is_told_while_it_does_not_pay():
    root = analyzed("Seq Scan", ms=90)
    [badge] = badges_of(plan_of(root, execution_time_ms=100, jit_ms=30))
    assert (badge.node, badge.name) == (None, "jit-overhead")
    assert badge.text == "Compiling took 30.0 ms of 100 ms: raise jit_above_cost, or SET jit = off."
    assert not names(root, execution_time_ms=100, jit_ms=29.9)
    assert not names(root, execution_time_ms=2_000, jit_ms=1_500)
    assert not names(root, execution_time_ms=1, jit_ms=0.9)


def test_every_process_compiles_for_itself():
    assert not names(gather(), execution_time_ms=100, jit_ms=89)
    assert names(gather(), execution_time_ms=100, jit_ms=90) == ["jit-overhead"]


def test_planning_is_told_where_it_took_longer_than_running():
    root = analyzed("Seq Scan", ms=5)
    assert names(root, planning_time_ms=11, execution_time_ms=5) == ["planning-dominant"]
    assert not names(root, planning_time_ms=11, execution_time_ms=11)
    assert not names(root, planning_time_ms=10, execution_time_ms=5)


def test_workers_that_did_not_come():
    [badge] = badges_of(plan_of(gather(launched=1)))
    assert (badge.node, badge.text) == (0, "1 of 2 workers came (max_parallel_workers).")
    assert not names(gather())
    assert not names(analyzed("Sort", gather(launched=1, work_ms=1, ms=3), ms=100))


def test_workers_for_too_little_work():
    [badge] = badges_of(plan_of(gather(work_ms=2, ms=9)))
    assert badge.text == "Starting workers and waiting for them took 7.0 ms, their work 2.0 ms."
    assert not names(gather(work_ms=10, ms=25))
    assert not names(gather(work_ms=5, ms=9))
    assert not names(gather(work_ms=0.1, ms=0.9))


def test_a_long_scan_in_one_process():
    scan = analyzed("Seq Scan", rows=40_000, rows_removed_by_filter=60_000, relation_name="book")
    [badge] = badges_of(plan_of(scan))
    assert badge.text.startswith("Seq Scan on book read 100 000 rows in one process: too many to hand over")
    [badge] = badges_of(plan_of(scan, settings=(("max_parallel_workers_per_gather", "0"),)))
    assert badge.text.endswith("max_parallel_workers_per_gather is 0.")
    assert not names(replace(scan, actual_rows=39_999.0))
    assert not names(analyzed("Nested Loop", replace(scan, actual_loops=2.0)))
    assert not names(analyzed("Append", scan, gather(), ms=200))
    assert not names(analyzed("ModifyTable", scan, ms=200))


def test_a_cache_that_forgets():
    cache = analyzed("Memoize", loops=1_000, ms=0.1, cache_hits=400, cache_misses=600)
    [badge] = badges_of(plan_of(cache))
    assert badge.text == "The cache knew 400 of 1 000 rows and dropped 0."
    assert not names(replace(cache, cache_hits=600, cache_misses=400))
    assert names(replace(cache, cache_hits=600, cache_misses=400, cache_evictions=1)) == ["memoize-thrash"]
    assert not names(replace(cache, cache_hits=399))
    worker = Worker(worker_number=0, cache_hits=900)
    assert not names(replace(cache, workers=(worker,)))


def test_rows_that_are_gone_through_again_and_again():
    kept = analyzed("Materialize", loops=1_000, ms=0.1)
    [badge] = badges_of(plan_of(kept))
    assert badge.text == "These rows were gone through 1 000 times."
    assert not names(replace(kept, actual_loops=999.0))


def test_a_read_that_wrote():
    scan = analyzed("Seq Scan", shared_dirtied_blocks=3, shared_written_blocks=1)
    [badge] = badges_of(plan_of(scan))
    assert badge.text == "A read that changed 3 blocks and wrote 1: VACUUM spares it that."
    assert not names(analyzed("ModifyTable", scan, shared_dirtied_blocks=3))
    assert not names(analyzed("LockRows", scan, shared_dirtied_blocks=3))


def test_a_cold_cache():
    scan = analyzed("Seq Scan", shared_read_blocks=100, shared_hit_blocks=99)
    [badge] = badges_of(plan_of(scan))
    assert badge.text.startswith("Cold cache: 100 blocks, 50 %, came from outside.")
    assert not names(replace(scan, shared_hit_blocks=100))
    assert not names(replace(scan, shared_read_blocks=99, shared_hit_blocks=0))


def test_what_is_switched_off_is_told_of_estimates_too():
    root = analyzed("Seq Scan", disabled=True, relation_name="book")
    [badge] = badges_of(plan_of(root, is_analyzed=False))
    assert badge.text == "Seq Scan on book is switched off by a setting, and there was nothing else."
    assert names(root) == ["disabled-node"]


def test_an_estimate_has_no_other_badge():
    assert not names(real_plan("pg15/plan_only"))
    assert not names(analyzed("Gather", workers_planned=2), is_analyzed=False)


def test_what_never_ran_has_none():
    never = analyzed("Gather", ms=0, loops=0, workers_planned=2)
    assert not names(analyzed("Append", never, ms=50))


def test_a_badge_is_a_sentence():
    for one in REAL:
        for badge in badges_of(one.plan):
            assert badge.text.endswith(".")
            assert "'" not in badge.text


def test_a_fast_query_is_left_alone():
    assert not names(case("pg18/index_selective").plan)


def test_a_table_too_large_for_the_cache_is_never_warm():
    scan = analyzed("Seq Scan", shared_read_blocks=4_096, shared_hit_blocks=1)
    assert not names(scan)
    assert names(replace(scan, shared_hit_blocks=0)) == ["cold-cache"]
    others = analyzed("Nested Loop", scan, shared_read_blocks=4_300, shared_hit_blocks=1)
    assert names(others) == ["cold-cache"]


def test_blocks_put_out_to_make_room_are_no_change():
    assert not names(analyzed("Seq Scan", shared_written_blocks=400))
    assert names(analyzed("Seq Scan", shared_dirtied_blocks=4)) == ["dirty-read"]
    assert not names(analyzed("Seq Scan", shared_dirtied_blocks=4, ms=0.9))
