"""Two plans of one query become a list of what changed."""

from __future__ import annotations

import pytest

from queryscope.model import Plan, PlanNode
from queryscope.plans.alignment import align
from queryscope.plans.difference import compare_plans
from queryscope.plans.metrics import walk
from tests.plans.corpus import REAL, Case, case
from tests.plans.golden import PAIRS, path_of, render
from tests.plans.nodes import SERVERS, analyzed, plan_of


def texts(before: PlanNode, after: PlanNode) -> list[str]:
    return [change.text for change in compare_plans(plan_of(before), plan_of(after))]


def scan(relation: str, node_type: str = "Seq Scan", **more: object) -> PlanNode:
    return analyzed(node_type, **({"relation_name": relation, "alias": relation, "ms": 10.0} | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_changes_read_as_they_were_agreed_to_read(server: str, before: str, after: str):
    assert render(server, before, after) == path_of(server, before, after).read_text(encoding="utf-8")


@pytest.mark.parametrize("case", REAL, ids=lambda case: case.label)
def test_a_plan_does_not_differ_from_itself(case: Case):
    assert compare_plans(case.plan, case.plan) == ()


@pytest.mark.parametrize("position", range(0, len(REAL) - 7, 5))
def test_every_node_of_two_plans_is_laid_out_once(position: int):
    before, after = REAL[position].plan, REAL[position + 7].plan
    pairs = list(align(before.root, after.root))
    for plan, side in ((before, "before"), (after, "after")):
        nodes = [getattr(pair, side) for pair in pairs if getattr(pair, side) is not None]
        assert sorted(node.id for node in nodes) == [node.id for node in walk(plan.root)]


def test_an_index_that_is_used_now_replaces_the_scan():
    new = scan("book", "Index Scan", index_name="book_status", ms=0.2, shared_hit_blocks=5)
    assert texts(scan("book", ms=40.0, shared_hit_blocks=2_000), new) == [
        "The query: 40.0 ms → 0.20 ms, 2 000 → 5 blocks",
        "Seq Scan on book became Index Scan using book_status on book: 40.0 ms → 0.20 ms; 2 000 → 5 blocks",
    ]


def test_a_sort_that_an_index_made_needless_is_gone():
    before = analyzed("Limit", analyzed("Sort", scan("book"), ms=30.0), ms=30.0)
    after = analyzed("Limit", scan("book", "Index Scan", index_name="by_date"), ms=10.0)
    assert texts(before, after)[1:] == [
        "Sort is gone: 20.0 ms",
        "Seq Scan on book became Index Scan using by_date on book",
    ]
    assert "Sort is new: 20.0 ms" in texts(after, before)


def test_children_are_matched_by_what_they_read():
    left, right = scan("book"), scan("author", parent_relationship="Inner")
    before = analyzed("Hash Join", left, right, ms=30.0)
    after = analyzed(
        "Hash Join",
        scan("author"),
        scan("book", "Index Scan", index_name="pk", parent_relationship="Inner"),
        ms=30,
    )
    assert texts(before, after) == ["Seq Scan on book became Index Scan using pk on book"]


def test_small_differences_are_not_told():
    assert texts(scan("book", ms=10.0, rows=100.0), scan("book", ms=19.0, rows=180.0)) == []
    assert texts(scan("book", ms=0.2), scan("book", ms=1.1)) == []


def test_conditions_are_compared_without_their_values():
    one, other = scan("book", filter="(a = …::numeric)"), scan("book", filter="(a = …)")
    assert texts(one, other) == []
    assert texts(one, scan("book", filter="(b = …)")) == ["Seq Scan on book: filter (a = …) → (b = …)"]


def test_a_branch_that_is_not_run_any_more_is_told():
    idle = scan("book", loops=0.0, ms=0.0, rows=0.0)
    assert "never executed now" in texts(analyzed("Append", scan("book")), analyzed("Append", idle))[-1]


def test_of_many_nodes_that_went_a_few_are_named():
    before = analyzed("Append", *(scan(f"part_{number}", ms=0.1) for number in range(30)))
    after = analyzed("Append", scan("part_0", ms=0.1))
    gone = [text for text in texts(before, after) if "gone" in text]
    assert len(gone) == 5
    assert gone[-1] == "25 more nodes are gone"


def test_estimates_are_compared_by_their_cost():
    def planned(cost: float) -> Plan:
        node = scan("book", actual_loops=None, actual_rows=None, total_cost=cost)
        return plan_of(node, is_analyzed=False)

    [change] = compare_plans(planned(5_000), planned(8))
    assert change.text == "The planned cost: 5 000 → 8"


@pytest.mark.parametrize("server", SERVERS)
def test_no_value_is_told(server: str):
    changes = compare_plans(case(f"{server}/cast_varchar").plan, case(f"{server}/limit_walk").plan)
    assert "Author 77" not in repr(changes)
