"""Files that are written all or none."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from queryscope.errors import EditRefusedError
from queryscope.worktree import FileChange, refuse_unclean, write_all


def change(path: Path, before: bytes | None, after: bytes) -> FileChange:
    return FileChange(path=path, before=before, after=after)


def test_all_are_written_with_their_modes_and_nothing_else_is_left(tmp_path: Path) -> None:
    old, new = tmp_path / "old.py", tmp_path / "new.py"
    old.write_bytes(b"a = 1\r\n")
    old.chmod(0o640)
    write_all([change(old, b"a = 1\r\n", b"a = 2\r\n"), change(new, None, b"b = 1\n")])
    assert (old.read_bytes(), new.read_bytes()) == (b"a = 2\r\n", b"b = 1\n")
    assert old.stat().st_mode & 0o777 == 0o640
    assert new.stat().st_mode & 0o777 == 0o666 & ~umask(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.py", "old.py"]


def umask(folder: Path) -> int:
    probe = folder / "probe"
    probe.touch()
    mode = probe.stat().st_mode & 0o777
    probe.unlink()
    return 0o666 & ~mode


@pytest.mark.parametrize("obstacle", ["changed", "there", "no folder", "a folder", "read-only"])
def test_what_can_not_be_written_leaves_all_as_it_was(tmp_path: Path, obstacle: str) -> None:
    old, other = tmp_path / "old.py", tmp_path / "other.py"
    old.write_bytes(b"a")
    second = change(other, None, b"c")
    if obstacle == "changed":
        other.write_bytes(b"x")
        second = change(other, b"y", b"c")
    elif obstacle == "there":
        other.write_bytes(b"x")
    elif obstacle == "read-only":
        other.write_bytes(b"x")
        other.chmod(0o444)
        second = change(other, b"x", b"c")
    elif obstacle == "no folder":
        second = change(tmp_path / "gone" / "other.py", None, b"c")
    else:
        other.mkdir()
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(EditRefusedError):
        write_all([change(old, b"a", b"b"), second])
    assert old.read_bytes() == b"a"
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_what_fails_at_the_last_moment_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new, last = tmp_path / "old.py", tmp_path / "new.py", tmp_path / "last.py"
    old.write_bytes(b"a")
    link = os.link

    def appears(source: str, target: Path) -> None:
        if target == last:
            last.write_bytes(b"somebody else's")
        link(source, target)

    monkeypatch.setattr("queryscope.worktree.os.link", appears)
    changes = [change(old, b"a", b"b"), change(new, None, b"n"), change(last, None, b"l")]
    with pytest.raises(EditRefusedError, match=r"Nothing was written\. .*last\.py"):
        write_all(changes)
    assert old.read_bytes() == b"a"
    assert last.read_bytes() == b"somebody else's"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["last.py", "old.py"]


def test_only_what_git_has_as_it_is_passes(tmp_path: Path) -> None:
    kept, cache = tmp_path / "kept.py", tmp_path / "__pycache__"
    kept.touch()
    with pytest.raises(EditRefusedError, match="isn't in a git work tree"):
        refuse_unclean([kept])
    for command in (
        ["init", "-q"],
        ["add", "kept.py"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "it"],
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    cache.mkdir()
    (cache / "kept.pyc").touch()
    refuse_unclean([kept, tmp_path])
    (tmp_path / "new.py").touch()
    refuse_unclean([kept])
    with pytest.raises(EditRefusedError, match=r"aren't committed \(\?\? new\.py\)"):
        refuse_unclean([kept, tmp_path])
    kept.write_text("a = 1")
    with pytest.raises(EditRefusedError, match=r"\(M kept\.py\)"):
        refuse_unclean([kept])


def test_what_git_ignores_it_could_not_bring_back(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_text("own/\n.gitignore\n*.pyc\n")
    (tmp_path / "own").mkdir()
    for name in ("own/models.py", "a.pyc"):
        (tmp_path / name).touch()
        with pytest.raises(EditRefusedError, match="git ignores"):
            refuse_unclean([tmp_path / name])
    refuse_unclean([tmp_path, tmp_path / "own"])


def test_without_git_nothing_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EditRefusedError, match="git can't be asked"):
        refuse_unclean([tmp_path / "a.py"])
