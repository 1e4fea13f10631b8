"""Who pulls whom."""

from __future__ import annotations

import pytest

from queryscope.model import PlanNode
from queryscope.plans.metrics import number_nodes, walk
from queryscope.plans.shape import limit_above, name_of, parents
from tests.plans.nodes import analyzed, real_plan


def limit_of_last(root: PlanNode) -> PlanNode | None:
    root = number_nodes(root)
    return limit_above(list(walk(root))[-1], parents(root))


@pytest.mark.parametrize("between", ["Nested Loop", "Subquery Scan", "Gather Merge", "LockRows", "Append"])
def test_a_limit_stops_what_streams_to_it(between: str):
    assert limit_of_last(analyzed("Limit", analyzed(between, analyzed("Index Scan")))) is not None


@pytest.mark.parametrize("between", ["Sort", "Aggregate", "Hash", "Materialize"])
def test_a_limit_does_not_stop_what_is_gathered_first(between: str):
    assert limit_of_last(analyzed("Limit", analyzed(between, analyzed("Index Scan")))) is None


def test_the_inner_side_of_a_join_is_not_what_a_limit_pulls():
    inner = analyzed("Index Scan", parent_relationship="Inner")
    assert limit_of_last(analyzed("Limit", analyzed("Nested Loop", analyzed("Seq Scan"), inner))) is None


def test_without_a_limit_there_is_none():
    assert limit_of_last(analyzed("Nested Loop", analyzed("Seq Scan"))) is None


def test_every_node_but_the_root_has_a_parent():
    root = real_plan("pg18/parallel_join").root
    above = parents(root)
    assert root.id not in above
    assert len(above) == sum(1 for _ in walk(root)) - 1


@pytest.mark.parametrize(
    ("node", "name"),
    [
        (analyzed("Seq Scan", relation_name="book"), "Seq Scan on book"),
        (analyzed("Seq Scan", relation_name="book", parallel_aware=True), "Parallel Seq Scan on book"),
        (
            analyzed("Index Scan", relation_name="book", index_name="book_created"),
            "Index Scan using book_created on book",
        ),
        (analyzed("CTE Scan", cte_name="top"), "CTE Scan on top"),
        (analyzed("Limit"), "Limit"),
    ],
)
def test_nodes_are_named_as_explain_names_them(node: PlanNode, name: str):
    assert name_of(node) == name
