import pytest

from queryscope.formats.totals import (
    confidences,
    database_ms,
    findings_by_trace,
    query_count,
    removable_share,
    statuses,
)
from tests.builders import make_query_group, make_trace
from tests.formats.findings import make_finding, make_findings, make_occurrence
from tests.formats.reports import make_report


def trace_of(count, name="t0"):
    return make_trace(make_query_group(0, count=count, total_ms=count * 2.0), id=name)


def test_queries_and_time_are_counted_from_the_exact_groups():
    trace = make_trace(
        make_query_group(0, count=40, total_ms=12.5), make_query_group(1, count=2, total_ms=0.5), queries=()
    )
    assert (query_count(trace), database_ms(trace)) == (42, 13.0)


def test_statuses_leave_out_findings_without_one():
    findings = (*make_findings(8), make_finding(9))
    assert statuses(findings) == {"new": 2, "worse": 1, "known": 5, "better": 0}


def test_confidences_count_every_finding():
    assert confidences(make_findings(8)) == {"certain": 6, "likely": 1, "idea": 1}


def test_findings_are_listed_with_each_unit_of_work_once():
    finding = make_finding(
        0, occurrences=(make_occurrence("t0"), make_occurrence("t0"), make_occurrence("gone"))
    )
    report = make_report(0, findings=(finding,), traces=(trace_of(5), trace_of(5, "t1")))
    assert findings_by_trace(report) == {"t0": [finding], "t1": []}


def test_the_share_is_of_all_queries_of_the_run():
    finding = make_finding(0, worst=make_occurrence("t0", avoidable_queries=30))
    report = make_report(0, findings=(finding,), traces=(trace_of(40), trace_of(60, "t1")))
    assert removable_share(report) == pytest.approx(0.30)


def test_two_findings_of_the_same_queries_are_promised_once():
    findings = tuple(
        make_finding(number, worst=make_occurrence("t0", avoidable_queries=30), fingerprints=("f",))
        for number in range(2)
    )
    report = make_report(0, findings=findings, traces=(trace_of(100),))
    assert removable_share(report) == pytest.approx(0.30)


def test_no_more_is_promised_than_ran():
    finding = make_finding(0, worst=make_occurrence("t0", avoidable_queries=500))
    assert removable_share(make_report(0, findings=(finding,), traces=(trace_of(10),))) == 1.0


def test_only_the_first_findings_count():
    findings = tuple(
        make_finding(n, worst=make_occurrence("t0", avoidable_queries=10), fingerprints=(f"f{n}",))
        for n in range(5)
    )
    report = make_report(0, findings=findings, traces=(trace_of(100),))
    assert removable_share(report, top=3) == pytest.approx(0.30)


def test_a_run_without_queries_promises_nothing():
    assert removable_share(make_report(3, traces=())) == 0.0
