import json
from dataclasses import replace

import pytest

from queryscope.formats.view import (
    LAID_OUT,
    STATIC_FINDINGS,
    data_classes,
    effect,
    head,
    static_cards,
    tabs,
    units_title,
    view,
)
from queryscope.model import Evidence, Level, Measure
from tests.builders import make_event
from tests.formats.findings import make_finding, make_fix, make_occurrence, make_run
from tests.formats.reports import hostile_report, make_report, make_shapes, make_unit


@pytest.mark.parametrize("findings", [0, 1, 8, 500])
def test_a_view_is_plain_data(findings):
    json.dumps(view(make_report(findings)), allow_nan=False)


def test_the_head_parts_what_is_bad_from_what_is_known():
    top = head(make_report(8))
    assert (top["project"], top["badge"], top["strong"], top["weak"]) == (
        "bookshop",
        "✕ FAIL",
        "2 new, 1 worse",
        "5 known",
    )


def test_the_head_counts_by_confidence_where_no_baseline_was():
    top = head(make_report(0, findings=(make_finding(),), run=make_run()))
    assert (top["strong"], top["weak"]) == ("1 finding (1 certain)", "")


def test_a_run_whose_findings_are_all_known_has_nothing_in_bold():
    top = head(make_report(0, findings=(make_finding(status="known"),)))
    assert (top["strong"], top["weak"]) == ("", "1 known")


@pytest.mark.parametrize(("root", "name"), [("C:\\dev\\shop\\", "shop"), ("/", "report"), ("", "report")])
def test_the_project_is_named_by_its_root(root, name):
    assert head(make_report(0, run=make_run(root=root)))["project"] == name


def test_the_tabs_count_what_they_hold():
    assert [(tab["title"], tab["number"]) for tab in tabs(make_report(8))] == [
        ("Findings", "8"),
        ("Routes", "4"),
        ("Queries", "6"),
        ("Plans", "1"),
        ("Indexes", "2"),
        ("Run", ""),
    ]


def test_units_are_called_what_they_are():
    kinds = ("request", "test", "command")
    units = tuple(make_unit(number, kind, kind) for number, kind in enumerate(kinds))
    assert units_title(make_report(0, traces=units[:1])) == "Routes"
    assert units_title(make_report(0, traces=units[:2])) == "Routes, tests"
    assert units_title(make_report(0, traces=units)) == "Units of work"
    assert units_title(make_report(0, traces=())) == "Units of work"


def test_occurrences_point_to_units_by_position():
    met = (make_occurrence("t2"), make_occurrence("gone"))
    data = view(make_report(0, findings=(make_finding(worst=met[0], occurrences=met),)))
    assert [item[0] for item in data["findings"][0]["occurrences"]] == [2, -1]
    assert data["findings"][0]["worst"]["trace"] == 2


def test_a_measured_effect_shows_what_was_measured():
    evidence = Evidence(
        level=Level.RERUN, before=Measure(queries=9, ms=5.0), after=Measure(queries=1, ms=2.0)
    )
    found = effect(make_finding(fixes=(make_fix(evidence=evidence),)), {"t0": 100})
    assert found == {"bars": [["queries", 9, 1], ["ms", 5.0, 2.0]], "is_measured": True}


def test_an_untried_effect_is_counted_from_the_whole_unit_of_work():
    assert effect(make_finding(), {"t0": 122}) == {"bars": [["queries", 122, 42]], "is_measured": False}


def test_a_counted_effect_is_never_below_zero():
    assert effect(make_finding(), {"t0": 10})["bars"] == [["queries", 10, 0]]


def test_an_effect_that_is_only_time_is_not_guessed():
    finding = make_finding(worst=make_occurrence(avoidable_queries=0))
    assert effect(finding, {"t0": 10}) == {"bars": [], "is_measured": False}


def test_edits_stay_out_of_the_page_but_evidence_words_are_in():
    fix = view(make_report(1))["findings"][0]["fixes"][0]
    assert "edits" not in fix
    assert fix["evidence"]["proof"]["level"] == "re-run"


def test_the_likeliest_statements_are_laid_out_and_no_more_than_the_budget():
    shapes = view(make_report(8, shapes=make_shapes(300)))["queries"]
    laid_out = [shape for shape in shapes if "text" in shape]
    assert len(laid_out) <= LAID_OUT
    assert {"author", "reviews"} <= {shape["fingerprint"] for shape in laid_out}
    assert "\n" in laid_out[0]["text"]


def test_the_file_tells_what_it_holds():
    assert not any("source" in text for text in data_classes(make_report(0, plans=())))
    assert any("source" in text for text in data_classes(make_report(1)))
    assert any(text.startswith("plans") for text in data_classes(make_report(0)))


def test_the_static_part_shows_the_first_findings_with_their_change():
    cards = static_cards(make_report(500))
    assert len(cards) == STATIC_FINDINGS
    assert cards[0]["fix"].startswith("--- a/shop/views.py")
    assert cards[2]["fix"] == 'Order.objects.prefetch_related("lines")'
    assert cards[4]["fix"] == ""
    assert cards[0]["proof"].startswith("✓ re-run: 122 → 42 queries")


def test_the_static_part_is_one_that_can_be_written():
    for card in static_cards(hostile_report()):
        for value in card.values():
            assert value is None or ("\x1b" not in value and value.encode("utf-8"))


def test_what_a_unit_dropped_is_in_the_view():
    opened = (make_event("connect", duration_ms=12.0),)
    trace = replace(
        make_unit(0, "GET a/"), dropped_queries=7, notes=("COPY is not seen",), connections=opened
    )
    unit = view(make_report(0, traces=(trace,)))["traces"][0]
    assert (unit["dropped"], unit["notes"]) == (7, ["COPY is not seen"])
    assert unit["connections"] == "1 connection opened, 12.0 ms"


def test_a_unit_tells_its_trace_of_opentelemetry():
    plain = make_report(0, traces=(make_unit(0, "GET a/"),))
    traced = make_report(0, traces=(replace(make_unit(0, "GET a/"), otel_trace_id="0af7" * 8),))
    assert [view(report)["traces"][0]["otel"] for report in (plain, traced)] == ["", "0af7" * 8]
    told = "ids of OpenTelemetry traces"
    assert told in view(traced)["holds"]
    assert told not in view(plain)["holds"]
