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
    SkippedPlan,
)
from tests.analysis.shop import judge, n_plus_one, page
from tests.builders import make_node, make_plan, make_trace


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
    capture = Capture(trace=make_trace(), indexes=(advice, untried))
    assert drop_explained_away([slow(), slow(fingerprints=("f2",))], [capture]) == [
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


@pytest.mark.parametrize(
    ("plan", "caveat"),
    [
        (scan(is_analyzed=False), "No plan was taken."),
        (scan(is_analyzed=False, note="it writes"), "No plan: it writes"),
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
    [finding] = with_plans(found, [], [SkippedPlan(fingerprint="f1", reason="the budget was spent")])
    assert finding.fixes[0].caveat == "No plan: the budget was spent"


def test_other_findings_stay():
    found = judge(n_plus_one())
    assert with_plans(found, [scan(fingerprint=found[0].fingerprints[0])]) == found
