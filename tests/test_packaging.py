"""What is installed is what was promised: names, entry points, types, few dependencies, a changelog."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib import import_module
from importlib.metadata import entry_points, metadata
from pathlib import Path

import pytest

import queryscope

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def run_python(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_version_is_written_once_in_effect() -> None:
    assert queryscope.__version__ == PYPROJECT["project"]["version"] == metadata("queryscope")["Version"]


def test_importing_queryscope_loads_neither_django_nor_a_parser() -> None:
    heavy = {"django", "sqlglot", "sqlparse", "jinja2", "msgspec", "psycopg"}
    loaded = run_python(f"import sys, queryscope; print(sorted(set(sys.modules) & {heavy!r}))")
    assert loaded == "[]\n"


def test_public_names_are_sorted_and_load() -> None:
    assert queryscope.__all__ == sorted(queryscope.__all__)
    for name in queryscope.__all__:
        assert getattr(queryscope, name) is not None


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'profil'"):
        _ = queryscope.profil


@pytest.mark.parametrize(
    ("group", "name"),
    [("console_scripts", "queryscope"), ("pytest11", "queryscope")],
    ids=lambda value: value,
)
def test_entry_points_load(group: str, name: str) -> None:
    (entry,) = entry_points(group=group, name=name)
    assert entry.load() is not None


def test_runtime_dependencies_are_few() -> None:
    names = {line.split(">")[0] for line in PYPROJECT["project"]["dependencies"]}
    assert names == {"django", "jinja2", "msgspec", "sqlglot", "sqlparse"}


def test_the_licence_is_an_spdx_expression_with_its_text() -> None:
    assert metadata("queryscope")["License-Expression"] == "BSD-3-Clause"
    assert "Redistribution and use" in (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_files_beside_the_code_are_inside_the_package() -> None:
    package = Path(import_module("queryscope").__file__ or "").parent
    assert (package / "py.typed").is_file()
    assert (package / "formats/schema/report-v1.json").is_file()
    assert (package / "formats/templates/report.html").is_file()


def test_the_changelog_has_an_unreleased_section() -> None:
    lines = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    assert "## [Unreleased]" in lines
    sections = {line.removeprefix("### ") for line in lines if line.startswith("### ")}
    assert sections <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_make_alone_lists_the_commands_that_exist() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (phony,) = (line for line in text.splitlines() if line.startswith(".PHONY:"))
    for target in phony.split()[1:]:
        assert f"  make {target} " in listed
