"""Seam: files of the project, written all or none, and only where git can undo it."""

from __future__ import annotations

import os
import stat
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from queryscope.errors import EditRefusedError

_GIT_STATUS = ("git", "--no-optional-locks", "status", "--porcelain", "--untracked-files=all")
_GIT_SECONDS = 30
_NEW_FILE = 0o666
_MAY_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """A file before and after."""

    path: Path
    before: bytes | None  # None: the file is new
    after: bytes


def refuse_unclean(paths: Iterable[Path]) -> None:
    """Let files pass that git has as they are.

    Args:
        paths: files and folders; of a folder everything in it that git doesn't ignore.

    Raises:
        EditRefusedError: one of them was changed, or isn't in a git work tree, or git ignores the file, or
            can't be asked.
    """
    for path in dict.fromkeys(paths):
        folder = path if path.is_dir() else path.parent
        try:
            asked = subprocess.run(  # noqa: S603 - git, with paths of the project as arguments
                [*_GIT_STATUS, *(("--", ".") if path.is_dir() else ("--ignored", "--", path.name))],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=_GIT_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EditRefusedError(
                f"git can't be asked about {str(path)!r} ({type(error).__name__}). {_ANYWAY}"
            ) from None
        if asked.returncode:
            told = asked.stderr.strip().partition("\n")[0]
            raise EditRefusedError(f"{str(path)!r} isn't in a git work tree ({told}). {_ANYWAY}")
        changed = [line for line in asked.stdout.splitlines() if not _is_cache(line)]
        if changed and changed[0].startswith("!!"):
            raise EditRefusedError(
                f"git ignores {str(path)!r}, and can't undo what is written there. {_ANYWAY}"
            )
        if changed:
            raise EditRefusedError(
                f"{str(path)!r} has changes that aren't committed ({changed[0].strip()}). "
                f"Commit or stash them, so that git can undo what is written. {_ANYWAY}"
            )


_ANYWAY = "--force writes nevertheless."


def _is_cache(line: str) -> bool:
    return line.startswith("??") and ("__pycache__" in line or line.endswith(".pyc"))


def write_all(changes: Sequence[FileChange]) -> None:
    """Write all files or none: each beside its place first, then renamed; what fails takes all back.

    Raises:
        EditRefusedError: a file isn't what it was when the change was made, is read-only, or can't be
            written.
    """
    made: list[FileChange] = []
    beside: list[Path] = []
    try:
        for change in changes:
            _refuse_changed(change)
            beside.append(_written_beside(change))
        for change, temporary in zip(changes, beside, strict=True):
            _refuse_changed(change)
            _put(temporary, change)
            made.append(change)
    except BaseException as error:
        for change in reversed(made):
            _take_back(change)
        if isinstance(error, OSError):
            told = f"{error.filename2 or error.filename or ''!s}: {error.strerror or type(error).__name__}"
            raise EditRefusedError(f"Nothing was written. {told}") from error
        raise
    finally:
        for temporary in beside:
            temporary.unlink(missing_ok=True)


def _refuse_changed(change: FileChange) -> None:
    found = change.path.read_bytes() if change.path.exists() else None
    if found != change.before:
        raise EditRefusedError(f"Nothing was written: {str(change.path)!r} changed in the meantime.")
    if found is not None and not change.path.stat().st_mode & _MAY_WRITE:  # a rename would not ask
        raise EditRefusedError(f"Nothing was written: {str(change.path)!r} is read-only.")


def _written_beside(change: FileChange) -> Path:
    handle, name = tempfile.mkstemp(prefix=".queryscope-", dir=change.path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(change.after)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_mode(change.path))
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _mode(path: Path) -> int:
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return _NEW_FILE & ~mask


def _put(temporary: Path, change: FileChange) -> None:
    if change.before is None:
        # A link doesn't overwrite what somebody made meanwhile; a rename would.
        try:
            os.link(temporary, change.path)
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            temporary.rename(change.path)
        return
    temporary.replace(change.path)


def _take_back(change: FileChange) -> None:
    if change.before is None:
        change.path.unlink(missing_ok=True)
        return
    with suppress(OSError):
        back = FileChange(path=change.path, before=change.after, after=change.before)
        _written_beside(back).replace(change.path)
