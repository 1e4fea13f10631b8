"""Tells how far the seed is: a bar on a terminal, one line a table elsewhere."""

from __future__ import annotations

import time
from typing import TextIO

WIDTH = 24
EVERY_S = 0.1


class Progress:
    """Counts the rows of one table after the other."""

    def __init__(self, stream: TextIO | None) -> None:
        self.stream = stream
        self.is_terminal = stream is not None and stream.isatty()
        self._shown_at = 0.0

    def advance(self, table: str, done: int, expected: int) -> None:
        """Redraw the bar, at most ten times a second."""
        now = time.monotonic()
        if not self.is_terminal or now - self._shown_at < EVERY_S:
            return
        self._shown_at = now
        filled = min(WIDTH, WIDTH * done // max(1, expected))
        self._write(f"\r{table:<32} [{'#' * filled}{'.' * (WIDTH - filled)}] {done:>9,}")

    def finish(self, table: str, done: int) -> None:
        """One lasting line for a table."""
        if self.is_terminal:
            self._write(f"\r{table:<32} [{'#' * WIDTH}] {done:>9,}\n")
        else:
            self._write(f"{table:<32} {done:>9,}\n")

    def say(self, text: str) -> None:
        """A line of its own."""
        self._write(f"{text}\n")

    def _write(self, text: str) -> None:
        if self.stream is not None:
            self.stream.write(text)
            self.stream.flush()
