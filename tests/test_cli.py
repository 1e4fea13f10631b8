"""The console script."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from queryscope import __version__
from queryscope.cli import main

PROJECT = Path(__file__).resolve().parent.parent / "sample_project"


def test_help_teaches_with_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    assert "queryscope visit /products/ --as alice" in told
    assert "75 queryscope itself failed" in told


def test_without_arguments_it_helps_and_that_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "queryscope version" in capsys.readouterr().out


@pytest.mark.parametrize("asked", ["version", "--version"])
def test_it_tells_its_version(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([asked]) == 0
    assert capsys.readouterr().out == f"queryscope {__version__}\n"


def test_without_settings_it_says_what_to_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE")
    assert main(["rules"]) == 2
    assert "DJANGO_SETTINGS_MODULE is not set" in capsys.readouterr().err


def run(*arguments: str, settings: str = "config.settings") -> subprocess.CompletedProcess[str]:
    """The script in a process of its own, as a shell starts it."""
    command = [sys.executable, "-c", "import sys; from queryscope.cli import main; sys.exit(main())"]
    return subprocess.run(
        [*command, *arguments],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env={"DJANGO_SETTINGS_MODULE": settings, "PATH": ""} if settings else {"PATH": ""},
        check=False,
    )


def test_it_runs_the_commands_of_a_project() -> None:
    ended = run("rules")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("n-plus-one")


def test_settings_may_come_as_an_option() -> None:
    assert run("rules", "--settings=config.settings", settings="").returncode == 0


def test_settings_that_are_not_there_are_told() -> None:
    ended = run("rules", settings="nowhere.settings")
    assert ended.returncode == 2
    assert "the settings can't be imported" in ended.stderr


def test_an_unknown_command_is_a_usage_error_that_lists_the_known() -> None:
    ended = run("reprot")
    assert ended.returncode == 2
    assert "'report'" in ended.stderr or "report" in ended.stderr


def test_exit_codes_of_the_command_pass_through() -> None:
    ended = run("check", "--fail-on", "bogus")
    assert ended.returncode == 2
    assert "Can't gate on 'bogus'" in ended.stderr
