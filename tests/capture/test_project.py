"""Which files are the application's."""

from __future__ import annotations

import json
import sys
import sysconfig
from pathlib import Path

import pytest

import queryscope
from queryscope.capture.project import Project, find_project


def make_project(root: Path, *packages: str) -> Project:
    return find_project(str(root), packages=packages)


@pytest.mark.parametrize(
    ("is_application", "name"),
    [
        (True, "shop/views.py"),
        (True, "templates/list.html"),
        (True, "packages/site/views.py"),
        (False, ".venv/lib/python3.11/site-packages/shop/views.py"),
        (False, "env/lib/python3/dist-packages/shop.py"),
        (False, ".tox/py311/lib/python3.11/site-packages/own/models.py"),
        (False, "../elsewhere/views.py"),
    ],
)
def test_application_code_stands_under_the_root_and_in_no_library(
    tmp_path: Path, is_application: bool, name: str
) -> None:
    assert make_project(tmp_path).is_application(str(tmp_path / name)) is is_application


@pytest.mark.parametrize("name", ["", "<string>", "<frozen runpy>", "<unknown source>"])
def test_code_without_a_file_is_no_application_code(tmp_path: Path, name: str) -> None:
    assert not make_project(tmp_path).is_application(name)


def test_the_standard_library_is_never_application_code() -> None:
    for root in (sys.prefix, sysconfig.get_paths()["stdlib"]):
        assert not make_project(Path(root)).is_application(json.__file__)


def test_queryscope_itself_is_never_application_code() -> None:
    own = Path(queryscope.__file__)
    assert not make_project(own.parent.parent).is_application(str(own))


def test_a_root_is_no_prefix_of_another_folder(tmp_path: Path) -> None:
    project = make_project(tmp_path / "shop")
    assert not project.is_application(str(tmp_path / "shop2" / "views.py"))
    assert project.relative(str(tmp_path / "shop2" / "views.py")) == str(tmp_path / "shop2" / "views.py")


def test_paths_are_relative_to_the_root_with_forward_slashes(tmp_path: Path) -> None:
    assert make_project(tmp_path).relative(str(tmp_path / "shop" / "views.py")) == "shop/views.py"
    assert make_project(tmp_path).relative(str(tmp_path / "shop" / ".." / "a.py")) == "a.py"


def test_symbolic_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    project = make_project(tmp_path / "link")
    assert project.is_application(str(tmp_path / "real" / "views.py"))
    assert project.relative(str(tmp_path / "link" / "views.py")) == "views.py"


def test_listed_packages_count_as_application_code(tmp_path: Path) -> None:
    import django.contrib.admin

    project = make_project(tmp_path, "django.contrib.admin")
    assert project.is_application(django.contrib.admin.__file__)
    assert not project.is_application(json.__file__)


def test_a_package_of_one_file_can_be_listed(tmp_path: Path) -> None:
    import sqlparse.cli

    assert make_project(tmp_path, "sqlparse.cli").is_application(sqlparse.cli.__file__)


def test_packages_that_cannot_be_found_are_ignored(tmp_path: Path) -> None:
    assert make_project(tmp_path, "no_such_package", "no.such.package", "").package_roots == ()


def test_the_root_is_the_git_top_level_around_the_base_directory(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "src" / "shop").mkdir(parents=True)
    assert find_project(base_dir=str(tmp_path / "src" / "shop")).root == str(tmp_path.resolve())


def test_a_git_worktree_has_a_file_for_its_top_level(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: elsewhere")
    assert find_project(base_dir=str(tmp_path)).root == str(tmp_path.resolve())


def test_without_git_the_base_directory_is_the_root(tmp_path: Path) -> None:
    assert find_project(base_dir=str(tmp_path / "shop")).root == str((tmp_path / "shop").resolve())


def test_without_a_base_directory_it_is_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_project().root == str(tmp_path.resolve())


def test_a_root_that_is_given_wins(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert find_project(str(tmp_path / "a"), base_dir=str(tmp_path)).root == str((tmp_path / "a").resolve())
