"""hash-spill."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import PlanNode
from queryscope.rules.plan import HashSpill
from tests.plans.nodes import analyzed, firing_on, insights_of, plan_of, real_plan


def join(*, batches: int = 16, planned: int = 16, ms: float = 200, hash_ms: float = 80) -> PlanNode:
    table = analyzed(
        "Hash",
        analyzed("Seq Scan", rows=100_000, ms=30),
        rows=100_000,
        ms=hash_ms,
        hash_batches=batches,
        original_hash_batches=planned,
        parent_relationship="Inner",
    )
    return analyzed("Hash Join", analyzed("Seq Scan", rows=300_000, ms=50), table, ms=ms)


def test_it_tells_the_batches_and_weighs_hash_and_join():
    [insight] = insights_of(HashSpill(), join())
    assert insight.message == (
        "Hash of 100 000 rows was split into 16 batches on disk: 120 ms with its join, 60 % of the query."
    )
    assert "work_mem" in insight.remedy
    assert insight.node == 2


def test_more_batches_than_planned_are_an_error_of_the_estimate():
    [insight] = insights_of(HashSpill(), join(batches=16, planned=2))
    assert "16 batches on disk (2 planned)" in insight.message
    assert insight.remedy.startswith("ANALYZE")


@pytest.mark.parametrize("server", ["pg15", "pg18"])
def test_it_fires_on_real_plans(server: str):
    assert insights_of(HashSpill(), real_plan(f"{server}/hash_spill"))


def test_it_is_silent_on_hashes_in_memory():
    assert firing_on(HashSpill()) == {"hash_spill"}


def test_at_the_threshold():
    assert insights_of(HashSpill(), join(batches=2))
    assert not insights_of(HashSpill(), join(batches=1))
    assert not insights_of(HashSpill(min_batches=4), join(batches=3))


def test_a_spill_that_cost_little_is_noise():
    assert not insights_of(HashSpill(), join(ms=81, hash_ms=30.9))
    assert not insights_of(HashSpill(), plan_of(analyzed("Aggregate", join(ms=90, hash_ms=35), ms=1_000)))


def test_a_hash_without_a_join_is_no_plan_of_postgresql_and_silent():
    assert not insights_of(HashSpill(), analyzed("Hash", hash_batches=16))


def test_a_join_that_tests_rows_too_has_its_time_from_that():
    hashed = analyzed("Hash", rows=50_000, ms=10, hash_batches=2, parent_relationship="Inner")
    outer = analyzed("Seq Scan", rows=9, ms=10)
    joined = analyzed("Hash Join", outer, hashed, ms=500)
    [insight] = insights_of(HashSpill(), joined)
    assert "490 ms with its join" in insight.message
    [insight] = insights_of(
        HashSpill(), analyzed("Hash Join", outer, hashed, ms=100, join_filter="(a.x > b.y)")
    )
    assert "10.0 ms, 10 % of the query" in insight.message


def test_little_that_went_to_disk_is_worth_a_word_and_no_warning():
    node = join()
    [insight] = insights_of(HashSpill(), node)
    assert insight.severity == "info"
    [insight] = insights_of(HashSpill(), replace(node, temp_written_blocks=1_024, temp_read_blocks=1_024))
    assert insight.severity == "warning"
