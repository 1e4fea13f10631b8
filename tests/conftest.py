"""What all tests share: patience under load, and a word on the tests that need a browser."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec

import hypothesis
import pytest

# Two cores shared with a database: a slow example is no failure.
hypothesis.settings.register_profile("queryscope", deadline=None)
hypothesis.settings.load_profile("queryscope")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
HAS_BROWSER = CHROMIUM is not None and find_spec("playwright") is not None
LEFT_OUT = pytest.StashKey[int]()


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The browser that tests marked `browser` start."""
    assert CHROMIUM is not None, "This test needs Chromium on PATH."
    return CHROMIUM


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a browser, leave its tests out, unless they are required."""
    if HAS_BROWSER or os.environ.get("QUERYSCOPE_REQUIRE_BROWSER"):
        return
    left_out = [item for item in items if item.get_closest_marker("browser")]
    config.stash[LEFT_OUT] = len(left_out)
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was left out: silence would look like a pass."""
    left_out = config.stash.get(LEFT_OUT, 0)
    if left_out:
        reason = "playwright is not installed" if CHROMIUM else "no Chromium on PATH"
        terminalreporter.write_line(f"{left_out} browser tests were NOT run: {reason}.", yellow=True)
