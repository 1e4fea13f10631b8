"""What the tests of the doors share: a site of the pages in `tests.pages`, and a store of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.test import override_settings

from queryscope.capture import hooks
from queryscope.capture.state import ACTIVE, FAULTS
from queryscope.config import Config
from queryscope.model import Capture
from queryscope.store import Store, directory

MIDDLEWARE = "queryscope.middleware.QueryscopeMiddleware"
SESSIONS = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
)
ROOT = str(Path(__file__).resolve().parent.parent)
QUIET = Config(explain="off", slow_ms=60_000.0)  # on a busy machine any query may be slow


class Site:
    """A site under test; what it recorded is read from its store."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder)

    @property
    def captures(self) -> list[Capture]:
        captures, notes = self.store.captures()
        assert notes == []
        return captures

    @property
    def labels(self) -> list[str]:
        return [capture.trace.origin.label for capture in self.captures]


@contextmanager
def site(folder: Path, *, middleware: Any = (MIDDLEWARE, *SESSIONS), **settings: Any) -> Iterator[Site]:
    """Serve `tests.pages` in development, and keep what is recorded in that folder."""
    kept = directory.DIRECTORY
    directory.DIRECTORY = str(folder / kept)
    defaults: dict[str, Any] = {
        "DEBUG": True,
        "QUERYSCOPE": {"EXPLAIN": "off"},
        "ROOT_URLCONF": "tests.pages.urls",
    }
    try:
        with override_settings(MIDDLEWARE=list(middleware), **(defaults | settings)):
            yield Site(folder)
    finally:
        directory.DIRECTORY = kept


def assert_nothing_is_left() -> None:
    """No recorder is active, no hook stands, and queryscope has not failed."""
    assert ACTIVE.get() is None
    assert hooks._users == 0
    assert FAULTS.count == 0


@contextmanager
def forgiven_faults() -> Iterator[None]:
    """For tests that make queryscope fail: count from nothing, and leave nothing behind."""
    count, FAULTS.count = FAULTS.count, 0
    try:
        yield
    finally:
        FAULTS.count = count
