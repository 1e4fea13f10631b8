"""Slow queries and their plans."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.analysis.slow import drop_explained_away, with_plans
from queryscope.model import (
    Capture,
    Evidence,
    IndexAdvice,
    IndexKey,
    Insight,
    Level,
    Observation,
    Plan,
    PlanNode,
    SkippedPlan,
)
from queryscope.plans.words import PLANNED_FOR_TIME
from tests.analysis.shop import judge, n_plus_one, page
from tests.builders import make_node, make_plan, make_query_group, make_trace


def slow(duration_ms: float = 200.0, **more) -> Observation:
    values = {"rule": "slow-query", "trace": "t1", "model": "shop.Book", "fingerprints": ("f1",)}
    return Observation(duration_ms=duration_ms, **(values | more))


def planned(*times: float | None, **more) -> list[Capture]:
    return [
        Capture(
            trace=make_trace(id=f"t{at}"),
            plans=(make_plan(**({"fingerprint": "f1", "execution_time_ms": ms} | more)),),
        )
        for at, ms in enumerate(times)
    ]


@pytest.mark.parametrize(
    ("times", "stays"),
    [((), True), ((None,), True), ((100.0,), True), ((99.9,), False), ((500.0,), True), ((1.0, 150.0), True),
     ((150.0, 1.0), True), ((1.0, 2.0), False)],
)  # fmt: skip
def test_a_plan_that_needed_less_than_half_contradicts(times, stays):
    assert drop_explained_away([slow()], planned(*times)) == ([slow()] if stays else [])


def test_an_estimate_contradicts_nothing():
    assert drop_explained_away([slow()], planned(1.0, is_analyzed=False))


def look_up(cost: float = 8.17, node_type: str = "Index Scan", **more) -> PlanNode:
    return make_node(
        node_type, **({"relation_name": "shop_book", "total_cost": cost, "plan_rows": 1.0} | more)
    )


def estimated(root: PlanNode, note: str = PLANNED_FOR_TIME) -> list[Capture]:
    return planned(None, root=root, is_analyzed=False, note=note)


def stays(captures: list[Capture], **more) -> bool:
    return bool(drop_explained_away([slow(385.0, trace="t0", **more)], captures))


@pytest.mark.parametrize(
    ("root", "is_told"),
    [
        (look_up(), False),
        (look_up(100.0), False),
        (look_up(100.1), True),
        (make_node("Limit", look_up(), total_cost=8.18), False),
        (make_node("Nested Loop", look_up(), look_up(node_type="Index Only Scan"), total_cost=16.5), False),
        (make_node("Bitmap Heap Scan", look_up(node_type="Bitmap Index Scan"), total_cost=30.0), False),
        (look_up(node_type="Seq Scan"), True),
        (make_node("Nested Loop", look_up(), look_up(node_type="Seq Scan"), total_cost=16.5), True),
        (look_up(0.01, "Function Scan"), True),
        (look_up(0.01, "Result"), True),
        (look_up(40.0, "Foreign Scan"), True),
    ],
)
def test_an_estimate_of_a_few_pages_found_by_an_index_contradicts(root, is_told):
    assert stays(estimated(root)) is is_told


@pytest.mark.parametrize(
    "note",
    [
        "Only planned: slugify() may change something, or is not known.",
        "Only planned: the statement writes or locks rows.",
        "Only planned: EXPLAIN ANALYZE was stopped after 1500 ms.",
    ],
)
def test_an_estimate_says_nothing_where_something_else_kept_it_from_being_run(note):
    assert stays(estimated(look_up(), note))


def test_a_measured_plan_counts_for_more_than_an_estimate():
    assert stays([*estimated(look_up()), *planned(300.0)])
    assert not stays([*estimated(look_up(4000.0)), *planned(1.0)])


def test_one_estimate_of_much_work_is_enough():
    assert stays([*estimated(look_up()), *estimated(look_up(4000.0))])


@pytest.mark.parametrize(("rows", "is_told"), [(1, False), (10, False), (11, True), (None, False)])
def test_an_estimate_that_did_not_foresee_the_rows_says_nothing(rows, is_told):
    [capture] = estimated(look_up())
    trace = make_trace(make_query_group(fingerprint="f1", rows=rows), id="t0")
    assert stays([replace(capture, trace=trace)], groups=(0,)) is is_told


def test_another_shapes_plan_contradicts_nothing():
    assert drop_explained_away([slow()], planned(1.0, fingerprint="f2"))


def test_what_an_index_explains_is_told_with_the_index():
    advice = IndexAdvice(
        relation="shop_book",
        model="shop.Book",
        method="btree",
        keys=(IndexKey(column="a"),),
        name="a",
        serves=("f1",),
        evidence=Evidence(level=Level.TIMED),
    )
    untried = replace(advice, serves=("f2",), evidence=Evidence())
    capture = Capture(trace=make_trace())
    assert drop_explained_away([slow(), slow(fingerprints=("f2",))], [capture], [advice, untried]) == [
        slow(fingerprints=("f2",))
    ]


def test_other_rules_are_not_about_time():
    other = slow(rule="n-plus-one")
    assert drop_explained_away([other], planned(1.0)) == [other]


def told(plan: Plan):
    [finding] = with_plans(judge(make_trace(page(max_ms=300.0, fingerprint="f1"))), [plan])
    return finding


def scan(**more) -> Plan:
    node = make_node(relation_name="shop_book", actual_total_time_ms=290.0, actual_loops=1, actual_rows=9)
    return make_plan(node, **({"fingerprint": "f1", "execution_time_ms": 295.0} | more))


def test_a_plan_without_insights_says_where_the_time_goes():
    finding = told(scan())
    assert finding.message == (
        "book_list waited 300 ms for one Book query. Most of it, 290 ms, goes into Seq Scan on shop_book."
    )
    assert finding.fixes[0].kinds == ("rewrite",)
    assert finding.fixes[0].diff == ""
    assert finding.fixes[0].evidence.before.ms == 295.0


def test_the_costliest_insight_is_told_with_its_remedy():
    small = Insight(rule="a", node=0, severity="warning", message="A little.", remedy="Do less.", share=0.1)
    large = Insight(rule="b", node=0, severity="warning", message="A lot.", remedy="Do this.", share=0.8)
    badge = replace(large, message="A badge.", share=0.9, is_badge=True)
    finding = told(scan(insights=(small, badge, large)))
    assert finding.message.endswith("A lot.")
    assert finding.fixes[0].code == "Do this."


def test_what_only_informs_is_told_where_there_is_nothing_else():
    wide = Insight(rule="a", node=0, severity="info", message="Much.", remedy="Load less.", share=0.8)
    sort = Insight(rule="b", node=0, severity="warning", message="Sorted.", remedy="Index it.", share=0.2)
    assert told(scan(insights=(wide, sort))).message.endswith("Sorted.")
    assert told(scan(insights=(wide,))).message.endswith("Much.")


@pytest.mark.parametrize(
    ("plan", "caveat"),
    [
        (scan(is_analyzed=False), "No plan was taken."),
        (scan(is_analyzed=False, note="Only planned: it writes."), "Only planned: it writes."),
        (scan(fingerprint="f2"), "No plan was taken."),
    ],
)
def test_without_an_analyzed_plan_the_fix_says_why(plan, caveat):
    [plain] = judge(make_trace(page(max_ms=300.0, fingerprint="f1")))
    finding = told(plan)
    assert finding.message == plain.message
    assert finding.fixes[0].kinds == ("rewrite",)
    assert finding.fixes[0].caveat == caveat


def test_a_skipped_plan_says_why():
    found = judge(make_trace(page(max_ms=300.0, fingerprint="f1")))
    [finding] = with_plans(found, [], [SkippedPlan(fingerprint="f1", reason="Not explained: no time.")])
    assert finding.fixes[0].caveat == "Not explained: no time."


def test_other_findings_stay():
    found = judge(n_plus_one())
    assert with_plans(found, [scan(fingerprint=found[0].fingerprints[0])]) == found


def test_a_distinct_over_a_join_is_told_once_with_the_numbers_of_its_plan():
    own = Insight(
        rule="distinct-on-join", node=0, severity="info", message="60 of 3.", remedy="Do.", share=0.1
    )
    other = replace(own, rule="sort-spill", message="Wrote.", share=0.8)
    found = replace(judge(n_plus_one())[0], rule="distinct-after-join", fingerprints=("f1",))
    [finding] = with_plans([found], [scan(insights=(other, own))])
    assert {fix.evidence.note for fix in finding.fixes} == {"60 of 3."}
    assert finding.message == found.message
