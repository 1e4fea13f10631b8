"""temp-io."""

from __future__ import annotations

import pytest

from queryscope.rules.plan import TempIo
from tests.plans.nodes import analyzed, firing_in_corpus, insights_of, plan_of


def test_it_tells_what_went_through_temporary_files():
    window = analyzed("WindowAgg", analyzed("Seq Scan", ms=100), ms=400, temp_written_blocks=1_000)
    [insight] = insights_of(TempIo(), window)
    assert insight.message == (
        "WindowAgg wrote and read 8000 kB of temporary files: 300 ms, 75 % of the query."
    )
    assert insight.remedy == (
        "Take fewer columns into the window with .values(), or raise work_mem for this query."
    )


@pytest.mark.parametrize(
    ("node_type", "start"),
    [
        ("CTE Scan", "Take fewer rows and columns into the CTE"),
        ("Materialize", "Join fewer rows"),
        ("Incremental Sort", "Let an index give the whole order"),
        ("Function Scan", "Let this node have fewer rows"),
    ],
)
def test_the_remedy_is_that_of_the_node(node_type: str, start: str):
    [insight] = insights_of(TempIo(), analyzed(node_type, temp_written_blocks=500, temp_read_blocks=500))
    assert insight.remedy.startswith(start)


def test_the_files_of_a_node_below_are_that_node_s():
    below = analyzed("Materialize", temp_written_blocks=900, ms=90)
    [insight] = insights_of(TempIo(), analyzed("Nested Loop", below, temp_written_blocks=900, ms=200))
    assert insight.node == 1


@pytest.mark.parametrize("node_type", ["Sort", "Hash", "Hash Join", "Aggregate"])
def test_what_has_a_rule_of_its_own_is_left_to_it(node_type: str):
    assert not insights_of(TempIo(), analyzed(node_type, temp_written_blocks=9_000))


def test_at_the_threshold():
    assert insights_of(TempIo(), analyzed("CTE Scan", temp_written_blocks=128))
    assert not insights_of(TempIo(), analyzed("CTE Scan", temp_written_blocks=127))
    assert not insights_of(TempIo(min_kb=0), analyzed("CTE Scan"))


def test_files_that_cost_little_are_noise():
    assert not insights_of(TempIo(), analyzed("CTE Scan", temp_written_blocks=500, ms=0.9))
    cheap = analyzed("CTE Scan", temp_written_blocks=500, ms=40)
    assert not insights_of(TempIo(), plan_of(analyzed("Sort", cheap, ms=1_000, temp_written_blocks=500)))


def test_it_fires_on_real_ctes_alone():
    spilled = {"cte_spill", "cte_fence", "cte_read_by_parts", "cte_of_the_same_name"}
    assert firing_in_corpus(TempIo()) == spilled


def test_the_scans_of_one_cte_have_one_file():
    made = analyzed("Seq Scan", ms=10, parent_relationship="InitPlan", subplan_name="CTE seen")
    first = analyzed("CTE Scan", ms=40, cte_name="seen", temp_written_blocks=900)
    second = analyzed("CTE Scan", ms=20, cte_name="seen", temp_read_blocks=900)
    root = analyzed("Append", made, first, second, ms=100, temp_written_blocks=900, temp_read_blocks=900)
    [insight] = insights_of(TempIo(), root)
    assert insight.message.startswith("2 scans of CTE seen wrote and read 14 MB of temporary files")
    assert insight.nodes == (2, 3)
