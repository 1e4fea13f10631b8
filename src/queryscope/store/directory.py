"""A directory of captures: one file per unit of work, shared by all worker processes, bounded."""

from __future__ import annotations

import logging
import os
import re
import time
from contextlib import suppress
from pathlib import Path

from queryscope.errors import StoreError
from queryscope.model import Capture
from queryscope.store.text import decode, encode

DIRECTORY = ".queryscope"
MAX_FILE_BYTES = 64 * 1024 * 1024
STALE_SECONDS = 3600  # a temporary file this old was left by a process that was killed
_DROPPED = "dropped"  # one byte for each capture that made room for a newer one: appending is atomic
_IGNORED = frozenset({".gitignore", _DROPPED})
_NAME = re.compile(r"^\d{20}-[0-9a-z]{1,32}\.json$")

logger = logging.getLogger("queryscope")


class Store:
    """Captures kept under the project root.

    Args:
        root: the project root; the captures lie in `.queryscope/` below it.
        keep: how many units of work are kept; the oldest go first.
    """

    def __init__(self, root: str | Path, *, keep: int = 200) -> None:
        self.path = Path(root) / DIRECTORY
        self.keep = keep
        self._until_pruned = 0  # captures that may be added before it is looked for what is too old
        self._is_told = False
        self._is_prepared = False

    def add(self, capture: Capture) -> bool:
        """Keep a capture; False if it can't be written, which is logged once and stops nobody."""
        try:
            self._write(capture)
            if self._until_pruned <= 0:
                self._prune()
                self._until_pruned = self.keep // 10
            self._until_pruned -= 1
        except OSError as error:
            if not self._is_told:
                self._is_told = True
                reason = error.strerror or str(error)
                logger.warning("queryscope can't keep what it recorded in %s: %s", self.path, reason)
            return False
        return True

    def captures(self) -> tuple[list[Capture], list[str]]:
        """What is kept, the oldest first, and notes on what is missing."""
        captures: list[Capture] = []
        notes: list[str] = []
        entries = self._entries(notes)
        for path in entries[-self.keep :]:
            try:
                captures += decode(_read(path))
            except FileNotFoundError:
                continue  # another process made room just now
            except (OSError, StoreError) as error:
                told = error.strerror if isinstance(error, OSError) else str(error)
                notes.append(f"{DIRECTORY}/{path.name} {told or 'cannot be read'}: left out")
        dropped = self._dropped() + max(0, len(entries) - self.keep)
        if dropped:
            notes.append(f"{dropped} older units of work made room for newer ones (KEEP is {self.keep})")
        return captures, notes

    def clear(self) -> int:
        """Remove all captures; returns how many there were.

        Raises:
            StoreError: the directory can't be changed.
        """
        removed = 0
        try:
            for path in self._entries([]):
                path.unlink(missing_ok=True)
                removed += 1
            (self.path / _DROPPED).unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"Can't clear {str(self.path)!r}: {error.strerror}.") from error
        return removed

    def _write(self, capture: Capture) -> None:
        if not self._is_prepared:
            self._prepare()
        try:
            self._put(capture)
        except FileNotFoundError:  # somebody removed the directory
            self._prepare()
            self._put(capture)

    def _put(self, capture: Capture) -> None:
        name = f"{time.time_ns():020d}-{capture.trace.id}.json"
        beside = self.path / f".{name}.{os.getpid()}.tmp"
        try:
            beside.write_bytes(encode([capture]))
            beside.replace(self.path / name)
        except BaseException:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            raise

    def _prepare(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        ignore = self.path / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="ascii")
        self._is_prepared = True

    def _prune(self) -> None:
        names = sorted(entry.name for entry in os.scandir(self.path) if _NAME.match(entry.name))
        for name in names[: -self.keep]:
            try:
                (self.path / name).unlink()
            except FileNotFoundError:
                continue  # another process dropped it, and counts it
            with (self.path / _DROPPED).open("ab") as file:
                file.write(b".")

    def _dropped(self) -> int:
        try:
            return (self.path / _DROPPED).stat().st_size
        except OSError:
            return 0

    def _entries(self, notes: list[str]) -> list[Path]:
        try:
            found = sorted(os.scandir(self.path), key=lambda entry: entry.name)
        except FileNotFoundError:
            return []
        except OSError as error:
            notes.append(f"{DIRECTORY} can't be read: {error.strerror}")
            return []
        kept = []
        for entry in found:
            if _NAME.match(entry.name):
                kept.append(Path(entry.path))
            elif entry.name.endswith(".tmp"):
                _remove_stale(entry)
            elif entry.name not in _IGNORED:
                notes.append(f"{DIRECTORY}/{entry.name} isn't queryscope's: left alone")
        return kept


def _read(path: Path) -> bytes:
    if not path.is_file():  # a pipe would block, a directory can't be read
        raise StoreError("is no file")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise StoreError(f"is larger than {MAX_FILE_BYTES // 1024**2} MB")
    return path.read_bytes()


def _remove_stale(entry: os.DirEntry[str]) -> None:
    with suppress(OSError):
        if time.time() - entry.stat(follow_symlinks=False).st_mtime > STALE_SECONDS:
            Path(entry.path).unlink()
