import json
from dataclasses import replace

import pytest

from queryscope.formats.stable import projection, render
from queryscope.model import Evidence, Level, Measure, Trace
from tests.builders import make_event, make_load, make_query_group, make_trace
from tests.formats.findings import make_finding, make_fix, make_occurrence, make_run
from tests.formats.reports import make_report, make_shapes, make_traces


def run_again(report):
    """The same code a second time: other ids, times, dates, order of work, root."""
    ids = {trace.id: f"other-{number}" for number, trace in enumerate(reversed(report.traces))}

    def moved(occurrence):
        return replace(occurrence, trace=ids[occurrence.trace], duration_ms=occurrence.duration_ms * 3)

    def later(trace: Trace):
        groups = tuple(replace(group, total_ms=group.total_ms * 2, max_ms=9.9) for group in trace.groups)
        return replace(
            trace, id=ids[trace.id], started_at="2030-05-05T00:00:00Z", wall_ms=1.0, groups=groups, queries=()
        )

    return replace(
        report,
        generated_at="2030-05-05T00:00:00Z",
        run=replace(report.run, root="/elsewhere"),
        traces=tuple(later(trace) for trace in reversed(report.traces)),
        shapes=tuple(
            replace(shape, total_ms=1.0, max_ms=1.0, example=None) for shape in reversed(report.shapes)
        ),
        findings=tuple(
            replace(
                finding,
                worst=moved(finding.worst),
                occurrences=tuple(moved(item) for item in reversed(finding.occurrences)),
            )
            for finding in reversed(report.findings)
        ),
        plans=(),
        skipped_plans=(),
        indexes=(),
        refusals=(),
    )


def without_plans(report):
    return replace(report, plans=(), indexes=())


@pytest.mark.parametrize("findings", [0, 1, 8])
def test_two_runs_of_the_same_code_give_the_same_bytes(findings):
    report = without_plans(make_report(findings))
    assert render(run_again(report)) == render(report)


def test_plans_and_what_rests_on_them_leave_no_trace():
    assert render(without_plans(make_report())) == render(make_report())


@pytest.mark.parametrize(
    "word",
    [
        "duration_ms",
        "total_ms",
        "db_ms",
        "wall_ms",
        "generated_at",
        "root",
        "plan",
        "size_bytes",
        "started_at",
    ],
)
def test_times_dates_plans_and_the_root_are_left_out(word):
    assert f'"{word}"' not in render(make_report())


def test_another_query_changes_the_bytes():
    report = make_report()
    more = make_trace(make_query_group(0, fingerprint="books", count=2), id="t9")
    assert render(replace(report, traces=(*report.traces, more))) != render(report)


def test_a_finding_of_a_slow_query_is_left_out():
    assert {finding["rule"] for finding in projection(make_report(3))["findings"]} == {"n-plus-one"}


@pytest.mark.parametrize("rule", ["expensive-count", "long-transaction", "slow-query"])
def test_what_a_duration_alone_makes_is_left_out(rule):
    assert projection(make_report(0, findings=(make_finding(rule=rule),)))["findings"] == []


@pytest.mark.parametrize(
    "rule", ["transaction-per-row", "unbounded-result", "write-in-loop", "deep-offset", "random-order"]
)
def test_what_rows_and_counts_make_stays(rule):
    [record] = projection(make_report(0, findings=(make_finding(rule=rule),)))["findings"]
    assert record["rule"] == rule


def test_whether_an_allow_of_a_slow_query_was_needed_is_left_out():
    idle = tuple(
        f"a.py:3 allows {rule}, which nothing here needs: take it out" for rule in ("slow-query", "x")
    )
    told = projection(make_report(0, run=make_run(notes=idle)))["run"]["notes"]
    assert told == ["a.py:3 allows x, which nothing here needs: take it out"]


def test_a_finding_of_a_plan_is_left_out():
    finding = make_finding(rule="seq-scan-selective")
    assert projection(make_report(0, findings=(finding,)))["findings"] == []


def test_traces_are_named_by_what_ran_and_numbered_among_namesakes():
    ids = [trace["id"] for trace in projection(make_report())["traces"]]
    assert ids[-2:] == ["request GET books/top/ #1", "request GET books/top/ #2"]


def test_namesakes_are_numbered_by_what_they_ran_not_by_time():
    small = make_trace(make_query_group(0, fingerprint="a"), id="x")
    large = make_trace(make_query_group(0, fingerprint="a", count=9), id="y")
    one = make_report(0, traces=(small, large))
    other = make_report(0, traces=(replace(large, id="p"), replace(small, id="q")))
    assert render(one) == render(other)


def test_the_worst_is_chosen_by_counts_alone():
    met = (make_occurrence("t1", avoidable_queries=3), make_occurrence("t2", avoidable_queries=7))
    finding = make_finding(worst=met[0], occurrences=met)
    worst = projection(make_report(0, findings=(finding,), traces=make_traces(4)))["findings"][0]["worst"]
    assert worst == {"trace": "request GET api/orders/ #1", "query_count": 80, "avoidable_queries": 7}


def test_times_within_sentences_are_blanked():
    fix = make_fix(
        caveat="Took 1.5 s.",
        evidence=Evidence(
            level=Level.TIMED,
            before=Measure(queries=2, ms=9.0),
            after=Measure(queries=1, ms=1.0),
            note="9.0 ms, then 1 ms.",
        ),
    )
    finding = make_finding(message="It took 1\u202f442 ms for 80 queries.", fixes=(fix,))
    record = projection(make_report(0, findings=(finding,)))["findings"][0]
    assert record["message"] == "It took … ms for 80 queries."
    assert record["fixes"][0]["caveat"] == "Took … ms."
    assert record["fixes"][0]["evidence"] == {
        "level": "timed",
        "before": {"queries": 2},
        "after": {"queries": 1},
        "note": "… ms, then … ms.",
    }


def test_lines_and_counts_in_sentences_stay():
    finding = make_finding(message="book_list ran 80 queries, 2 per book, at line 31 statements.")
    record = projection(make_report(0, findings=(finding,)))["findings"][0]
    assert record["message"].startswith("book_list ran 80 queries, 2 per book, at line 31 statements")


def test_an_occurrence_of_an_unknown_trace_has_no_name():
    finding = make_finding(worst=make_occurrence("gone"), occurrences=())
    assert projection(make_report(0, findings=(finding,)))["findings"][0]["worst"]["trace"] == ""


def test_it_is_json_with_sorted_keys():
    text = render(make_report(8, run=make_run(), shapes=make_shapes(2)))
    assert json.dumps(json.loads(text), indent=1, sort_keys=True) + "\n" == text


def test_connections_and_threads_of_no_unit_depend_on_chance():
    strays = "7 queries ran in threads of no unit of work: Thread-3 (poll), Thread-4 (poll)"
    more = "12 more connections and transaction bounds are not listed"
    copied = "COPY ran 3 times on 'default': what it moves isn't among the queries"

    def report(*notes, connections=()):
        trace = replace(make_traces(1)[0], notes=notes, connections=connections)
        missing = tuple(f"GET books/: {note}" for note in notes)
        return make_report(0, traces=(trace,), run=make_run(missing=missing))

    chance = report(copied, strays, more, connections=(make_event(), make_event("connect")))
    assert render(chance) == render(report(copied))
    assert copied in projection(chance)["traces"][0]["notes"]
    assert projection(chance)["run"]["missing"] == [f"GET books/: {copied}"]


def test_loads_are_sorted_and_do_not_say_how_many_instances_there_were():
    group = make_query_group(0)
    one, other = make_load(0), make_load(0, path="author", columns=("slug", "id"))
    more = replace(one, instances=9_000)
    traces = [make_trace(group, loads=loads) for loads in ((one, other), (other, more))]
    first, second = (render(make_report(0, traces=(trace,))) for trace in traces)
    assert first == second
    loads = projection(make_report(0, traces=traces[:1]))["traces"][0]["loads"]
    assert loads[0].keys() >= {"columns", "columns_read", "escaped"}
    assert ["id", "slug"] in [load["columns"] for load in loads]


def test_namesakes_that_ran_the_same_are_numbered_by_what_they_read():
    group = make_query_group(0)
    one = make_trace(group, loads=(make_load(0),), id="x")
    other = make_trace(group, loads=(make_load(0, columns_read=()),), id="y")
    reports = [make_report(0, traces=traces) for traces in ((one, other), (other, one))]
    assert render(reports[0]) == render(reports[1])


def test_the_trace_of_opentelemetry_differs_from_run_to_run_and_is_left_out():
    report = make_report(1)
    traced = replace(
        report, traces=tuple(replace(trace, otel_trace_id="0af7" * 8) for trace in report.traces)
    )
    assert render(traced) == render(report)


def test_whether_there_was_a_plan_to_tell_of_is_left_out():
    told = Evidence(note="OFFSET skipped 4,000 rows.")
    finding = make_finding(1, rule="deep-offset", fixes=(make_fix(evidence=told),))
    [found] = projection(replace(make_report(), findings=(finding,)))["findings"]
    assert found["fixes"][0]["evidence"]["note"] == ""
    finding = replace(finding, rule="n-plus-one")
    [found] = projection(replace(make_report(), findings=(finding,)))["findings"]
    assert found["fixes"][0]["evidence"]["note"] == "OFFSET skipped 4,000 rows."


def test_what_rests_on_the_trial_of_an_index_is_left_out():
    finding = make_finding(1, rule="missing-index")
    text = render(replace(make_report(), findings=(finding,)))
    assert "missing-index" not in text
    assert "removal" not in text
