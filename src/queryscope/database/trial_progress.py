"""Says what is being tried, while it is, to whoever waits for the end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

logger = logging.getLogger("queryscope.trials")

# Is given what is done now, and for about how many milliseconds.
Tell = Callable[[str, float], None]

_TELL: ContextVar[Tell | None] = ContextVar("queryscope_tell", default=None)


def say(text: str, expected_ms: float) -> None:
    """Log it, and tell it to whoever listens in this context."""
    logger.info("%s, about %.1f s", text, expected_ms / 1000)
    tell = _TELL.get()
    if tell is not None:
        tell(text, expected_ms)


@contextmanager
def telling(tell: Tell) -> Iterator[None]:
    """In this block that function is told."""
    token = _TELL.set(tell)
    try:
        yield
    finally:
        _TELL.reset(token)
