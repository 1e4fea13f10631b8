"""What is compared with other viewers: a mark is said, in how strong a way, or has a reason."""

from __future__ import annotations

import pytest
from benchmarks.plans.compare import Mark, best, table
from benchmarks.plans.ours import LEVELS, told_of

from tests.plans.corpus import CASES, case


@pytest.mark.parametrize(
    ("label", "mark", "level"),
    [
        ("pg18/seq_scan_selective", Mark("pev2", "slow", 0), "insight"),
        ("pg18/hash_spill", Mark("pgplan", "hash batches", None, "Hash"), "insight"),
        ("pg18/workers_missing", Mark("pev2", "workers missing", 1), "badge"),
        ("pg18/planning_of_many_joins", Mark("pev2", "planning time"), "badge"),
        ("pg18/planning_of_many_joins", Mark("pev2", "bad estimate", 9), "row"),
        ("pg18/cross_never_executed", Mark("pev2", "never executed", 2), "row"),
        ("pg18/many_seq_scans", Mark("pev2", "costly", 3), ""),
    ],
)
def test_a_mark_is_said_as_strongly_as_it_is(label, mark, level):
    found, why = best(told_of(case(label).plan), mark)
    assert found == level
    assert bool(why) == (level == "")


def test_a_mark_without_a_node_is_looked_for_where_it_can_be():
    told = told_of(case("pg18/hash_spill").plan)
    text = "Seq Scan on review filters out 80.00% of rows"
    assert [told.nodes[node].relation_name for node in told.candidates("Seq Scan", text)] == ["review"]
    assert len(told.candidates("Seq Scan", "")) == 2
    assert best(told, Mark("pgplan", "slow", None, "Sort")) == ("", "no such node")


def test_an_insight_on_another_fact_does_not_count():
    told = told_of(case("pg18/hash_spill").plan)
    spilled = next(insight.node for insight in told.plan.insights if insight.fact == "spill")
    assert told.answer("hash batches", spilled)[0] == "insight"
    assert told.answer("bad estimate", spilled)[0] != "insight"


def test_the_table_counts_every_mark_once():
    one = CASES[0]
    rows = [
        (Mark("pev2", "slow", 0), one, "row", ""),
        (Mark("pev2", "slow", 1), one, "", "less than 5 %"),
        (Mark("pgplan", "slow", 0), one, LEVELS[0], ""),
    ]
    assert list(table(rows))[2:] == [
        "| pev2 | slow | 2 | 0 | 0 | 1 | 1 | less than 5 % (1) |",
        "| pgplan | slow | 1 | 1 | 0 | 0 | 0 |  |",
    ]
