import io
import re

import pytest

from queryscope.formats.terminal import render, summary, terminal_width, wants_color
from queryscope.model import Location
from tests.formats.findings import make_finding, make_fix, make_removal, make_run
from tests.formats.reports import hostile_report, make_report

MISSING = ("1 worker was lost", "no PostgreSQL")


def widths(text):
    return [len(line) for line in re.sub("\x1b\\[\\d+m", "", text).splitlines()]


@pytest.mark.parametrize("findings", [0, 1, 5, 8, 500])
@pytest.mark.parametrize("width", [40, 80, 100, 200])
@pytest.mark.parametrize(
    "last", [{"path": "r.html"}, {"hint": "All findings: queryscope report --html r.html"}]
)
def test_it_is_at_most_15_lines_and_never_wider_than_asked(findings, width, last):
    report = make_report(findings, run=make_run(verdict="incomplete", missing=MISSING * 9))
    text = summary(report, width=width, **last)
    assert len(text.splitlines()) <= 15
    assert max(widths(text)) <= width


def test_the_verdict_comes_first_and_the_path_last():
    lines = summary(make_report(), path="/tmp/report.html").splitlines()
    assert lines[0].startswith("✕ FAIL – 2 new, 1 worse, 5 known – 4 routes · 656 queries")
    assert lines[-1] == "/tmp/report.html"


@pytest.mark.parametrize("width", [40, 100])
def test_the_gate_is_named_behind_the_painted_sign(width):
    run = make_run(verdict="fail", gate=("certain",), breached=("certain",))
    text = summary(make_report(8, run=run), width=width, color=True)
    assert text.startswith("\x1b[31m✕ FAIL\x1b[0m (certain) – ")


def test_a_gate_of_many_names_is_shortened_on_a_narrow_terminal():
    gate = ("n-plus-one", "duplicate-query", "slow-query", "missing-index")
    lines = summary(make_report(0, run=make_run(verdict="pass", gate=gate)), width=40).splitlines()
    assert lines == ["✓ PASS (n-plus-one, duplicate-query, sl…"]


def test_the_first_five_findings_stand_with_their_fix_and_evidence():
    lines = render(make_report(8)).splitlines()
    assert lines[1].startswith("1. NEW N+1 on Book.author, Book.publisher  shop/views.py:4")
    assert lines[1].endswith("−80 queries")
    assert lines[2] == '   Book.objects.select_related("author", "publisher")  ✓ re-run'
    assert sum(bool(re.match(r"\d\. ", line)) for line in lines) == 5
    assert lines[-1] == "and 3 more. Fixing the top 3 removes 17\u202f% of the queries"


def test_a_finding_without_a_fix_shows_its_message():
    assert "   book_list ran 80 queries" in render(make_report(0, findings=(make_finding(fixes=()),)))


def test_a_clean_run_is_one_line():
    text = render(make_report(0))
    assert text == "✓ PASS – no findings – 4 routes · 656 queries · 1\u202f442 ms in the database\n"


def test_what_is_missing_is_told():
    text = render(make_report(0, run=make_run(verdict="incomplete", missing=MISSING)))
    assert text.splitlines()[1:] == ["Not seen: 1 worker was lost", "Not seen: no PostgreSQL"]


def test_what_is_missing_is_told_as_far_as_15_lines_go_and_the_rest_is_counted():
    reasons = tuple(f"reason {number}" for number in range(1, 21))
    lines = summary(make_report(8, run=make_run(missing=reasons)), path="r.html").splitlines()
    assert len(lines) == 15
    assert lines[-3:] == ["Not seen: reason 1", "Not seen: reason 2 (and 18 more)", "r.html"]
    lines = summary(make_report(0, run=make_run(missing=reasons))).splitlines()
    assert len(lines) == 15
    assert lines[-1] == "Not seen: reason 14 (and 6 more)"


def test_how_many_more_reasons_there_are_is_never_cut():
    reasons = ("a reason that is longer than the terminal is wide " * 3,) * 30
    lines = summary(make_report(0, run=make_run(missing=reasons)), width=60).splitlines()
    assert lines[-1].endswith("… (and 16 more)")
    assert max(map(len, lines)) <= 60


LONG = "a_long_project/apps/with/many/nested/folders/and/packages/api/views/viewsets.py"


def long_finding(**more):
    location = Location(path=LONG, line=1234, end_line=1234, function="list")
    relations = ("author", "publisher__country", "reviews__reader")
    return make_finding(location=location, relations=relations, **more)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 132])
def test_a_long_path_loses_folders_and_never_its_line(width):
    lines = summary(make_report(0, findings=(long_finding(),)), width=width).splitlines()
    assert re.search(r"…\S*\.py:1234 +−80 queries$", lines[1])
    assert len(lines[1]) == width


def test_a_short_title_leaves_the_path_whole():
    finding = make_finding(status=None, relations=("author",), location=long_finding().location)
    assert f"1. N+1 on Book.author  {LONG}:1234 " in summary(make_report(0, findings=(finding,)), width=120)


def test_without_a_terminal_nothing_is_cut():
    long = "tests/test_a.py::test_b: " + "two queries ran in a thread of no unit of work " * 9
    finding = long_finding(fixes=(), message="It ran 80 queries. " * 20)
    report = make_report(0, findings=(finding,), run=make_run(missing=(long,)))
    text = render(report)
    assert "…" not in text
    assert f"Book.reviews.reader  {LONG}:1234  −80 queries\n" in text
    assert f"   {finding.message}\n" in text
    assert f"Not seen: {long}\n" in text
    assert "…" in summary(report, width=80)


HINT = "All findings: --html=r.html"


def test_where_there_are_more_findings_it_is_told_how_to_see_them():
    assert summary(make_report(6), hint=HINT).splitlines()[-1] == HINT
    assert HINT not in summary(make_report(5), hint=HINT)


def test_a_written_report_needs_no_hint():
    lines = summary(make_report(6), hint=HINT, path="r.html").splitlines()
    assert (lines[-1], HINT in lines) == ("r.html", False)


def test_colours_are_off_unless_asked():
    assert "\x1b" not in summary(make_report())
    assert "\x1b[31m✕ FAIL\x1b[0m" in summary(make_report(), color=True)


def test_hostile_names_neither_colour_nor_break_lines():
    text = summary(hostile_report())
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\x1b" in text
    assert len(text.splitlines()) == 5


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "environ", "expected"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour_follows_the_stream_and_the_reader_s_wish(stream, environ, expected):
    assert wants_color(stream, environ) is expected


def test_the_width_is_the_terminal_s(monkeypatch):
    monkeypatch.setenv("COLUMNS", "132")
    assert terminal_width(Terminal()) == 132


def test_a_file_and_a_pipe_have_no_width(monkeypatch):
    monkeypatch.setenv("COLUMNS", "132")
    assert terminal_width(io.StringIO()) is None


def test_an_index_that_can_go_is_one_line_where_there_is_room():
    sure = {"kind": "duplicate", "reason": "b has the same keys.", "confidence": "certain"}
    three = (make_removal(name="a", **sure), make_removal(name="c", **sure), make_removal())
    text = render(make_report(0, removals=three))
    assert "Index that can go: a of shop_review: b has the same keys. (and 1 more)\n" in text
    assert "can go" not in render(make_report(0, removals=three[2:]))


def test_of_indexes_that_help_together_the_first_stands_in_the_line():
    fix = make_fix(kinds=("index",), diff="", code="models.Index(a)  # a.A\nmodels.Index(b)  # a.B")
    text = render(make_report(0, findings=(make_finding(fixes=(fix,)),)))
    assert "   models.Index(a)  # a.A (and 1 more)  ○ none\n" in text
