import io
import re

import pytest

from queryscope.formats.terminal import render, summary, terminal_width, wants_color
from tests.formats.findings import make_finding, make_run
from tests.formats.reports import hostile_report, make_report

MISSING = ("1 worker was lost", "no PostgreSQL")


def widths(text):
    return [len(line) for line in re.sub("\x1b\\[\\d+m", "", text).splitlines()]


@pytest.mark.parametrize("findings", [0, 1, 5, 8, 500])
@pytest.mark.parametrize("width", [40, 80, 100, 200])
def test_it_is_at_most_15_lines_and_never_wider_than_asked(findings, width):
    report = make_report(findings, run=make_run(verdict="incomplete", missing=MISSING))
    text = summary(report, width=width, path="r.html")
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
    assert "Not seen: 1 worker was lost (and 1 more)" in text
    assert "more" not in render(make_report(0, run=make_run(missing=MISSING[:1])))


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
    assert terminal_width() == 132
