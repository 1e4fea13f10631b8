from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import Badge, Insight
from queryscope.plans.folding import LEAST_NODES, MOST_SHARE, cheap_parts, own_costs
from queryscope.plans.metrics import number_nodes, root_ms, walk
from tests.builders import make_node, make_plan
from tests.formats.plans import make_wide_plan
from tests.plans.corpus import CASES, case


def timed(node_type, *children, ms):
    return make_node(node_type, *children, actual_total_time_ms=ms, actual_rows=1.0, actual_loops=1.0)


def plan_with(below_ms, whole_ms=100.0, spare=LEAST_NODES):
    """A chain that takes the time, beside a part of three nodes that takes little."""
    small = timed(
        "Hash Join", timed("Seq Scan", ms=below_ms / 2), timed("Seq Scan", ms=below_ms / 2), ms=below_ms
    )
    node = timed("Seq Scan", ms=whole_ms - below_ms)
    for _ in range(spare):
        node = timed("Subquery Scan", node, ms=whole_ms - below_ms)
    root = timed("Append", node, small, ms=whole_ms)
    return make_plan(number_nodes(root))


def names(plan, closed):
    return [node.node_type for node in walk(plan.root) if node.id in closed]


def test_a_part_that_takes_next_to_nothing_is_closed():
    plan = plan_with(1.0)
    assert names(plan, cheap_parts(plan)) == ["Hash Join"]


def test_a_part_at_the_limit_is_closed_and_one_above_it_is_not():
    at = plan_with(MOST_SHARE * 100.0)
    above = plan_with(MOST_SHARE * 100.0 + 0.1)
    assert names(at, cheap_parts(at)) == ["Hash Join"]
    assert names(above, cheap_parts(above)) == []


def test_what_is_spoken_of_is_never_hidden():
    plan = plan_with(1.0)
    last = max(node.id for node in walk(plan.root))
    insight = Insight(rule="x", node=last, severity="info", message="x")
    badge = Badge(node=last - 1, name="x", text="x")
    assert cheap_parts(replace(plan, insights=(insight,))) == frozenset()
    assert cheap_parts(replace(plan, badges=(badge,))) == frozenset()
    of_itself = (replace(badge, node=last - 2), replace(badge, node=None))
    assert names(plan, cheap_parts(replace(plan, badges=of_itself))) == ["Hash Join"]


def test_a_small_plan_is_shown_whole():
    assert cheap_parts(plan_with(0.0, spare=2)) == frozenset()


def test_a_part_that_never_ran_is_closed():
    never = make_node("Hash Join", make_node(actual_loops=0.0), make_node(actual_loops=0.0), actual_loops=0.0)
    node = timed("Seq Scan", ms=10.0)
    for _ in range(LEAST_NODES):
        node = timed("Subquery Scan", node, ms=10.0)
    plan = make_plan(number_nodes(timed("Append", node, never, ms=10.0)))
    assert names(plan, cheap_parts(plan)) == ["Hash Join"]


def test_only_the_topmost_of_cheap_parts_is_closed():
    plan = make_wide_plan(160)
    closed = cheap_parts(plan)
    assert set(names(plan, closed)) == {"Hash Join"}
    assert len(closed) == 159


@pytest.mark.parametrize("one", CASES[::5], ids=lambda one: one.label)
def test_what_is_hidden_is_cheap_all_together_below_each(one):
    plan = one.plan
    own = own_costs(plan)
    whole = sum(own.values())
    nodes = {node.id: node for node in walk(plan.root)}
    for closed in cheap_parts(plan):
        below = sum(own[node.id] for child in nodes[closed].children for node in walk(child))
        assert below <= 0.1 * whole + 1e-9


def test_own_times_add_up_and_an_estimate_has_own_costs():
    plan = case("pg18/many_seq_scans").plan
    assert sum(own_costs(plan).values()) == pytest.approx(root_ms(plan), rel=0.01)
    estimated = make_plan(
        make_node("Sort", make_node(id=1, total_cost=30.0), total_cost=42.5), is_analyzed=False
    )
    assert own_costs(estimated) == {0: 12.5, 1: 30.0}
