"""`manage.py queryscope …`."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client, override_settings

from queryscope.management.commands import queryscope as command
from queryscope.stored import Stored
from tests.capture.shop import add_products
from tests.doors import ROOT, Site, assert_nothing_is_left, forgiven_faults, site
from tests.formats.reports import make_report

pytestmark = pytest.mark.django_db(databases=["default", "reports"])


@pytest.fixture(scope="module", autouse=True)
def _close_reports() -> Any:
    yield
    connections["reports"].close()  # its session would keep the test database from being dropped


@pytest.fixture(autouse=True)
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    with site(tmp_path, LOGIN_URL="/login/") as found:
        yield found
    assert_nothing_is_left()


def run(*arguments: str) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("queryscope", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def refuse(*arguments: str) -> tuple[int, str]:
    """The exit code and the message of a command that is refused."""
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    return caught.value.returncode, str(caught.value)


def browse(*paths: str) -> None:
    add_products(4)
    for path in paths or ("/products/", "/cured/"):
        Client().get(path)


# report


def test_report_writes_the_html_and_prints_the_summary_with_its_path_last(tmp_path: Path) -> None:
    browse()
    told = run("report").splitlines()
    assert told[0].startswith("No gate – 1 finding (1 certain) – 2 routes · 6 queries")
    assert any("N+1 on Product.brand" in line for line in told)
    assert told[-1] == str(tmp_path / "queryscope-report.html")
    assert (tmp_path / "queryscope-report.html").read_text().lower().startswith("<!doctype html>")


def test_report_writes_where_it_is_told(tmp_path: Path) -> None:
    browse()
    run("report", "--html", "out/r.html", "--json", "r.json")
    assert (tmp_path / "out" / "r.html").exists()
    report = json.loads((tmp_path / "r.json").read_text())
    assert [finding["rule"] for finding in report["findings"]] == ["n-plus-one"]
    assert not (tmp_path / "queryscope-report.html").exists()


def test_report_prints_the_formats_that_are_asked_for(tmp_path: Path) -> None:
    browse()
    told = run("report", "--format", "markdown", "--format", "json")
    assert "Product.brand" in told
    assert '"schema_version"' in told
    assert list(tmp_path.glob("*.html")) == []


def test_files_are_written_beside_the_formats_that_are_printed(tmp_path: Path) -> None:
    browse()
    out, err = StringIO(), StringIO()
    asked = ["--format", "json", "--html", "r.html", "--json", "r.json"]
    call_command("queryscope", "report", *asked, stdout=out, stderr=err)
    assert (tmp_path / "r.html").exists()
    assert json.loads((tmp_path / "r.json").read_text())["findings"]
    assert json.loads(out.getvalue())["findings"]  # the paths are told elsewhere
    assert err.getvalue().splitlines() == [str(tmp_path / "r.json"), str(tmp_path / "r.html")]


def test_an_unknown_format_is_a_usage_error_before_anything_is_written(tmp_path: Path) -> None:
    browse()
    assert refuse("report", "--format", "mardown", "--html", "r.html") == (
        2,
        "Unknown format 'mardown'. Did you mean 'markdown'?",
    )
    assert not (tmp_path / "r.html").exists()


@pytest.mark.parametrize("asked", ["report", "check"])
def test_of_nothing_it_is_told_how_to_record(asked: str) -> None:
    code, told = refuse(asked)
    assert code == 2
    assert told.startswith("Nothing is recorded. Run the development server with DEBUG on")
    assert "manage.py queryscope visit" in told
    with override_settings(MIDDLEWARE=[]):
        assert "Add 'queryscope.middleware.QueryscopeMiddleware' as the first of" in refuse(asked)[1]


def test_pages_without_queries_are_no_report() -> None:
    Client().get("/plain/")
    assert refuse("report") == (2, "1 unit of work is recorded, and no query was run.")


def grow_old(pages: Site) -> None:
    """Make all that is kept older than the code that it ran."""
    kept = pages.captures
    pages.store.clear()
    for capture in kept:
        pages.store.add(replace(capture, trace=replace(capture.trace, started_at="2001-01-01T00:00:00Z")))


LEFT_OUT = "recorded before tests/pages/views.py was changed, and left out: open the page"


@pytest.mark.parametrize("asked", ["report", "check"])
def test_of_what_is_older_than_the_code_it_is_told_what_happened(asked: str, pages: Site) -> None:
    browse()
    grow_old(pages)
    told = f"Nothing is left to show.\n2 units of work were {LEFT_OUT}s again"
    assert refuse(asked) == (2, told)


def test_a_report_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    browse()
    (tmp_path / "file").touch()
    code, told = refuse("report", "--html", "file/r.html")
    assert code == 2
    assert "Can't write" in told


def test_what_is_left_out_is_told(pages: Site) -> None:
    browse()
    (pages.store.path / "stranger.txt").touch()
    told = run("report", "--format", "json")
    assert "/stranger.txt isn't queryscope's: left alone" in told
    assert "Not seen: " in run("report")


# visit


def test_visit_prints_findings_and_their_edits() -> None:
    add_products(4)
    told = run("visit", "/products/")
    assert "1. N+1 on Product.brand  tests/pages/views.py:" in told
    assert "   +    return HttpResponse(\n" in told  # too long for one line
    assert 'Product.objects.select_related("brand").order_by("id")' in told


def test_visit_prints_the_plan_of_a_slow_query_once() -> None:
    with override_settings(QUERYSCOPE={"SLOW_MS": 20, "COSTLY_MS": 20, "EXPLAIN_BUDGET_MS": 20_000}):
        lines = run("visit", "/heavy/").splitlines()
    plan = [number for number, line in enumerate(lines) if line.startswith("   Plan: analyzed, ")]
    assert len(plan) == 1
    assert lines[plan[0] + 1].split() == ["own", "time", "rows", "of", "estimate", "blocks"]
    assert lines[plan[0] + 2].startswith("   Aggregate ")
    assert lines[plan[0] + 3].startswith("   └ Function Scan")
    assert max(map(len, lines[plan[0] :])) <= 120


def apart(*arguments: str) -> tuple[str, str]:
    """What the command prints, and what it says beside it."""
    out, err = StringIO(), StringIO()
    call_command("queryscope", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.mark.parametrize("command", ["visit", "report"])
def test_diff_prints_what_git_applies_and_nothing_else(command: str) -> None:
    browse()
    out, err = apart(*(("visit", "/products/") if command == "visit" else ("report",)), "--diff")
    assert out.startswith("--- a/")
    assert "+" in out
    assert all(line[:1] in "-+@ " for line in out.splitlines())
    check = ["git", "apply", "--check", "--verbose"]
    checked = subprocess.run(check, cwd=ROOT, input=out, text=True, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert f"The paths are relative to {ROOT}" in err  # these tests run elsewhere


def test_diff_of_nothing_is_nothing() -> None:
    add_products(4)
    out, err = apart("visit", "/cured/", "--diff")
    assert out == ""
    assert err == "No finding has an edit that can be made here.\n"


def test_diff_writes_the_reports_that_were_asked_for(tmp_path: Path) -> None:
    browse()
    out, _ = apart("report", "--diff", "--html", "r.html")
    assert (tmp_path / "r.html").exists()
    assert out.startswith("--- a/")
    assert not (tmp_path / "queryscope-report.html").exists()


def test_visit_says_when_there_is_nothing_to_change() -> None:
    add_products(4)
    assert run("visit", "/cured/").endswith("\nNothing to change here.\n")


def test_visit_writes_the_report_when_asked(tmp_path: Path) -> None:
    add_products(4)
    told = run("visit", "/products/", "--html", "v.html", "--json", "v.json")
    assert str(tmp_path / "v.html") in told
    assert json.loads((tmp_path / "v.json").read_text())["traces"][0]["origin"]["label"] == "GET products/"


def test_visit_keeps_nothing(pages: Site) -> None:
    add_products(4)
    run("visit", "/products/")
    assert pages.captures == []


def test_visit_as_somebody_sees_what_they_see() -> None:
    User.objects.create_user("alice")
    assert "1 route" in run("visit", "/private/", "--as", "alice")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["/private/"], "/private/ redirects to the login page: log in with --as USER."),
        (["/products/", "--as", "alise"], "No user has the username or primary key 'alise'."),
        (["/nowhere/"], "No URL pattern of this project matches '/nowhere/' (404)."),
        (["/plain/", "--data", "{"], "--data looks like JSON"),
    ],
)
def test_a_visit_that_shows_nothing_is_a_usage_error(arguments: list[str], told: str) -> None:
    code, message = refuse("visit", *arguments)
    assert code == 2
    assert told in message


@pytest.mark.parametrize(("url", "status"), [("/missing/7/", 404), ("/refused/", 403), ("/failing/", 503)])
def test_a_page_that_answers_an_error_is_shown_with_its_status(url: str, status: int) -> None:
    lines = run("visit", url).splitlines()
    assert lines[0] == f"The page answered {status}. This is what ran until then:"
    assert lines[1].startswith("No gate – no findings – 1 route")
    assert len(lines) == 2  # nothing is said of a page that wasn't seen


def test_a_page_that_could_not_be_judged_says_what_is_missing_and_no_more(tmp_path: Path) -> None:
    add_products(4)
    with override_settings(QUERYSCOPE={"EXPLAIN": "off", "ROOT": str(tmp_path)}):
        lines = run("visit", "/cured/").splitlines()
    assert lines[0].startswith("! INCOMPLETE – no findings – 1 route")
    assert lines[1].startswith("Not seen: queries were seen, but no line of the application")
    assert len(lines) == 2


def test_a_page_that_raises_is_shown_as_far_as_it_came() -> None:
    told = run("visit", "/boom/")
    assert "The page raised ValueError (status 500). This is what ran until then:" in told
    assert "1 query" in told
    assert "zqzq" not in told


def test_a_redirect_is_told() -> None:
    told = run("visit", "/moved/")
    assert "redirects to /plain/ (status 302)" in told
    assert "zqzq" not in told


def test_a_page_that_could_not_be_recorded_is_queryscopes_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    from queryscope import requests

    monkeypatch.setattr(requests, "begin", None)
    with forgiven_faults():
        assert refuse("visit", "/plain/")[0] == 75


# check


def test_check_prints_and_passes_without_a_gate() -> None:
    browse()
    assert run("check").startswith("No gate – 1 finding")


@pytest.mark.parametrize(
    ("gate", "verdict"), [("n-plus-one", "✕ FAIL"), ("certain", "✕ FAIL"), ("duplicate-query", "✓ PASS")]
)
def test_check_exits_with_1_on_a_breach(gate: str, verdict: str) -> None:
    browse()
    out = StringIO()
    code = 0
    try:
        call_command("queryscope", "check", "--fail-on", gate, stdout=out)
    except SystemExit as ended:
        code = int(str(ended.code))
    assert out.getvalue().startswith(f"{verdict} ({gate}) – ")
    assert code == (1 if "FAIL" in verdict else 0)


def test_check_of_nothing_is_incomplete_under_a_gate() -> None:
    with pytest.raises(SystemExit) as ended:
        run("check", "--fail-on", "certain")
    assert ended.value.code == 1
    assert refuse("check")[0] == 2


def judged(*gate: str) -> tuple[int, list[str]]:
    """The exit code of a check, and its lines."""
    out = StringIO()
    try:
        call_command("queryscope", "check", *gate, stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


def test_check_tells_how_to_see_the_findings_beyond_the_first_five(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = Stored(report=make_report(8))
    monkeypatch.setattr(command, "read_stored", lambda _: stored)
    assert judged()[1][-1] == "All findings: manage.py queryscope report"


def test_a_gate_cannot_judge_what_is_older_than_the_code(pages: Site) -> None:
    browse("/products/")
    grow_old(pages)
    Client().get("/cured/")
    code, lines = judged("--fail-on", "n-plus-one")
    assert code == 1
    assert lines[0].startswith("! INCOMPLETE (n-plus-one) – no findings – 1 route")
    assert lines[1:] == [f"Not seen: 1 unit of work was {LEFT_OUT} again"]
    assert judged()[0] == 0


def test_a_gate_judges_again_when_the_page_was_opened_again(pages: Site) -> None:
    browse("/cured/")
    grow_old(pages)
    Client().get("/cured/")
    code, lines = judged("--fail-on", "n-plus-one")
    assert (code, lines[0].partition(" – ")[0]) == (0, "✓ PASS (n-plus-one)")


def test_a_gate_over_nothing_but_old_units_says_so_alone(pages: Site) -> None:
    browse("/cured/")
    grow_old(pages)
    code, lines = judged("--fail-on", "certain")
    assert code == 1
    assert lines[1:] == [f"Not seen: 1 unit of work was {LEFT_OUT} again"]


def test_a_breach_outweighs_what_was_left_out(pages: Site) -> None:
    browse("/cured/")
    grow_old(pages)
    Client().get("/products/")
    code, lines = judged("--fail-on", "n-plus-one")
    assert (code, lines[0].partition(" – ")[0]) == (1, "✕ FAIL (n-plus-one)")


@pytest.mark.parametrize("gate", ["n-plus-on", "new", ","])
def test_check_refuses_gates_that_it_does_not_know(gate: str) -> None:
    assert refuse("check", "--fail-on", gate)[0] == 2


# rules, config, clear


def test_rules_lists_each_with_one_line() -> None:
    lines = run("rules").splitlines()
    assert len(lines) >= 18
    assert all(len(line.split("  ", 1)) == 2 and line.rstrip().endswith(".") for line in lines)
    assert lines[0].startswith("n-plus-one ")


def test_config_marks_what_is_set() -> None:
    with override_settings(QUERYSCOPE={"SLOW_MS": 20}):
        told = run("config")
    assert "* SLOW_MS            20.0\n" in told
    assert "  EXPLAIN            'slow'\n" in told


def test_clear_forgets_what_was_recorded(pages: Site) -> None:
    browse()
    assert run("clear").startswith("Removed 2 units of work from")
    assert pages.captures == []


# errors


def test_wrong_settings_are_told_in_one_line() -> None:
    with override_settings(QUERYSCOPE={"SLOW_MSS": 20}):
        code, told = refuse("rules")
    assert (code, told) == (2, "Unknown key 'SLOW_MSS' in QUERYSCOPE. Did you mean 'SLOW_MS'?")


def test_a_fault_of_queryscope_exits_with_75(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise RuntimeError("own")

    monkeypatch.setattr(command, "all_rules", fail)
    code, told = refuse("rules")
    assert code == 75
    assert "queryscope itself failed (RuntimeError)" in told


def test_with_traceback_a_fault_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise RuntimeError("own")

    monkeypatch.setattr(command, "all_rules", fail)
    with pytest.raises(RuntimeError, match="own"):
        run("rules", "--traceback")


def test_help_teaches_with_examples(capsys: pytest.CaptureFixture[str]) -> None:
    parser = command.Command().create_parser("manage.py", "queryscope")
    parser.print_help()
    told = capsys.readouterr().out
    assert "queryscope visit /products/ --as alice    profile one page" in told
    assert "75 queryscope itself failed" in told


def test_help_promises_no_more_than_a_visit_keeps(capsys: pytest.CaptureFixture[str]) -> None:
    parser = command.Command().create_parser("manage.py", "queryscope")
    for arguments in (["--help"], ["visit", "--help"]):
        with pytest.raises(SystemExit):
            parser.parse_args(arguments)
    told = " ".join(capsys.readouterr().out.split())
    assert "nothing is sent" not in told
    assert "profile one page; what it writes to databases is rolled back" in told
    assert (
        "What it sends in other ways (HTTP, a queue, a cache) is sent, and files that it writes stay." in told
    )
