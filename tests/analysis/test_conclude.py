"""From captures to the report: ranked, complete, and honest about what was not seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from queryscope.analysis import observe
from queryscope.model import Capture, Refusal, SkippedPlan
from queryscope.rules.trace import NPlusOne
from tests.analysis.shop import RULES, RUN, TEXT, n_plus_one, page, report_of
from tests.builders import make_plan, make_query_group, make_trace
from tests.rules.trace.shop import FORWARD, SHELF, lazy


def test_a_report_holds_what_it_was_made_of():
    trace = n_plus_one()
    report = report_of(trace)
    assert report.traces == (trace,)
    assert [finding.rule for finding in report.findings] == ["n-plus-one"]
    assert {shape.fingerprint for shape in report.shapes} == {group.fingerprint for group in trace.groups}
    assert report.run == RUN
    assert datetime.fromisoformat(report.generated_at).utcoffset() is not None


def test_a_report_of_nothing_is_empty():
    report = report_of()
    assert report.findings == report.traces == report.shapes == report.plans == ()
    assert report.run.verdict == "none"


def test_findings_are_ranked_by_queries_avoided_then_by_time():
    one = make_trace(
        page(wanted="Book.objects.filter(shelf=1)"), lazy(1, FORWARD, "author", count=9), id="t1"
    )
    two = make_trace(page(max_ms=900.0), id="t2")
    three = n_plus_one(id="t3")
    four = make_trace(page(wanted="Book.objects.filter(shelf=2)", max_ms=300.0), id="t4")
    report = report_of(one, two, three, four)
    assert [(each.rule, each.worst.trace) for each in report.findings] == [
        ("n-plus-one", "t3"),
        ("n-plus-one", "t1"),
        ("slow-query", "t2"),
        ("slow-query", "t4"),
    ]


def test_every_rule_sees_every_trace():
    assert [each.rule for each in observe(n_plus_one(), SHELF, RULES)] == ["n-plus-one"]
    assert list(observe(n_plus_one(), SHELF, ())) == []


def test_a_trace_is_judged_once_for_its_header_and_its_report():
    asked = []

    class Counting:
        name = "n-plus-one"

        def check(self, trace, models):
            asked.append(trace)
            yield from NPlusOne().check(trace, models)

    rules, trace = (Counting(),), n_plus_one()
    first = observe(trace, SHELF, rules)
    assert observe(replace(trace, server_version=180000), SHELF, rules) is first
    assert len(asked) == 1
    for other in (replace(trace, saw_reads=True), replace(trace, wall_ms=trace.wall_ms + 1.0), n_plus_one()):
        observe(other, SHELF, rules)
    observe(trace, SHELF, (Counting(),))
    assert len(asked) == 5


def test_what_was_not_seen_is_said_once_for_each_unit_of_work():
    one = n_plus_one(notes=("COPY is not seen",), dropped_queries=7)
    report = report_of(
        one, n_plus_one(id="t2", notes=("COPY is not seen",)), run=replace(RUN, missing=("no plans",))
    )
    assert report.run.missing == (
        "no plans",
        "GET books/: COPY is not seen",
        "GET books/: 7 executions are counted but not listed one by one",
    )


def test_queries_without_a_line_of_the_application_are_incomplete():
    report = report_of(n_plus_one(saw_application=False))
    assert report.run.verdict == "incomplete"
    assert report.run.missing == (
        "queries were seen, but no line of the application: nothing under '/srv/shop' ran them",
    )


@pytest.mark.parametrize("verdict", ["pass", "fail", "none", "incomplete"])
def test_a_verdict_given_before_stays(verdict):
    assert report_of(n_plus_one(), run=replace(RUN, verdict=verdict)).run.verdict == verdict


def test_one_trace_with_the_application_is_enough():
    report = report_of(n_plus_one(saw_application=False), n_plus_one(id="t2"))
    assert report.run.verdict == "none"


@pytest.mark.parametrize("groups", [(), (make_query_group(0, kind="transaction", count=3),)])
def test_without_queries_there_is_nothing_to_miss(groups):
    assert report_of(make_trace(*groups, saw_application=False)).run.verdict == "none"


def test_a_source_that_cannot_be_read_is_no_trouble():
    assert report_of(n_plus_one(), text=None).findings[0].fixes[0].diff == ""
    assert report_of(n_plus_one(), text=TEXT).findings[0].fixes[0].diff != ""


def test_plans_of_one_shape_are_told_once_and_skips_only_without_a_plan():
    plan = make_plan(fingerprint="f1", execution_time_ms=5.0)
    one = Capture(
        trace=n_plus_one(), plans=(plan,), skipped_plans=(SkippedPlan(fingerprint="f2", reason="late"),)
    )
    two = Capture(
        trace=n_plus_one(id="t2"),
        skipped_plans=(
            SkippedPlan(fingerprint="f1", reason="budget"),
            SkippedPlan(fingerprint="f2", reason="budget"),
        ),
    )
    report = report_of(one, two)
    assert report.plans == (plan,)
    assert report.skipped_plans == (SkippedPlan(fingerprint="f2", reason="budget"),)


def test_a_refusal_is_told_once_for_shape_relation_and_kind():
    def refusal(fingerprint: str, share: int) -> Refusal:
        reason = f"keeps {share} % of the rows"
        return Refusal(fingerprint=fingerprint, relation="shop_book", kind="low-selectivity", reason=reason)

    captures = [
        Capture(trace=n_plus_one(id=name), refusals=(refusal("f1", at), refusal("f2", at)))
        for at, name in enumerate(("t1", "t2"))
    ]
    assert [each.fingerprint for each in report_of(*captures).refusals] == ["f1", "f2"]
