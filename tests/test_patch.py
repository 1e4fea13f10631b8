"""Tests of patch.py: all edits as one diff, which git applies."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from queryscope.model import Report
from queryscope.patch import Patch, patch_of
from tests.test_verify import EAGER, VIEW, make_edit, make_fix, make_report

TWO = VIEW + VIEW.replace("book_list", "shelf").replace("all()", "filter(shelf=1)")


def write(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())


def add(path: str, text: str, old: str, new: str) -> object:
    return make_edit(path, text, old=old, new=new)


def apply(folder: Path, patch: Patch) -> None:
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    subprocess.run(["git", "apply"], cwd=folder, input=patch.text.encode(), check=True)


def two_files(root: Path) -> Report:
    write(root, "shop/views.py", TWO)
    write(root, "shop/api views.py", VIEW)
    return make_report(
        root,
        make_fix(add("shop/views.py", TWO, "objects.all()", f"objects{EAGER}")),
        make_fix(add("shop/views.py", TWO, "objects.filter", f"objects{EAGER}.filter")),
        make_fix(add("shop/api views.py", VIEW, "objects.all()", f"objects{EAGER}")),
        make_fix(),
    )


def test_edits_of_one_file_are_one_diff_that_applies(tmp_path: Path) -> None:
    patch = patch_of(two_files(tmp_path), tmp_path)
    assert patch.text.count("+++ b/") == 2
    assert (patch.fixes, patch.without_edit, patch.overlapping, patch.notes) == (3, 1, 0, ())
    apply(tmp_path, patch)
    expected = TWO.replace("objects.all()", f"objects{EAGER}")
    assert (tmp_path / "shop/views.py").read_text() == expected.replace(
        "objects.filter", f"objects{EAGER}.filter"
    )
    assert EAGER in (tmp_path / "shop/api views.py").read_text()


def test_what_several_fixes_make_too_long_together_is_broken(tmp_path: Path) -> None:
    text = "books = Book.objects.order_by('title')\n"
    loads = (".select_related('author', 'publisher')", ".prefetch_related('tags', 'reviews', 'shelves')")
    write(tmp_path, "a.py", text)
    at = len("books = Book.objects")
    fixes = [make_fix(replace(make_edit("a.py", text, old="", new=e), start=at, end=at)) for e in loads]
    patch = patch_of(make_report(tmp_path, *fixes), tmp_path)
    assert patch.fixes == 2
    apply(tmp_path, patch)
    found = (tmp_path / "a.py").read_text()
    assert found.startswith(
        "books = (\n    Book.objects.select_related('author', 'publisher')\n    .prefetch"
    )
    write(tmp_path, "pyproject.toml", "[tool.ruff]\nline-length = 140\n")
    write(tmp_path, "a.py", text)
    assert "books = (" not in patch_of(make_report(tmp_path, *fixes), tmp_path).text


def test_paths_begin_where_git_runs(tmp_path: Path) -> None:
    report = two_files(tmp_path)
    assert "--- a/views.py" in patch_of(report, tmp_path / "shop").text
    outside = patch_of(report, tmp_path.parent / "elsewhere")
    assert "--- a/shop/views.py" in outside.text
    assert outside.base == str(tmp_path)


def test_an_edit_that_two_fixes_need_is_made_once(tmp_path: Path) -> None:
    write(tmp_path, "a.py", TWO)
    shared = add("a.py", TWO, "def book_list", "from x import y\n\n\ndef book_list")
    report = make_report(
        tmp_path,
        make_fix(shared, add("a.py", TWO, "objects.all()", f"objects{EAGER}")),
        make_fix(shared, add("a.py", TWO, "objects.filter", f"objects{EAGER}.filter")),
    )
    patch = patch_of(report, tmp_path)
    assert patch.fixes == 2
    assert patch.text.count("+from x import y") == 1


def test_of_edits_that_overlap_the_first_is_made(tmp_path: Path) -> None:
    write(tmp_path, "a.py", VIEW)
    report = make_report(
        tmp_path,
        make_fix(add("a.py", VIEW, "objects.all()", "objects.first()")),
        make_fix(add("a.py", VIEW, "all()", "last()")),
    )
    patch = patch_of(report, tmp_path)
    assert (patch.fixes, patch.overlapping) == (1, 1)
    assert "first()" in patch.text
    assert "last()" not in patch.text


def test_a_file_that_changed_since_is_left_alone_and_told(tmp_path: Path) -> None:
    report = two_files(tmp_path)
    write(tmp_path, "shop/views.py", "# new\n" + TWO)
    patch = patch_of(report, tmp_path)
    assert patch.fixes == 1
    assert "views.py" in patch.text
    assert "shop/views.py" not in patch.text
    [note] = patch.notes
    assert note.startswith("shop/views.py changed since")


@pytest.mark.parametrize("text", [VIEW.replace("\n", "\r\n"), VIEW.rstrip("\n"), "\ufeff" + VIEW])
def test_lines_keep_their_ends(tmp_path: Path, text: str) -> None:
    write(tmp_path, "a.py", text)
    edit = add("a.py", text, "objects.all()", f"objects{EAGER}")
    apply(tmp_path, patch_of(make_report(tmp_path, make_fix(edit)), tmp_path))
    expected = text.replace("objects.all()", f"objects{EAGER}")
    assert (tmp_path / "a.py").read_bytes().decode() == expected


def test_without_edits_there_is_no_diff(tmp_path: Path) -> None:
    assert patch_of(make_report(tmp_path, make_fix()), tmp_path).text == ""
