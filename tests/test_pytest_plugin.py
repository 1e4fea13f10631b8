"""`pytest --queryscope` in a stranger's project, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from queryscope import __version__, suite
from tests.doors import forgiven_faults
from tests.formats.findings import make_run
from tests.formats.reports import make_report
from tests.suites import FUNCTIONS, TEST_CASES, Project, project

Ended = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("shop")
    with project(folder, f"test_qs_plugin_{os.getpid()}") as made:
        made.write("test_cases.py", TEST_CASES)
        made.write("test_functions.py", FUNCTIONS)
        yield made


@pytest.fixture(scope="module")
def profiled(shop: Project) -> Ended:
    """One run whose files and words several tests read."""
    return shop.pytest(
        "--queryscope", "--queryscope-html=r.html", "--queryscope-json=r.json", "--queryscope-markdown=r.md",
        "-W", "error", "-v",
    )  # fmt: skip


def summary_of(ended: Ended) -> list[str]:
    """The lines that queryscope wrote."""
    lines = ended.stdout.splitlines()
    start = next(number for number, line in enumerate(lines) if " queryscope ====" in line)
    end = next(
        (n for n in range(start + 1, len(lines)) if " passed" in lines[n] or lines[n].startswith("===")), None
    )
    return lines[start:end]


def test_the_run_passes_and_names_the_problem_with_its_fix(profiled: Ended) -> None:
    assert profiled.returncode == 0, profiled.stdout + profiled.stderr
    lines = summary_of(profiled)
    assert lines[1].startswith("No gate – 1 finding (1 certain)")
    assert "N+1 on Book.author  shop/views.py:" in lines[2]
    assert 'Book.objects.select_related("author")' in lines[3]


def test_the_summary_is_short_and_ends_with_the_path(profiled: Ended, shop: Project) -> None:
    lines = summary_of(profiled)
    assert len(lines) <= 15
    assert lines[-1] == str(shop.folder / "r.html")


def test_one_line_of_the_header_tells_of_it(profiled: Ended) -> None:
    told = [line for line in profiled.stdout.splitlines() if line.startswith("queryscope ")]
    assert told == [f"queryscope {__version__}: profiling every test; gate: none"]


def test_the_files_are_written(profiled: Ended, shop: Project) -> None:
    assert shop.read("r.html").lower().startswith("<!doctype html>")
    assert "Book.objects" in shop.read("r.md")
    assert json.loads(shop.read("r.json"))["schema_version"]


def traces(shop: Project) -> dict[tuple[str, str], Any]:
    report = json.loads(shop.read("r.json"))
    return {(each["origin"]["label"], each["origin"].get("parent", "")): each for each in report["traces"]}


def test_tests_and_their_requests_are_units_of_their_own(profiled: Ended, shop: Project) -> None:
    found = {label for label, _ in traces(shop)}
    assert {
        "GET books/",
        "GET cured/",
        "GET stream/",
        "test_cases.py::Books::test_books",
        "test_cases.py::Committed::test_stream",
        "test_functions.py::test_books",
    } <= found
    assert "test_functions.py::test_plain" not in found  # it ran no query


def test_every_kind_of_test_sees_the_queries_of_its_request(profiled: Ended, shop: Project) -> None:
    report = json.loads(shop.read("r.json"))
    counts = [each["query_count"] for each in report["traces"] if each["origin"]["label"] == "GET books/"]
    assert counts == [6, 6, 6]  # TestCase, its asynchronous client, a function


def test_the_finding_is_the_applications_and_not_the_tests(profiled: Ended, shop: Project) -> None:
    (finding,) = json.loads(shop.read("r.json"))["findings"]
    assert finding["location"]["path"] == "shop/views.py"
    assert finding["model"] == "shop.Book"
    assert finding["relations"] == ["author"]


def test_no_value_of_a_test_reaches_the_files(profiled: Ended, shop: Project) -> None:
    for name in ("r.html", "r.json", "r.md"):
        assert "zqzq" not in shop.read(name)


# Gates and exit codes


def test_a_breach_alone_changes_the_exit_status_and_every_option_has_an_ini_twin(shop: Project) -> None:
    twins = {
        "queryscope": "true", "queryscope_json": "ini.json", "queryscope_fail_on": "n-plus-one",
        "queryscope_explain": "off", "queryscope_slow_ms": "50", "queryscope_allow_incomplete": "true",
        "queryscope_html": "ini.html", "queryscope_markdown": "ini.md",
    }  # fmt: skip
    arguments = [part for name, value in twins.items() for part in ("-o", f"{name}={value}")]
    ended = shop.pytest(*arguments, "test_functions.py")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert summary_of(ended)[1].startswith("✕ FAIL (n-plus-one) – 1 finding")
    assert "3 passed" in ended.stdout
    assert all((shop.folder / f"ini.{end}").exists() for end in ("json", "html", "md"))


def test_a_gate_that_holds_passes_and_a_report_that_cannot_be_written_changes_nothing(shop: Project) -> None:
    ended = shop.pytest(
        "--queryscope-fail-on=duplicate-query", "--queryscope-json=manage.py/r.json", "test_functions.py"
    )
    assert ended.returncode == 0
    assert "queryscope could not write json: Can't write" in ended.stdout
    assert "✓ PASS (duplicate-query) – 1 finding" in ended.stdout


def test_a_failing_test_keeps_its_own_exit_status(shop: Project) -> None:
    shop.write("test_failing.py", "def test_fails():\n    assert False\n")
    ended = shop.pytest("--queryscope", "--queryscope-fail-on=n-plus-one", "test_failing.py")
    (shop.folder / "test_failing.py").unlink()
    assert ended.returncode == 1
    assert summary_of(ended)[1].startswith("✓ PASS (n-plus-one) – no findings – 1 test (0 with queries)")


# xdist


def test_workers_agree_with_a_single_process(shop: Project, profiled: Ended) -> None:
    alone = json.loads(shop.read("r.json"))
    ended = shop.pytest("-n", "2", "--queryscope", "--queryscope-json=x.json", "--queryscope-fail-on=certain")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    together = json.loads(shop.read("x.json"))
    assert [each["id"] for each in together["findings"]] == [each["id"] for each in alone["findings"]]
    assert sorted(each["origin"]["label"] for each in together["traces"]) == sorted(
        each["origin"]["label"] for each in alone["traces"]
    )
    assert together["run"]["verdict"] == "fail"
    assert ended.stdout.count(" queryscope ====") == 1


def test_a_lost_worker_leaves_the_gate_incomplete(shop: Project) -> None:
    shop.write("test_dies.py", "import os\ndef test_dies():\n    os._exit(3)\n")
    ended = shop.pytest(
        "-n", "1", "--max-worker-restart=0", "--queryscope-fail-on=duplicate-query", "test_dies.py"
    )
    (shop.folder / "test_dies.py").unlink()
    assert ended.returncode == 1
    assert summary_of(ended)[1].startswith("! INCOMPLETE")
    assert "worker gw0 was lost" in ended.stdout


# Without it


def test_without_the_option_nothing_is_imported_and_nothing_printed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_imports():
            ours = {name for name in sys.modules if name.startswith("queryscope")}
            assert ours <= {"queryscope", "queryscope.pytest_plugin"}, ours
            assert "sqlglot" not in sys.modules
        """
    )
    ended = outside_django(pytester)
    assert ended.returncode == 0, ended.stdout
    assert "queryscope" not in ended.stdout


def test_the_plugin_itself_imports_no_django() -> None:
    program = (
        "import queryscope.pytest_plugin, sys; print(any(name.startswith('django') for name in sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "False"


def outside_django(pytester: pytest.Pytester, *arguments: str) -> Ended:
    """Run pytest where no Django is set up."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "PYTEST"))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:django", "-p", "no:asyncio", *arguments]
    return subprocess.run(command, cwd=pytester.path, env=kept, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 0),
        (["--queryscope-fail-on=certain"], 1),  # a gate was asked for, and nobody could judge
        (["--queryscope-fail-on=certain", "--queryscope-allow-incomplete"], 0),
    ],
)
def test_a_project_without_django_is_run_with_a_note(
    pytester: pytest.Pytester, arguments: list[str], code: int
) -> None:
    pytester.makepyfile("def test_a():\n    assert True\n")
    ended = outside_django(pytester, "--queryscope", *arguments)
    assert "queryscope: Django is not set up" in ended.stdout
    assert "1 passed" in ended.stdout
    assert ended.returncode == code


# Within this process, where Django is set up and no test needs a database


def run_here(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile("def test_a():\n    assert True\n")
    return pytester.runpytest_inprocess("-p", "no:django", "-p", "no:asyncio", *arguments)


@pytest.mark.parametrize("rule", ["unused-select-related", "unread-columns", "long-transaction"])
def test_a_gate_takes_rules_of_a_unit_and_of_the_whole_run(rule: str, pytester: pytest.Pytester) -> None:
    ended = run_here(pytester, "--queryscope", f"--queryscope-fail-on={rule}")
    assert "Can't gate" not in ended.stderr.str()
    ended.stdout.fnmatch_lines([f"queryscope *: profiling every test; gate: {rule}"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--queryscope", "--queryscope-fail-on=n-plus-on"], "Did you mean 'n-plus-one'?"),
        (["--queryscope", "--queryscope-fail-on=new"], "needs a baseline"),
        (["--queryscope", "--queryscope-explain=sometimes"], "invalid choice: 'sometimes'"),
        (["--queryscope", "--queryscope-slow-ms=fast"], "invalid float value: 'fast'"),
        (["--queryscope", "--queryscope-slow-ms=-1"], "must be a number of milliseconds"),
        (["--queryscope", "--queryscope-slow-ms=nan"], "must be a number of milliseconds"),
        (["--queryscope", "-o", "queryscope_slow_ms=fast"], "must be a number, not 'fast'"),
        (["--queryscope", "-o", "queryscope_explain=sometimes"], "must be 'slow', 'all' or 'off'"),
        (["--queryscope", "-o", "queryscope_fail_on=bogus"], "Can't gate on 'bogus'"),
    ],
)
def test_unknown_values_are_a_usage_error(pytester: pytest.Pytester, arguments: list[str], told: str) -> None:
    ended = run_here(pytester, *arguments)
    assert ended.ret == pytest.ExitCode.USAGE_ERROR
    assert told in str(ended.stdout) + str(ended.stderr)


def test_wrong_settings_are_a_usage_error(pytester: pytest.Pytester) -> None:
    with override_settings(QUERYSCOPE={"SLOW_MSS": 1}):
        ended = run_here(pytester, "--queryscope")
    assert ended.ret == pytest.ExitCode.USAGE_ERROR
    assert "Unknown key 'SLOW_MSS' in QUERYSCOPE. Did you mean 'SLOW_MS'?" in str(ended.stderr)


def test_tests_without_queries_have_nothing_to_judge(pytester: pytest.Pytester) -> None:
    ended = run_here(pytester, "--queryscope", "--queryscope-fail-on=certain")
    assert ended.ret == 0
    ended.stdout.fnmatch_lines(
        ["✓ PASS (certain) – no findings – 1 test (0 with queries) · * in the database"]
    )


@pytest.mark.parametrize("files", [(), ("--queryscope-json=r.json",)])
def test_findings_beyond_the_first_five_are_hinted_at_where_no_file_was_asked_for(
    files: tuple[str, ...], pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suite, "report_on", lambda *_, **__: make_report(8))
    ended = run_here(pytester, "--queryscope", *files)
    assert (suite.ALL_FINDINGS in ended.outlines) is (not files)


def test_output_that_is_no_terminal_is_not_cut(pytester: pytest.Pytester, monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    note = "a thread of no unit of work ran queries that nobody can be told about here"
    report = make_report(1, run=make_run(missing=(note,)))
    monkeypatch.setattr(suite, "report_on", lambda *_, **__: report)
    ended = run_here(pytester, "--queryscope")
    assert f"Not seen: {note}" in ended.outlines
    assert any("Book.author, Book.publisher  shop/views.py:4 " in line for line in ended.outlines)


def test_an_ini_file_that_names_a_report_does_not_turn_profiling_on(pytester: pytest.Pytester) -> None:
    ended = run_here(pytester, "-o", "queryscope_html=never.html")
    assert ended.ret == 0
    ended.stdout.no_fnmatch_line("queryscope *")
    assert not (pytester.path / "never.html").exists()


def test_a_report_on_the_command_line_turns_profiling_on(pytester: pytest.Pytester) -> None:
    assert run_here(pytester, "--queryscope-json=on.json").ret == 0
    assert (pytester.path / "on.json").exists()


def test_collecting_alone_concludes_nothing(pytester: pytest.Pytester) -> None:
    ended = run_here(pytester, "--queryscope", "--queryscope-json=c.json", "--collect-only")
    assert ended.ret == 0
    assert not (pytester.path / "c.json").exists()


def test_a_fault_in_the_conclusion_is_a_warning(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("own")

    monkeypatch.setattr(suite, "report_on", fail)
    with forgiven_faults():
        ended = run_here(pytester, "--queryscope")
        assert ended.ret == 0
        ended.stdout.fnmatch_lines(["*queryscope failed, and there is no report (RuntimeError*"])
        assert run_here(pytester, "--queryscope", "--queryscope-fail-on=certain").ret == 1


def test_options_stand_in_one_group_of_the_help(pytester: pytest.Pytester) -> None:
    told = str(run_here(pytester, "--help").stdout)
    group = told.split("queryscope: which Django queries to change:")[1].split("\n\n")[0]
    for name in (
        "html=PATH",
        "json=PATH",
        "markdown=PATH",
        "fail-on",
        "explain",
        "slow-ms",
        "allow-incomplete",
    ):
        assert f"--queryscope-{name}" in group
