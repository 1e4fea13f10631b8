from dataclasses import replace

import pytest

from queryscope.formats.words import (
    LEVELS,
    SIGNS,
    comparison,
    gain,
    on_connections,
    place,
    promise,
    proof,
    rule_title,
    scope,
    seen_in,
    sentence,
    tally,
    title,
    verdict,
)
from queryscope.model import Evidence, Level, Measure
from tests.builders import make_event, make_trace
from tests.formats.findings import make_finding, make_findings, make_occurrence, make_run
from tests.formats.reports import make_report, make_unit


def test_a_title_names_the_rule_and_its_relations():
    assert title(make_finding()) == "N+1 on Book.author, Book.publisher"


def test_a_nested_relation_reads_as_python_does():
    assert title(make_finding(relations=("author__publisher",))) == "N+1 on Book.author.publisher"


def test_a_title_without_relations_names_the_model():
    assert title(make_finding(rule="slow-query", relations=())) == "Slow query on Book"


def test_a_title_without_a_model_is_the_rule():
    assert title(make_finding(rule="duplicate-query", relations=(), model="")) == "Duplicate query"


def test_an_unknown_rule_reads_as_words():
    assert rule_title("third-party-rule") == "Third party rule"


def test_gain_is_queries_where_any_are_avoidable_else_time():
    assert gain(make_occurrence()) == "−80 queries"
    assert gain(make_occurrence(avoidable_queries=1)) == "−1 query"
    assert gain(make_occurrence(avoidable_queries=0, duration_ms=165.2)) == "165 ms"


def test_the_place_falls_back_to_the_trigger_and_says_when_there_is_none():
    assert place(make_finding()) == "shop/views.py:4"
    assert place(make_finding(location=None)) == "templates/books.html:12"
    assert place(make_finding(location=None, trigger=None)) == "no line of the application"


def test_the_verdict_counts_by_status_where_a_baseline_was_there():
    assert verdict(make_report(8)) == "✕ FAIL – 2 new, 1 worse, 5 known"


def test_the_verdict_counts_by_confidence_where_none_was():
    findings = tuple(replace(finding, status=None) for finding in make_findings(5))
    assert tally(make_report(0, findings=findings)) == "5 findings (3 certain, 1 likely, 1 idea)"


@pytest.mark.parametrize(
    ("name", "text"), [("pass", "✓ PASS"), ("incomplete", "! INCOMPLETE"), ("none", "No gate")]
)
def test_each_verdict_is_a_sign_and_a_word(name, text):
    assert verdict(make_report(0, run=make_run(verdict=name))) == f"{text} – no findings"


@pytest.mark.parametrize(
    ("run", "text"),
    [
        ({"verdict": "pass", "gate": ("certain", "n-plus-one")}, "✓ PASS (certain, n-plus-one)"),
        (
            {"verdict": "fail", "gate": ("certain", "n-plus-one"), "breached": ("n-plus-one",)},
            "✕ FAIL (n-plus-one)",
        ),
        ({"verdict": "incomplete", "gate": ("certain",)}, "! INCOMPLETE (certain)"),
        ({"verdict": "none"}, "No gate"),
    ],
)
def test_a_verdict_names_its_gate(run, text):
    assert verdict(make_report(0, run=make_run(**run))) == f"{text} – no findings"


def test_the_promise_names_how_many_findings_make_it():
    assert promise(make_report(8)) == "Fixing the top 3 removes 17\u202f% of the queries"
    assert promise(make_report(1)) == "Fixing the first finding removes 12\u202f% of the queries"


def test_there_is_no_promise_without_avoidable_queries():
    assert promise(make_report(0)) == ""
    slow = make_finding(worst=make_occurrence(avoidable_queries=0))
    assert promise(make_report(0, findings=(slow,))) == ""


def test_the_scope_names_each_kind_of_work():
    report = make_report(
        0, traces=(make_unit(0, "GET a/"), make_unit(1, "GET a/"), make_unit(2, "t", "test"))
    )
    assert scope(report) == "1 route, 1 test · 246 queries · 541 ms in the database"


def test_the_scope_of_a_test_run_counts_tests_without_queries_too():
    first, request = make_unit(0, "one", "test"), make_unit(1, "GET a/")
    request = replace(request, origin=replace(request.origin, parent="two"))
    quiet = replace(make_unit(2, "GET b/"), groups=())
    quiet = replace(quiet, origin=replace(quiet.origin, parent="three"))
    report = make_report(0, traces=(first, request, quiet), run=make_run(tests=29))
    assert scope(report).startswith("2 routes, 29 tests (2 with queries) · 164 queries")
    report = make_report(0, traces=(first, request), run=make_run(tests=2))
    assert scope(report).startswith("1 route, 2 tests · ")


def test_a_test_run_without_any_query_names_its_tests():
    report = make_report(0, traces=(), run=make_run(tests=3))
    assert scope(report).startswith("3 tests (0 with queries) · 0 queries")


def test_an_empty_run_says_that_nothing_ran():
    assert scope(make_report(0, traces=())).startswith("nothing ran · 0 queries")


def test_seen_in_names_one_and_counts_many():
    units = (make_unit(0, "GET a/"), make_unit(1, "one", "test"), make_unit(2, "two", "test"))
    met = tuple(make_occurrence(name) for name in ("t0", "t1", "t2", "gone"))
    assert seen_in(make_finding(occurrences=met), make_report(0, traces=units)) == "GET a/ · 2 tests"


def test_a_comparison_shows_only_what_both_sides_have():
    evidence = Evidence(before=Measure(queries=122, ms=94), after=Measure(queries=42))
    assert comparison(evidence) == "122 → 42 queries"
    assert comparison(Evidence(after=Measure(queries=42))) == ""


def test_a_comparison_of_times_and_blocks():
    evidence = Evidence(before=Measure(ms=131.4, blocks=5_812), after=Measure(ms=0.14, blocks=1))
    assert comparison(evidence) == "131 → 0.14 ms, 5\u202f812 → 1 block"


def test_an_equal_number_of_queries_is_no_news_beside_times():
    evidence = Evidence(before=Measure(queries=1, ms=92.6), after=Measure(queries=1, ms=30.0))
    assert comparison(evidence) == "92.6 → 30.0 ms"
    same = Evidence(before=Measure(queries=1), after=Measure(queries=1), level=Level.RERUN)
    assert comparison(same) == "1 → 1 query"


def test_of_a_fix_that_saves_no_query_and_was_not_tried_nothing_is_counted():
    same = Evidence(before=Measure(queries=3), after=Measure(queries=3))
    assert comparison(same) == ""
    assert proof(same) == "○ none: not tried; the gain was not measured"
    timed = Evidence(before=Measure(queries=1, ms=131.4))
    assert proof(timed) == "○ none: not tried; the gain was not measured"


@pytest.mark.parametrize(
    ("avoidable", "ms", "told"),
    [
        (80, 12.0, "−80 queries"),
        (1, 0.0, "−1 query"),
        (0, 104.0, "104 ms"),
        (0, 0.42, "0.42 ms"),
        (0, 0.0, "not measured"),
    ],
)
def test_a_gain_is_told_in_queries_else_by_the_time_it_is_about(avoidable, ms, told):
    assert gain(make_occurrence(avoidable_queries=avoidable, duration_ms=ms)) == told


def test_a_note_is_printed_as_a_sentence():
    assert proof(Evidence(note="same output")).endswith(". Same output.")
    assert sentence("") == ""


def test_seconds_keep_their_unit_beside_milliseconds():
    assert comparison(Evidence(before=Measure(ms=41_800), after=Measure(ms=61))) == "41.8 s → 61.0 ms"


@pytest.mark.parametrize("level", list(Level))
def test_the_evidence_level_is_printed_always_with_its_meaning(level):
    text = proof(Evidence(level=level))
    assert text == f"{SIGNS[level]} {level}: {LEVELS[level]}"


@pytest.mark.parametrize("level", [Level.PLANNED, Level.USABLE, Level.NONE])
def test_what_was_not_measured_carries_no_tick(level):
    assert "✓" not in proof(Evidence(level=level))
    assert "not" in LEVELS[level]


def test_a_note_ends_the_proof():
    evidence = Evidence(
        level=Level.RERUN, before=Measure(queries=9), after=Measure(queries=1), note="Same output."
    )
    assert proof(evidence) == "✓ re-run: 9 → 1 query; run again with this change. Same output."


def on(*events):
    return on_connections(make_trace(connections=events))


def test_connections_and_transactions_are_told_in_one_line():
    begin, commit, rollback = (make_event(kind, duration_ms=2.0) for kind in ("begin", "commit", "rollback"))
    opened = make_event("connect", duration_ms=12.0)
    assert on(opened, begin, commit) == (
        "1 connection opened, 12.0 ms · 1 transaction begun, 1 commit, 0 rollbacks, 4.0 ms"
    )
    assert on(begin, rollback, begin, commit, make_event("close")) == (
        "2 transactions begun, 1 commit, 1 rollback, 8.0 ms"
    )


def test_connections_from_a_pool_are_told():
    opened = make_event("connect", duration_ms=1.5)
    assert on(opened, make_event("connect", duration_ms=3.0, is_pooled=True)) == (
        "2 connections opened (1 from a pool), 4.5 ms"
    )


def test_of_closing_and_of_nothing_nothing_is_told():
    assert (on(), on(make_event("close"))) == ("", "")
