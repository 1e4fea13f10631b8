"""Reports into files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from queryscope.errors import ReportError
from queryscope.outputs import write_report
from tests.test_gate import make_report


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_report_is_written_where_it_was_asked_for(tmp_path: Path) -> None:
    path = write_report(make_report(), "json", tmp_path / "new" / "folder" / "r.json")
    assert json.loads(path.read_text())["run"]["verdict"] == "none"
    assert path.is_absolute()


def test_nothing_else_is_left_beside_it(tmp_path: Path) -> None:
    write_report(make_report(), "markdown", tmp_path / "r.md")
    assert names(tmp_path) == ["r.md"]


def test_an_older_report_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text("old")
    write_report(make_report(), "json", tmp_path / "r.json")
    assert "old" not in (tmp_path / "r.json").read_text()


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="Did you mean 'json'"):
        write_report(make_report(), "jsn", tmp_path / "r.json")
    assert names(tmp_path) == []


def test_a_path_that_takes_no_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="Can't write"):
        write_report(make_report(), "json", tmp_path / "file" / "r.json")


def test_a_failed_write_leaves_the_older_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "r.json").write_text("old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(ReportError, match="No space left on device"):
        write_report(make_report(), "json", tmp_path / "r.json")
    assert names(tmp_path) == ["r.json"]
    assert (tmp_path / "r.json").read_text() == "old"
