from __future__ import annotations

import pytest

from queryscope.model import Worker
from queryscope.plans.facts import LEAST_DROPPED, facts_of
from queryscope.plans.metrics import measure, walk
from tests.builders import make_node
from tests.plans.corpus import case


def ran(node_type="Seq Scan", **more):
    return make_node(node_type, **({"actual_rows": 10.0, "actual_loops": 1.0} | more))


@pytest.mark.parametrize(
    ("node", "facts"),
    [
        (ran(), ()),
        (ran(rows_removed_by_filter=990.0), ("filter dropped 99.0 %",)),
        (ran(rows_removed_by_join_filter=30.0), ("join filter dropped 75 %",)),
        (ran(rows_removed_by_index_recheck=30.0), ("recheck dropped 75 %",)),
        (ran(actual_rows=0.0, rows_removed_by_filter=5.0), ("filter dropped 100 %",)),
        (ran("Index Only Scan", heap_fetches=5_000.0), ("5 000 heap fetches",)),
        (ran("Bitmap Heap Scan", lossy_heap_blocks=3, exact_heap_blocks=1), ("75 % of pages lossy",)),
        (ran("Hash", hash_batches=16), ("16 batches",)),
        (ran("Hash", hash_batches=1), ()),
        (ran("Aggregate", workers=(Worker(hashagg_batches=5),)), ("5 batches",)),
        (ran("Sort", sort_space_type="Disk", sort_space_used_kb=2_544), ("2544 kB on disk",)),
        (ran("Sort", sort_space_type="Memory", sort_space_used_kb=2_544), ()),
        (ran("Gather", workers_planned=2), ("0 of 2 workers",)),
        (ran("Gather", workers_planned=1, workers_launched=1), ("1 of 1 worker",)),
        (make_node("Gather", workers_planned=2), ("2 workers",)),
        (make_node(actual_loops=0.0, rows_removed_by_filter=9.0), ()),
        (make_node(disabled=True), ("disabled",)),
    ],
)
def test_a_row_says_what_its_numbers_do_not(node, facts):
    assert facts_of(node) == facts


def test_a_filter_at_the_limit_is_told_and_one_below_it_is_not():
    assert facts_of(ran(rows_removed_by_filter=10.0 * LEAST_DROPPED / (1 - LEAST_DROPPED)))
    assert not facts_of(ran(rows_removed_by_filter=9.9))


def test_temporary_blocks_are_told_where_the_node_has_no_word_for_them():
    plan = case("pg15/cte_spill").plan
    metrics = measure(plan)
    told = [fact for node in walk(plan.root) for fact in facts_of(node, metrics[node.id])]
    assert len([fact for fact in told if fact.endswith("temporary blocks")]) == 1
