"""Seam: what is being tried, on the terminal of whoever waits for it: one line that is written over."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

from queryscope.database.trial_progress import telling
from queryscope.formats.inert import inert, shorten

LONG_MS = 1_500.0  # what takes less is told only where others came before
PATIENT_S = 2.0
EVERY_S = 10.0  # a line into a file or pipe, at the most
CLEAR = "\r\x1b[K"
_COLUMNS = 80


class Progress:
    """Tells a stream what is done, once that takes a while.

    Args:
        stream: text; a fault of it is nobody's business here.
        is_terminal: one line is written over there, and is gone at the end; else lines stay.
        clock: seconds.
    """

    def __init__(self, stream: Any, *, is_terminal: bool, clock: Callable[[], float] = monotonic) -> None:
        self._stream = stream
        self._is_terminal = is_terminal
        self._clock = clock
        self._began: float | None = None
        self._told_at = float("-inf")
        self._is_shown = False

    def __call__(self, text: str, expected_ms: float) -> None:
        """What is done now, and for about how long, which a narrow terminal must not cut off."""
        now = self._clock()
        self._began = now if self._began is None else self._began
        is_long = expected_ms >= LONG_MS
        if not is_long and now - self._began < PATIENT_S:
            return
        line = inert(
            f"About {expected_ms / 1000:.0f} s: {text[:1].lower()}{text[1:]} …" if is_long else f"{text} …"
        )
        if self._is_terminal:
            width = shutil.get_terminal_size((_COLUMNS, 24)).columns
            self._write(f"{CLEAR}{shorten(line, width - 1)}")
            self._is_shown = True
        elif is_long or now - self._told_at >= EVERY_S:
            self._write(f"{line}\n")
            self._told_at = now

    def clear(self) -> None:
        """Take the line away."""
        if self._is_shown:
            self._write(CLEAR)
        self._is_shown = False

    def _write(self, text: str) -> None:
        with suppress(OSError, ValueError):  # closed, full, or of an encoding without the ellipsis
            self._stream.write(text)
            self._stream.flush()


@contextmanager
def progress_on(
    stream: Any, *, only_terminal: bool = False, environ: Mapping[str, str] = os.environ
) -> Iterator[None]:
    """In this block trials are told to that stream; with `only_terminal` to no file or pipe."""
    is_terminal = bool(stream is not None and getattr(stream, "isatty", bool)())
    if stream is None or (only_terminal and not is_terminal):
        yield
        return
    progress = Progress(stream, is_terminal=is_terminal and environ.get("TERM") != "dumb")
    with telling(progress):
        try:
            yield
        finally:
            progress.clear()
